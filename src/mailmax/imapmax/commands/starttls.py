"""STARTTLS (RFC 3501 §6.2.1, RFC 2595 §3.1)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.starttls import StartTls


async def perform(session: ImapSession, _command: StartTls) -> None:
    """Go on under TLS; what was read in the clear is forgotten (TRUST H1)."""
    context = session.room.settings.starttls
    if context is None or not session.may_start_tls:
        session.machine.bad("TLS is not available")
        return
    session.machine.ok("Begin TLS negotiation now")
    talk = session.conversation
    try:
        await talk.start_tls(context)
    except OSError:
        talk.abort()
        return
    session.consider_privacy()

"""ID (RFC 2971)."""

from mailmax import __version__
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.codec.encode import encode_string
from mailmax.wire.imap.commands.identify import Id


async def perform(session: ImapSession, _command: Id) -> None:
    """Say what we are; the version only to users."""
    pairs = [b'"name" "MailMax"']
    if session.user is not None:
        pairs.append(b'"version" ' + encode_string(__version__.encode()))
    session.machine.untagged(b"ID (%b)" % b" ".join(pairs))
    session.ok("ID completed")

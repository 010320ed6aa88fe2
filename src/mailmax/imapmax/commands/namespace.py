"""NAMESPACE (RFC 2342)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.namespace import Namespace


async def perform(session: ImapSession, _command: Namespace) -> None:
    """Say that all mailboxes are one's own."""
    session.machine.untagged(b'NAMESPACE (("" "/")) NIL NIL')
    session.ok("NAMESPACE completed")

"""UNSELECT (RFC 3691)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.unselect import Unselect


async def perform(session: ImapSession, _command: Unselect) -> None:
    """Leave the mailbox as it is."""
    session.leave_mailbox()
    session.machine.ok("UNSELECT completed")

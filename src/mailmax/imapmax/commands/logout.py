"""LOGOUT (RFC 3501 §6.1.3)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.logout import Logout


async def perform(session: ImapSession, _command: Logout) -> None:
    """Say good-bye; the machine closes after the tagged OK."""
    session.leave_mailbox()
    session.machine.untagged(b"BYE Logging out")
    session.machine.ok("LOGOUT completed")

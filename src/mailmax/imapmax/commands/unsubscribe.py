"""UNSUBSCRIBE (RFC 3501 §6.3.7)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.unsubscribe import Unsubscribe


async def perform(session: ImapSession, command: Unsubscribe) -> None:
    """Take a name off the list; it need not be on it."""
    await session.room.threads.run(session.mail.subscribe, command.mailbox, False)
    session.ok("UNSUBSCRIBE completed")

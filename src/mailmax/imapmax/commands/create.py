"""CREATE (RFC 3501 §6.3.3)."""

from mailmax.imapmax import names, replies
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.create import Create


async def perform(session: ImapSession, command: Create) -> None:
    """Create a mailbox and the parents it lacks, durably."""
    if not names.may_exist(command.mailbox):
        session.no(replies.BAD_NAME)
        return
    await session.room.threads.run(session.mail.create, command.mailbox)
    session.ok("CREATE completed")

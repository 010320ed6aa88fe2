"""SUBSCRIBE (RFC 3501 §6.3.6)."""

from mailmax.imapmax import names, replies
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.subscribe import Subscribe


async def perform(session: ImapSession, command: Subscribe) -> None:
    """Put a name on the list; it need not exist."""
    if not names.may_exist(command.mailbox):
        session.no(replies.BAD_NAME)
        return
    await session.room.threads.run(session.mail.subscribe, command.mailbox, True)
    session.ok("SUBSCRIBE completed")

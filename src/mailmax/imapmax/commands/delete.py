"""DELETE (RFC 3501 §6.3.4)."""

from mailmax.imapmax import replies
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.delete import Delete


async def perform(session: ImapSession, command: Delete) -> None:
    """Delete a mailbox, durably; other sessions in it hear BYE."""
    if command.mailbox == "INBOX":
        session.no(replies.No("INBOX cannot be deleted", "CANNOT"))
        return
    selected = session.selected
    folder = session.mail.find(command.mailbox)
    if folder is None:
        raise FileNotFoundError
    if (
        selected is not None
        and selected.opened.mailbox.folder.folder_id == folder.folder_id
    ):
        session.leave_mailbox()
        session.machine.unselect()
    await session.room.threads.run(session.mail.delete, command.mailbox)
    session.ok("DELETE completed")

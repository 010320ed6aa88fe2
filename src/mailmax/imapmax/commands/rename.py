"""RENAME (RFC 3501 §6.3.5)."""

from mailmax.imapmax import names, replies
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.rename import Rename


async def perform(session: ImapSession, command: Rename) -> None:
    """Rename a mailbox with all below it, durably."""
    old, new = command.mailbox, command.new_name.removesuffix("/")
    if not names.may_exist(new) or new.startswith(f"{old}/"):
        session.no(replies.BAD_NAME)
        return
    await session.room.threads.run(session.mail.rename, old, new)
    if session.selected is not None:
        session.selected.opened.refresh()
    session.ok("RENAME completed")

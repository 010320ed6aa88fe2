r"""CLOSE (RFC 3501 §6.4.2)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.close import Close


async def perform(session: ImapSession, _command: Close) -> None:
    r"""Remove what is \Deleted without a word, and leave the mailbox."""
    selected = session.open_mailbox
    opened = selected.opened
    if not selected.read_only and not selected.view.gone:
        change = await session.patiently(opened.mailbox.expunge)
        if change.uids:
            opened.refresh()
            await opened.durable()
    session.leave_mailbox()
    session.machine.ok("CLOSE completed")

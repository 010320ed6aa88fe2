r"""EXPUNGE and UID EXPUNGE (RFC 3501 §6.4.3, RFC 4315 §2.1, RFC 7162 §3.2.10)."""

import asyncio

from mailmax.imapmax import replies
from mailmax.imapmax.session import ImapSession
from mailmax.imapmax.slices import SLICE
from mailmax.wire.imap.commands.expunge import Expunge


async def perform(session: ImapSession, command: Expunge) -> None:
    r"""Remove what is \Deleted, durably, and say so."""
    selected = session.open_mailbox
    if selected.read_only:
        session.no(replies.READ_ONLY)
        return
    opened = selected.opened
    uids = None
    if command.uids is not None:
        uids = selected.uids_of_uids(command.uids)
    change = await session.patiently(lambda: opened.mailbox.expunge(uids))
    opened.refresh()
    await opened.durable()  # also where another removed it, a moment ago
    view = selected.view
    while view.exists - view.known > SLICE and not view.gone:
        session.machine.send(selected.expunges(SLICE))
        await asyncio.sleep(0)
    code = ""
    if selected.condstore and change.uids:
        code = f"HIGHESTMODSEQ {change.modseq}"
    session.ok("EXPUNGE completed", code)

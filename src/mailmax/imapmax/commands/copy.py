"""COPY and MOVE, also by UID (RFC 3501 §6.4.7, RFC 6851, RFC 4315 §3)."""

from mailmax.base.ids import ModSeq
from mailmax.imapmax import replies
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.store.mailboxes.port import Mailbox
from mailmax.store.mailboxes.values import Change
from mailmax.wire.imap.commands.copy import Copy
from mailmax.wire.imap.types.sequence import encode_numbers


async def perform(session: ImapSession, command: Copy) -> None:
    """Copy or move messages, durably."""
    selected = session.open_mailbox
    if command.move and selected.read_only:
        session.no(replies.READ_ONLY)
        return
    places = selected.places(command.messages, by_uid=command.by_uid)
    if places is None:
        session.machine.bad("No such message")
        return
    uids = selected.uids_of_places(places)
    grows = bool(uids) and not command.move
    if grows and not session.has_room(selected.octets_of_places(places)):
        session.no(replies.FULL)
        return
    try:
        await session.room.opened.prepare(session.mail, command.mailbox)
        target = session.room.opened.enter(
            session.mail, command.mailbox, read_only=True
        )
    except FileNotFoundError:
        session.no(replies.TRY_CREATE)
        return
    try:
        source = selected.opened
        if command.move:
            change = await _move(session, selected, uids, target.mailbox)
        else:
            mailbox = source.mailbox
            change = await session.patiently(lambda: mailbox.copy(uids, target.mailbox))
        target.refresh()
        if change.uids:
            await target.durable()
        if command.move:
            source.refresh()
            await source.durable()
        _answer(session, command, _copied(uids, change, target.mailbox))
    finally:
        session.room.opened.leave(target)


async def _move(
    session: ImapSession, selected: Selected, uids: list[int], target: Mailbox
) -> Change:
    if not uids:
        return Change(ModSeq(selected.opened.mailbox.highest_modseq))
    return await session.room.threads.run(selected.opened.mailbox.move, uids, target)


def _copied(uids: list[int], change: Change, target: Mailbox) -> str:
    """Return the COPYUID code; empty when nothing was copied."""
    if not change.uids:
        return ""
    missing = set(change.conflicts)
    old = encode_numbers([uid for uid in uids if uid not in missing]).decode()
    new = encode_numbers(list(change.uids)).decode()
    return f"COPYUID {target.folder.uid_validity} {old} {new}"


def _answer(session: ImapSession, command: Copy, code: str) -> None:
    if not command.move:
        session.ok("COPY completed", code)
        return
    if code:
        # Said before the EXPUNGEs it explains (RFC 6851 §4.3).
        session.machine.untagged_ok("Moved", code)
    session.ok("MOVE completed")

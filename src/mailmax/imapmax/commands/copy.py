"""COPY and MOVE, also by UID (RFC 3501 §6.4.7, RFC 6851, RFC 4315 §3)."""

import asyncio
from collections.abc import Sequence
from functools import partial

from mailmax.base.errors import Failure
from mailmax.base.ids import ModSeq
from mailmax.imapmax import replies
from mailmax.imapmax.open_mailboxes import Opened
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.imapmax.slices import slices
from mailmax.store.mailboxes.port import Locked, Mailbox
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
        if command.move:
            change = await _move(session, selected, uids, target)
        else:
            change = await _copy(session, selected, uids, target)
        _answer(session, command, _copied(uids, change, target.mailbox))
    finally:
        session.room.opened.leave(target)


async def _move(
    session: ImapSession, selected: Selected, uids: Sequence[int], target: Opened
) -> Change:
    source = selected.opened
    if not uids:
        return Change(ModSeq(source.mailbox.highest_modseq))
    change: Change = await session.room.threads.run(
        source.mailbox.move, uids, target.mailbox
    )
    target.refresh()  # the copies are durable (`port.Mailbox.move`)
    source.refresh()
    await source.durable()
    return change


async def _copy(
    session: ImapSession, selected: Selected, uids: Sequence[int], target: Opened
) -> Change:
    """Copy; who is answered NO finds none of the copies."""
    change = await _copy_all(session, selected.opened.mailbox, uids, target)
    if change.uids:
        try:
            await target.durable()
        except Failure:
            await _take_back(session, target, change)
            raise
    return change


async def _copy_all(
    session: ImapSession, source: Mailbox, uids: Sequence[int], target: Opened
) -> Change:
    """Copy in slices; who leaves in the middle of them leaves none, either."""
    changes: list[Change] = []
    try:
        async for some in slices(uids):
            copy = partial(source.copy, some, target.mailbox)
            changes.append(await session.patiently(copy))
            target.refresh()
    except (Failure, Locked, asyncio.CancelledError):
        if changes:
            await _take_back(session, target, _together(changes))
        raise
    return _together(changes)


async def _take_back(session: ImapSession, target: Opened, change: Change) -> None:
    await session.room.threads.run(target.mailbox.take_back, change)
    target.refresh()


def _together(changes: Sequence[Change]) -> Change:
    """Return slices of one change as one."""
    if len(changes) == 1:
        return changes[0]
    return Change(
        changes[-1].modseq,
        [uid for change in changes for uid in change.uids],
        [uid for change in changes for uid in change.conflicts],
    )


def _copied(uids: Sequence[int], change: Change, target: Mailbox) -> str:
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

"""STORE and UID STORE (RFC 3501 §6.4.6, RFC 7162 §3.1.3).

Theory:
    The change is made and read back at once, so all views know of it; what the
    client itself changed is taken out of its own news and answered here. EXPUNGE is
    held back in STORE, not in UID STORE (RFC 3501 §7.4.1).

Rules:
    Where nothing was left to be changed, OK promises what others changed before, or
    what reading changed lazily: that is made durable, too (TRUST D7).
"""

from collections.abc import Sequence
from functools import partial

from mailmax.imapmax import replies
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.imapmax.slices import slices
from mailmax.wire.imap.commands.store import Store
from mailmax.wire.imap.types.sequence import encode_numbers


async def perform(session: ImapSession, command: Store) -> None:
    """Change flags, durably, and say how they are now."""
    selected = session.open_mailbox
    if selected.read_only:
        session.no(replies.READ_ONLY)
        return
    if command.unchanged_since is not None:
        session.enable_condstore()
    places = selected.places(command.messages, by_uid=command.by_uid)
    if places is None:
        session.machine.bad("No such message")
        return
    uids = selected.uids_of_places(places)
    opened = selected.opened
    mailbox = opened.mailbox
    flags = command.flags
    conflicts: set[int] = set()
    async for some in slices(uids):
        store = partial(
            mailbox.store,
            some,
            command.mode,
            flags.system,
            flags.keywords,
            command.unchanged_since,
        )
        change = await session.patiently(store)
        opened.refresh()
        conflicts.update(change.conflicts)
    if uids:
        await opened.durable()
    _answer(session, command, uids, conflicts)
    code = _code(selected, command, sorted(conflicts))
    if not code and len(uids) < len(places):
        code = "EXPUNGEISSUED"
    session.ok("STORE completed", code, may_expunge=command.by_uid)


def _answer(
    session: ImapSession, command: Store, uids: Sequence[int], conflicts: set[int]
) -> None:
    """Say how the flags are now, of what was changed."""
    selected = session.open_mailbox
    done = [uid for uid in uids if uid not in conflicts] if conflicts else uids
    selected.view.told(done)
    session.machine.send(selected.new_keywords())
    if not command.silent:
        session.machine.send(selected.flags_of(done))
    elif selected.condstore:
        session.machine.send(selected.flags_of(done, modseq_only=True))


def _code(selected: Selected, command: Store, conflicts: list[int]) -> str:
    """Return MODIFIED with what was left alone (RFC 7162 §3.1.3)."""
    if not conflicts:
        return ""
    if not command.by_uid:
        conflicts = selected.numbers_of_uids(conflicts)
    return f"MODIFIED {encode_numbers(conflicts).decode()}"

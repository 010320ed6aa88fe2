"""SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2; RFC 7162 §3.1.2)."""

from mailmax.imapmax.flag_text import known_flags
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.select import Select
from mailmax.wire.imap.types.flags import FLAG_NAMES

_UNSEEN = bytes(not bits & 1 for bits in range(256))
_SLICE = 4096


async def perform(session: ImapSession, command: Select) -> None:
    """Open a mailbox and say how it stands."""
    session.leave_mailbox()
    if command.condstore:
        session.enable_condstore()
    await session.room.opened.prepare(session.mail, command.mailbox)
    opened = session.room.opened.enter(
        session.mail, command.mailbox, read_only=command.read_only
    )
    selected = Selected(
        opened,
        session,
        read_only=command.read_only,
        condstore=session.condstore,
    )
    session.select(selected)
    _describe(session, selected)
    if command.read_only:
        session.machine.ok("EXAMINE completed", "READ-ONLY")
    else:
        session.machine.ok("SELECT completed", "READ-WRITE")


def _describe(session: ImapSession, selected: Selected) -> None:
    say = session.machine
    mailbox = selected.opened.mailbox
    say.untagged(b"FLAGS (%b)" % known_flags(mailbox.keywords))
    say.untagged(b"%d EXISTS" % selected.view.exists)
    say.untagged(b"%d RECENT" % selected.count_recent())
    unseen = _first_unseen(mailbox.flags)
    if unseen >= 0:
        say.untagged_ok("First unseen", f"UNSEEN {unseen + 1}")
    lasting = "" if selected.read_only else " ".join((*FLAG_NAMES, "\\*"))
    say.untagged_ok("Flags that last", f"PERMANENTFLAGS ({lasting})")
    say.untagged_ok("UIDs are valid", f"UIDVALIDITY {mailbox.folder.uid_validity}")
    say.untagged_ok("Next UID", f"UIDNEXT {mailbox.uid_next}")
    say.untagged_ok("Highest", f"HIGHESTMODSEQ {mailbox.highest_modseq}")


def _first_unseen(flags: bytearray) -> int:
    r"""Return where the first message without \Seen is, or -1.

    Sought a slice at a time: there is one near the beginning, mostly.
    """
    for start in range(0, len(flags), _SLICE):
        found = flags[start : start + _SLICE].translate(_UNSEEN).find(1)
        if found >= 0:
            return start + found
    return -1

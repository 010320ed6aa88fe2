"""SEARCH and UID SEARCH (RFC 3501 §6.4.4, RFC 4731, RFC 7162 §3.1.5)."""

from mailmax.imapmax import replies
from mailmax.imapmax.searching import OutOfTime
from mailmax.imapmax.searching import Search as Work
from mailmax.imapmax.selected import Selected
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.search import Search
from mailmax.wire.imap.types.search_keys import And, ModSeqFrom, Not, Or, SearchKey
from mailmax.wire.imap.types.sequence import encode_numbers


async def perform(session: ImapSession, command: Search) -> None:
    """Say which messages fit."""
    selected = session.open_mailbox
    with_modseq = _asks_modseq(command.key)
    if with_modseq:
        session.enable_condstore()
    work = Work(selected, session.room.settings.search_s)
    try:
        found = await work.run(command.key)
    except OutOfTime:
        session.no(replies.No("The search takes too long", "LIMIT"))
        return
    if command.by_uid:
        numbers = [work.uids[index] for index in found]
    else:
        numbers = [work.places[index] + 1 for index in found]
    modseq = 0
    if with_modseq:
        modseq = _highest(selected, [work.uids[index] for index in found])
    if command.results is None:
        _say_plainly(session, numbers, modseq)
    else:
        _say_extended(session, command, numbers, modseq)
    session.ok("SEARCH completed", may_expunge=command.by_uid)


def _asks_modseq(key: SearchKey) -> bool:
    waiting = [key]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ModSeqFrom):
            return True
        if isinstance(one, And):
            waiting.extend(one.keys)
        elif isinstance(one, Or):
            waiting += [one.one, one.other]
        elif isinstance(one, Not):
            waiting.append(one.key)
    return False


def _highest(selected: Selected, uids: list[int]) -> int:
    """Return the highest mod-sequence of messages that are still there."""
    mailbox = selected.opened.mailbox
    wanted = set(uids)
    return max(
        (
            modseq
            for uid, modseq in zip(mailbox.uids, mailbox.modseqs, strict=True)
            if uid in wanted
        ),
        default=0,
    )


def _say_plainly(session: ImapSession, numbers: list[int], modseq: int) -> None:
    response = " ".join(["SEARCH", *map(str, numbers)])
    if modseq:
        response += f" (MODSEQ {modseq})"
    session.machine.untagged(response.encode())


# esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
def _say_extended(
    session: ImapSession, command: Search, numbers: list[int], modseq: int
) -> None:
    wanted = command.results or frozenset()
    tag = session.machine.tag.replace(b"\\", b"\\\\")
    words = [b'ESEARCH (TAG "%b")' % tag]
    if command.by_uid:
        words.append(b"UID")
    if numbers:
        if b"MIN" in wanted:
            words.append(b"MIN %d" % numbers[0])
        if b"MAX" in wanted:
            words.append(b"MAX %d" % numbers[-1])
        if b"ALL" in wanted:
            words.append(b"ALL " + encode_numbers(numbers))
    if b"COUNT" in wanted:
        words.append(b"COUNT %d" % len(numbers))
    if modseq:
        words.append(b"MODSEQ %d" % modseq)
    session.machine.untagged(b" ".join(words))

"""Does one message fit? The questions of SEARCH that need mail to be read.

Theory:
    Subject, From, To and Cc lie decoded and lowered in the fragment: a look into the
    whole fragment says no for most messages, the column says yes. Other fields are
    read from the header. A text is sought in the octets of many messages at once
    where nothing is encoded, which the fragment tells; the others are decoded one by
    one (`message.searchable`).

Rules:
    A message that cannot be read does not fit. Case is ignored by lower-casing both.

Standards:
    RFC 3501 §6.4.4.
"""

from bisect import bisect_right
from collections.abc import Sequence

from mailmax.base.errors import Failure
from mailmax.message import encoded_words, fragment, searchable
from mailmax.message.fragment import Mark
from mailmax.message.header import raw_fields, unfold
from mailmax.store.mailboxes.port import Mailbox
from mailmax.store.search.candidates import Run
from mailmax.wire.imap.types.search_keys import DayIs, HeaderHas, TextHas

_DAY_S = 86_400
_COLUMNS = {b"subject": 0, b"from": 1, b"to": 2, b"cc": 3}
"""Fields that lie decoded in the fragment, by their number there."""


class Scanner:
    """One question about fields, asked of many messages of one mailbox."""

    __slots__ = ("_column", "_fits", "_key", "_mailbox", "_octets")

    def __init__(self, key: HeaderHas | DayIs, mailbox: Mailbox) -> None:
        """Choose the way to ask it."""
        self._key = key
        self._mailbox = mailbox
        self._octets = b"" if isinstance(key, DayIs) else key.needle.encode()
        self._column: int | None = None
        if isinstance(key, HeaderHas) and key.needle:
            self._column = _COLUMNS.get(key.field)
        self._fits = self._sent if isinstance(key, DayIs) else self._header

    def fitting(self, positions: Sequence[int]) -> list[int]:
        """Ask messages; return the indexes into `positions` of those that fit."""
        made = self._mailbox.fragments(positions)
        if self._column is not None:
            return fragment.holding(made, self._octets, self._column)
        return [at for at, one in enumerate(made) if self._ask(positions[at], one)]

    def _ask(self, position: int, made: bytes) -> bool:
        try:
            return self._fits(position, made)
        except Failure:
            return False

    def _sent(self, _position: int, made: bytes) -> bool:
        key = self._key
        sent = fragment.sent_s(made)
        if sent is None or not isinstance(key, DayIs):
            return False
        day = sent // _DAY_S
        return (key.first is None or key.first <= day) and (
            key.end is None or day < key.end
        )

    def _header(self, position: int, made: bytes) -> bool:
        key = self._key
        if not isinstance(key, HeaderHas):
            return False
        header = self._mailbox.read(position, 0, fragment.header_octets(made))
        return any(
            name.lower() == key.field and key.needle in _plain(value)
            for name, value in raw_fields(header)
        )


def _plain(value: bytes) -> str:
    return encoded_words.decode(unfold(value)).lower()


class TextScanner:
    """One text, sought in many messages of one mailbox."""

    __slots__ = ("_key", "_mailbox", "_needle", "_plain")

    def __init__(self, key: TextHas, mailbox: Mailbox) -> None:
        """Take the text."""
        self._key = key
        self._mailbox = mailbox
        self._needle = key.needle.encode()
        # A text that is not ASCII may be written in many ways, but never in ASCII.
        self._plain = int(Mark.PLAIN if self._needle.isascii() else Mark.ASCII)

    def fitting(self, positions: Sequence[int]) -> tuple[list[int], list[int]]:
        """Ask messages; return indexes: those that fit, and those to be decoded."""
        made = fragment.marks_and_headers(self._mailbox.fragments(positions))
        plain = self._plain
        coded = [index for index, (marks, _) in enumerate(made) if not marks & plain]
        if not self._needle.isascii():
            return [], coded
        indexes: Sequence[int] = range(len(positions))
        if coded:
            indexes = [index for index, (marks, _) in enumerate(made) if marks & plain]
            positions = [positions[index] for index in indexes]
        heads = [0] * len(positions)
        if not self._key.header_too:
            heads = [made[index][1] for index in indexes]
        found: list[int] = []
        for run in self._mailbox.runs(positions):
            found += _hits(run, [heads[index] for index in run.indexes], self._needle)
        return [indexes[index] for index in found], coded

    def decoded(self, position: int) -> bool:
        """Ask one message whose words may hide behind an encoding."""
        try:
            octets = self._mailbox.read(position)
        except Failure:
            return False
        key = self._key
        return searchable.holds(octets, key.needle, header_too=key.header_too)


def _hits(run: Run, heads: Sequence[int], needle: bytes) -> list[int]:
    """Return those of a run whose octets hold a text behind so many of each."""
    find = run.octets.lower().find
    starts, ends = run.starts, run.ends
    last = len(starts) - 1
    hits = []
    hit = find(needle, starts[0]) if starts else -1
    while hit >= 0:
        number = bisect_right(starts, hit) - 1
        begin = starts[number] + heads[number]
        if hit < begin:
            hit = find(needle, begin)
            continue
        if hit + len(needle) <= ends[number]:
            hits.append(run.indexes[number])
        if number == last:
            break
        hit = find(needle, starts[number + 1])
    return hits

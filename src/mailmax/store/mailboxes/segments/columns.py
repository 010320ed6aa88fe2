"""The columns of a mailbox: the fold of its records, one array for each attribute.

Theory:
    A mailbox of a hundred thousand messages is a dozen arrays, not a hundred
    thousand objects: they are loaded by one copy each, sliced for answers, and cloned
    in a millisecond. `apply` folds records in; what it did is kept in a `Tally`, of
    which `refresh` makes the notes for the sessions.

Rules:
    UIDs ascend, so a position is found by bisection.
    Keywords ignore case; the first spelling ever used in the mailbox is kept.

Limits:
    UIDs remembered as removed (for QRESYNC): 50,000; then the older half is forgotten.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice, repeat

from mailmax.store.mailboxes.segments.places import chosen, neighbours
from mailmax.store.mailboxes.segments.records import (
    Add,
    Flags,
    Gone,
    Moved,
    Record,
    Rendered,
)

VANISHED = 50_000

BODY_CHECKED, FRAGMENT_CHECKED = 1, 2


class Tally:
    """What some records changed, by UID."""

    def __init__(self) -> None:
        self.changed: set[int] = set()
        self.gone: set[int] = set()


class Columns:
    """One mailbox in arrays; see the head of this file."""

    __slots__ = (
        "_octets",
        "checked",
        "crcs",
        "dates",
        "flags",
        "fragment_sizes",
        "fragments",
        "keywords",
        "modseqs",
        "places",
        "sizes",
        "spelling",
        "uids",
        "vanished_from",
        "vanished_modseqs",
        "vanished_uids",
    )

    def __init__(self) -> None:
        self.uids: array[int] = array("I")
        self.sizes: array[int] = array("I")
        self.flags = bytearray()
        self.modseqs: array[int] = array("Q")
        self.dates: array[int] = array("q")
        self.places: array[int] = array("Q")
        self.crcs: array[int] = array("I")
        self.fragments: array[int] = array("Q")
        self.fragment_sizes: array[int] = array("I")
        self.checked = bytearray()
        """`BODY_CHECKED` and `FRAGMENT_CHECKED`, where its CRC was seen to fit."""
        self.keywords: dict[str, set[int]] = {}
        self.spelling: dict[str, str] = {}
        self.vanished_uids: array[int] = array("I")
        self.vanished_modseqs: array[int] = array("Q")
        self.vanished_from = 0
        """Removals up to this mod-sequence may be forgotten."""
        self._octets = (0, 0, 0)
        """How many messages, up to which UID, came to how many octets."""

    def clone(self) -> "Columns":
        """Return a copy that may be changed."""
        twin = Columns.__new__(Columns)
        for name in self.__slots__:
            value = getattr(self, name)
            copied = value if isinstance(value, int | dict) else value[:]
            setattr(twin, name, copied)
        twin.keywords = {word: set(uids) for word, uids in self.keywords.items()}
        twin.spelling = dict(self.spelling)
        return twin

    # Finding

    def position(self, uid: int) -> int:
        """Return where a UID is, or -1."""
        place = bisect_left(self.uids, uid)
        return place if place < len(self.uids) and self.uids[place] == uid else -1

    def positions(self, uids: Sequence[int]) -> Sequence[int]:
        """Return where those of the UIDs are that are there, in the order asked.

        Neighbours, as most are that are asked for at once, are a range.
        """
        count = len(uids)
        first = self.position(uids[0]) if count else -1
        if first >= 0 and self.uids[first : first + count] == array("I", uids):
            return range(first, first + count)
        return [place for place in map(self.position, uids) if place >= 0]

    def spell(self, words: Iterable[str]) -> list[str]:
        """Return keywords as they are spelt in this mailbox."""
        return [self.spelling.setdefault(word.lower(), word) for word in words]

    def words_of(self, uid: int) -> tuple[str, ...]:
        """Return the keywords of a message."""
        return tuple(word for word, uids in self.keywords.items() if uid in uids)

    # Folding

    def apply(self, records: Sequence[Record], tally: Tally) -> None:
        """Fold records in."""
        adds: list[Add] = []
        for record in records:
            if type(record) is Add:
                adds.append(record)
                continue
            if adds:
                self._add(adds)
                adds = []
            self._change(record, tally)
        if adds:
            self._add(adds)

    def _change(self, record: Record, tally: Tally) -> None:
        match record:
            case Flags():
                self._flag(record, tally)
            case Gone():
                self._remove(record, tally)
            case Moved():
                self._move(record)
            case Rendered():
                self._render(record)

    def _add(self, adds: list[Add]) -> None:
        self.uids.extend([add.uid for add in adds])
        self.sizes.extend([add.size for add in adds])
        self.flags.extend([add.flags for add in adds])
        self.modseqs.extend([add.modseq for add in adds])
        self.dates.extend([add.date for add in adds])
        self.places.extend([add.place for add in adds])
        self.crcs.extend([add.crc for add in adds])
        self.fragments.extend([add.fragment for add in adds])
        self.fragment_sizes.extend([add.fragment_size for add in adds])
        self.checked.extend(bytes(len(adds)))
        for add in adds:
            for word in self.spell(add.keywords):
                self.keywords.setdefault(word, set()).add(add.uid)

    def _flag(self, record: Flags, tally: Tally) -> None:
        words = self.spell(record.keywords)
        flags, modseqs, modseq = self.flags, self.modseqs, record.modseq
        table = flag_table(record.mode, record.flags)
        places = self.positions(record.uids)
        if isinstance(places, range):
            span = slice(places.start, places.stop)
            flags[span] = flags[span].translate(table)
            modseqs[span] = array("Q", [modseq]) * len(places)
        else:
            for place in places:
                flags[place] = table[flags[place]]
                modseqs[place] = modseq
        there = (
            record.uids
            if len(places) == len(record.uids)
            else chosen(self.uids, places)
        )
        tally.changed.update(there)
        if words or record.mode == "=":
            self._word(record.mode, words, there)

    def _word(self, mode: str, words: Sequence[str], uids: Iterable[int]) -> None:
        if mode == "+":
            for word in words:
                self.keywords.setdefault(word, set()).update(uids)
            return
        for word in list(self.keywords) if mode == "=" else words:
            having = self.keywords.get(word, set())
            having.difference_update(uids)
            if not having:
                self.keywords.pop(word, None)
        if mode == "=":
            self._word("+", words, uids)

    def _remove(self, record: Gone, tally: Tally) -> None:
        places = neighbours(sorted(self.positions(record.uids)))
        gone = chosen(self.uids, places)
        tally.gone.update(gone)
        self.drop(places)
        self._word("-", list(self.keywords), gone)
        self.vanished_uids.extend(gone)
        self.vanished_modseqs.extend(repeat(record.modseq, len(gone)))
        if len(self.vanished_uids) > VANISHED:
            half = len(self.vanished_uids) // 2
            self.vanished_from = self.vanished_modseqs[half - 1]
            del self.vanished_uids[:half], self.vanished_modseqs[:half]

    def drop(self, places: Sequence[int]) -> None:
        """Take positions (ascending) out of every column."""
        if isinstance(places, range):
            for column in (*self._arrays(), self.flags, self.checked):
                del column[places.start : places.stop]
        elif places:
            self._drop_scattered(places)

    def _drop_scattered(self, places: Sequence[int]) -> None:
        first = places[0]
        keep = []
        start = first
        for place in places:
            if place > start:
                keep.append((start, place))
            start = place + 1
        keep.append((start, len(self.uids)))
        for column in self._arrays():
            tail = column[:0]
            for start, end in keep:
                tail += column[start:end]
            column[first:] = tail
        for octets in (self.flags, self.checked):
            octets[first:] = b"".join([octets[start:end] for start, end in keep])

    def _move(self, record: Moved) -> None:
        column = self.fragments if record.fragments else self.places
        moved = dict(zip(record.old, record.new, strict=True))
        for position, place in enumerate(column):
            if place in moved:
                column[position] = moved[place]

    def _render(self, record: Rendered) -> None:
        for uid, place, size in zip(
            record.uids, record.places, record.sizes, strict=True
        ):
            position = self.position(uid)
            if position >= 0:
                self.fragments[position] = place
                self.fragment_sizes[position] = size

    def _arrays(self) -> "tuple[array[int], ...]":
        return (
            self.uids,
            self.sizes,
            self.modseqs,
            self.dates,
            self.places,
            self.crcs,
            self.fragments,
            self.fragment_sizes,
        )

    # Counting

    def octets(self) -> int:
        """Return what all messages come to.

        UIDs only ascend and are never given again: as many messages up to the same UID
        are the same messages, which were added up before.
        """
        uids = self.uids
        count, last, octets = self._octets
        if count != len(uids) or (uids and uids[-1] != last):
            octets = sum(self.sizes)
            self._octets = (len(uids), uids[-1] if uids else 0, octets)
        return octets

    def vanished(self, since: int) -> list[int] | None:
        """Return the UIDs removed after a mod-sequence; None when forgotten."""
        if since < self.vanished_from:
            return None
        start = bisect_left(self.vanished_modseqs, since + 1)
        return sorted(islice(self.vanished_uids, start, None))


@lru_cache(64)
def flag_table(mode: str, bits: int) -> bytes:
    """Return for each value of the flags what a change makes of it."""
    if mode == "+":
        return bytes(value | bits for value in range(256))
    if mode == "-":
        return bytes(value & ~bits for value in range(256))
    return bytes([bits]) * 256

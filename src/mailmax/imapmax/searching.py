"""SEARCH: from a key to a mask over the mailbox's columns.

Theory:
    A mask is one large number with an octet (0 or 1) a message, so NOT, OR and AND
    are single operations on numbers. Flags become masks by `translate`, headers by
    looking into the fragments' lowered columns, text by reading bodies: those only,
    in a big mailbox, that the index does not rule out. What is dear is asked only of
    messages that fit so far.

    A search that reads mail gives the loop turns, and the mailbox may change
    meanwhile: so it works on a `Snapshot` of the columns, and looks positions up by
    UID when it reads.

Limits:
    `budget_s` of the processor for one command, then `OutOfTime` (TRUST E4). The
    parser bounds the depth of keys at 50, so walking them recurses safely.

Standards:
    RFC 3501 §6.4.4.
"""

import asyncio
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import compress

from mailmax.base.units import KIB
from mailmax.imapmax.scanning import Scanner, TextScanner
from mailmax.imapmax.selected import Selected
from mailmax.wire.imap.types.search_keys import (
    And,
    DayIs,
    HasFlag,
    HasKeyword,
    HeaderHas,
    InSet,
    IsRecent,
    ModSeqFrom,
    Not,
    Or,
    SearchKey,
    SizeIs,
    TextHas,
)
from mailmax.wire.imap.types.sequence import Range

_DAY_MS = 86_400_000
_SLICE = 256
_DECODED_SLICE = 8
"""Messages that are looked at without a turn for the loop."""
_RUN_OCTETS = 256 * KIB
"""Octets that are."""
_FEW = 16
"""Where fewer than one of so many fit, they are looked for one by one."""
TURN_S = 0.02


class OutOfTime(Exception):
    """The search took too much of the processor."""


class Search:
    """One SEARCH at work."""

    def __init__(self, selected: Selected, budget_s: float) -> None:
        """Take a snapshot of the columns the client knows of."""
        mailbox = selected.opened.mailbox
        known = selected.view.known
        self.uids = mailbox.uids[:known]
        self.places = selected.view.places(range(known))
        self._selected = selected
        self._mailbox = mailbox
        self._flags = bytes(mailbox.flags[:known])
        self._sizes = mailbox.sizes[:known]
        self._dates = mailbox.dates[:known]
        self._modseqs = mailbox.modseqs[:known]
        self._exists = selected.view.exists
        self._all = _ones(known)
        self._loop = asyncio.get_running_loop()
        self._left_s = budget_s
        self._begin()

    async def run(self, key: SearchKey) -> list[int]:
        """Return indexes into `uids` of the messages that fit, ascending.

        Raises:
            OutOfTime: It took too long.
        """
        mask = await self._evaluate(key, self._all)
        return self._indexes(mask)

    def _indexes(self, mask: int) -> list[int]:
        count = len(self.uids)
        octets = mask.to_bytes(count, "little")
        if octets.count(1) > count // _FEW:
            return list(compress(range(count), octets))
        found = []
        index = octets.find(1)
        while index >= 0:
            found.append(index)
            index = octets.find(1, index + 1)
        return found

    async def _evaluate(self, key: SearchKey, within: int) -> int:
        """Return the mask of a key; octets outside `within` may be anything."""
        if isinstance(key, And):
            for one in sorted(key.keys, key=_cost):
                if within:
                    within &= await self._evaluate(one, within)
            return within
        if isinstance(key, Or):
            one, other = sorted((key.one, key.other), key=_cost)
            first = within & await self._evaluate(one, within)
            rest = within & ~first
            return first | (await self._evaluate(other, rest) if rest else 0)
        if isinstance(key, Not):
            return within & ~await self._evaluate(key.key, within)
        if isinstance(key, TextHas):
            return within & await self._seek(key, within)
        if isinstance(key, HeaderHas) or (isinstance(key, DayIs) and key.sent):
            return within & await self._scan(key, within)
        self._charge()
        return within & self._column_mask(key)

    # From columns

    def _column_mask(self, key: SearchKey) -> int:
        match key:
            case HasFlag(bit, present):
                table = _flag_table(bit, present=present)
                return int.from_bytes(self._flags.translate(table), "little")
            case HasKeyword(keyword, present):
                mask = self._keyword_mask(keyword)
                return mask if present else self._all & ~mask
            case IsRecent(present):
                recent = bisect_left(self.uids, self._selected.recent)
                return (
                    self._span(recent, len(self.uids))
                    if present
                    else self._span(0, recent)
                )
            case SizeIs(larger, octets):
                test = octets.__lt__ if larger else octets.__gt__
                return self._test(self._sizes, test)
            case DayIs(_, first, end):
                return self._between(
                    None if first is None else first * _DAY_MS,
                    None if end is None else end * _DAY_MS,
                )
            case ModSeqFrom(modseq):
                return self._test(self._modseqs, modseq.__le__)
            case InSet():
                return self._set_mask(key)
            case _:
                return self._all

    def _keyword_mask(self, keyword: str) -> int:
        wanted = keyword.lower()
        having: set[int] = set()
        for name, uids in self._mailbox.keywords.items():
            if name.lower() == wanted:
                having |= uids
        if not having:
            return 0
        return int.from_bytes(bytes(map(having.__contains__, self.uids)), "little")

    def _test(self, column: "array[int]", test: Callable[[int], bool]) -> int:
        return int.from_bytes(bytes(map(test, column)), "little")

    def _between(self, low: int | None, high: int | None) -> int:
        floor = -(2**63) if low is None else low
        ceiling = 2**63 if high is None else high
        found = bytes(floor <= date < ceiling for date in self._dates)
        return int.from_bytes(found, "little")

    def _span(self, first: int, end: int) -> int:
        beyond = len(self.uids) - max(0, end - first)
        return self._all >> 8 * beyond << 8 * first

    def _spans(self, spans: Sequence[Range]) -> int:
        if len(spans) == 1:
            return self._span(*spans[0])
        octets = bytearray(len(self.uids))
        for first, end in spans:
            octets[first:end] = b"\1" * (end - first)
        return int.from_bytes(octets, "little")

    def _set_mask(self, key: InSet) -> int:
        if key.by_uid:
            column: Sequence[int] = self.uids
            ranges = key.messages.resolve(column[-1] if column else 0)
        else:
            column = self.places
            ranges = tuple(
                (low - 1, high - 1) for low, high in key.messages.resolve(self._exists)
            )
        spans = [
            (bisect_left(column, low), bisect_left(column, high + 1))
            for low, high in ranges
        ]
        return self._spans(spans)

    # From mail

    async def _scan(self, key: HeaderHas | DayIs, within: int) -> int:
        """Ask messages about fields, those only that may fit."""
        scanner = Scanner(key, self._mailbox)
        found = bytearray(len(self.uids))
        candidates = self._indexes(within)
        for start in range(0, len(candidates), _SLICE):
            there = self._living(candidates[start : start + _SLICE])
            for at in scanner.fitting([position for _, position in there]):
                found[there[at][0]] = 1
            await self._turn()
        return int.from_bytes(found, "little")

    async def _seek(self, key: TextHas, within: int) -> int:
        """Seek a text: in many at once, then in those that must be decoded."""
        scanner = TextScanner(key, self._mailbox)
        found = bytearray(len(self.uids))
        within &= await self._may_hold(key.needle, within)
        for some in self._by_size(self._indexes(within)):
            there = self._living(some)
            fitting, coded = scanner.fitting([position for _, position in there])
            for at in fitting:
                found[there[at][0]] = 1
            await self._turn()
            dear = [there[at][0] for at in coded]
            for start in range(0, len(dear), _DECODED_SLICE):
                for index, position in self._living(
                    dear[start : start + _DECODED_SLICE]
                ):
                    found[index] = scanner.decoded(position)
                await self._turn()
        return int.from_bytes(found, "little")

    async def _may_hold(self, needle: str, within: int) -> int:
        """Return the mask of those messages that are to be looked into."""
        opened = self._selected.opened
        if not opened.when.pays(within.bit_count()):
            return self._all
        self._charge()
        asked = await opened.threads.run(self._mailbox.candidates, needle)
        self._begin()
        if asked is None:
            return self._all
        known = bisect_left(self.uids, asked.below)
        may = bytes(map(asked.uids.__contains__, self.uids[:known]))
        return int.from_bytes(may.ljust(len(self.uids), b"\1"), "little")

    def _by_size(self, indexes: list[int]) -> Iterator[list[int]]:
        """Cut into slices that are read at once."""
        sizes = self._sizes
        start = octets = 0
        for end, index in enumerate(indexes):
            if octets + sizes[index] > _RUN_OCTETS or end - start >= _SLICE:
                if end > start:
                    yield indexes[start:end]
                start, octets = end, 0
            octets += sizes[index]
        if start < len(indexes):
            yield indexes[start:]

    def _living(self, indexes: list[int]) -> list[tuple[int, int]]:
        """Return (index, position now) of messages that are still there."""
        uids = self._mailbox.uids
        last = len(self.uids) - 1
        if len(uids) > last and uids[last] == self.uids[last]:
            # UIDs ascend: the last one is where it was, so all before it are too.
            return [(index, index) for index in indexes]
        there = []
        for index in indexes:
            uid = self.uids[index]
            position = bisect_left(uids, uid)
            if position < len(uids) and uids[position] == uid:
                there.append((index, position))
        return there

    async def _turn(self) -> None:
        if self._loop.time() - self._since > TURN_S:
            self._charge()
            await asyncio.sleep(0)
            self._begin()

    def _begin(self) -> None:
        """Work from here on is charged to this search."""
        self._since = self._loop.time()
        self._uncharged_from = time.thread_time()

    def _charge(self) -> None:
        """Take the processor's time alone: who else uses it is no fault of it."""
        now = time.thread_time()
        self._left_s -= now - self._uncharged_from
        self._uncharged_from = now
        if self._left_s < 0:
            raise OutOfTime


@lru_cache(8)
def _ones(count: int) -> int:
    """Return the mask of so many messages; making it costs more than using it."""
    return int.from_bytes(b"\1" * count, "little")


@lru_cache(32)
def _flag_table(bit: int, *, present: bool) -> bytes:
    """Return for each value of the flags whether it fits."""
    return bytes(bool(bits & bit) is present for bits in range(256))


def _cost(key: SearchKey) -> int:
    """Return 0 for columns, 1 for fragments, 2 for bodies; the dearest inside."""
    if isinstance(key, And):
        return max(map(_cost, key.keys))
    if isinstance(key, Or):
        return max(_cost(key.one), _cost(key.other))
    if isinstance(key, Not):
        return _cost(key.key)
    if isinstance(key, TextHas):
        return 2
    return int(isinstance(key, HeaderHas) or (isinstance(key, DayIs) and key.sent))

"""The activity of all services: taken once, kept in rings, over restarts (HUB-7).

Theory:
    Each service has three rings::

        10 s    for an hour
        1 min   for a day
        15 min  for five weeks

    A count goes into all three, so none has to be made of another. Of each process
    the number of its last report is kept with the rings, in the same file: a report
    that is told again, before or after a restart of the hub, is taken once.

Limits:
    300 kB a service in memory; the file is smaller. 1,000 processes are remembered,
    those that told last.

Manual: 2.6.
"""

import logging
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mailmax.base.units import DAY_S, HOUR_S, MINUTE_S
from mailmax.datamax.rings import KeptRing, Ring
from mailmax.hub.contract.activity import Range
from mailmax.observe.counters import MEASURES
from mailmax.store.atomic import write_atomic

SERVICES: Final = ("smtpmax", "popmax", "imapmax", "queuemax")
"""Whose activity there is."""
SHAPES: Final = (
    (10, HOUR_S // 10),
    (MINUTE_S, DAY_S // MINUTE_S),
    (15 * MINUTE_S, 5 * 7 * DAY_S // (15 * MINUTE_S)),
)
"""Step and number of slots of each ring."""
RANGES: Final[Mapping[Range, tuple[int, int]]] = {
    "hour": (0, HOUR_S // 10),
    "12h": (1, 12 * HOUR_S // MINUTE_S),
    "day": (1, DAY_S // MINUTE_S),
    "week": (2, 7 * DAY_S // (15 * MINUTE_S)),
}
"""Which ring a range is read from, and how many of its slots."""
MOST_RUNS: Final = 1_000
MOST_AT_ONCE: Final = 2**48
"""More is nobody's count."""

_OLDEST_S = 10.0 * 365 * DAY_S
"""What is said to be older, or not to have come yet, is of this moment."""
_VERSION = 1
_log = logging.getLogger("mailmax.datamax")


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A book as it is kept."""

    version: int
    measures: tuple[str, ...]
    runs: dict[bytes, int]
    rings: dict[str, tuple[KeptRing, ...]]


class ActivityBook:
    """All rings, and who has told what."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rings = {service: _new_rings() for service in SERVICES}
        self._runs: dict[bytes, int] = {}
        """The last report of each process; who told last is last."""

    def take(
        self,
        report: tuple[bytes, int],
        service: str,
        slots: Sequence[tuple[float, Sequence[int]]],
        now: float,
    ) -> bool:
        """Add a report, unless it was taken before.

        Args:
            report: Process and number.
            service: One of `SERVICES`.
            slots: How long ago something was counted, and what.
            now: Unix time.

        Returns:
            Whether it was new.
        """
        run, number = report
        is_new = number > self._runs.pop(run, 0)
        if is_new:
            for age_s, counts in slots:
                sound = [min(max(count, 0), MOST_AT_ONCE) for count in counts]
                moment = now - (age_s if 0.0 <= age_s <= _OLDEST_S else 0.0)
                for ring in self._rings[service]:
                    ring.add(moment, now, sound)
            self._runs[run] = number
        else:
            self._runs[run] = max(number, self._runs.get(run, number))
        while len(self._runs) > MOST_RUNS:
            del self._runs[next(iter(self._runs))]
        return is_new

    def series(
        self, service: str, within: Range, measure: str, now: float
    ) -> tuple[int, ...]:
        """Return the sums of a measure, the oldest first; the last is under way."""
        ring, count = RANGES[within]
        return self._rings[service][ring].values(MEASURES.index(measure), now, count)

    def keep(self) -> Kept:
        """Return a copy of all of it."""
        return Kept(
            _VERSION,
            MEASURES,
            dict(self._runs),
            {
                service: tuple(ring.keep() for ring in rings)
                for service, rings in self._rings.items()
            },
        )

    def restore(self, kept: Kept) -> bool:
        """Take what was kept; tell whether it could be used.

        What was not counted yet when it was kept was nothing.
        """
        known = MEASURES[: len(kept.measures)]
        if (kept.version, kept.measures) != (_VERSION, known):
            return False
        for service, rings in self._rings.items():
            for ring, one in zip(rings, kept.rings.get(service, ()), strict=False):
                ring.restore(one)
        self._runs = dict(kept.runs)
        return True


class ActivityFile:
    """Where the book is kept."""

    def __init__(self, path: Path) -> None:
        """Say where.

        Args:
            path: The file.
        """
        self._path = path

    def read(self, book: ActivityBook) -> None:
        """Fill a book; what cannot be read keeps no hub from starting."""
        try:
            octets = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("%s: %s; activity begins anew", self._path, error.strerror)
            return
        kept = decode(octets)
        if kept is None or not book.restore(kept):
            _log.warning("%s is not readable; activity begins anew", self._path)

    def write(self, kept: Kept) -> bool:
        """Replace it; tell whether that could be done."""
        try:
            write_atomic(self._path, encode(kept))
        except OSError as error:
            _log.warning("%s: %s; it is tried again", self._path, error.strerror)
            return False
        return True


def encode(kept: Kept) -> bytes:
    """Return a book as octets."""
    return zlib.compress(msgspec.msgpack.encode(kept), 1)


def decode(octets: bytes) -> Kept | None:
    """Read a book; None: that is none."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(octets), type=Kept)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _new_rings() -> tuple[Ring, ...]:
    return tuple(Ring(step_s, size, len(MEASURES)) for step_s, size in SHAPES)

"""What lasts over a restart of the hub: who is kept out, windows, wrong passwords.

Theory:
    All of it lives in the hub's memory, by the monotonic clock. What has changed is
    written now and then, with wall-clock moments, and read when the hub starts, before
    a door is open. Only this module knows of the wall clock. ::

        block     kept out (tarpit)         moment: until when
        window    POP before SMTP           moment: until when; amount: credentials
        tries     wrong passwords           moment: when; amount: how many
        known     a right password          moment: when

Rules:
    Nobody waits for a write, but for one: who is pardoned stays so. A hub that is
    killed forgets some seconds. A row that cannot be read keeps no hub from starting.
    A wall clock that jumps while the hub runs changes nothing: what is kept moves with
    it before anything is thought to be over. One that jumped while no hub ran may have
    ended what was kept; it keeps nobody out for longer than there may be (TRUST D14).
    In the table there is no more than in memory, but for the last hour's.

Manual: 4.3.
"""

import asyncio
import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from mailmax.base.errors import Failure
from mailmax.base.units import HOUR_S
from mailmax.store.accounts import lasting_units
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.lasting_units import Key

WRITE_S = 5.0
TIDY_S = float(HOUR_S)
"""What is over is deleted that often."""
JUMP_S = 5.0
"""A wall clock that is farther off has jumped; less is no matter."""

_log = logging.getLogger("mailmax.datamax")


class Kept(NamedTuple):
    """A row."""

    amount: float
    moment: float
    """Of the monotonic clock."""


class Bound(NamedTuple):
    """What rows of one sort there may be."""

    after_s: float
    """How long a row holds after its moment."""
    ahead_s: float
    """How far ahead a moment may lie."""
    most: int
    """The newest rows that are kept."""


Changes = Mapping[Key, Kept | None]
"""None: it holds no more."""


class Keeper(Protocol):
    """Who has something that lasts."""

    def take_changes(self) -> Changes:
        """Return what has changed since this was asked."""

    def bounds(self) -> Mapping[str, Bound]:
        """Return what there may be, by what it is."""

    async def restore(self, rows: Sequence[tuple[Key, Kept]]) -> None:
        """Take what was kept before, the oldest first."""


class LastingState:
    """Reads at the start, and writes now and then."""

    def __init__(self, database: Database, keepers: Sequence[Keeper]) -> None:
        """Take what it needs.

        Args:
            database: Where it is kept.
            keepers: Who have something to keep.
        """
        self._database = database
        self._keepers = keepers
        self._unwritten: dict[Key, Kept | None] = {}
        self._wall_s = _wall_s()
        """The wall clock less the monotonic one, as the rows were written."""
        self._next_tidy = 0.0

    async def restore(self) -> None:
        """Read what was kept.

        Raises:
            TemporaryFailure: The database is away.
        """
        rows = await self._database.read(lasting_units.all_lasting)
        sound = [row for row in rows if is_sound((row.what, row.name), row)]
        found = [((row.what, row.name), Kept(row.amount, row.moment)) for row in sound]
        for keeper in self._keepers:
            bounds = keeper.bounds()
            mine = [self._read(*one, bounds) for one in found if one[0][0] in bounds]
            await keeper.restore(mine)

    def _read(
        self, key: Key, row: Kept, bounds: Mapping[str, Bound]
    ) -> tuple[Key, Kept]:
        """Read a moment; one that lies too far ahead is written again."""
        latest = time.monotonic() + bounds[key[0]].ahead_s
        moment = row.moment - self._wall_s
        if moment <= latest:
            return key, Kept(row.amount, moment)
        self._unwritten[key] = clamped = Kept(row.amount, latest)
        return key, clamped

    async def write_often(self) -> None:
        """Write what has changed, again and again; for ever."""
        while True:
            await asyncio.sleep(WRITE_S)
            await self.write()

    async def write(self) -> None:
        """Write what has changed; what cannot be written is kept for the next time."""
        for keeper in self._keepers:
            self._unwritten.update(keeper.take_changes())
        jump_s = _wall_s() - self._wall_s
        if abs(jump_s) < JUMP_S:
            jump_s = 0.0
        wall_s = self._wall_s + jump_s
        tidies = time.monotonic() >= self._next_tidy
        if not (self._unwritten or jump_s or tidies):
            return
        changes, self._unwritten = self._unwritten, {}
        kept = {
            key: (row.amount, row.moment + wall_s)
            for key, row in changes.items()
            if row is not None
        }
        is_written = False
        try:
            await self._database.write(
                lasting_units.keep_lasting,
                kept,
                changes.keys() - kept.keys(),
                self._bounds(wall_s) if tidies else {},
                jump_s,
            )
            is_written = True
        except Failure:
            return
        finally:
            if not is_written:
                self._unwritten = {**changes, **self._unwritten}
        self._wall_s = wall_s
        if tidies:
            self._next_tidy = time.monotonic() + TIDY_S

    def _bounds(self, wall_s: float) -> dict[str, tuple[float, int]]:
        now = time.monotonic() + wall_s
        return {
            what: (now - bound.after_s, bound.most)
            for keeper in self._keepers
            for what, bound in keeper.bounds().items()
        }


def is_sound(key: Key, row: Any) -> bool:
    """Tell whether a row can be what was kept; the log hears of one that cannot."""
    texts, numbers = key, (row.amount, row.moment)
    if all(isinstance(text, str) for text in texts) and all(
        isinstance(number, float) and math.isfinite(number) for number in numbers
    ):
        return True
    skip(key)
    return False


def skip(key: Key) -> None:
    """Tell that a row is passed over."""
    _log.warning("a row of the table lasting cannot be read and is skipped: %r", key)


def only(what: str, rows: Iterable[tuple[Key, Kept]]) -> list[tuple[str, Kept]]:
    """Return the rows of one sort, by name."""
    return [(key[1], row) for key, row in rows if key[0] == what]


def _wall_s() -> float:
    return time.time() - time.monotonic()

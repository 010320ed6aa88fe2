"""What lasts over a restart of the hub: who is kept out, windows, wrong passwords.

Theory:
    All of it lives in the hub's memory, by the monotonic clock. What has changed is
    written now and then, with wall-clock moments, and read when the hub starts, before
    a door is open. ::

        block     kept out (tarpit)         moment: until when
        window    POP before SMTP           moment: until when; amount: credentials
        tries     wrong passwords           moment: when; amount: how many
        known     a right password          moment: when

Rules:
    Nobody waits for a write, but for one: who is pardoned stays so. A hub that is
    killed forgets some seconds.
    A wall clock that jumped frees nobody for good and keeps nobody out for long: who
    reads moments back clamps them to the longest there may be (TRUST D14).

Manual: 4.3.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from mailmax.base.errors import Failure
from mailmax.store.accounts import lasting_units
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.lasting_units import Key

WRITE_S = 5.0


class Kept(NamedTuple):
    """A row."""

    amount: float
    moment: float
    """Unix time."""


Changes = Mapping[Key, Kept | None]
"""None: it holds no more."""


class Keeper(Protocol):
    """Who has something that lasts."""

    def take_changes(self) -> Changes:
        """Return what has changed since this was asked."""

    def ages(self) -> Mapping[str, float]:
        """Return how long rows hold after their moments, by what they are: seconds."""

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

    async def restore(self) -> None:
        """Read what was kept.

        Raises:
            TemporaryFailure: The database is away.
        """
        rows = await self._database.read(lasting_units.all_lasting)
        found = [((row.what, row.name), Kept(row.amount, row.moment)) for row in rows]
        for keeper in self._keepers:
            mine = [one for one in found if one[0][0] in keeper.ages()]
            await keeper.restore(mine)

    async def write_often(self) -> None:
        """Write what has changed, again and again; for ever."""
        while True:
            await asyncio.sleep(WRITE_S)
            await self.write()

    async def write(self) -> None:
        """Write what has changed; what cannot be written is kept for the next time."""
        for keeper in self._keepers:
            self._unwritten.update(keeper.take_changes())
        changes, self._unwritten = self._unwritten, {}
        if not changes:
            return
        kept = {key: row for key, row in changes.items() if row is not None}
        gone = changes.keys() - kept.keys()
        over = {
            what: time.time() - age_s
            for keeper in self._keepers
            for what, age_s in keeper.ages().items()
        }
        try:
            await self._database.write(lasting_units.keep_lasting, kept, gone, over)
        except Failure:
            self._unwritten = {**changes, **self._unwritten}


def to_wall(moment: float) -> float:
    """Turn a moment of the monotonic clock into Unix time."""
    return moment - time.monotonic() + time.time()


def left_until(moment: float, longest_s: float) -> float:
    """Return the seconds until a moment that was kept, clamped.

    Args:
        moment: Unix time.
        longest_s: More is never left.
    """
    return min(moment - time.time(), longest_s)


def passed_since(moment: float) -> float:
    """Return the seconds since a moment that was kept; one that lies ahead is now."""
    return max(0.0, time.time() - moment)


def only(what: str, rows: Iterable[tuple[Key, Kept]]) -> list[tuple[str, Kept]]:
    """Return the rows of one sort, by name."""
    return [(key[1], row) for key, row in rows if key[0] == what]

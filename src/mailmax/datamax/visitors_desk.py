"""The hub's desk for tarpit blocks and for windows of POP before SMTP.

Theory:
    Both live in memory, last over a restart (`lasting_state`) and are pushed like any
    table. A new window leaves at once; what comes in quick succession (every mail
    program that polls lengthens its window) is gathered and leaves in one version of
    the tables.

Rules:
    A window is opened for a peer that is under the usual limits; a trusted one needs
    none. When a user's credentials change the user's windows close; so does one that
    was kept with other credentials than the user has when the hub starts.

Manual: 4.3; DECISIONS 10, 29; TRUST G10.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

from mailmax.base.units import MINUTE_S
from mailmax.datamax.desk import Answers
from mailmax.datamax.effect import Effect, not_found
from mailmax.datamax.lasting_state import Bound, Changes, Kept, only, skip
from mailmax.datamax.pushes import Publisher
from mailmax.hub.contract import visitors
from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import BlockRow, WindowRow
from mailmax.policy.tarpit import MOST_ADDRESSES, Tarpit, key_of
from mailmax.policy.windows import MOST_WINDOWS, Window, Windows
from mailmax.store.accounts import lasting_units, units
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.lasting_units import Key

_BLOCK, _WINDOW = "block", "window"
_MOST_DIGITS = 19
"""So many have numbers that no database has."""
GATHER_S = 0.1
EXPIRE_S = 5.0


class VisitorsDesk:
    """Knows who is kept out and whose window is open."""

    def __init__(
        self, database: Database, publisher: Publisher, settings: Mapping[str, Any]
    ) -> None:
        """Take what it needs.

        Args:
            database: Says who may log in.
            publisher: Pushes the tables.
            settings: Of the system, as they are now.
        """
        self._database = database
        self._publisher = publisher
        self._settings = settings
        self._tarpit = Tarpit()
        self._windows = Windows()
        self._new_blocks: set[str] = set()
        self._new_windows: set[Window] = set()
        self._came = asyncio.Event()
        self._changes: dict[Key, Kept | None] = {}

    def answers(self) -> Answers:
        """Return who answers what."""
        return {
            visitors.TarpitHit: self._take_hit,
            visitors.ListBlocks: self._list,
            visitors.Pardon: self._pardon,
        }

    def snapshot(self) -> Effect:
        """Return all that holds now, for a service that has just come."""
        now = time.monotonic()
        blocks = self._tarpit.blocked(now)
        return Effect(
            blocks=tuple(BlockRow(who, left_s) for who, left_s in blocks.items()),
            windows=tuple(self._rows(self._windows.all(), now)),
        )

    # Windows

    def open_window(
        self, peer: str, user_id: int, credential_version: int
    ) -> Awaitable[object] | None:
        """A user was let in to read mail, under these credentials.

        Returns:
            For a new window: waits until it is open at every SMTPMax.
        """
        now = time.monotonic()
        is_new = not self._windows.is_open(peer, user_id, now)
        until = now + self._window_s
        self._windows.open(peer, user_id, until)
        key = _WINDOW, _name_of((peer, user_id))
        self._changes[key] = Kept(float(credential_version), until)
        if not is_new:
            self._new_windows.add((peer, user_id))
            self._came.set()
            return None
        rows = tuple(self._rows([(peer, user_id, until)], now))
        readers = self._publisher.publish(Effect(windows=rows))
        return self._publisher.wait_for(readers, self._publisher.version)

    def is_open(self, peer: str, user_id: int) -> bool:
        """Tell whether a user's window is open."""
        return self._windows.is_open(peer, user_id, time.monotonic())

    def close_windows(self, user_id: int) -> None:
        """A user's credentials are not what they were."""
        self._close(self._windows.of_user(user_id))

    def _close(self, windows: list[Window]) -> None:
        for window in windows:
            self._windows.close(*window)
            self._new_windows.discard(window)
            self._changes[_WINDOW, _name_of(window)] = None
        if windows:
            self._publisher.publish(Effect(gone_windows=tuple(windows)))

    # Blocks

    def _take_hit(self, hit: visitors.TarpitHit) -> None:
        address = key_of(hit.address)
        until = time.monotonic() + self._block_s
        self._tarpit.block(address, until)
        self._changes[_BLOCK, address] = Kept(0.0, until)
        self._new_blocks.add(address)
        self._came.set()

    def _list(self, request: visitors.ListBlocks) -> visitors.BlockPage:
        blocked = self._tarpit.blocked(time.monotonic())
        names = sorted(blocked)
        begin = bisect_right(names, request.after)
        end = begin + max(1, min(request.limit, PAGE_ROWS))
        rows = tuple(
            visitors.BlockView(name, round(blocked[name], 1))
            for name in names[begin:end]
        )
        return visitors.BlockPage(rows, rows[-1].address if end < len(names) else "")

    async def _pardon(self, request: visitors.Pardon) -> Changed | Denied:
        address = key_of(request.address.strip())
        if address not in self._tarpit.blocked(time.monotonic()):
            return not_found("address", f"block of {request.address[:60]!r}")
        self._changes[_BLOCK, address] = None
        await self._database.write(
            lasting_units.keep_lasting, {}, [(_BLOCK, address)], {}
        )
        self._changes[_BLOCK, address] = None  # it may have been hit meanwhile
        self._tarpit.pardon(address)
        self._new_blocks.discard(address)
        waiting = self._publisher.publish(Effect(gone_blocks=(address,)))
        version = self._publisher.version
        return Changed(0, version, await self._publisher.wait_for(waiting, version))

    # What lasts

    @property
    def _window_s(self) -> float:
        return float(self._settings["pop_before_smtp_minutes"] * MINUTE_S)

    @property
    def _block_s(self) -> float:
        return float(self._settings["tarpit_minutes"] * MINUTE_S)

    def bounds(self) -> Mapping[str, Bound]:
        """Return how long rows hold: until their moments."""
        return {
            _BLOCK: Bound(0.0, self._block_s, MOST_ADDRESSES),
            _WINDOW: Bound(0.0, self._window_s, MOST_WINDOWS),
        }

    def take_changes(self) -> Changes:
        """Return what has changed since this was asked."""
        changes, self._changes = self._changes, {}
        return changes

    async def restore(self, rows: Sequence[tuple[Key, Kept]]) -> None:
        """Take what was kept before."""
        now = time.monotonic()
        for address, row in only(_BLOCK, rows):
            if row.moment > now:
                self._tarpit.block(address, row.moment)
        named = [(_read_window(name), row) for name, row in only(_WINDOW, rows)]
        windows = [(*window, row) for window, row in named if window is not None]
        numbers = list({user_id for _, user_id, _ in windows})
        versions = await self._database.read(units.credential_versions, numbers)
        for peer, user_id, row in windows:
            if row.moment > now and versions.get(user_id) == row.amount:
                self._windows.open(peer, user_id, row.moment)

    # Chores

    async def push_new(self) -> None:
        """Tell the services what has come, for ever."""
        while True:
            await self._came.wait()
            await asyncio.sleep(GATHER_S)
            self._came.clear()
            now = time.monotonic()
            blocked = self._tarpit.blocked(now)
            blocks = tuple(
                BlockRow(who, blocked[who]) for who in self._new_blocks & blocked.keys()
            )
            until = self._windows.until
            opened = ((*one, until(*one)) for one in self._new_windows)
            windows = tuple(self._rows(opened, now))
            self._new_blocks, self._new_windows = set(), set()
            self._publisher.publish(Effect(blocks=blocks, windows=windows))

    async def drop_expired(self) -> None:
        """Let go of windows whose time is over, for ever."""
        while True:
            await asyncio.sleep(EXPIRE_S)
            self._close(self._windows.expired(time.monotonic()))

    @staticmethod
    def _rows(
        windows: Iterable[tuple[str, int, float]], now: float
    ) -> Iterable[WindowRow]:
        for peer, user_id, until in windows:
            if until > now:
                yield WindowRow(peer, user_id, until - now)


def _name_of(window: Window) -> str:
    return f"{window[0]} {window[1]}"


def _read_window(name: str) -> Window | None:
    """Read whose window that is; None, and a line in the log, where nobody's can be."""
    peer, _, number = name.rpartition(" ")
    if peer and number.isascii() and number.isdecimal() and len(number) < _MOST_DIGITS:
        return peer, int(number)
    skip((_WINDOW, name))
    return None

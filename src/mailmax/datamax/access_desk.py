"""The hub's desk for IP filters and bans: requests, hits of traps, bans that expire.

Theory:
    Hits come as notices, many at once when a spammer runs through a list. They are
    gathered and banned together, one transaction and one version of the tables for
    all that came meanwhile.

Limits:
    1,000 hits wait; more are dropped: the same spammer will be back.
"""

import asyncio
import time

from mailmax.base.errors import Failure
from mailmax.datamax import access, bans
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answers
from mailmax.datamax.lockout import kept_in
from mailmax.hub.contract import access as asked
from mailmax.hub.contract.message import Done
from mailmax.store.accounts.database import Database

GATHER_S = 0.1
EXPIRE_S = 5.0
MOST_WAITING = 1_000


class AccessDesk:
    """Answers what is asked about filters and bans."""

    def __init__(self, database: Database, changes: Changes) -> None:
        """Take what it needs."""
        self._database = database
        self._changes = changes
        self._hits: dict[str, asked.TrapHit] = {}
        self._came = asyncio.Event()

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        read = self._database.read
        return {
            asked.AddFilter: lambda one: change(kept_in, access.add_filter, one),
            asked.ChangeFilter: lambda one: change(kept_in, access.change_filter, one),
            asked.MoveFilter: lambda one: change(kept_in, access.move_filter, one),
            asked.RemoveFilter: lambda one: change(kept_in, access.remove_filter, one),
            asked.ShowFilter: lambda one: read(access.show_filter, one),
            asked.ListFilters: lambda one: read(access.list_filters, one),
            asked.TryAddress: lambda one: read(access.try_address, one),
            asked.AddBan: lambda one: change(bans.add_ban, one, time.time()),
            asked.RemoveBan: lambda one: change(bans.remove_ban, one),
            asked.ShowBan: lambda one: read(bans.show_ban, one),
            asked.ListBans: lambda one: read(bans.list_bans, one),
            asked.TrapHit: self._take_hit,
            asked.CountBanHits: self._count,
        }

    async def _count(self, request: asked.CountBanHits) -> Done:
        await self._database.write(bans.count_hits, request)
        return Done()

    def _take_hit(self, hit: asked.TrapHit) -> None:
        if len(self._hits) < MOST_WAITING:
            self._hits.setdefault(hit.sender, hit)
            self._came.set()

    async def ban_trapped(self) -> None:
        """Ban who wrote to traps, for ever."""
        while True:
            await self._came.wait()
            await asyncio.sleep(GATHER_S)
            self._came.clear()
            hits, self._hits = tuple(self._hits.values()), {}
            try:
                await self._changes.carry_out(bans.ban_trapped, hits, time.time())
            except Failure:
                continue  # the database is away; so is what would come of them

    async def drop_expired(self) -> None:
        """Let bans go whose time is over, for ever."""
        while True:
            await asyncio.sleep(EXPIRE_S)
            try:
                if await self._database.read(bans.have_expired, time.time()):
                    await self._changes.carry_out(bans.drop_expired, time.time())
            except Failure:
                continue  # the services look at the time themselves

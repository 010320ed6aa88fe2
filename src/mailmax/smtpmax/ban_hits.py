"""How often bans have refused somebody: counted here, told to the hub in batches.

Rules:
    It is for people who look at their lists and no more. What could not be told while
    the hub is away is kept and told later; an SMTPMax that is killed forgets what it
    had not told.

Limits:
    1,000 bans in one call; one call in two seconds. What waits is bounded by the
    number of bans (`datamax.bans`).

Manual: 4.9, 5.3.
"""

from itertools import islice
from typing import Final

from mailmax.base.errors import Failure
from mailmax.hub.contract.access import MOST_BAN_HITS, BanHit, CountBanHits
from mailmax.hub.telling import Telling
from mailmax.smtpmax.ports import Hub

PERIOD_S: Final = 2.0


class BanHits:
    """Counts of one SMTPMax."""

    def __init__(self, hub: Hub) -> None:
        """Begin with nothing counted.

        Args:
            hub: Who is told.
        """
        self._hub = hub
        self._due: dict[int, BanHit] = {}
        self._telling = Telling("ban hits", self.tell, PERIOD_S)

    def add(self, ban_id: int, at_s: float) -> None:
        """A ban has refused somebody.

        Args:
            ban_id: Its number.
            at_s: Unix time.
        """
        self._add(BanHit(ban_id, 1, at_s))

    async def start(self) -> None:
        """Tell from now on."""
        self._telling.start()

    async def stop(self) -> None:
        """Tell the last of it, if the hub is there."""
        await self._telling.stop()

    async def tell(self) -> None:
        """Tell what is due."""
        while self._due:
            rows = tuple(islice(self._due.values(), MOST_BAN_HITS))
            for row in rows:
                del self._due[row.ban_id]
            is_told = False
            try:
                await self._hub.ask(CountBanHits(rows))
                is_told = True
            except Failure:
                return  # away; it is told again
            finally:
                if not is_told:
                    for row in rows:
                        self._add(row)

    def _add(self, more: BanHit) -> None:
        had = self._due.get(more.ban_id)
        if had is not None:
            last_at = max(had.last_at, more.last_at)
            more = BanHit(more.ban_id, had.hits + more.hits, last_at)
        self._due[more.ban_id] = more

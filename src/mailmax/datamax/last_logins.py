"""When users logged in last: noted in memory, written now and then (GEN-4).

Theory:
    Housekeeping looks at days; a login every second need not be a write every second.

Rules:
    What is noted is written at the latest a minute later and at the end. A hub that is
    killed forgets a minute.
"""

import asyncio

from mailmax.base.errors import Failure
from mailmax.store.accounts import sending_units
from mailmax.store.accounts.database import Database

WRITE_S = 60.0


class LastLogins:
    """Moments that are not written yet."""

    def __init__(self, database: Database) -> None:
        """Begin with none."""
        self._database = database
        self._moments: dict[int, float] = {}

    def note(self, user_id: int, now: float) -> None:
        """A user logged in.

        Args:
            user_id: Who.
            now: Unix time.
        """
        self._moments[user_id] = now

    async def write_often(self) -> None:
        """Write what there is, again and again; for ever."""
        while True:
            await asyncio.sleep(WRITE_S)
            await self.write()

    async def write(self) -> None:
        """Write what there is; what cannot be written is kept for the next time."""
        moments, self._moments = self._moments, {}
        if not moments:
            return
        is_written = False
        try:
            await self._database.write(sending_units.keep_logins, moments)
            is_written = True
        except Failure:
            return
        finally:
            if not is_written:
                self._moments = {**moments, **self._moments}

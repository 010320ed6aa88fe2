"""Keeps what services tell of the mail of users, in the lines of the long list.

Theory:
    What comes is noted in memory and written every few seconds, off the loop, a few
    rows a transaction: a login never waits long for it. Of one user the newest alone
    is kept.

Rules:
    When the database is slow or away and too many wait, what comes more is dropped:
    the next change of that user tells it again.

Limits:
    20,000 users wait; 500 in one transaction.
"""

import asyncio
import time
from itertools import islice
from typing import Final

from mailmax.base.errors import Failure
from mailmax.datamax.member import Member
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.used import MOST_USED, ReportUsed, Used
from mailmax.store.accounts import user_lines
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.user_lines import Held

WRITE_S: Final = 2.0
MOST_WAITING: Final = 20_000
_AT_ONCE: Final = 500
_ROLES: Final = frozenset({"filer", "imapmax", "popmax", "housekeeping"})
_HIGHEST: Final = 2**63


class UsedDesk:
    """What is not written yet."""

    def __init__(self, database: Database) -> None:
        """Begin with none.

        Args:
            database: Where the lines are.
        """
        self._database = database
        self._waiting: dict[int, Held] = {}

    def report(self, member: Member, said: ReportUsed) -> Message:
        """Take what a service tells."""
        if member.role not in _ROLES:
            words = "that service changes no mailboxes"
            return Denied("not_allowed", "role", words)
        if len(said.rows) > MOST_USED or not all(map(_is_sound, said.rows)):
            return Denied("bad_value", "rows", "that is no report")
        now = time.time()
        for row in said.rows:
            self._keep(row.user_id, Held(row.octets, row.messages, now - row.age_s))
        return Done()

    async def write_often(self) -> None:
        """Write what there is, again and again; for ever."""
        while True:
            await asyncio.sleep(WRITE_S)
            await self.write()

    async def write(self) -> None:
        """Write what there is; what cannot be written is kept for the next time."""
        while self._waiting:
            some = dict(islice(self._waiting.items(), _AT_ONCE))
            try:
                await self._database.write(user_lines.keep_used, some)
            except Failure:
                return
            for number, held in some.items():
                if self._waiting.get(number) is held:
                    del self._waiting[number]

    def _keep(self, number: int, held: Held) -> None:
        known = self._waiting.get(number)
        if known is None and len(self._waiting) >= MOST_WAITING:
            return
        if known is None or known.moment <= held.moment:
            self._waiting[number] = held


def _is_sound(row: Used) -> bool:
    counts = (row.user_id, row.octets, row.messages)
    return all(0 <= count < _HIGHEST for count in counts) and row.age_s >= 0

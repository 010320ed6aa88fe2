"""Answers about the hub itself and who is here (manual 2.2, 2.3)."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from mailmax import __version__
from mailmax.datamax.desk import Answer, Answers
from mailmax.datamax.places import NO_PLACE, read_place
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.pushes import Publisher
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.block_lists import BlockListPage, ListBlockLists
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.presence import AskStatus, ListSessions, Status
from mailmax.store.accounts import units, virus_units
from mailmax.store.accounts.database import Database

Counts = tuple[int, int, int]
"""Domains, users, and users whose mail is checked."""
_NEVER: tuple[int, Counts] = 0, (0, 0, 0)
"""With the version of the tables, which begins with 1."""


class StatusDesk:
    """Answers administrators from the guest book."""

    def __init__(
        self,
        database: Database,
        book: GuestBook,
        publisher: Publisher,
        system_name: Callable[[], str],
        settings: Mapping[str, Any],
    ) -> None:
        """Take what it looks at.

        Args:
            database: The accounts.
            book: Who is here.
            publisher: Which version of the tables holds.
            system_name: What this system is called.
            settings: Of the system, as they are now.
        """
        self._database = database
        self._book = book
        self._publisher = publisher
        self._system_name = system_name
        self._settings = settings
        self._since = time.time()
        self._counted = _NEVER

    def answers(self) -> Answers:
        """Return who answers what."""
        return {
            AskStatus: self._status,
            ListSessions: self._sessions,
            ListBlockLists: self._block_lists,
        }

    async def _status(self, _: AskStatus) -> Message:
        domain_count, user_count, checked = await self._counts()
        return Status(
            __version__,
            self._since,
            self._publisher.epoch,
            self._publisher.version,
            domain_count,
            user_count,
            self._book.services(),
            self._database.place,
            self._system_name(),
            "clamd" if self._settings["virus_check"] else "none",
            checked,
        )

    async def _counts(self) -> Counts:
        """Count what there is; anew only after a change, since it reads every user."""
        version = self._publisher.version
        if self._counted[0] != version:
            self._counted = version, await self._database.read(_count)
        return self._counted[1]

    def _sessions(self, request: ListSessions) -> Answer:
        limit = max(1, min(request.limit, PAGE_ROWS))
        try:
            return self._book.sessions(request.after, limit)
        except ValueError:
            return NO_PLACE

    def _block_lists(self, request: ListBlockLists) -> Answer:
        begin = read_place(request.after)
        if begin is None:
            return NO_PLACE
        end = begin + max(1, min(request.limit, PAGE_ROWS))
        rows = self._book.block_lists()
        return BlockListPage(rows[begin:end], str(end) if len(rows) > end else "")


def _count(tx: Connection) -> Counts:
    return *units.count(tx), virus_units.count_checked(tx)

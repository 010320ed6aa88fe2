"""Answers Housekeeping: whom to look at, what to put away, what became of it."""

import time
from collections.abc import Callable

from mailmax.datamax import housekeeping, moving
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answers
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.presence import GuestBook
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.housekeeping import (
    AskRemovals,
    AskUserWork,
    BeginMove,
    DeleteIdleUser,
    EndMove,
    NoteRemoval,
    UserWorkPage,
)
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts.database import Database


class HousekeepingDesk:
    """Answers Housekeeping."""

    def __init__(
        self,
        database: Database,
        book: GuestBook,
        last_logins: LastLogins,
        changes: Changes,
    ) -> None:
        """Take what it looks at, and who deletes."""
        self.clock: Callable[[], float] = time.time
        """Unix time: the hub's own, whatever Housekeeping thinks."""
        self._database = database
        self._book = book
        self._last_logins = last_logins
        self._changes = changes

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        return {
            AskUserWork: self._user_work,
            DeleteIdleUser: self._delete_idle_user,
            AskRemovals: lambda one: self._database.read(
                housekeeping.due_removals, one, self.clock(), self._book.addresses()
            ),
            BeginMove: lambda one: change(moving.begin_move, one),
            EndMove: lambda one: change(moving.end_move, one, self.clock()),
            NoteRemoval: lambda one: self._database.write(
                housekeeping.note_removal, one, self.clock()
            ),
        }

    async def _user_work(self, asked: AskUserWork) -> UserWorkPage | Denied:
        await self._last_logins.write()
        here = self._book.addresses()
        work = housekeeping.user_work
        return await self._database.read(work, asked, self.clock(), here)

    async def _delete_idle_user(self, asked: DeleteIdleUser) -> Changed | Denied:
        await self._last_logins.write()
        here = self._book.addresses()
        work = housekeeping.delete_idle_user
        return await self._changes.carry_out(work, asked, self.clock(), here)

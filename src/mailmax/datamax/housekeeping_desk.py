"""Answers Housekeeping: whom to look at, what to put away, what became of it."""

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
                housekeeping.due_removals, one, self._book.addresses()
            ),
            BeginMove: lambda one: change(moving.begin_move, one),
            EndMove: lambda one: change(moving.end_move, one),
            NoteRemoval: lambda one: self._database.write(
                housekeeping.note_removal, one
            ),
        }

    async def _user_work(self, asked: AskUserWork) -> UserWorkPage | Denied:
        await self._last_logins.write()
        here = self._book.addresses()
        return await self._database.read(housekeeping.user_work, asked, here)

    async def _delete_idle_user(self, asked: DeleteIdleUser) -> Changed | Denied:
        await self._last_logins.write()
        here = self._book.addresses()
        work = housekeeping.delete_idle_user
        return await self._changes.carry_out(work, asked, here)

"""Questions of administrators that change nothing: lists, status, who is here."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from mailmax import __version__
from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import (
    aliases,
    domain_values,
    domains,
    system,
    user_values,
    users,
)
from mailmax.datamax.compared import compare_logins
from mailmax.datamax.member import Member
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.pushes import Publisher
from mailmax.datamax.relay import Relays
from mailmax.hub.contract import housekeeping, maildrops, queue, relayed
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.aliases import ListAliases
from mailmax.hub.contract.domains import ListDomains, ShowDomain
from mailmax.hub.contract.logins import CompareLogins
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.presence import AskStatus, ListSessions, Status
from mailmax.hub.contract.settings import GetSettings
from mailmax.hub.contract.users import ListUsers, ShowUser
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database

Answer = Message | Awaitable[Message] | None

_KEEPER = ("housekeeping", "Housekeeping")


class Looking:
    """Answers them from the database and the guest book, or lets a service answer."""

    def __init__(
        self,
        database: Database,
        book: GuestBook,
        publisher: Publisher,
        members: Iterable[Member],
    ) -> None:
        """Take what it looks at.

        Args:
            database: The accounts.
            book: Who is here.
            publisher: Which version of the tables holds.
            members: Whom questions may be passed on to.
        """
        self._database = database
        self._book = book
        self._publisher = publisher
        self._members = members
        self._relays = Relays()
        self._since = time.time()

    def answers(self) -> dict[type, Callable[[Any], Answer]]:
        """Return who answers what."""
        return {
            CompareLogins: self._reading(compare_logins),
            ListDomains: self._reading(domains.list_domains),
            ShowDomain: self._reading(domain_values.show_domain),
            ShowUser: self._reading(user_values.show_user),
            ListUsers: self._reading(users.list_users),
            ListAliases: self._reading(aliases.list_aliases),
            GetSettings: self._reading(system.get_settings),
            AskStatus: self._status,
            ListSessions: self._sessions,
            queue.ListQueue: self._passing("queuemax", "QueueMax"),
            housekeeping.AskHousekeeping: self._passing(*_KEEPER),
            housekeeping.ListDeeds: self._passing(*_KEEPER),
            housekeeping.RunHousekeeping: self._run_housekeeping,
            maildrops.UnlockMaildrop: self._unlock,
            relayed.RelayedAnswer: self._relays.answered,
        }

    def _reading(self, work: Callable[..., Message]) -> Callable[[Any], Answer]:
        return lambda request: self._database.read(work, request)

    async def _status(self, _: AskStatus) -> Message:
        domain_count, user_count = await self._database.read(units.count)
        return Status(
            __version__,
            self._since,
            self._publisher.epoch,
            self._publisher.version,
            domain_count,
            user_count,
            self._book.services(),
            self._database.place,
        )

    def _sessions(self, request: ListSessions) -> Answer:
        limit = max(1, min(request.limit, PAGE_ROWS))
        try:
            return self._book.sessions(request.after, limit)
        except ValueError:
            words = "it is no place in the list"
            return Denied("bad_value", "after", words, "give a page's `next`")

    def _passing(self, role: str, name: str) -> Callable[[Any], Answer]:
        return lambda request: self._pass_on(role, name, request)

    async def _pass_on(self, role: str, name: str, request: relayed.Passed) -> Message:
        for member in self._members:
            if member.guest is not None and member.guest.hello.role == role:
                return await self._relays.ask(member, request)
        raise TemporaryFailure(f"{name} is not running")

    async def _run_housekeeping(self, request: housekeeping.RunHousekeeping) -> Message:
        if request.domain:
            found = await self._database.read(domain_values.find, request.domain)
            if isinstance(found, Denied):
                return found
            request = msgspec.structs.replace(request, domain=found.name)
        return await self._pass_on(*_KEEPER, request)

    async def _unlock(self, request: maildrops.UnlockMaildrop) -> Message:
        found = await self._database.read(users.find, request.address)
        if isinstance(found, Denied):
            return found
        asked = maildrops.FreeMaildrop(found.id, request.only_show)
        return await self._pass_on("popmax", "POPMax", asked)

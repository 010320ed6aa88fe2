"""Questions of administrators that change nothing: lists, status, who is here."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from mailmax import __version__
from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import aliases, domain_values, domains, system, users
from mailmax.datamax.compared import compare_logins
from mailmax.datamax.member import Member
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.pushes import Publisher
from mailmax.datamax.relay import Relays
from mailmax.hub import admin, contract, queue
from mailmax.hub.contract import Denied, Message
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database

Answer = Message | Awaitable[Message] | None


class Looking:
    """Answers them from the database, the guest book and QueueMax."""

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
            contract.CompareLogins: self._reading(compare_logins),
            admin.ListDomains: self._reading(domains.list_domains),
            admin.ShowDomain: self._reading(domain_values.show_domain),
            admin.ShowUser: self._reading(users.show_user),
            admin.ListUsers: self._reading(users.list_users),
            admin.ListAliases: self._reading(aliases.list_aliases),
            admin.GetSettings: self._reading(system.get_settings),
            admin.AskStatus: self._status,
            admin.ListSessions: self._sessions,
            queue.ListQueue: self._queue,
            queue.RelayedAnswer: self._relays.answered,
        }

    def _reading(self, work: Callable[..., Message]) -> Callable[[Any], Answer]:
        return lambda request: self._database.read(work, request)

    async def _status(self, _: admin.AskStatus) -> Message:
        domain_count, user_count = await self._database.read(units.count)
        return admin.Status(
            __version__,
            self._since,
            self._publisher.epoch,
            self._publisher.version,
            domain_count,
            user_count,
            self._book.services(),
            self._database.place,
        )

    def _sessions(self, request: admin.ListSessions) -> Answer:
        limit = max(1, min(request.limit, admin.PAGE_ROWS))
        try:
            return self._book.sessions(request.after, limit)
        except ValueError:
            words = "it is no place in the list"
            return Denied("bad_value", "after", words, "give a page's `next`")

    async def _queue(self, request: queue.ListQueue) -> Message:
        for member in self._members:
            if member.guest is not None and member.guest.hello.role == "queuemax":
                return await self._relays.ask(member, request)
        raise TemporaryFailure("QueueMax is not running")

"""Answers what is wrong with all that is set (manual 12).

Rules:
    All is judged for the first page; the others are of the same judgement. It is kept
    for a minute. One judgement is made at a time, so that a reader of the database is
    left for logins.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain

from sqlalchemy import Connection

from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.desk import Answers
from mailmax.datamax.facts import read_facts
from mailmax.datamax.places import NO_PLACE, read_place
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.checks import FindingPage, FindingView, ListFindings
from mailmax.hub.contract.message import Message
from mailmax.policy.checks import (
    access,
    cluster,
    connections,
    domains,
    smart_hosts,
    system,
    users,
)
from mailmax.policy.checks.facts import Facts, HubFact
from mailmax.policy.checks.finding import Check, find_all
from mailmax.store.accounts.database import Database

CHECKS = dict(
    chain.from_iterable(
        page.CHECKS.items()
        for page in (
            system,
            smart_hosts,
            connections,
            access,
            domains,
            users,
            cluster,
        )
    )
)
"""In the order in which an administrator looks."""
KEPT_S = 60.0

Findings = tuple[FindingView, ...]


class CheckDesk:
    """Answers administrators."""

    def __init__(
        self,
        database: Database,
        apop: ApopSecrets,
        base_port: int,
        hub: Callable[[], Awaitable[HubFact]],
    ) -> None:
        """Take what it looks at.

        Args:
            database: The accounts.
            apop: Tells copies of passwords from secrets of their own.
            base_port: Of this computer.
            hub: Says what is known of this computer.
        """
        self._database = database
        self._apop = apop
        self._base_port = base_port
        self._hub = hub
        self._one_at_a_time = asyncio.Lock()
        self._kept: Findings | None = None
        self._dropping: asyncio.TimerHandle | None = None

    def answers(self) -> Answers:
        """Return who answers what."""
        return {ListFindings: self._list}

    async def note_on(self, key: str) -> str:
        """Say what is odd now that a setting was set; nothing where nothing is."""
        check = next((one for name, one in _NOTED if key.startswith(name)), None)
        if check is None:
            return ""
        facts = self._apop, await self._hub(), self._base_port
        return await self._database.read(_note, check, *facts)

    async def _list(self, request: ListFindings) -> Message:
        begin = read_place(request.after)
        if begin is None:
            return NO_PLACE
        found = self._kept
        if found is None or begin == 0:
            found = await self._judge()
        end = begin + max(1, min(request.limit, PAGE_ROWS))
        next_ = str(end) if len(found) > end else ""
        return FindingPage(found[begin:end], next_, len(found))

    async def _judge(self) -> Findings:
        async with self._one_at_a_time:
            hub = await self._hub()
            found = await self._database.read(_find, self._apop, hub, self._base_port)
        self._keep(found)
        return found

    def _keep(self, found: Findings) -> None:
        if self._dropping is not None:
            self._dropping.cancel()
        self._kept = found
        self._dropping = asyncio.get_running_loop().call_later(KEPT_S, self._drop)

    def _drop(self) -> None:
        self._kept = self._dropping = None


_NOTED: tuple[tuple[str, Check[Facts]], ...] = (
    ("smart_host", system.smart_host),
    ("remote_administration", system.short_host_password),
)
"""By the beginning of what is set: what is said at once, too."""


def _note(
    tx: Connection, check: Check[Facts], apop: ApopSecrets, hub: HubFact, base_port: int
) -> str:
    found = check(read_facts(tx, apop, hub, base_port))
    return "; ".join(f"caution: {one.reason}" for one in found)


def _find(tx: Connection, apop: ApopSecrets, hub: HubFact, base_port: int) -> Findings:
    facts = read_facts(tx, apop, hub, base_port)
    return tuple(
        FindingView(name, one.kind, one.field, one.reason, one.cure)
        for name, one in find_all(CHECKS, facts)
    )

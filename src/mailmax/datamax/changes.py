"""Carrying out a change: database, tables of the services, open sessions, answer.

Theory:
    check → unit of work (durable) → publish → wait for the acknowledgements → answer.
    Changes are made one after the other, so their versions have the order of their
    transactions; the waiting is not part of that.

See Also:
    The desks (`account_desk`, `binding_desk`, `access_desk`), which know whose
    requests are carried out by which unit of work.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from mailmax.datamax.audit import entry_now, noted
from mailmax.datamax.effect import Effect, Withdrawn
from mailmax.datamax.pushes import Publisher, Reader
from mailmax.datamax.users import Added
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts.database import Database

Args = ParamSpec("Args")
ResultT = TypeVar("ResultT")


class Acting(Protocol):
    """The hub itself, which acts by a change before anybody else."""

    def act_on(self, effect: Effect) -> None:
        """Use what changed."""


@dataclass(frozen=True, slots=True)
class Published:
    """A change that is durable and on its way to the services."""

    version: int
    """Of the tables."""
    readers: set[Reader]
    """Who must acknowledge it."""


class Changes:
    """Carries out what administrators change."""

    def __init__(self, database: Database, publisher: Publisher, hub: Acting) -> None:
        """Take what it needs."""
        self._database = database
        self._publisher = publisher
        self._hub = hub
        self._turn = asyncio.Lock()

    async def carry_out(
        self,
        work: Callable[Concatenate[Connection, Args], Effect | Denied],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Changed | Denied:
        """Carry out one change, or say why not."""
        async with self._turn:
            try:
                effect = await self._write(work, *args, **kwargs)
            except Withdrawn as withdrawn:
                return withdrawn.why
            if isinstance(effect, Denied):
                return effect
            published = self._publish(effect)
        late = await self.late(published)
        return Changed(effect.item_id, published.version, late, effect.note)

    async def carry_out_many(
        self,
        work: Callable[Concatenate[Connection, Args], Added],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> tuple[Added, Published]:
        """Carry out what can be done of many; the services may be waited for later."""
        async with self._turn:
            added = await self._write(work, *args, **kwargs)
            if added.effect.users:
                return added, self._publish(added.effect)
            return added, Published(self._publisher.version, set())

    async def make(
        self,
        work: Callable[Concatenate[Connection, Args], ResultT],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> ResultT:
        """Carry out what no service has to hear of."""
        async with self._turn:
            return await self._write(work, *args, **kwargs)

    async def late(self, published: Published) -> tuple[str, ...]:
        """Wait until services act by it; return the labels of those who do not."""
        return await self._publisher.wait_for(published.readers, published.version)

    async def _write(
        self,
        work: Callable[Concatenate[Connection, Args], ResultT],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> ResultT:
        """Change the database, and write in the audit log that it was changed."""
        entry = entry_now.get()
        if entry is None or entry.is_written:
            return await self._database.write(work, *args, **kwargs)

        def both(tx: Connection) -> ResultT:
            return noted(tx, entry, work, *args, **kwargs)

        result = await self._database.write(both)
        entry.is_written = not isinstance(result, Denied)
        return result

    def _publish(self, effect: Effect) -> Published:
        self._hub.act_on(effect)
        readers = self._publisher.publish(effect)
        return Published(self._publisher.version, readers)

"""Every link to other systems: opened when wanted, few of them, closed when idle.

Theory:
    Each request asks our own hub where the system is and what opens it: so a
    connection that was changed or removed holds no longer than that, and only who
    administers the whole system gets in. Who wants the same system while its link is
    being opened waits for the same try; others wait for nothing.

Rules:
    A try that failed is not repeated for a moment: everybody is told the same at once.

Limits:
    16 links; 4 s for one to come about; closed after 90 s without use.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any, Final

from mailmax.base.errors import Failure
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.systems import (
    AskSystemDoor,
    LearnSystemPassword,
    SystemDoor,
)
from mailmax.webadmin.elsewhere.link import Link, OtherHub, Person
from mailmax.webadmin.elsewhere.refusals import too_many, why_not
from mailmax.webadmin.live.streams import Live
from mailmax.webadmin.rest.call import Caller, Hub
from mailmax.webadmin.rest.problems import Problem, not_found, of_denied

MOST: Final = 16
OPEN_S: Final = 4.0
AGAIN_S: Final = 2.0
IDLE_S: Final = 90.0
LOOK_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request is carried out."""

    hub: OtherHub
    live: Live
    lost: Problem
    """Why it fails, where the link is lost meanwhile."""


class Others:
    """All of them."""

    def __init__(self, home: Hub) -> None:
        """Begin with none.

        Args:
            home: Our own hub.
        """
        self._home = home
        self._links: dict[str, Link] = {}
        self._opening: dict[str, tuple[SystemDoor, asyncio.Task[Link]]] = {}
        self._failed: dict[str, tuple[float, SystemDoor, Failure]] = {}
        self._errands: set[asyncio.Task[object]] = set()
        self._sweeping: asyncio.Task[None] | None = None

    async def place(self, name: str, caller: Caller) -> Place:
        """Return where a system's requests are carried out.

        Args:
            name: What it is registered as.
            caller: Who asks, and may.

        Raises:
            Problem: There is no such system, or it cannot be reached.
        """
        door = await self._home.ask(AskSystemDoor(caller.actor, name))
        if isinstance(door, Denied):
            missing = door.kind == "not_found"
            raise not_found("there is no such system") if missing else of_denied(door)
        link = await self._link(door)
        signed = caller.signed
        person = Person(
            signed.name if signed else "",
            signed.key_name if signed else "",
            caller.actor.peer,
        )
        lost = why_not(door.name, door.address)
        return Place(OtherHub(link, person), link.live, lost)

    async def close(self) -> None:
        """Leave all."""
        tasks: list[asyncio.Task[Any]] = [task for _, task in self._opening.values()]
        if self._sweeping is not None:
            tasks.append(self._sweeping)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._errands, return_exceptions=True)
        links, self._links = self._links, {}
        for link in links.values():
            await link.close()

    async def _link(self, door: SystemDoor) -> Link:
        found = self._links.get(door.name)
        if found is not None and found.leads_to(door):
            return found
        under_way = self._opening.get(door.name)
        if under_way is None or under_way[0] != door:
            self._raise_if_failed(door)
            task = asyncio.create_task(self._open(door))
            under_way = self._opening[door.name] = door, task
        try:
            return await asyncio.shield(under_way[1])
        except Failure as failure:
            raise why_not(door.name, door.address, failure) from failure

    def _raise_if_failed(self, door: SystemDoor) -> None:
        until, failed, failure = self._failed.get(door.name, (0.0, None, None))
        if failed == door and time.monotonic() < until:
            raise why_not(door.name, door.address, failure)
        self._failed.pop(door.name, None)

    async def _open(self, door: SystemDoor) -> Link:
        try:
            old = self._links.pop(door.name, None)
            if old is not None:
                await old.close()
            await self._make_room()
            link = Link(door, lambda old, new: self._learned(door.name, old, new))
            await link.open(OPEN_S)
        except Failure as failure:
            self._failed[door.name] = time.monotonic() + AGAIN_S, door, failure
            raise
        finally:
            if self._opening.get(door.name, (None,))[0] == door:
                del self._opening[door.name]
        stale = self._links.pop(door.name, None)
        self._links[door.name] = link
        if stale is not None:
            await stale.close()
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())
        return link

    async def _make_room(self) -> None:
        """Close what was not used for the longest time, where there are too many.

        Raises:
            Problem: All are in use.
        """
        if len(self._links) + len(self._opening) <= MOST:
            return
        idle = [name for name, link in self._links.items() if link.idle_s > 0]
        if not idle:
            raise too_many()
        longest = max(idle, key=lambda name: self._links[name].idle_s)
        await self._links.pop(longest).close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for name, link in tuple(self._links.items()):
                if link.idle_s > IDLE_S and self._links.get(name) is link:
                    del self._links[name]
                    await link.close()

    def _learned(self, name: str, old: str, new: str) -> None:
        telling = LearnSystemPassword(name, Secret(old), Secret(new))
        task: asyncio.Task[object] = asyncio.create_task(self._tell(telling))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _tell(self, telling: LearnSystemPassword) -> None:
        with contextlib.suppress(Failure):  # it is asked for again by hand
            await self._home.ask(telling)

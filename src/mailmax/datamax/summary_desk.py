"""Answers about the system as a whole, and starts and stops its services (HUB-6).

Rules:
    Only services of this computer, and only where a supervisor runs them all: what
    systemd runs one by one is systemd's. A deed is answered when it is done, or after
    a while with the name of who lags.
    Where a supervisor runs them all, all are expected; elsewhere, who was here before.

Limits:
    25 s for an end (the supervisor kills after 20), 15 s for a start.

Manual: 2.2.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from mailmax.datamax.desk import Answers
from mailmax.datamax.presence import Guest, GuestBook
from mailmax.datamax.stopped import StoppedServices
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.summary import (
    AskSummary,
    DownService,
    Flags,
    Limits,
    Role,
    SteerService,
    Summary,
)

END_S: Final = 25.0
START_S: Final = 15.0
_LOOK_S = 0.05


class SummaryDesk:
    """Answers administrators."""

    def __init__(  # noqa: PLR0913, PLR0917 - what there is to tell is in many hands
        self,
        book: GuestBook,
        settings: Mapping[str, Any],
        system_name: Callable[[], str],
        node: str,
        queue: Path,
        stopped: StoppedServices | None,
        is_first_host_password: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take what it looks at.

        Args:
            book: Who is here.
            settings: Of the system, as they are now.
            system_name: What it is called.
            node: Name of this computer.
            queue: Its queue directory.
            stopped: What is not to run here; None: no supervisor looks.
            is_first_host_password: Whether it is still the one of the set-up.
        """
        self._book = book
        self._settings = settings
        self._system_name = system_name
        self._node = node
        self._queue = queue
        self._stopped = stopped
        self._is_first_host_password = is_first_host_password
        self._one_at_a_time = asyncio.Lock()
        self._since = time.time()

    async def start(self) -> None:
        """Let those run that a former hub was starting anew."""
        if self._stopped is not None:
            await asyncio.to_thread(self._stopped.tidy)

    def answers(self) -> Answers:
        """Return who answers what."""
        return {AskSummary: self._summary, SteerService: self._steer}

    async def _summary(self, _: AskSummary) -> Message:
        disk_octets, free_octets = await asyncio.to_thread(_space, self._queue)
        value = self._settings
        stopped = () if self._stopped is None else self._stopped.all()
        return Summary(
            self._system_name(),
            self._node,
            str(self._queue),
            Flags(
                bool(value["name_servers"]),
                value["local_sender_needed"],
                value["smtp_auth"],
                value["remote_administration"],
                value["dnsbl_on"],
            ),
            Limits(),
            stopped,
            self._down(stopped),
            disk_octets,
            free_octets,
            self._is_first_host_password(),
        )

    def _down(self, stopped: tuple[Role, ...]) -> tuple[DownService, ...]:
        """Return who should run and does not."""
        expected = () if self._stopped is None else get_args(Role)
        here = [(role, self._node) for role in expected]
        missed = self._book.missed(here, self._since, time.time())
        meant = {(role, self._node) for role in stopped}
        return tuple(
            DownService(role, node, since)
            for (role, node), since in missed.items()
            if (role, node) not in meant
        )

    async def _steer(self, asked: SteerService) -> Message:
        stopped, role = self._stopped, asked.role
        if stopped is None:
            return Denied(
                "not_allowed",
                "service",
                "the services of this computer are run one by one, not by a supervisor",
                f"ask who runs them: systemctl {asked.deed} mailmax@{role}",
            )
        async with self._one_at_a_time:
            if asked.deed == "start":
                return await self._start(stopped, role)
            if asked.deed == "restart" and not stopped.has(role):
                await self._end(stopped, role, for_a_moment=True)
            elif asked.deed == "stop":
                return await self._end(stopped, role)
            return await self._start(stopped, role)

    async def _end(
        self, stopped: StoppedServices, role: Role, *, for_a_moment: bool = False
    ) -> Changed:
        await asyncio.to_thread(stopped.stop, role, for_a_moment=for_a_moment)
        return await self._wait(lambda: not self._here(role), END_S, role)

    async def _start(self, stopped: StoppedServices, role: Role) -> Changed:
        await asyncio.to_thread(stopped.start, role)
        return await self._wait(
            lambda: any(guest.ready for guest in self._here(role)), START_S, role
        )

    async def _wait(
        self, done: Callable[[], bool], seconds: float, role: Role
    ) -> Changed:
        for _ in range(int(seconds / _LOOK_S)):
            if done():
                return Changed(note=self._else(role))
            await asyncio.sleep(_LOOK_S)
        return Changed(waiting_for=(f"{role}@{self._node}",), note=self._else(role))

    def _here(self, role: Role) -> list[Guest]:
        return [one for one in self._of(role) if one.hello.node == self._node]

    def _else(self, role: Role) -> str:
        """Say where else it runs: that is not ours to steer."""
        others = {one.hello.node for one in self._of(role)} - {self._node}
        return f"it runs on {', '.join(sorted(others))}, too" if others else ""

    def _of(self, role: Role) -> list[Guest]:
        return [one for one in self._book.present() if one.hello.role == role]


def _space(directory: Path) -> tuple[int, int]:
    """Return how large its disk is, and how much of it is free; zeroes: unknown.

    A queue that nobody has used yet will lie where its parent lies.
    """
    for place in (directory, *directory.parents):
        try:
            found = shutil.disk_usage(place)
        except FileNotFoundError:
            continue
        except OSError:
            return 0, 0
        return found.total, found.free
    return 0, 0

"""A service's side of live traces: what is wanted, and lines on their way (SPY-2).

Theory:
    The hub says what is wanted; the process's trace is tapped for that. Ten times a
    second the lines that there are go to the hub, one batch at a time: while it does
    not answer, the tap fills up and loses lines.

Rules:
    Where the hub is away nobody watches. Nothing here holds work up.

Manual: §9.2.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from mailmax.base.errors import Failure
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.spying import (
    TappedLine,
    TellTrace,
    TraceLine,
    TraceWanted,
    Want,
)
from mailmax.observe.events.categories import SPIED, kinds_of
from mailmax.observe.tap import Line, Tap, Watch, read_choice
from mailmax.observe.trace import Trace
from mailmax.settings.field import BadValue

PERIOD_S: Final = 0.1


class Hub(Protocol):
    """The hub, as far as it is needed here."""

    def ask(self, request: Any) -> Awaitable[Any]:
        """Ask and wait for the answer."""

    def on_notice(
        self, kind: type[TraceWanted], callback: Callable[[TraceWanted], None]
    ) -> None:
        """Call back for every notice of that type."""


class TraceReports:
    """Tells the hub what is watched of a process; a part of its role."""

    def __init__(self, hub: Hub, trace: Trace, service: str, node: str) -> None:
        """Prepare; nothing is tapped before somebody wants it.

        Args:
            hub: Says what is wanted, and is told.
            trace: Of this process.
            service: The role.
            node: Name of this computer.
        """
        self._hub = hub
        self._tap = Tap(trace)
        self._service = service
        self._node = node
        self._is_wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        hub.on_notice(TraceWanted, self._want)

    async def start(self) -> None:
        """Tell from now on."""
        self._task = asyncio.create_task(self._tell_often(), name="trace")

    async def stop(self) -> None:
        """Tell no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._want(TraceWanted(()))

    def _want(self, wanted: TraceWanted) -> None:
        watches = [one for want in wanted.wants if (one := self._read(want))]
        self._tap.want(watches)
        if watches:
            self._is_wanted.set()
        else:
            self._is_wanted.clear()

    def _read(self, want: Want) -> Watch | None:
        choice = read_choice(want.address, want.user, want.session)
        kinds = kinds_of(SPIED[self._service], want.events)
        if isinstance(choice, BadValue) or not kinds:
            return None  # the hub has looked before
        return Watch(want.watch_id, kinds, choice)

    async def _tell_often(self) -> None:
        while True:
            await self._is_wanted.wait()
            await asyncio.sleep(PERIOD_S)
            await self._tell()

    async def _tell(self) -> None:
        lines, lost = self._tap.take()
        if not lines and not lost:
            return
        told = tuple(map(self._told, lines))
        try:
            answer = await self._hub.ask(TellTrace(told, tuple(lost.items())))
        except Failure:
            self._want(TraceWanted(()))  # whoever watched is gone with the hub
            return
        if isinstance(answer, Denied):
            self._want(TraceWanted(()))

    def _told(self, line: Line) -> TappedLine:
        who = line.who
        return TappedLine(
            line.watches,
            TraceLine(
                line.at,
                self._service,
                self._node,
                who.session,
                who.peer,
                who.user,
                line.event,
                line.text,
            ),
        )

"""Traces that run for somebody who looks on in a browser (SPY-1, SPY-2).

Theory:
    A trace is one watch of the hub, read by one task, kept as numbered lines. Any
    number of readers go through them, each at an own place. Lines that were lost have
    numbers, too: who sees a gap knows how many are missing.

Rules:
    Nobody waits for a reader: the oldest lines go. A trace that nobody reads ends.
    When the hub was away its watch is begun again.

Limits:
    2,000 lines and 2 MiB a trace, 20 traces, 60 s without a reader.

Manual: 9.2.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mailmax.base.errors import Failure
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.spying import (
    ReadTrace,
    StopTrace,
    TraceLine,
    TracePart,
    Watching,
)
from mailmax.webadmin.live.asking import Asks

MOST_LINES: Final = 2_000
MOST_OCTETS: Final = 2 * 1024 * 1024
MOST_TRACES: Final = 20
UNREAD_S: Final = 60.0
AGAIN_S: Final = 1.0

Bell = asyncio.Event
"""Of a reader: rung when there is something new."""


class Line(msgspec.Struct, frozen=True):
    """A line as it is told."""

    number: int
    at: float
    """Unix time."""
    service: str
    node: str
    session: str
    peer: str
    user: str
    event: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a reader has not seen yet."""

    lines: list[msgspec.Raw]
    dropped: int
    """How many are missing before them."""
    place: int
    """The number of the last one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is watched, for whom."""

    service: str
    """logins, or a service."""
    events: tuple[str, ...]
    address: str
    user: str
    session: str
    by: str
    begin: Request[Any]
    """Begins the watch at the hub."""


@dataclass(slots=True, eq=False)
class Trace:
    """One of them."""

    trace_id: str
    wish: Wish
    watch_id: int
    running: tuple[str, ...]
    started_at: float = field(default_factory=time.time)
    is_ended: bool = False
    bells: set[Bell] = field(default_factory=set)
    last: int = 0
    """The number of the last line, also of one that is lost."""
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    _lines: deque[tuple[int, msgspec.Raw]] = field(default_factory=deque)
    _octets: int = 0

    def put(self, part: TracePart) -> None:
        """Keep lines; the oldest go where there are too many."""
        self.last += part.lost
        for one in part.lines:
            self.last += 1
            raw = msgspec.Raw(msgspec.json.encode(_line(self.last, one)))
            self._lines.append((self.last, raw))
            self._octets += len(bytes(raw))
        while len(self._lines) > MOST_LINES or self._octets > MOST_OCTETS:
            self._octets -= len(bytes(self._lines.popleft()[1]))
        if part.lines or part.lost:
            self.ring()

    def after(self, place: int, most: int) -> Part:
        """Return the lines behind a place.

        Args:
            place: The number of the last one that was seen.
            most: Lines at once.
        """
        lines = [one for one in self._lines if one[0] > place][:most]
        if not lines:
            return Part([], max(0, self.last - place), max(self.last, place))
        numbers = [number for number, _ in lines]
        dropped = numbers[-1] - place - len(lines)
        return Part([raw for _, raw in lines], dropped, numbers[-1])

    def ring(self) -> None:
        """Tell the readers that there is something."""
        for bell in self.bells:
            bell.set()


def _line(number: int, one: TraceLine) -> Line:
    return Line(
        number,
        one.at,
        one.service,
        one.node,
        one.session,
        one.peer,
        one.user,
        one.event,
        one.text,
    )


class Traces:
    """All of them."""

    def __init__(self, hub: Asks) -> None:
        """Begin with none.

        Args:
            hub: Is asked for the lines.
        """
        self._hub = hub
        self._by_id: dict[str, Trace] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def are_too_many(self) -> bool:
        """There is no room for one more."""
        return len(self._by_id) >= MOST_TRACES

    def all(self) -> Iterable[Trace]:
        """Return those that run."""
        return tuple(self._by_id.values())

    def find(self, trace_id: str) -> Trace | None:
        """Return one; None where it has ended."""
        return self._by_id.get(trace_id)

    def begin(self, wish: Wish, watching: Watching) -> Trace:
        """Read a watch that the hub has begun."""
        trace_id = secrets.token_urlsafe(9)
        trace = Trace(trace_id, wish, watching.watch_id, watching.running)
        self._by_id[trace_id] = trace
        trace.task = asyncio.create_task(self._read(trace))
        self._await_reader(trace)
        return trace

    def join(self, trace: Trace, bell: Bell) -> None:
        """Somebody reads it."""
        trace.bells.add(bell)
        if trace.timer is not None:
            trace.timer.cancel()

    def leave(self, trace: Trace, bell: Bell) -> None:
        """Somebody reads it no more."""
        trace.bells.discard(bell)
        if not trace.bells and not trace.is_ended:
            self._await_reader(trace)

    async def end(self, trace: Trace) -> None:
        """End one; its readers are told."""
        if self._by_id.pop(trace.trace_id, None) is None:
            return
        trace.is_ended = True
        for one in (trace.timer, trace.task):
            if one is not None:
                one.cancel()
        trace.ring()
        await self._ask(StopTrace(trace.watch_id))

    async def end_all(self) -> None:
        """End all."""
        for trace in self.all():
            await self.end(trace)

    def _await_reader(self, trace: Trace) -> None:
        loop = asyncio.get_running_loop()
        trace.timer = loop.call_later(UNREAD_S, self._end_unread, trace)

    def _end_unread(self, trace: Trace) -> None:
        task = asyncio.create_task(self.end(trace))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _read(self, trace: Trace) -> None:
        while not trace.is_ended:
            part = await self._ask(ReadTrace(trace.watch_id))
            if isinstance(part, TracePart):
                trace.put(part)
                continue
            await asyncio.sleep(AGAIN_S)
            watching = await self._ask(trace.wish.begin)
            if isinstance(watching, Watching):
                trace.watch_id, trace.running = watching.watch_id, watching.running

    async def _ask(self, request: Request[Any]) -> Any:
        try:
            return await self._hub.ask(request)
        except Failure as failure:
            return Denied("later", "", failure.text)

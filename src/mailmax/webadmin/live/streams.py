"""One reader's stream of events: traces and topics, told as they come.

Rules:
    Who may no longer see it is told nothing more: it is asked again every ping.
    A reader who does not read costs nothing: a stream is pulled, the connection ends
    by itself (`guarded`), and what it read goes on without it.

Limits:
    100 streams, 12 of one session or key; 200 lines an event; a ping every 15 s.

Standards: HTML Living Standard, 9.2; TRUST I11.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mailmax.base.errors import Failure
from mailmax.webadmin.live import sse
from mailmax.webadmin.live.asking import Asks
from mailmax.webadmin.live.topics import Topic, Topics
from mailmax.webadmin.live.traces import Bell, Trace, Traces

PING_S: Final = 15.0
MOST_STREAMS: Final = 100
MOST_OF_ONE: Final = 12
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what."""

    token: str
    traces: Sequence[Trace]
    topics: Sequence[Topic]
    places: dict[str, int]
    """Where the reader was in each trace; it moves on."""
    may_still: Callable[[], Awaitable[bool]]
    bell: Bell = field(default_factory=asyncio.Event)
    heard: dict[Topic, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    """Traces of which it knows that they have ended."""


class Live:
    """Traces, topics, and all streams of them."""

    def __init__(self, hub: Asks) -> None:
        """Begin with nobody who reads."""
        self.traces = Traces(hub)
        self.topics = Topics(hub)
        self._streams: Counter[str] = Counter()
        self._bells: set[Bell] = set()
        self._is_closed = False

    def is_full(self, token: str) -> bool:
        """Tell whether there is no room for one more stream."""
        total, own = self._streams.total(), self._streams[token]
        return total >= MOST_STREAMS or own >= MOST_OF_ONE

    @property
    def is_used(self) -> bool:
        """Somebody listens."""
        return bool(self._streams)

    async def close(self) -> None:
        """End all streams and traces."""
        self._is_closed = True
        for bell in self._bells:
            bell.set()
        await self.traces.end_all()

    async def stream(self, reader: Reader) -> AsyncIterator[bytes]:
        """Yield what is told, until all has ended or the reader may not see it."""
        self._join(reader)
        try:
            yield sse.BEGIN
            ping_at = time.monotonic() + PING_S
            while not (self._is_closed or _has_ended(reader)):
                reader.bell.clear()
                pieces = self._pieces(reader)
                for piece in pieces:
                    yield piece
                if not pieces:
                    await _rung(reader.bell, ping_at - time.monotonic())
                if time.monotonic() >= ping_at:
                    if not await _may(reader):
                        return
                    yield sse.PING
                    ping_at = time.monotonic() + PING_S
        finally:
            self._leave(reader)

    def _pieces(self, reader: Reader) -> list[bytes]:
        told = [piece for trace in reader.traces if (piece := _of_trace(trace, reader))]
        for trace in reader.traces:
            if trace.is_ended and trace.trace_id not in reader.ended:
                reader.ended.add(trace.trace_id)
                told.append(sse.event("ended", {"trace": trace.trace_id}))
        for topic in reader.topics:
            news = self.topics.news(topic)
            if news.number and reader.heard.get(topic) != news.number:
                reader.heard[topic] = news.number
                told.append(sse.event(topic, news.value))
        return told

    def _join(self, reader: Reader) -> None:
        self._streams[reader.token] += 1
        self._bells.add(reader.bell)
        for trace in reader.traces:
            self.traces.join(trace, reader.bell)
        for topic in reader.topics:
            self.topics.join(topic, reader.bell)

    def _leave(self, reader: Reader) -> None:
        self._streams[reader.token] -= 1
        self._streams += Counter()
        self._bells.discard(reader.bell)
        for trace in reader.traces:
            self.traces.leave(trace, reader.bell)
        for topic in reader.topics:
            self.topics.leave(topic, reader.bell)


def _of_trace(trace: Trace, reader: Reader) -> bytes:
    place = min(reader.places.get(trace.trace_id, 0), trace.last)
    part = trace.after(place, MOST_AT_ONCE)
    if not part.lines and not part.dropped:
        return b""
    reader.places[trace.trace_id] = part.place
    data = {"trace": trace.trace_id, "dropped": part.dropped, "lines": part.lines}
    ours = {one.trace_id: reader.places.get(one.trace_id, 0) for one in reader.traces}
    return sse.event("lines", data, ours)


def _has_ended(reader: Reader) -> bool:
    traces, topics = reader.traces, reader.topics
    known = all(one.trace_id in reader.ended for one in traces)
    return bool(traces) and not topics and known


async def _rung(bell: Bell, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await bell.wait()


async def _may(reader: Reader) -> bool:
    try:
        return await reader.may_still()
    except Failure:
        return True  # the hub is away: nothing comes of it either

"""News of the system for pages that stay open: one asks, many are told.

Theory:
    While somebody listens to a topic one task asks the hub for it, again and again;
    what it says is encoded once and handed to all who listen.

Limits:
    A topic is asked for every two to ten seconds, however many listen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from mailmax.base.errors import Failure
from mailmax.webadmin.live.asking import Asks
from mailmax.webadmin.live.busy import read_activity
from mailmax.webadmin.live.state import read_queue, read_state

Topic = Literal["activity", "queue", "presence"]
EVERY_S: Final[Mapping[Topic, float]] = {"activity": 10, "queue": 2, "presence": 5}

Read = Callable[[Asks], Awaitable[msgspec.Struct | None]]
_READ: Final[Mapping[Topic, Read]] = {
    "activity": lambda hub: read_activity(hub, "hour"),
    "queue": read_queue,
    "presence": read_state,
}


@dataclass(slots=True)
class News:
    """What was said last of a topic."""

    number: int = 0
    value: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"null"))
    bells: set[asyncio.Event] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class Topics:
    """All of them."""

    def __init__(self, hub: Asks) -> None:
        """Begin with nobody who listens."""
        self._hub = hub
        self._news: dict[Topic, News] = {topic: News() for topic in EVERY_S}

    def news(self, topic: Topic) -> News:
        """Return what was said last."""
        return self._news[topic]

    def join(self, topic: Topic, bell: asyncio.Event) -> None:
        """Somebody listens."""
        news = self._news[topic]
        news.bells.add(bell)
        if news.task is None:
            news.task = asyncio.create_task(self._ask(topic, news))

    def leave(self, topic: Topic, bell: asyncio.Event) -> None:
        """Somebody listens no more."""
        news = self._news[topic]
        news.bells.discard(bell)
        if not news.bells and news.task is not None:
            news.task.cancel()
            news.task = None

    async def _ask(self, topic: Topic, news: News) -> None:
        while True:
            try:
                value = await _READ[topic](self._hub)
            except Failure:
                value = None
            said = msgspec.json.encode(value)
            if said != bytes(news.value):
                news.number += 1
                news.value = msgspec.Raw(said)
                for bell in news.bells:
                    bell.set()
            await asyncio.sleep(EVERY_S[topic])

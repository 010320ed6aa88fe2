"""From who works to who watches: events by kind.

Theory:
    A process has one `Trace`. Whoever watches subscribes to kinds; whoever works asks
    `wants` before it makes an event that costs something, and emits it. With nobody
    there that is one look into a set. Sessions look once: `on_change` tells their
    service when something else is wanted.

Rules:
    Watching never disturbs work: a subscriber that raises is told nothing more, and
    that is logged.

Manual: §4.4.1, §9.2.
"""

import logging
from collections.abc import Callable, Iterable

from mailmax.observe.events.catalogue import Event
from mailmax.observe.events.kinds import Kind, Kinds

Take = Callable[[Event], None]

_log = logging.getLogger("observe")


class Trace:
    """Who watches one process."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._subscribers: dict[Take, Kinds] = {}
        self._wanted: Kinds = frozenset()
        self._on_change: list[Callable[[], None]] = []

    def subscribe(self, kinds: Iterable[Kind], take: Take) -> Callable[[], None]:
        """Have events of these kinds from now on.

        Args:
            kinds: Any of them is enough; an event comes once.
            take: Called with each; must be quick, and subscribed once only.

        Returns:
            What ends it.
        """
        self._subscribers[take] = frozenset(kinds)
        self._count()
        return lambda: self._leave(take)

    def wants(self, kind: Kind) -> bool:
        """Tell whether anybody wants such events."""
        return kind in self._wanted

    @property
    def wanted(self) -> Kinds:
        """Everything that somebody wants."""
        return self._wanted

    def on_change(self, act: Callable[[], None]) -> None:
        """Call `act` whenever other kinds are wanted than before."""
        self._on_change.append(act)

    def emit(self, event: Event) -> None:
        """Tell whoever wants it."""
        if self._wanted.isdisjoint(event.kinds):
            return
        for take, kinds in list(self._subscribers.items()):
            if not kinds.isdisjoint(event.kinds):
                self._tell(take, event)

    def _tell(self, take: Take, event: Event) -> None:
        try:
            take(event)
        except Exception:  # noqa: BLE001 - who watches may not stop who works
            _log.exception("a trace is watched no more")
            self._leave(take)

    def _leave(self, take: Take) -> None:
        self._subscribers.pop(take, None)
        self._count()

    def _count(self) -> None:
        before = self._wanted
        self._wanted = frozenset().union(*self._subscribers.values())
        if self._wanted != before:
            for act in self._on_change:
                act()

"""The room: what all sessions of the service share."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from mailmax.hub.port import LoginHub
from mailmax.imapmax.appends import Appends
from mailmax.imapmax.arrivals import Arrivals
from mailmax.imapmax.blocking import Threads
from mailmax.imapmax.open_mailboxes import OpenMailboxes
from mailmax.imapmax.settings import ImapSettings
from mailmax.observe.counters import Counters
from mailmax.store.mailboxes.port import Store

Handlers = Mapping[type[Any], Callable[[Any, Any], Coroutine[Any, Any, None]]]


class Room:
    """Collaborators, counters and the table of commands."""

    __slots__ = (
        "appends",
        "arrivals",
        "connections",
        "counters",
        "handlers",
        "hub",
        "opened",
        "present",
        "sessions",
        "settings",
        "store",
        "threads",
    )

    def __init__(
        self,
        hub: LoginHub,
        store: Store,
        settings: ImapSettings,
        handlers: Handlers,
        counters: Counters | None = None,
    ) -> None:
        """Furnish it."""
        self.hub = hub
        self.store = store
        self.settings = settings
        self.handlers = handlers
        self.counters = counters or Counters()
        self.threads = Threads()
        self.opened = OpenMailboxes(self.threads, settings.indexing)
        self.appends = Appends(self.threads, store)
        self.connections: Counter[tuple[int, str]] = Counter()
        """Sessions by user and address."""
        self.sessions: dict[int, list[Any]] = {}
        """Sessions by user."""
        self.present: set[Any] = set()
        """All sessions."""
        self.arrivals = Arrivals(
            settings.append_memory_octets, settings.append_small_octets
        )

    def logins(self) -> Iterator[tuple[int, int]]:
        """Return user and credential version of everybody who is logged in."""
        for user_id, sessions in self.sessions.items():
            for session in sessions:
                if session.user is not None:
                    yield user_id, session.user.credential_version

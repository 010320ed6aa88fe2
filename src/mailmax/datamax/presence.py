"""The guest book: which services run where, and who is connected to them (HUB-3).

Theory:
    A service is entered when it has proved the host password and struck out when its
    connection is gone, or when it was silent longer than the DataMax timeout. Open
    sessions are told by the services and vanish with them. Of a service that left it
    is kept since when it is gone, until one of its role comes on that node again.

Limits:
    20,000 sessions a service; those beyond are counted, not listed. 1,000 services that
    left, for a week: a computer that was given up is not missed for ever.

Manual: 1.1.1, 2.6, 4.1.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from mailmax.hub.contract.bindings import DoorView
from mailmax.hub.contract.block_lists import BlockListState, BlockListView
from mailmax.hub.contract.joining import ADMIN, Hello
from mailmax.hub.contract.presence import (
    ServiceView,
    SessionOpened,
    SessionPage,
    SessionView,
)

MOST_SESSIONS = 20_000
LONGEST_TEXT = 320
MOST_GONE = 1_000
MISSED_S = 7 * 86_400


@dataclass(slots=True, eq=False)
class Guest:
    """One running service."""

    service_id: int
    hello: Hello
    since: float
    heard_at: float
    """Monotonic."""
    ready: bool = False
    told_sessions: int = 0
    stalls: int = 0
    acknowledged: int = 0
    sessions: dict[int, SessionOpened] = field(default_factory=dict)
    block_lists: tuple[BlockListState, ...] = ()
    trouble: str = ""
    doors: tuple[DoorView, ...] = ()
    """How its listeners are, as it told last."""
    base_port: int = 0
    """Of its computer, as it told with them."""

    @property
    def label(self) -> str:
        """How people are told of it."""
        return f"{self.hello.role}@{self.hello.node}"

    @property
    def is_service(self) -> bool:
        """It is not an administrator's command."""
        return self.hello.role != ADMIN


class GuestBook:
    """Everybody who is here."""

    def __init__(self) -> None:
        """Open on an empty page."""
        self._guests: dict[int, Guest] = {}
        self._last_id = 0
        self._gone: dict[tuple[str, str], float] = {}
        """Since when, by role and node; who left first is first."""

    def enter(self, hello: Hello, now: float, monotonic: float) -> Guest:
        """Write somebody down."""
        self._last_id += 1
        guest = Guest(self._last_id, hello, now, monotonic)
        self._guests[guest.service_id] = guest
        self._gone.pop((hello.role, hello.node), None)
        return guest

    def leave(self, guest: Guest, now: float) -> None:
        """Strike somebody out."""
        was_here = self._guests.pop(guest.service_id, None) is not None
        key = (guest.hello.role, guest.hello.node)
        if not was_here or not guest.is_service or key in self._places():
            return
        self._gone[key] = now
        if len(self._gone) > MOST_GONE:
            del self._gone[next(iter(self._gone))]

    def missed(
        self, expected: Iterable[tuple[str, str]], since: float, now: float
    ) -> dict[tuple[str, str], float]:
        """Return who should be here and is not, and since when, by role and node.

        Args:
            expected: Who should be, even if nobody of them ever came.
            since: Since when they are expected.
            now: Who left more than a week before is missed no more, unless expected.
        """
        always = {key: since for key in expected if key not in self._places()}
        gone = {
            key: left
            for key, left in self._gone.items()
            if key in always or now - left <= MISSED_S
        }
        return dict(sorted((always | gone).items()))

    def _places(self) -> set[tuple[str, str]]:
        return {(one.hello.role, one.hello.node) for one in self._guests.values()}

    def session_opened(self, guest: Guest, opened: SessionOpened, now: float) -> None:
        """Note a session, or who logged in on one that is known."""
        known = guest.sessions.get(opened.session)
        if known is None and len(guest.sessions) >= MOST_SESSIONS:
            return
        guest.sessions[opened.session] = SessionOpened(
            opened.session,
            opened.service[:40],
            opened.peer[:80],
            opened.address[:LONGEST_TEXT] or (known.address if known else ""),
            opened.since or (known.since if known else now),
        )

    def present(self) -> tuple[Guest, ...]:
        """Return everybody."""
        return tuple(self._guests.values())

    def addresses(self) -> frozenset[str]:
        """Return whose sessions are open."""
        return frozenset(
            opened.address
            for guest in self._guests.values()
            for opened in guest.sessions.values()
            if opened.address
        )

    def highest_base_port(self) -> int:
        """Return the highest of the computers where somebody listens."""
        return max((guest.base_port for guest in self._guests.values()), default=0)

    def has_ready(self, role: str) -> bool:
        """Tell whether a service of that role is here and ready."""
        return any(
            guest.ready and guest.hello.role == role for guest in self._guests.values()
        )

    def services(self) -> tuple[ServiceView, ...]:
        """Return the running services, by role and node."""
        guests = (guest for guest in self._guests.values() if guest.is_service)
        return tuple(
            ServiceView(
                guest.hello.role,
                guest.hello.node,
                guest.hello.software,
                guest.since,
                guest.ready,
                max(guest.told_sessions, len(guest.sessions)),
                guest.acknowledged,
                guest.hello.pid,
                guest.stalls,
                guest.trouble[:LONGEST_TEXT],
            )
            for guest in sorted(guests, key=lambda g: (g.hello.role, g.hello.node))
        )

    def block_lists(self) -> tuple[BlockListView, ...]:
        """Return the block lists of every service that has some, by node."""
        guests = sorted(self._guests.values(), key=lambda guest: guest.hello.node)
        return tuple(
            BlockListView(**msgspec.structs.asdict(one), node=guest.hello.node)
            for guest in guests
            for one in guest.block_lists
        )

    def sessions(self, after: str, limit: int) -> SessionPage:
        """Return some sessions, the oldest first.

        Args:
            after: Where the page before ended (its `next`); empty for the first.
            limit: Rows at most.

        Raises:
            ValueError: `after` is no such place.
        """
        begin = _read_place(after)
        every = (
            (opened.since, guest.service_id, opened.session)
            for guest in self._guests.values()
            for opened in guest.sessions.values()
        )
        places = heapq.nsmallest(limit + 1, (at for at in every if at > begin))
        return SessionPage(
            tuple(self._view(*place) for place in places[:limit]),
            sum(len(guest.sessions) for guest in self._guests.values()),
            _say_place(places[limit - 1]) if len(places) > limit else "",
        )

    def _view(self, _: float, service_id: int, session: int) -> SessionView:
        guest = self._guests[service_id]
        opened = guest.sessions[session]
        return SessionView(
            guest.hello.role,
            guest.hello.node,
            opened.service,
            opened.peer,
            opened.address,
            opened.since,
        )

    def silent(self, monotonic: float, timeout_s: float) -> set[Guest | None]:
        """Return those who were silent longer than the time-out."""
        return {
            guest
            for guest in self._guests.values()
            if monotonic - guest.heard_at > timeout_s
        }


def _say_place(place: tuple[float, int, int]) -> str:
    return "/".join(str(part) for part in place)


def _read_place(text: str) -> tuple[float, int, int]:
    if not text:
        return float("-inf"), 0, 0
    since, service_id, session = text[:100].split("/")
    return float(since), int(service_id), int(session)

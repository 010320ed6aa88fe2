"""The truth of one mailbox in memory: rows, a list of events, and a bell."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from mailmax.base.envelope import Origin
from mailmax.store.mailboxes.values import NewMessage

UID_JUMP = 10_000


class Body(msgspec.Struct, frozen=True):
    """A message's octets and what never changes of it."""

    octets: bytes
    crc: int
    fragment: bytes
    date: int


class Row(msgspec.Struct):
    """A message in a mailbox."""

    body: Body
    flags: int
    keywords: frozenset[str]
    modseq: int


class Added(msgspec.Struct, frozen=True):
    """A message came."""

    uid: int
    row: Row


class Flagged(msgspec.Struct, frozen=True):
    """Flags changed: UID to flags and keywords."""

    modseq: int
    flags: dict[int, tuple[int, frozenset[str]]]


class Gone(msgspec.Struct, frozen=True):
    """Messages were removed."""

    modseq: int
    uids: list[int]


Event = Added | Flagged | Gone


class Bell:
    """Whom to call when something changed."""

    def __init__(self) -> None:
        self._watches: dict[object, Callable[[], None]] = {}

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back at each ring; return what ends that."""
        loop = asyncio.get_running_loop()
        key = object()
        waiting = False

        def deliver() -> None:
            nonlocal waiting
            waiting = False
            if key in self._watches:
                callback()

        def ring() -> None:
            nonlocal waiting
            if not waiting and not loop.is_closed():
                waiting = True
                loop.call_soon_threadsafe(deliver)

        self._watches[key] = ring
        return lambda: self._watches.pop(key, None) and None

    def ring(self) -> None:
        """Tell everybody who watches."""
        for ring in list(self._watches.values()):
            ring()


class Box:
    """The truth about one mailbox."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.events: list[Event] = []
        self.keywords: dict[str, str] = {}
        self.origins: dict[Origin, int] = {}
        self.uid_next = 1
        self.modseq = 1
        self.recent_from = 1
        self.deleted = False
        self.bell = Bell()

    def spell(self, keywords: Iterable[str]) -> frozenset[str]:
        """Write keywords as they were written first (they ignore case)."""
        return frozenset(self.keywords.setdefault(k.lower(), k) for k in keywords)

    def add(self, row: Row, origin: Origin | None = None) -> int:
        """Add a row; return its UID."""
        uid = self.uid_next
        self.uid_next += 1
        self.modseq += 1
        row.modseq = self.modseq
        self.rows[uid] = row
        self.events.append(Added(uid, msgspec.structs.replace(row)))
        if origin is not None:
            self.origins[origin] = uid
        return uid

    def take(self, message: NewMessage) -> int:
        """Add a message; return its UID."""
        body = message.body
        octets = bytes(body) if isinstance(body, bytes | memoryview) else b"".join(body)
        held = Body(octets, message.crc, message.fragment, message.internal_date_ms)
        row = Row(held, message.flags, self.spell(message.keywords), 0)
        return self.add(row, message.origin)

    def remove(self, uids: list[int]) -> None:
        """Remove messages, if there are any."""
        if not uids:
            return
        self.modseq += 1
        for uid in uids:
            del self.rows[uid]
        self.events.append(Gone(self.modseq, uids))
        self.bell.ring()

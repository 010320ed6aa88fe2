"""Who gets a message in the end: forwards followed without loops, each target once.

Theory:
    Users are a graph, their lists of forwards its edges. From the recipients on, each
    user is visited once, so local loops end by themselves (the manual's Adam and Eve
    both get one copy). A user keeps a copy who

    - has no forwards, or wants one,
    - forwards to an address of the own,
    - has a forward that cannot be made (DECISIONS 31),
    - has a forward elsewhere that would be more than may be sent on a day,
    - has forwards that were not followed, because a limit was reached,
    - would otherwise reach nobody: all who come after discard theirs.

Rules:
    From every user that is visited somebody is reached who keeps a copy, or an
    address elsewhere: nothing is lost. Loops that lead over other servers end by
    their count of Received lines.

Limits:
    50 forwards in a row, 10,000 targets a message (TRUST K6, K7).

Manual: 7.2, FAQ.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar

from mailmax.base.address import lower_ascii, parse_address

DEPTH: Final = 50
MOST_TARGETS: Final = 10_000


class Forwards(Protocol):
    """A list that is on."""

    @property
    def addresses(self) -> Sequence[str]:
        """Where mail goes as well."""

    @property
    def keeps_copy(self) -> bool:
        """Tell whether the user wants a copy."""


class User(Protocol):
    """A user."""

    @property
    def user_id(self) -> int:
        """The number."""

    @property
    def is_disabled(self) -> bool:
        """No mail, no login."""


UserT = TypeVar("UserT", bound=User)


class Nowhere(Enum):
    """Why an address is not a user's that mail can be filed for."""

    ELSEWHERE = "in no domain whose mail stays here"
    UNKNOWN = "in a domain of ours"
    DISABLED = "disabled"


class Book(Protocol[UserT]):
    """What is asked on the way."""

    def forwards_of(self, user: UserT) -> Forwards | None:
        """Return the user's list; None while it is off."""

    def find(self, address: str) -> UserT | Nowhere:
        """Return whose address that is."""

    def may_send(self, user: UserT) -> bool:
        """Tell whether this message may leave the system for a user."""


@dataclass(frozen=True, slots=True)
class Copy(Generic[UserT]):
    """A user who gets the message."""

    user: UserT
    address: str
    """Under which the user was found first."""
    is_forward: bool
    """Not one of the recipients."""
    instead_of: Sequence["Copy[UserT]"] = ()
    """Users who discard theirs because this one gets it."""


@dataclass(frozen=True, slots=True)
class Expansion(Generic[UserT]):
    """Where a message goes."""

    copies: Sequence[Copy[UserT]]
    """Each user once, recipients first."""
    elsewhere: Sequence[str]
    """Addresses that are not here, each once."""
    failed: Sequence[tuple[str, Nowhere]]
    """Forwards that cannot be made, each once."""
    not_followed: Sequence[UserT]
    """Users whose forwards were too many or too deep."""
    sending: Sequence[UserT]
    """Users whose forwards lead elsewhere."""
    held_back: Sequence[UserT]
    """Users whose forwards elsewhere are not made: it would be too much today."""
    reached: Sequence[UserT]
    """Everybody the message came for, whether a copy is kept or not."""


@dataclass(slots=True)
class _Visit(Generic[UserT]):
    user: UserT
    address: str
    depth: int
    keeps: bool = True
    may_send: bool | None = None
    """None: nothing of it is for elsewhere, or others send it there."""
    is_safe: bool = False
    """Reaches somebody who keeps a copy, or somebody elsewhere."""
    sources: list["_Visit[UserT]"] = field(default_factory=list)

    def as_copy(self) -> Copy[UserT]:
        return Copy(self.user, self.address, self.depth > 0)


def expand(
    recipients: Sequence[tuple[str, UserT]], book: Book[UserT]
) -> Expansion[UserT]:
    """Follow the forwards of all recipients.

    Args:
        recipients: Addresses as given and whose they are; a user may stand twice.
        book: Lists and users.
    """
    return _Walk(book).run(recipients)


class _Walk(Generic[UserT]):
    """One expansion."""

    def __init__(self, book: Book[UserT]) -> None:
        self._book = book
        self._visits: dict[int, _Visit[UserT]] = {}
        self._ahead: deque[_Visit[UserT]] = deque()
        self._elsewhere: dict[str, str] = {}
        self._failed: dict[str, tuple[str, Nowhere]] = {}
        self._not_followed: list[UserT] = []
        self._targets = 0

    def run(self, recipients: Sequence[tuple[str, UserT]]) -> Expansion[UserT]:
        for address, user in recipients:
            self._visit(user, address, 0)
        while self._ahead:
            self._follow(self._ahead.popleft())
        for visit in self._visits.values():
            if not visit.is_safe:
                visit.keeps = True
                _make_safe(visit)
        return Expansion(
            [self._copy(visit) for visit in self._visits.values() if visit.keeps],
            list(self._elsewhere.values()),
            list(self._failed.values()),
            self._not_followed,
            [visit.user for visit in self._visits.values() if visit.may_send],
            [one.user for one in self._visits.values() if one.may_send is False],
            [visit.user for visit in self._visits.values()],
        )

    def _copy(self, visit: _Visit[UserT]) -> Copy[UserT]:
        discarding = [one.as_copy() for one in visit.sources if not one.keeps]
        return Copy(visit.user, visit.address, visit.depth > 0, discarding)

    def _visit(self, user: UserT, address: str, depth: int) -> _Visit[UserT]:
        visit = self._visits.get(user.user_id)
        if visit is None:
            visit = self._visits[user.user_id] = _Visit(user, address, depth)
            self._ahead.append(visit)
        return visit

    def _follow(self, visit: _Visit[UserT]) -> None:
        forwards = self._book.forwards_of(visit.user)
        if forwards is None or not forwards.addresses:
            _make_safe(visit)
            return
        self._targets += len(forwards.addresses)
        if visit.depth >= DEPTH or self._targets > MOST_TARGETS:
            self._not_followed.append(visit.user)
            _make_safe(visit)
            return
        visit.keeps = forwards.keeps_copy
        for address in forwards.addresses:
            self._forward(visit, address)
        if visit.keeps:
            _make_safe(visit)

    def _forward(self, visit: _Visit[UserT], address: str) -> None:
        found = self._book.find(address)
        if found is Nowhere.ELSEWHERE:
            self._send(visit, address)
        elif isinstance(found, Nowhere):
            self._failed.setdefault(lower_ascii(address), (address, found))
            visit.keeps = True
        elif found.user_id == visit.user.user_id:
            visit.keeps = True
        else:
            target = self._visit(found, address, visit.depth + 1)
            target.sources.append(visit)
            if target.is_safe:
                _make_safe(visit)

    def _send(self, visit: _Visit[UserT], address: str) -> None:
        key = key_of(address)
        if key not in self._elsewhere:
            if visit.may_send is None:
                visit.may_send = self._book.may_send(visit.user)
            if not visit.may_send:
                visit.keeps = True
                return
            self._elsewhere[key] = address
        _make_safe(visit)


def key_of(address: str) -> str:
    """Return what tells addresses elsewhere apart (RFC 5321 §2.4)."""
    return str(parse_address(address))


def _make_safe(visit: _Visit[UserT]) -> None:
    """Note that somebody is reached from here, and so from all who lead here."""
    ahead = [visit]
    while ahead:
        one = ahead.pop()
        if not one.is_safe:
            one.is_safe = True
            ahead += one.sources

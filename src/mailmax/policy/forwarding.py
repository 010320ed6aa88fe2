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

    What the sender asked of a recipient (NOTIFY, ORCPT; `policy.notification`) goes on
    by these, at each user anew (RFC 3461 §5.2.7)::

        an alias                    is the user: the box answers under the alias
        a copy kept                 the box answers; forwards get it without SUCCESS
        no copy, one forward        the forward gets all of it; nothing is told here
        no copy, several forwards   they get it without SUCCESS; if that was asked,
                                    the sender is told ``expanded``

    An address that is reached twice answers for whom it was reached first; a forward
    that leads there tells ``expanded`` instead.

Limits:
    50 forwards in a row, 10,000 targets a message (TRUST K6, K7).

Standards:
    RFC 3461 §5.2.7.

Manual: 7.2, FAQ.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar

from mailmax.base.address import lower_ascii, parse_address
from mailmax.base.envelope import Recipient
from mailmax.policy.notification import Event, sent_on, wants, without_success

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
    recipient: Recipient
    """The address under which the user was found first, and what is asked of it."""
    is_forward: bool
    """Not one of the recipients."""
    instead_of: Sequence["Copy[UserT]"] = ()
    """Users who discard theirs because this one gets it."""
    also: Sequence[Recipient] = ()
    """Further recipients that are the same user."""


@dataclass(frozen=True, slots=True)
class Expansion(Generic[UserT]):
    """Where a message goes."""

    copies: Sequence[Copy[UserT]]
    """Each user once, recipients first."""
    elsewhere: Sequence[Recipient]
    """Addresses that are not here, each once."""
    failed: Sequence[tuple[Recipient, Nowhere]]
    """Forwards that cannot be made, each once."""
    not_followed: Sequence[UserT]
    """Users whose forwards were too many or too deep."""
    sending: Sequence[UserT]
    """Users whose forwards lead elsewhere."""
    held_back: Sequence[UserT]
    """Users whose forwards elsewhere are not made: it would be too much today."""
    reached: Sequence[UserT]
    """Everybody the message came for, whether a copy is kept or not."""
    expanded: Sequence[Recipient] = ()
    """Who asked for SUCCESS, and whose mail goes on to several."""


@dataclass(slots=True)
class _Exit:
    """An address where mail leaves, or fails."""

    recipient: Recipient
    """What is asked of it is said at the end."""
    why: Nowhere


@dataclass(slots=True)
class _Visit(Generic[UserT]):
    user: UserT
    recipient: Recipient
    """What is asked of a forward is said at the end."""
    depth: int
    keeps: bool = True
    may_send: bool | None = None
    """None: nothing of it is for elsewhere, or others send it there."""
    is_safe: bool = False
    """Reaches somebody who keeps a copy, or somebody elsewhere."""
    sources: list["_Visit[UserT]"] = field(default_factory=list)
    also: list[Recipient] = field(default_factory=list)
    """Further recipients that are this user."""
    first: list["_Visit[UserT] | _Exit"] = field(default_factory=list)
    """What was reached from here before it was from elsewhere."""
    targets: set[int | str] = field(default_factory=set)
    """What is reached from here, in all."""

    def as_copy(self) -> Copy[UserT]:
        return Copy(self.user, self.recipient, self.depth > 0)


def expand(
    recipients: Sequence[tuple[Recipient, UserT]],
    book: Book[UserT],
    known: frozenset[str] = frozenset(),
) -> Expansion[UserT]:
    """Follow the forwards of all recipients.

    Args:
        recipients: As given, and whose they are; a user may stand twice.
        book: Lists and users.
        known: Addresses elsewhere (`key_of`) that get the message anyhow.
    """
    return _Walk(book, known).run(recipients)


class _Walk(Generic[UserT]):
    """One expansion."""

    def __init__(self, book: Book[UserT], known: frozenset[str]) -> None:
        self._book = book
        self._known = known
        self._visits: dict[int, _Visit[UserT]] = {}
        self._ahead: deque[_Visit[UserT]] = deque()
        self._elsewhere: dict[str, _Exit] = {}
        self._failed: dict[str, _Exit] = {}
        self._not_followed: list[UserT] = []
        self._expanded: list[Recipient] = []
        self._targets = 0

    def run(self, recipients: Sequence[tuple[Recipient, UserT]]) -> Expansion[UserT]:
        for recipient, user in recipients:
            if user.user_id in self._visits:
                self._visits[user.user_id].also.append(recipient)
            else:
                self._visit(user, recipient, 0)
        while self._ahead:
            self._follow(self._ahead.popleft())
        for visit in self._visits.values():
            if not visit.is_safe:
                visit.keeps = True
                _make_safe(visit)
        for visit in self._visits.values():  # in the order in which they were reached
            self._pass_on(visit)
        return Expansion(
            [self._copy(visit) for visit in self._visits.values() if visit.keeps],
            [leaving.recipient for leaving in self._elsewhere.values()],
            [(one.recipient, one.why) for one in self._failed.values()],
            self._not_followed,
            [visit.user for visit in self._visits.values() if visit.may_send],
            [one.user for one in self._visits.values() if one.may_send is False],
            [visit.user for visit in self._visits.values()],
            self._expanded,
        )

    def _pass_on(self, visit: _Visit[UserT]) -> None:
        """Say what is asked of those who were reached from here first."""
        asked = visit.recipient
        others = visit.also
        if visit.keeps:
            others = []
            asked = without_success(asked)
        elif len(visit.targets) > 1 or not visit.first:
            others = [asked, *others]
            asked = without_success(asked)
        self._expanded += [one for one in others if wants(one, Event.SUCCESS)]
        for one in visit.first:
            one.recipient = sent_on(asked, one.recipient.address)

    def _copy(self, visit: _Visit[UserT]) -> Copy[UserT]:
        discarding = [one.as_copy() for one in visit.sources if not one.keeps]
        return Copy(
            visit.user, visit.recipient, visit.depth > 0, discarding, visit.also
        )

    def _visit(self, user: UserT, recipient: Recipient, depth: int) -> _Visit[UserT]:
        visit = self._visits[user.user_id] = _Visit(user, recipient, depth)
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
            if lower_ascii(address) not in self._failed:
                leaving = _Exit(Recipient(address), found)
                self._failed[lower_ascii(address)] = leaving
                visit.first.append(leaving)
            visit.keeps = True
        elif found.user_id == visit.user.user_id:
            visit.keeps = True
        else:
            visit.targets.add(found.user_id)
            target = self._visits.get(found.user_id)
            if target is None:
                target = self._visit(found, Recipient(address), visit.depth + 1)
                visit.first.append(target)
            target.sources.append(visit)
            if target.is_safe:
                _make_safe(visit)

    def _send(self, visit: _Visit[UserT], address: str) -> None:
        key = key_of(address)
        if key not in self._known and key not in self._elsewhere:
            if visit.may_send is None:
                visit.may_send = self._book.may_send(visit.user)
            if not visit.may_send:
                visit.keeps = True
                return
            leaving = _Exit(Recipient(address), Nowhere.ELSEWHERE)
            self._elsewhere[key] = leaving
            visit.first.append(leaving)
        visit.targets.add(key)
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

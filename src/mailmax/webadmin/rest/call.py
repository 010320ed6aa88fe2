"""What a route's function is given: who asks for what, and the hub to ask.

Theory:
    What only reads is asked by the web itself; what changes something is asked on
    behalf of the session or key, so that the hub knows who acts.

Rules:
    A refusal of the hub is raised as a `Problem`; functions see only what they asked
    for. What the hub remarks of users in domains that are not the caller's is not told:
    it would say who is there (TRUST I2).
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from mailmax.hub.codec import OnBehalf
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.web import Actor
from mailmax.hub.contract.web import Principal as Signed
from mailmax.hub.tables import Tables
from mailmax.webadmin.authorize import (
    Anonymous,
    DomainAdministrator,
    Principal,
    SystemAdministrator,
    domain_of,
)
from mailmax.webadmin.live.streams import Live
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.problems import bad_request, of_denied

AnswerT = TypeVar("AnswerT")
TakenT = TypeVar("TakenT")

_DOMAIN = re.compile(r"@([^\s@,;:'\"<>()]+)")
_NOBODY = Anonymous()
_NO_ACTOR = Actor()


async def _always() -> bool:
    return True


class Hub(Protocol):
    """The hub's client, as far as the web needs it."""

    @property
    def tables(self) -> Tables:
        """What was pushed."""

    @property
    def is_joined(self) -> bool:
        """The hub can be asked now."""

    async def ask(self, request: Request[Any]) -> Any:
        """Ask and wait for the answer."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by what the hub knows it."""

    principal: Principal = _NOBODY
    actor: Actor = _NO_ACTOR
    token: str = ""
    signed: Signed | None = None
    """What the hub said of the token."""
    forget: Callable[[], None] = lambda: None
    """Ask the hub anew, the next time that the token comes."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one route."""

    hub: Hub
    exchange: Exchange
    caller: Caller
    live: Live
    """Traces and streams of events."""
    params: dict[str, str]
    """Of the path."""
    query: Any = None
    """What the route takes of the query."""
    body: Any = None
    """What the route takes as a body."""
    may_still: Callable[[], Awaitable[bool]] = _always
    """Whether the caller may ask this still; for answers that take long."""

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.caller.principal

    def taken(self, kind: type[TakenT]) -> TakenT:
        """Return the body, which the route has declared as that type."""
        if not isinstance(self.body, kind):
            raise bad_request("body", "there is no body")
        return self.body

    def asked(self, kind: type[TakenT]) -> TakenT:
        """Return the query, which the route has declared as that type."""
        if not isinstance(self.query, kind):
            raise bad_request("query", "there is no query")
        return self.query

    async def ask(self, request: Request[Any], kind: type[AnswerT]) -> AnswerT:
        """Ask the hub something that changes nothing.

        Raises:
            Problem: The hub refuses it.
        """
        return _expect(await self.hub.ask(request), kind)

    async def carry_out(self, request: Any, kind: type[AnswerT]) -> AnswerT:
        """Have the hub change something, for whoever asks here.

        Raises:
            Problem: The hub refuses it.
        """
        return _expect(await self.hub.ask(OnBehalf(self.caller.actor, request)), kind)

    async def change(self, request: Any) -> Changed:
        """Have the hub change something that is answered by `Changed`."""
        changed = await self.carry_out(request, Changed)
        if _may_hear(self.principal, changed.note):
            return changed
        return replace(changed, note="")


def _may_hear(principal: Principal, note: str) -> bool:
    """Tell whether a remark names nobody of another's domain."""
    if isinstance(principal, SystemAdministrator | Anonymous):
        return True
    theirs = {domain_of(principal.address)}
    if isinstance(principal, DomainAdministrator):
        theirs |= principal.domains | principal.other_names
    return all(name.lower() in theirs for name in _DOMAIN.findall(note))


def _expect(answer: Any, kind: type[AnswerT]) -> AnswerT:
    if isinstance(answer, Denied):
        raise of_denied(answer)
    if not isinstance(answer, kind):
        raise TypeError(f"the hub answers {type(answer).__name__}")
    return answer

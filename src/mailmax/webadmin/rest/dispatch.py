"""From a request to its route, and from the route to an answer.

Theory:
    The order is the law: the path is known, the method is known, it comes from our
    own pages (or with an API key), the principal may; only then a body is read.

    Below ``/s/NAME/`` stands the same of another system. Who may go to other systems
    is decided first, then as if it were here; the hub there carries it out.

Rules:
    A change by cookie needs the token that only our pages know, and where a browser
    says whence it comes, that must be here (TRUST I7). Who changes a thing with an
    ETag must have seen it as it is; changes of one path go one after the other.

Standards: RFC 9110 §9.3.2, §9.3.7, §13.1, §15.5.6; RFC 6585 §3.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote
from weakref import WeakValueDictionary

from mailmax.base.errors import TemporaryFailure
from mailmax.webadmin import authorize
from mailmax.webadmin.authorize import (
    Allowed,
    Principal,
    Refused,
    SystemAdministrator,
    Whose,
)
from mailmax.webadmin.live.streams import Live
from mailmax.webadmin.rest import problems
from mailmax.webadmin.rest.answers import Answer, encoded, etag_of, names_tag
from mailmax.webadmin.rest.call import Call, Caller, Hub
from mailmax.webadmin.rest.csrf import check_csrf
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.rest.routes import BASE, ELSEWHERE, Handler, Route, Routes
from mailmax.webadmin.rest.taking import take_body, take_query

Identify = Callable[[Exchange], Awaitable[Caller]]


class Place(Protocol):
    """Where a request is carried out, that is not here."""

    @property
    def hub(self) -> Hub:
        """Is asked."""

    @property
    def live(self) -> Live:
        """Its traces and streams."""

    @property
    def lost(self) -> Problem:
        """What is said where it is away meanwhile."""


Found = dict[str, tuple[Route, dict[str, str]]]
FindPlace = Callable[[str, Caller], Awaitable[Place]]


class Dispatch:
    """Answers requests by the table of routes."""

    def __init__(
        self,
        routes: Routes,
        hub: Hub,
        identify: Identify,
        live: Live,
        elsewhere: FindPlace,
    ) -> None:
        """Take what it needs.

        Args:
            routes: All of them.
            hub: Is asked.
            identify: Says who asks.
            live: Traces and streams of events.
            elsewhere: Finds another system for who may go there.
        """
        self._elsewhere = elsewhere
        self._routes = routes
        self._hub = hub
        self._identify = identify
        self._live = live
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, exchange: Exchange, segments: tuple[str, ...]) -> Answer:
        """Answer a request.

        Args:
            exchange: It.
            segments: Its path below the API.

        Raises:
            Problem: It is not carried out.
        """
        system, found = self._find(segments)
        method = "GET" if exchange.method == "HEAD" else exchange.method
        if method not in found:
            return _without(exchange.method, found)
        route, params = found[method]
        caller = await self._identify(exchange)
        if route.changes:
            check_csrf(exchange, caller.token)
        allowed = _decide(caller.principal, route, params, system)
        if isinstance(allowed, Refused):
            raise problems.of_refused(allowed)
        query = take_query(route, exchange.query)
        call = Call(self._hub, exchange, caller, self._live, params, query)

        async def may_still() -> bool:
            try:
                now = (await self._identify(exchange)).principal
            except Problem:
                return False  # an API key that opens nothing any more
            return _decide(now, route, params, system) is Allowed.YES

        call = replace(call, may_still=may_still)
        if system:
            return await self._carry_out_at(system, route, call)
        return await self._carry_out(route, call)

    async def _is_still(self, system: str, caller: Caller, live: Live) -> bool:
        """Tell whether the same link leads there: it may be forgotten meanwhile."""
        try:
            return (await self._elsewhere(system, caller)).live is live
        except Problem:
            return False

    def _find(self, segments: tuple[str, ...]) -> tuple[str, Found]:
        """Return at which system (empty: here) what is found at a path, by method."""
        system = ""
        if len(segments) > 2 and segments[0] == ELSEWHERE:
            system, segments = segments[1], segments[2:]
        found = self._routes.find(segments)
        if not found or (system and _is_at_home(found)):
            raise problems.not_found("there is no such path")
        return system, found

    async def _carry_out_at(self, system: str, route: Route, call: Call) -> Answer:
        place = await self._elsewhere(system, call.caller)
        who = call.caller.principal
        scopes = who.scopes if isinstance(who, SystemAdministrator) else ()
        stranger = Caller(SystemAdministrator("", scopes), token=call.caller.token)

        async def may_still() -> bool:
            is_same = await self._is_still(system, call.caller, place.live)
            return is_same and await call.may_still()

        there = replace(
            call,
            hub=place.hub,
            live=place.live,
            caller=stranger,
            may_still=may_still,
        )
        try:
            answer = await self._carry_out(route, there)
        except TemporaryFailure:
            if place.hub.is_joined:
                raise
            raise place.lost from None
        where = answer.headers.get("Location", "")
        if not where.startswith(f"{BASE}/"):
            return answer
        below = f"{BASE}/{ELSEWHERE}/{quote(system, safe='')}"
        moved = {"Location": below + where.removeprefix(BASE)}
        return replace(answer, headers={**answer.headers, **moved})

    async def _carry_out(self, route: Route, call: Call) -> Answer:
        if not route.changes:
            return _shown(route, call, await route.handler(call))
        call = replace(call, body=await take_body(route, call.exchange))
        if route.shown_by is None:
            return _answer_of(route, await route.handler(call))
        async with self._turn(call.exchange.path):
            await _check_match(route.shown_by, call)
            return _answer_of(route, await route.handler(call))

    def _turn(self, path: str) -> asyncio.Lock:
        lock = self._turns.get(path)
        if lock is None:
            lock = self._turns[path] = asyncio.Lock()
        return lock


def _is_at_home(found: Found) -> bool:
    return any(route.is_at_home for route, _ in found.values())


def _decide(
    principal: Principal, route: Route, params: dict[str, str], system: str
) -> Allowed | Refused:
    if system:
        scope = f"systems:{'write' if route.changes else 'read'}"
        may_go = authorize.decide(principal, scope, Whose.SYSTEM)
        if isinstance(may_go, Refused):
            return may_go
    return authorize.decide(principal, route.scope, route.owner(params))


def _without(method: str, found: Found) -> Answer:
    methods = sorted({*found, "OPTIONS", *({"HEAD"} if "GET" in found else set())})
    allow = ", ".join(methods)
    if method == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, headers={"Allow": allow})
    status = HTTPStatus.METHOD_NOT_ALLOWED
    problem = Problem(status, "method", f"{method[:20]} is not for this", hint=allow)
    raise problem.with_header("Allow", allow)


def _answer_of(route: Route, value: object) -> Answer:
    if isinstance(value, Answer):
        return value
    if value is None:
        return Answer(HTTPStatus.NO_CONTENT)
    return encoded(value, route.status)


def _shown(route: Route, call: Call, value: object) -> Answer:
    answer = _answer_of(route, value)
    if not isinstance(answer.body, bytes) or not answer.body:
        return answer
    tag = etag_of(answer.body)
    headers = {**answer.headers, "ETag": tag}
    if names_tag(call.exchange.headers.get("if-none-match", ""), tag):
        return Answer(HTTPStatus.NOT_MODIFIED, headers=headers)
    return replace(answer, headers=headers)


async def _check_match(shown_by: Handler, call: Call) -> None:
    given = call.exchange.headers.get("if-match", "")
    if not given:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "if_match",
            "it is not said which state is to be changed",
            "if-match",
            "send the ETag of what you have seen",
        )
    shown = await shown_by(replace(call, body=None))
    answer = shown if isinstance(shown, Answer) else encoded(shown)
    body = answer.body if isinstance(answer.body, bytes) else b""
    if not names_tag(given, etag_of(body)):
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED,
            "changed_meanwhile",
            "somebody else has changed it meanwhile",
            "if-match",
            "look at it again, and repeat your change",
        )

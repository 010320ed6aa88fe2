"""The wizard's server: who has no link sees where it is, who has it sees the wizard.

Theory:
    The page is the one of the web (`webadmin.static`); it asks ``/api/v1/session`` as
    always, and hears that it is to be the wizard. What it asks below
    ``/api/v1/setup`` is answered here; none of that exists once a system is set up.

Rules:
    Without the cookie nothing is answered but a plain page (TRUST I4). Changes come
    from our own page (TRUST I7).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from mailmax.cli.answers import Answers, check_answers, faults
from mailmax.cli.founder import on_loopback, paths_of
from mailmax.cli.setup_mode.entrance import Entrance, set_cookie
from mailmax.cli.setup_mode.findings import Findings, Room, rooms, taken_ports
from mailmax.cli.setup_mode.founders import Founders
from mailmax.cli.setup_mode.told import Founded, Refused, encode
from mailmax.settings.field import BadValue
from mailmax.settings.host_port import split_host_port
from mailmax.settings.local import check_sockets
from mailmax.settings.web import is_loopback
from mailmax.webadmin.hosts import check_host
from mailmax.webadmin.responding import respond
from mailmax.webadmin.rest.answers import Answer, encoded
from mailmax.webadmin.rest.csrf import check_csrf, csrf_token
from mailmax.webadmin.rest.exchange import Exchange, Receive, Scope, Send
from mailmax.webadmin.rest.problems import Problem, not_found, of_bad_value
from mailmax.webadmin.rest.taking import take_json
from mailmax.webadmin.static import Static

PAGE = ("admin", "setup")
_READS = frozenset({"GET", "HEAD"})
_LINES = "application/x-ndjson"
_PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>MailMax</title></head>
<body><h1>MailMax is not set up yet</h1>
<p>The link to the wizard was printed where <code>mailmax serve</code> was started: in
that terminal, or in the journal of its unit. Each link works once; the newest
counts.</p>
<h1 lang="de">MailMax ist noch nicht eingerichtet</h1>
<p lang="de">Der Link zum Assistenten steht dort, wo <code>mailmax serve</code>
gestartet wurde: in jenem Terminal oder im Journal der Unit. Jeder Link gilt einmal; der
neueste zählt.</p>
</body></html>
""".encode()


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a field."""

    field: str
    reason: str
    cure: str


class Checked(msgspec.Struct, frozen=True):
    """What is to be said of answers so far."""

    faults: list[Fault]
    rooms: dict[str, Room]
    taken_ports: list[int]
    """Another program answers there."""


@dataclass(slots=True)
class Wizard:
    """What the server needs to know and to call."""

    root: Path
    findings: Findings
    names: frozenset[str]
    """What this computer is called."""
    named: str
    """The place of the wizard that the command line named; empty: none."""
    on_entered: Callable[[], None] = field(default=lambda: None)
    on_wrong: Callable[[], None] = field(default=lambda: None)
    on_founded: Callable[[], None] = field(default=lambda: None)
    """The port is to be left."""
    on_end: Callable[[], None] = field(default=lambda: None)


class SetupApp:
    """Answers every request (ASGI)."""

    def __init__(
        self, wizard: Wizard, entrance: Entrance, founders: Founders, static: Static
    ) -> None:
        """Put together."""
        self._wizard = wizard
        self._entrance = entrance
        self._founders = founders
        self._static = static
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await respond(self._answer, scope, receive, send)

    async def _answer(self, exchange: Exchange) -> Answer:
        check_host(exchange.headers.get("host", ""), self._wizard.names)
        token = _token_of(exchange)
        if token:
            return self._enter(exchange, token)
        cookie = self._entrance.cookie_of(exchange)
        if not cookie:
            return _plain()
        match exchange.segments:
            case ("api", "v1", *rest):
                return await self._answer_api(exchange, tuple(rest), cookie)
            case ("admin", *rest) if exchange.method in _READS:
                return self._page(exchange, tuple(rest))
            case _ if exchange.method in _READS:
                where = {"Location": f"/{'/'.join(PAGE)}"}
                return Answer(HTTPStatus.FOUND, headers=where)
        raise not_found("there is no such path")

    def _enter(self, exchange: Exchange, token: str) -> Answer:
        cookie = self._entrance.enter(token)
        if not cookie:
            self._wizard.on_wrong()
            return _plain()
        self._wizard.on_entered()
        page = self._page(exchange, PAGE[1:])
        return Answer(
            page.status,
            page.body,
            page.media_type,
            {**page.headers, "Cache-Control": "no-store"},
            (set_cookie(cookie, exchange),),
        )

    def _page(self, exchange: Exchange, rest: tuple[str, ...]) -> Answer:
        packing = exchange.headers.get("accept-encoding", "")
        return self._static.answer(rest, packing=packing)

    async def _answer_api(
        self, exchange: Exchange, rest: tuple[str, ...], cookie: str
    ) -> Answer:
        if exchange.method not in _READS:
            check_csrf(exchange, cookie)
        match exchange.method, *rest:
            case "GET", "session":
                return encoded(_session(cookie))
            case "GET", "setup":
                return encoded(self._wizard.findings)
            case "POST", "setup", "check":
                answers = await take_json(exchange, Answers)
                return encoded(await asyncio.to_thread(self._check, answers))
            case "POST", "setup":
                async with self._turn:
                    return await self._set_up(await take_json(exchange, Answers))
        raise not_found("there is no such path")

    def _check(self, answers: Answers) -> Checked:
        found = [Fault(bad.field, bad.reason, bad.cure) for bad in faults(answers)]
        is_bad = {one.field.partition(".")[0] for one in found}
        if "directories" not in is_bad:
            bad = check_sockets(paths_of(self._wizard.root, answers))
            found += [] if bad is None else [Fault(bad.field, bad.reason, bad.cure)]
        return Checked(
            found,
            {} if "directories" in is_bad else rooms(self._wizard.root, answers),
            [] if is_bad & {"ip", "base_port"} else taken_ports(answers),
        )

    async def _set_up(self, answers: Answers) -> Answer:
        bad = check_answers(answers)
        if bad is not None:
            raise of_bad_value(bad)
        told = await self._founders.found(with_web(answers, self._wizard.named))
        if isinstance(told, Refused):
            raise of_bad_value(BadValue(told.field, told.reason, told.cure))
        if not isinstance(told, Founded):
            status = HTTPStatus.CONFLICT
            raise Problem(status, "conflict", "it is being set up already")
        self._wizard.on_founded()
        return Answer(HTTPStatus.OK, self._tell(told), _LINES)

    async def _tell(self, founded: Founded) -> AsyncIterator[bytes]:
        """Tell the page how it goes on; then nobody is served any more."""
        try:
            yield encode(founded) + b"\n"
            yield encode(await self._founders.start()) + b"\n"
        finally:
            self._wizard.on_end()


def with_web(answers: Answers, named: str) -> Answers:
    """Have the pages where the wizard is, if its place was named.

    On loopback that is for who has another program at 8080; ports that are added move
    the pages away by themselves. Elsewhere it is for a browser that comes from outside.
    """
    if not named:
        return answers
    usual = on_loopback(answers.base_port)
    where = split_host_port(named)
    if where is not None and not is_loopback(where[0]):
        return msgspec.structs.replace(answers, web_listen=(usual, named))
    place = usual if answers.base_port else named
    return msgspec.structs.replace(answers, web_listen=(place,))


def _token_of(exchange: Exchange) -> str:
    if exchange.segments != PAGE or exchange.method != "GET":
        return ""
    return parse_qs(exchange.query).get("token", [""])[0]


def _plain() -> Answer:
    return Answer(HTTPStatus.FORBIDDEN, _PLAIN, "text/html; charset=utf-8")


def _session(cookie: str) -> dict[str, Any]:
    return {
        "signed_in": False,
        "role": "",
        "name": "",
        "domains": [],
        "csrf_token": csrf_token(cookie),
        "has_second_factor": False,
        "version": "",
        "needs_administrator": False,
        "has_domains": False,
        "needs_setup": True,
    }

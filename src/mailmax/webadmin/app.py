"""The web as an ASGI application: every path, every header, every mistake.

Theory:
    ``/api/v1/…`` goes to the routes, ``/admin/…`` to the built pages; a few paths are
    for machines. Whatever happens, one answer leaves with the headers that protect
    our pages.

Rules:
    A mistake of ours is logged whole and answered with nothing of it.

Standards: RFC 9110, RFC 9309 (robots.txt), CSP Level 3.
"""

import asyncio
import logging
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
)
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus

from mailmax.base.errors import Failure
from mailmax.webadmin.hosts import is_ours
from mailmax.webadmin.proxies import Networks, client_of
from mailmax.webadmin.rest.answers import Answer, of_problem
from mailmax.webadmin.rest.dispatch import Dispatch
from mailmax.webadmin.rest.exchange import Exchange, Receive, Scope, Send, read_head
from mailmax.webadmin.rest.problems import Problem, not_found, of_failure
from mailmax.webadmin.static import Static

CSP = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (  # RFC 9110 §5.6.7: English, whatever the locale is
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_HSTS = "max-age=31536000"
_READS = frozenset({"GET", "HEAD"})

Machine = Callable[[Exchange], Awaitable[Answer]]

_log = logging.getLogger("webadmin")


@dataclass(frozen=True, slots=True)
class Outside:
    """What stands between browsers and here."""

    names: Callable[[], frozenset[str]]
    """What this server is called, in lower case."""
    proxies: Networks = ()
    """Whose word on their clients is believed."""


class App:
    """Answers every request."""

    def __init__(
        self,
        dispatch: Dispatch,
        machines: Mapping[str, Machine],
        static: Static,
        outside: Outside,
    ) -> None:
        """Put together.

        Args:
            dispatch: The REST API.
            machines: Paths for programs, such as ``/metrics``.
            static: The built pages.
            outside: Names and proxies.
        """
        self._dispatch = dispatch
        self._machines = machines
        self._static = static
        self._outside = outside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except Problem as problem:
            answer = of_problem(problem)
        except Failure as failure:
            answer = of_problem(of_failure(failure))
        except Exception:  # noqa: BLE001 - a bug of one route ends no connection
            _log.exception("%s %r failed", scope["method"], scope["path"][:200])
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            answer = of_problem(Problem(status, "mistake", "that is a mistake of ours"))
        await _send(answer, scope, (receive, send))

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        exchange = self._from_client(read_head(scope, receive))
        host = exchange.headers.get("host", "")
        if not is_ours(host, self._outside.names()):
            status = HTTPStatus.MISDIRECTED_REQUEST
            hint = "add the name to [web] names in mailmax.toml"
            raise Problem(
                status, "host", "that is no name of this server", "host", hint
            )
        match exchange.segments:
            case ("api", "v1", *rest):
                return await self._dispatch.answer(exchange, tuple(rest))
            case ("admin", *rest) if exchange.method in _READS:
                return self._page(exchange, tuple(rest))
            case ("",) if exchange.method in _READS:
                return Answer(HTTPStatus.FOUND, headers={"Location": "/admin/"})
            case _:
                return await self._tell_machine(exchange)

    def _from_client(self, exchange: Exchange) -> Exchange:
        forwarded = exchange.headers.get("x-forwarded-for", "")
        peer = client_of(exchange.peer, forwarded, self._outside.proxies)
        return replace(exchange, peer=peer)

    def _page(self, exchange: Exchange, rest: tuple[str, ...]) -> Answer:
        headers = exchange.headers
        return self._static.answer(
            rest,
            known=headers.get("if-none-match", ""),
            packing=headers.get("accept-encoding", ""),
        )

    async def _tell_machine(self, exchange: Exchange) -> Answer:
        machine = self._machines.get(exchange.path)
        if machine is None and exchange.segments[0] not in {"", "admin"}:
            raise not_found("there is no such path")
        if machine is not None and exchange.method in _READS:
            return await machine(exchange)
        allow = "GET, HEAD, OPTIONS"
        if exchange.method == "OPTIONS":
            return Answer(HTTPStatus.NO_CONTENT, headers={"Allow": allow})
        status = HTTPStatus.METHOD_NOT_ALLOWED
        problem = Problem(status, "method", "this can only be read", hint=allow)
        raise problem.with_header("Allow", allow)


async def _send(answer: Answer, scope: Scope, ways: tuple[Receive, Send]) -> None:
    receive, send = ways
    is_stream = not isinstance(answer.body, bytes)
    headers = {"Cache-Control": "no-store", **_HEADERS, "Date": _now()}
    headers |= answer.headers
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HSTS
    if answer.media_type:
        headers["Content-Type"] = answer.media_type
    if isinstance(answer.body, bytes) and answer.status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(len(answer.body))
    if answer.status == HTTPStatus.NO_CONTENT:
        del headers["Content-Length"]
    pairs = [(name.lower(), value) for name, value in headers.items()]
    pairs += [("set-cookie", cookie) for cookie in answer.cookies]
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in pairs]
    await send(
        {"type": "http.response.start", "status": int(answer.status), "headers": raw}
    )
    if scope["method"] == "HEAD" or not is_stream:
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})
        return
    if not isinstance(answer.body, bytes):
        await _stream(answer.body, receive, send)


def _now() -> str:
    return _imf_date(int(time.time()))


@lru_cache(maxsize=1)
def _imf_date(second: int) -> str:
    at = time.gmtime(second)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {time.strftime('%Y %H:%M:%S', at)} GMT"


async def _stream(pieces: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send what comes, until it ends or nobody is there any more."""
    sending = asyncio.create_task(_send_all(pieces, send))
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = sending.done()
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
    if ended:
        sending.result()


async def _send_all(pieces: AsyncIterator[bytes], send: Send) -> None:
    try:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

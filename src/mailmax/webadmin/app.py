"""The web as an ASGI application: which path goes where.

Theory:
    ``/api/v1/…`` goes to the routes, ``/admin/…`` to the built pages; a few paths are
    for machines.

Standards: RFC 9110, RFC 9309 (robots.txt).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from mailmax.webadmin.hosts import check_host
from mailmax.webadmin.proxies import Networks, client_of
from mailmax.webadmin.responding import respond
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.dispatch import Dispatch
from mailmax.webadmin.rest.exchange import Exchange, Receive, Scope, Send
from mailmax.webadmin.rest.problems import Problem, not_found
from mailmax.webadmin.static import Static

_READS = frozenset({"GET", "HEAD"})

Machine = Callable[[Exchange], Awaitable[Answer]]


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
        await respond(self._answer, scope, receive, send)

    async def _answer(self, asked: Exchange) -> Answer:
        exchange = self._from_client(asked)
        check_host(exchange.headers.get("host", ""), self._outside.names())
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

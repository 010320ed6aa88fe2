"""Paths that programs ask for: health, metrics, robots; the description of the API.

Standards: RFC 9309.
"""

import ipaddress
from collections.abc import Mapping
from http import HTTPStatus

from mailmax.webadmin import authorize, metrics
from mailmax.webadmin.app import Machine
from mailmax.webadmin.authorize import Refused, Whose
from mailmax.webadmin.rest.answers import JSON, Answer
from mailmax.webadmin.rest.call import Hub
from mailmax.webadmin.rest.dispatch import Identify
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.openapi import describe
from mailmax.webadmin.rest.problems import of_refused
from mailmax.webadmin.rest.routes import Routes

_PROXIES = frozenset({"forwarded", "x-forwarded-for", "x-real-ip", "via"})
_TEXT = "text/plain; charset=utf-8"


class Machines:
    """Answers programs."""

    def __init__(self, routes: Routes, hub: Hub, identify: Identify) -> None:
        """Take what is told of."""
        self._routes = routes
        self._hub = hub
        self._identify = identify
        self._described = b""

    def paths(self) -> Mapping[str, Machine]:
        """Return who answers which path."""
        return {
            "/healthz/live": self._live,
            "/healthz/ready": self._ready,
            "/robots.txt": self._robots,
            "/metrics": self._metrics,
            "/api/openapi.json": self._describe,
        }

    async def _live(self, _: Exchange) -> Answer:
        """Tell that this process answers."""
        return Answer(HTTPStatus.OK, b"ok\n", _TEXT)

    async def _ready(self, _: Exchange) -> Answer:
        """Tell whether the hub can be asked."""
        if self._hub.is_joined:
            return Answer(HTTPStatus.OK, b"ok\n", _TEXT)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"DataMax is away\n", _TEXT)

    async def _robots(self, _: Exchange) -> Answer:
        return Answer(HTTPStatus.OK, b"User-agent: *\nDisallow: /\n", _TEXT)

    async def _metrics(self, exchange: Exchange) -> Answer:
        """Tell programs of this computer, and who may read it."""
        if not _is_of_this_computer(exchange):
            caller = await self._identify(exchange)
            found = authorize.decide(caller.principal, "metrics:read", Whose.SYSTEM)
            if isinstance(found, Refused):
                raise of_refused(found)
        told = await metrics.collect(self._hub)
        return Answer(HTTPStatus.OK, told, metrics.MEDIA_TYPE)

    async def _describe(self, _: Exchange) -> Answer:
        self._described = self._described or describe(self._routes)
        return Answer(HTTPStatus.OK, self._described, JSON)


def _is_of_this_computer(exchange: Exchange) -> bool:
    """Tell whether no proxy stands between: its clients may be anybody."""
    if _PROXIES & exchange.headers.keys():
        return False
    return ipaddress.ip_address(exchange.peer).is_loopback

"""Paths that programs ask for: health, robots; the description of the API.

Standards: RFC 9309.
"""

from collections.abc import Mapping
from http import HTTPStatus

from mailmax.webadmin.app import Machine
from mailmax.webadmin.rest.answers import JSON, Answer
from mailmax.webadmin.rest.call import Hub
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.openapi import describe
from mailmax.webadmin.rest.routes import Routes

_TEXT = "text/plain; charset=utf-8"


class Machines:
    """Answers programs."""

    def __init__(self, routes: Routes, hub: Hub) -> None:
        """Take what is told of."""
        self._routes = routes
        self._hub = hub
        self._described = b""

    def paths(self) -> Mapping[str, Machine]:
        """Return who answers which path."""
        return {
            "/healthz/live": self._live,
            "/healthz/ready": self._ready,
            "/robots.txt": self._robots,
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

    async def _describe(self, _: Exchange) -> Answer:
        self._described = self._described or describe(self._routes)
        return Answer(HTTPStatus.OK, self._described, JSON)

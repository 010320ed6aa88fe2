"""The web, put together: from the listening sockets to the hub.

Manual: 1.1.1, 2.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mailmax.hub.client import HubClient
from mailmax.hub.contract.web import PrincipalsChanged
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.app import App, Outside
from mailmax.webadmin.elsewhere.others import Others
from mailmax.webadmin.guarded import Connections
from mailmax.webadmin.identity import Identity
from mailmax.webadmin.live.streams import Live
from mailmax.webadmin.machines import Machines
from mailmax.webadmin.proxies import Networks
from mailmax.webadmin.rest.dispatch import Dispatch
from mailmax.webadmin.static import Static

PATIENCE_S = 5.0
HANDSHAKE_S = 30.0
_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Options:
    """What the web is given."""

    sockets: Sequence[tuple[socket.socket, bool]]
    """Bound already; and whether it speaks TLS."""
    tls: ssl.SSLContext | None
    names: Callable[[], frozenset[str]]
    """What this server is called."""
    proxies: Networks = ()
    """Whose word on their clients is believed."""


class WebService:
    """Serves pages and the REST API."""

    def __init__(self, hub: HubClient, options: Options) -> None:
        """Put together; nobody is served yet."""
        self._options = options
        routes = all_routes()
        identity = Identity(hub)
        hub.on_notice(PrincipalsChanged, identity.forget)
        self._live = Live(hub)
        self._others = Others(hub)
        dispatch = Dispatch(
            routes, hub, identity.identify, self._live, self._others.place
        )
        machines = Machines(routes, hub, identity.identify)
        outside = Outside(options.names, options.proxies)
        app = App(dispatch, machines.paths(), Static(), outside)
        self._connections = Connections(app)
        self._servers: list[asyncio.Server] = []
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    async def start(self) -> None:
        """Serve from now on."""
        loop = asyncio.get_running_loop()
        for sock, is_encrypted in self._options.sockets:
            more: dict[str, Any] = {}
            if is_encrypted:
                more = {
                    "ssl": self._options.tls,
                    "ssl_handshake_timeout": HANDSHAKE_S,
                }
            server = await loop.create_server(
                self._connections.make, sock=sock, backlog=_BACKLOG, **more
            )
            self._servers.append(server)

    async def stop(self) -> None:
        """Finish what is under way."""
        for server in self._servers:
            server.close()
        await self._live.close()
        await self._others.close()
        await self._connections.finish(PATIENCE_S)

"""HTTP/1.1 connections with an end: uvicorn's, which wait for a request for ever.

Rules:
    A request's head must be there within `HEAD_S`, from the connection's begin or from
    the first octet after an answer, however slowly it drips (TRUST M1). Who takes
    nothing of an answer for `STALLED_S` is gone (TRUST I11).

Limits:
    16 KiB of an unfinished head, 500 connections, 30 s of silence between requests.

Standards: RFC 9112.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

HEAD_S = 15.0
KEEP_S = 30
STALLED_S = 60.0
MOST_CONNECTIONS = 500
_HEAD_OCTETS = 16_384


class GuardedProtocol(H11Protocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Take octets; the time for a head runs while none is whole."""
        if self._deadline is None and self._is_between():
            self._arm()
        super().data_received(data)
        if not self._is_between():
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._disarm()
        self._flows()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer takes no more; it has a while."""
        super().pause_writing()
        self._flows()
        self._stalled = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The peer takes again."""
        self._flows()
        super().resume_writing()

    def _is_between(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def _flows(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Connections:
    """All of them."""

    def __init__(self, app: Callable[..., Any]) -> None:
        """Take the application."""
        self._config = Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_S,
            limit_concurrency=MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_HEAD_OCTETS,
        )
        self._config.load()
        self._state = ServerState()

    def make(self) -> GuardedProtocol:
        """Return the protocol of a new connection."""
        return GuardedProtocol(self._config, self._state, {})

    def take_no_more(self) -> None:
        """Close those who ask nothing, the others when they have their answer."""
        for one in tuple(self._state.connections):
            one.shutdown()

    async def finish(self, patience_s: float) -> None:
        """Let answers that are under way finish, then end all."""
        self.take_no_more()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=patience_s)
        for task in tuple(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)

"""What Housekeeping needs of the hub."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from mailmax.hub.contract.message import Request

AnswerT = TypeVar("AnswerT")


class Tables(Protocol):
    """The pushed tables."""

    def setting(self, key: str) -> Any:
        """Return the value of a system setting."""


class Hub(Protocol):
    """Settings and questions."""

    @property
    def tables(self) -> Tables:
        """The tables as known now."""

    async def ask(self, request: Request[AnswerT]) -> AnswerT:
        """Ask and wait for the answer."""

    def on_request(
        self, kind: type[Any], handler: Callable[[Any], Any | Awaitable[Any]]
    ) -> None:
        """Answer requests of that type."""

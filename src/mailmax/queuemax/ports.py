"""What QueueMax needs of DataMax: `hub.client.HubClient`, or a twin in tests."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from mailmax.hub.contract.rows import DomainRow


class Tables(Protocol):
    """The pushed tables."""

    def setting(self, key: str) -> Any:
        """Return the value of a system setting."""

    def domain(self, name: str) -> DomainRow | None:
        """Return the domain of ours of that name or alias."""


class Hub(Protocol):
    """Settings and questions."""

    @property
    def tables(self) -> Tables:
        """The tables as known now."""

    def on_tables(self, callback: Callable[[], None]) -> None:
        """Call back after each version of the tables."""

    def on_request(
        self, kind: type[Any], handler: Callable[[Any], Any | Awaitable[Any]]
    ) -> None:
        """Answer requests of that type."""

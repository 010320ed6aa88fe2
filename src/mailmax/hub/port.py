"""What rooms need of the hub: `hub.client.HubClient`, or a twin in tests.

A room that needs more, tables above all, says so in its own `ports`.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Message


class LoginHub(Protocol):
    """The hub of a room where users log in."""

    async def ask(self, request: Any) -> Any:
        """Ask and wait for the answer.

        Raises:
            TemporaryFailure: The hub is away.
        """

    def tell(self, notice: Message) -> None:
        """Say something that is not answered."""

    def on_notice(
        self,
        kind: type[CredentialChanged],
        callback: Callable[[CredentialChanged], None],
    ) -> None:
        """Call back for every notice of that type."""

    def watch_logins(self, held: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """Compare the open logins with the accounts; differences are notices."""


class RelayingHub(Protocol):
    """The hub of a room that administrators may ask something."""

    def on_request(
        self, kind: type[Any], handler: Callable[[Any], Any | Awaitable[Any]]
    ) -> None:
        """Answer requests of that type which the hub passes on."""


class SettingTable(Protocol):
    """Of the pushed tables (`hub.tables.Tables`), the system's settings."""

    def setting(self, key: str) -> Any:
        """Return the value of a system setting."""

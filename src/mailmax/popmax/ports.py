"""What POPMax needs of DataMax: `hub.client.HubClient`, or a twin in tests."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Message


class Hub(Protocol):
    """Asking, telling and being told."""

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

    def on_request(
        self, kind: type[Any], handler: Callable[[Any], Any | Awaitable[Any]]
    ) -> None:
        """Answer requests of that type which the hub passes on."""

    def watch_logins(self, held: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """Compare the open logins with the accounts; differences are notices."""

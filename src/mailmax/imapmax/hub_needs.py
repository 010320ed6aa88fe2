"""What the room needs of the hub, so that tests can give a twin."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mailmax.hub.contract.message import Message


class Hub(Protocol):
    """`hub.client.HubClient` has all of it."""

    async def ask(self, request: Any) -> Any:
        """Ask and wait for the answer.

        Raises:
            TemporaryFailure: The hub is away.
        """

    def tell(self, notice: Message) -> None:
        """Say something that is not answered."""

    def on_notice(self, kind: Any, callback: Callable[[Any], None]) -> None:
        """Call back for every notice of that type."""

    def watch_logins(self, held: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """Compare the open logins with the accounts; differences are notices."""

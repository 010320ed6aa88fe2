"""What SMTPMax needs of others: the hub's tables and answers, a user's usage."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.hub.doors_table import DoorsTable
from mailmax.hub.visitors_table import VisitorsTable
from mailmax.store.mailboxes.port import Usage


class Tables(Protocol):
    """The pushed tables: `hub.tables.Tables`."""

    def find(self, key: str) -> UserRow | None:
        """Return whose address or alias that is."""

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return the user of that number."""

    def domain(self, name: str) -> DomainRow | None:
        """Return the domain of ours of that name or alias."""

    def setting(self, key: str) -> Any:
        """Return the value of a system setting."""

    @property
    def doors(self) -> DoorsTable:
        """Connections, filters, bans."""

    @property
    def visitors(self) -> VisitorsTable:
        """Who is kept out, who was lately at POP3 or IMAP."""


class Hub(Protocol):
    """DataMax: `hub.client.HubClient`, or a twin in tests."""

    @property
    def tables(self) -> Tables:
        """What is known without asking."""

    @property
    def may_serve(self) -> bool:
        """Tables are known, and the hub was not silent for too long."""

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


class UsageSource(Protocol):
    """Where a user's usage is read: `store.mailboxes.port.Store`."""

    def usage(self, user_id: Any, home: str) -> Usage:
        """Read a user's usage without a lock; zero when new."""

    def has_room(self, octets: int) -> bool:
        """Tell whether that much more could be filed (TRUST D13)."""

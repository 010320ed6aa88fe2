"""What SMTPMax needs of others: the hub's tables and answers, a user's usage."""

from typing import Any, Protocol

from mailmax.hub.cluster_table import ClusterTable
from mailmax.hub.contract.rows import DomainRow, RuleRow, UserRow
from mailmax.hub.doors_table import DoorsTable
from mailmax.hub.port import LoginHub, SettingTable
from mailmax.hub.visitors_table import VisitorsTable
from mailmax.store.mailboxes.values import Usage


class Tables(SettingTable, Protocol):
    """The pushed tables: `hub.tables.Tables`."""

    def find(self, key: str) -> UserRow | None:
        """Return whose address or alias that is."""

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return the user of that number."""

    def rules_for(self, user: UserRow) -> tuple[tuple[RuleRow, ...], ...]:
        """Return the rules of the system, of the domain and of the user."""

    def domain(self, name: str) -> DomainRow | None:
        """Return the domain of ours of that name or alias."""

    @property
    def domains(self) -> tuple[DomainRow, ...]:
        """Return all domains of ours."""

    @property
    def cluster(self) -> ClusterTable:
        """The other systems of the cluster."""

    @property
    def doors(self) -> DoorsTable:
        """Connections, filters, bans."""

    @property
    def visitors(self) -> VisitorsTable:
        """Who is kept out, who was lately at POP3 or IMAP."""


class Hub(LoginHub, Protocol):
    """DataMax: `hub.client.HubClient`, or a twin in tests."""

    @property
    def tables(self) -> Tables:
        """What is known without asking."""

    @property
    def may_serve(self) -> bool:
        """Tables are known, and the hub was not silent for too long."""


class UsageSource(Protocol):
    """Where a user's usage is read: `store.mailboxes.port.Store`."""

    def usage(self, user_id: Any, home: str) -> Usage:
        """Read a user's usage without a lock; zero when new."""

    def has_room(self, octets: int) -> bool:
        """Tell whether that much more could be filed (TRUST D13)."""

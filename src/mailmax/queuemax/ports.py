"""What QueueMax needs of DataMax: `hub.client.HubClient`, or a twin in tests."""

from collections.abc import Callable
from typing import Protocol

from mailmax.hub.cluster_table import ClusterTable
from mailmax.hub.contract.rows import DomainRow
from mailmax.hub.port import RelayingHub, SettingTable


class Tables(SettingTable, Protocol):
    """The pushed tables."""

    def domain(self, name: str) -> DomainRow | None:
        """Return the domain of ours of that name or alias."""

    def smart_host_password(self, owner: int) -> str:
        """Return the password for a domain's smart host (0: the system's), or none."""

    @property
    def cluster(self) -> ClusterTable:
        """The other systems of the cluster."""


class Hub(RelayingHub, Protocol):
    """Settings and questions."""

    @property
    def tables(self) -> Tables:
        """The tables as known now."""

    def on_tables(self, callback: Callable[[], None]) -> None:
        """Call back after each version of the tables."""

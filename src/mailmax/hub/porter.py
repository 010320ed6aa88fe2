"""The porter: says what holds for a client, from the filters that were pushed.

Theory:
    The lists are compiled when a version of the tables has changed them (`refresh`,
    called back with each version, before it is acknowledged), so a client waits for a
    few look-ups only. A pattern is read once and remembered.

Rules:
    A filter that cannot be read (a newer hub's) matches nobody.
    Programs of this computer keep the exemptions of trusted clients where
    ``trust_loopback`` is set, whatever filter matches them, unless it bans; they do
    not relay by that. So do the other systems of the cluster, but not at logins.

Manual: 4.8, 5.2, 5.4; DECISIONS 2, 9.
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from mailmax.hub.cluster_table import ClusterTable
from mailmax.hub.contract.rows import AccessRow
from mailmax.hub.doors_table import DoorsTable
from mailmax.policy.access import (
    PERMITTED,
    Access,
    FilterList,
    Pattern,
    combine,
    octets_of,
    read_pattern,
    with_home,
    with_member,
)

SYSTEM = 0
"""The binding whose filters hold for every connection."""


class Visitor(Protocol):
    """A client that is about to be greeted: `net.conversation.Conversation`."""

    @property
    def peer(self) -> str:
        """The client's IP address; empty on a Unix socket."""

    @property
    def binding_id(self) -> int:
        """The connection that it came by; `SYSTEM`: none."""


def binding_of(visitor: Visitor) -> int:
    """Say which connection a client came by."""
    return visitor.binding_id


def let_in(_visitor: Visitor) -> Access:
    """Permit everybody."""
    return PERMITTED


Meet = Callable[[Visitor], Access]
"""`Porter.meet`: what rooms ask before they greet."""


class Porter:
    """Knows the filters of the system and of every connection."""

    def __init__(
        self,
        doors: DoorsTable,
        cluster: ClusterTable | None = None,
        *,
        trust_loopback: bool = False,
    ) -> None:
        """Take the tables.

        Args:
            doors: Of `hub.tables.Tables`; the same object for ever.
            cluster: The same; None: clients are no systems of the cluster.
            trust_loopback: This computer's programs are trusted.
        """
        self._doors = doors
        self._cluster = cluster or ClusterTable()
        self._trust_loopback = trust_loopback
        self._lists: dict[int, FilterList] = {}
        self._seen = -1
        self.refresh()

    def refresh(self) -> None:
        """Compile what has changed."""
        if self._seen == self._doors.access_changes:
            return
        self._seen = self._doors.access_changes
        rows = sorted(self._doors.access.values(), key=lambda row: row.position)
        by_binding: dict[int, list[tuple[Pattern, Access]]] = {}
        for row in rows:
            pattern = read_pattern(row.pattern)
            if isinstance(pattern, Pattern):
                by_binding.setdefault(row.binding_id, []).append(
                    (pattern, _access_of(row))
                )
        self._lists = {
            binding: FilterList(filters) for binding, filters in by_binding.items()
        }

    def meet(self, visitor: Visitor) -> Access:
        """Say what holds for a client that has come."""
        return self.access_of(visitor.peer, binding_of(visitor))

    def is_exempt(self, peer: str, binding_id: int = SYSTEM) -> bool:
        """Tell whether a client is under no limit by address."""
        return self.access_of(peer, binding_id).is_spared

    def access_of(self, peer: str, binding_id: int = SYSTEM) -> Access:
        """Say what holds for an address.

        Args:
            peer: IP address; empty on a Unix socket.
            binding_id: The connection's; its own filters come first.
        """
        access = PERMITTED
        if self._lists:
            octets = octets_of(peer)
            own = None
            if binding_id != SYSTEM:
                own = self._match(binding_id, octets)
            access = combine(self._match(SYSTEM, octets), own)
        if self._trust_loopback and _is_here(peer) and not access.is_banned:
            access = with_home(access)
        if peer in self._cluster.senders and not access.is_banned:
            access = with_member(access)
        return access

    def _match(self, binding_id: int, octets: bytes) -> Access | None:
        found = self._lists.get(binding_id)
        return None if found is None else found.match(octets)


def _access_of(row: AccessRow) -> Access:
    return Access(row.kind, row.flags if row.kind == "custom" else 0)


@lru_cache(4_096)
def _is_here(peer: str) -> bool:
    """Tell whether a client is a program of this computer."""
    if not peer:
        return True  # a Unix socket: who may open it is decided by its mode
    return ipaddress.ip_address(peer.partition("%")[0]).is_loopback

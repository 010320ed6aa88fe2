"""What is asked about the members of a cluster, and what members ask each other.

Theory:
    A member's DataMax joins in the role `CLUSTER`, gives its name and its clustered
    domains, and is told which addresses there are here in those that both have: whole
    at first, then what changes, by `TableUpdate` and `Ack` as any service (`tables`).
    It may say nothing else.

Manual: 2.3.2, 6.1; DECISIONS 2.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Message, Request, Secret

CLUSTER = "cluster"
"""The role of another system's DataMax."""

# Members among each other


class Sharing(Message, frozen=True, array_like=True, tag=240):
    """The addresses were told, and go on being told."""

    system_name: str
    """What the system is called that tells them."""


class ShareAddresses(Request[Sharing | Denied], frozen=True, array_like=True, tag=241):
    """Tell me which addresses you have in these domains, from now on."""

    system_name: str
    """What the asker is called."""
    domains: tuple[str, ...]
    """The clustered domains of the asker, by all their names."""
    epoch: bytes = b""
    """What is held already, so that an unchanged table is not sent again."""
    version: int = 0


# Administrators


class ClusterMember(msgspec.Struct, frozen=True, array_like=True):
    """A member as an administrator sees it."""

    name: str
    datamax_address: str
    smtp_address: str
    is_in_sync: bool
    """What addresses it has is known."""
    is_joined: bool
    addresses: int
    domains: tuple[str, ...]
    """The clustered domains that both have, by their names there."""
    system_name: str = ""
    """What it calls itself; empty: it was not heard of since DataMax started."""
    heard_at: float = 0.0
    """Unix time when all it has was known last; 0: never."""
    trouble: str = ""
    """Why it is not joined."""


class ClusterPage(Message, frozen=True, array_like=True, tag=242):
    """Part of the list, by name."""

    rows: tuple[ClusterMember, ...]
    next: str = ""


class AddClusterMember(
    Request[Changed | Denied], frozen=True, array_like=True, tag=243
):
    """Another system that shares clustered domains with this one."""

    name: str
    datamax_address: str
    """``host:port`` of its DataMax."""
    smtp_address: str
    """Where mail for its users goes: a host, perhaps with a port."""
    password: Secret
    """Its host password."""


class ListClusterMembers(
    Request[ClusterPage | Denied], frozen=True, array_like=True, tag=244
):
    """The members after a name."""

    after: str = ""
    limit: int = PAGE_ROWS


class ChangeClusterMember(
    Request[Changed | Denied], frozen=True, array_like=True, tag=245
):
    """Change what is given; None leaves it as it is."""

    name: str
    new_name: str | None = None
    datamax_address: str | None = None
    smtp_address: str | None = None
    password: Secret | None = None


class RemoveClusterMember(
    Request[Changed | Denied], frozen=True, array_like=True, tag=246
):
    """It is no member any more."""

    name: str

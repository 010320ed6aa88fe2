"""Whose address is that?

Theory:
    In a domain of ours: the exact user or alias, then the user before a ``+``, then
    the postmaster that every domain must have, then the domain's catch-all. The bare
    ``postmaster`` is the default domain's. A domain of a passing kind takes every
    name; its mail goes on to another server. Anything else is somebody else's
    business (`policy.relay`).

    A clustered domain has users on other systems, too: who is nobody here is looked
    for among their addresses, before postmaster and catch-all. While one of them is
    silent nobody knows who is nobody (DECISIONS 2).

Rules:
    A local part is a name and nothing more: no ``%`` or ``!`` in it is a route, no
    quoted address in it is an address (TRUST B1, B5, B6).

Standards:
    RFC 5321 §4.5.1 (postmaster), RFC 5233 §4 (detail after ``+``).

Manual: 2.3.2, 6.1, 6.2, 7.2; DECISIONS 2, 13.
"""

from enum import Enum
from typing import Protocol, TypeVar

from mailmax.base.address import Address, lower_ascii, parse_address

FILED_KIND = "normal"
CLUSTERED_KIND = "clustered"
HOME_KINDS = frozenset({FILED_KIND, CLUSTERED_KIND})
"""Domains that have users here."""
PASSING_KINDS = frozenset({"etrn", "relay", "backup"})
HELD_KIND = "etrn"
"""Of them, the one whose mail leaves only when it is asked for."""
_POSTMASTER = "postmaster"
RowT_co = TypeVar("RowT_co", covariant=True)


class Domain(Protocol):
    """A domain of ours."""

    @property
    def kind(self) -> str:
        """Whether its mail stays here or is passed on."""

    @property
    def catch_all(self) -> int:
        """User who gets what is for nobody; 0 for none."""

    @property
    def suspended(self) -> tuple[str, ...]:
        """Services that are stopped for it."""


class Cluster(Protocol):
    """The other systems that share clustered domains with this one."""

    @property
    def is_in_sync(self) -> bool:
        """Tell whether the addresses of every one of them are known."""

    def find(self, local: str, domain: str) -> "NoUser | None":
        """Return what an address is there (lower case): `ON_MEMBER`, or `DISABLED`."""


class Book(Protocol[RowT_co]):
    """The address table."""

    @property
    def cluster(self) -> Cluster:
        """The addresses of clustered domains on other systems."""

    def user_by_id(self, user_id: int) -> RowT_co | None:
        """Return the user of that number."""

    def find(self, key: str) -> RowT_co | None:
        """Return whose address or alias that is."""

    def domain(self, name: str) -> Domain | None:
        """Return the domain of ours of that name or alias."""


class NoUser(Enum):
    """Why an address is no user's."""

    UNKNOWN = "in a domain of ours"
    ELSEWHERE = "in no domain of ours"
    PASSED_ON = "in a domain of ours whose mail is passed on"
    ON_MEMBER = "a user's on another system of the cluster"
    DISABLED = "a disabled user's there"
    UNSURE = "perhaps somebody's on a system of the cluster that is silent"


def resolve(
    book: Book[RowT_co], address: Address, default_domain: str, postmaster: str
) -> RowT_co | NoUser:
    """Find the user that an address belongs to.

    Args:
        book: Users, aliases, domains.
        address: Domain in canonical form; empty for the bare postmaster.
        default_domain: Stands in for an empty domain.
        postmaster: Address of whoever is postmaster where nobody is; may be empty.
    """
    domain = address.domain or default_domain
    ours = book.domain(domain)
    if ours is None:
        return NoUser.ELSEWHERE
    if ours.kind in PASSING_KINDS:
        return NoUser.PASSED_ON
    local = lower_ascii(address.local)
    row = find_named(book, local, domain)
    is_clustered = row is None and ours.kind == CLUSTERED_KIND
    there = book.cluster.find(local, domain) if is_clustered else None
    if there is not None:
        return there
    if row is None and local == _POSTMASTER and postmaster:
        row = book.find(lower_ascii(postmaster))
    if row is None and is_clustered and not book.cluster.is_in_sync:
        return NoUser.UNSURE
    if row is None and ours.catch_all:
        row = book.user_by_id(ours.catch_all)
    return NoUser.UNKNOWN if row is None else row


def address_of_postmaster(setting: str, default_domain: str) -> Address:
    """Return whom the system's postmaster is: by the setting, else by the name."""
    return parse_address(setting or f"{_POSTMASTER}@{default_domain}")


def find_named(book: Book[RowT_co], local: str, domain: str) -> RowT_co | None:
    """Find the user that an address names: the exact one, or the one before a ``+``.

    Args:
        book: Users and aliases.
        local: In lower case.
        domain: In canonical form.
    """
    row = book.find(f"{local}@{domain}")
    if row is not None:
        return row
    name, plus, _ = local.partition("+")
    return book.find(f"{name}@{domain}") if plus and name else None

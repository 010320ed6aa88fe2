"""Whose address is that?

Theory:
    In a domain of ours: the exact user or alias, then the user before a ``+``, then
    the postmaster that every domain must have, then the domain's catch-all. The bare
    ``postmaster`` is the default domain's. A domain of a passing kind takes every
    name; its mail goes on to another server. Anything else is somebody else's
    business (`policy.relay`).

Rules:
    A local part is a name and nothing more: no ``%`` or ``!`` in it is a route, no
    quoted address in it is an address (TRUST B1, B5, B6).

Standards:
    RFC 5321 §4.5.1 (postmaster), RFC 5233 §4 (detail after ``+``).

Manual: 6.2, 7.2; DECISIONS 13.
"""

from enum import Enum
from typing import Protocol, TypeVar

from mailmax.base.address import Address, lower_ascii, parse_address

FILED_KIND = "normal"
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


class Book(Protocol[RowT_co]):
    """The address table."""

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
    if row is None and local == _POSTMASTER and postmaster:
        row = book.find(lower_ascii(postmaster))
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

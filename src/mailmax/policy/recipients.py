"""Whose address is that?

Theory:
    In a domain of ours: the exact user or alias, then the user before a ``+``, then
    the postmaster that every domain must have. The bare ``postmaster`` is the default
    domain's. Anything else is somebody else's business (`policy.relay`).

Rules:
    A local part is a name and nothing more: no ``%`` or ``!`` in it is a route, no
    quoted address in it is an address (TRUST B1, B5, B6).

Standards:
    RFC 5321 §4.5.1 (postmaster), RFC 5233 §4 (detail after ``+``).

Manual: 6.2, 7.2; DECISIONS 13.
"""

from enum import Enum
from typing import Protocol, TypeVar

from mailmax.base.address import Address, lower_ascii

_POSTMASTER = "postmaster"
RowT_co = TypeVar("RowT_co", covariant=True)


class Book(Protocol[RowT_co]):
    """The address table."""

    def find(self, key: str) -> RowT_co | None:
        """Return whose address or alias that is."""

    def is_local_domain(self, domain: str) -> bool:
        """Tell whether that domain is ours."""


class NoUser(Enum):
    """Why an address is no user's."""

    UNKNOWN = "in a domain of ours"
    ELSEWHERE = "in no domain of ours"


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
    if not book.is_local_domain(domain):
        return NoUser.ELSEWHERE
    local = lower_ascii(address.local)
    row = book.find(f"{local}@{domain}")
    if row is not None:
        return row
    name, plus, _ = local.partition("+")
    if plus and name:
        row = book.find(f"{name}@{domain}")
    if row is None and local == _POSTMASTER and postmaster:
        row = book.find(lower_ascii(postmaster))
    return NoUser.UNKNOWN if row is None else row

"""What a look-up in the DNS answers, and the port of those who ask.

Theory:
    That a name does not exist, or has no such record, is an *answer*: no exception.
    That nobody answered is a `TemporaryFailure`: mail waits, it does not bounce.

Standards:
    RFC 1035 (names, records), RFC 2308 (negative answers), RFC 5321 §5.1 (why the
    difference matters).
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class MxRecord:
    """One mail exchanger; `host` is empty for the null MX (RFC 7505)."""

    preference: int
    host: str
    """Lower-case A-labels, without the final dot."""

    def __str__(self) -> str:
        """Return it as in a zone."""
        return f"{self.preference} {self.host or '.'}"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The records of one name and type, in the order of the reply."""

    records: tuple[T, ...] = ()
    exists: bool = True
    """False when the name does not exist at all (NXDOMAIN)."""
    authenticated: bool = False
    """The AD bit; worth something only from a name server that is trusted."""
    canonical: str = ""
    """The name at the end of the CNAME chain."""


class Resolver(Protocol):
    """Ask the DNS. Every method raises TemporaryFailure when nobody answers."""

    async def mx(self, name: str) -> Answer[MxRecord]:
        """Return the mail exchangers of a domain."""

    async def a(self, name: str) -> Answer[str]:
        """Return the IPv4 addresses of a host, as text."""

    async def aaaa(self, name: str) -> Answer[str]:
        """Return the IPv6 addresses of a host, as text."""

    async def ptr(self, address: str) -> Answer[str]:
        """Return the host names of an address."""

    async def txt(self, name: str) -> Answer[bytes]:
        """Return the texts of a name, the strings of each record joined."""

"""Who may do what: the one function that decides, and what it decides about.

Theory:
    A route declares a *scope* (``domains:read``) and whose the thing is (its *owner*).
    An API key is its holder, narrowed to scopes. What somebody may not see is
    missing, what is seen and may not be changed is forbidden.

Rules:
    Pure. Deny by default: what is not said here may not be.

Manual: 7.4; DECISIONS 25.
"""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody has signed in."""


@dataclass(frozen=True, slots=True)
class SystemAdministrator:
    """May everything."""

    address: str = ""
    """Empty: the holder of the host password."""
    scopes: tuple[str, ...] | None = None
    """Of an API key; None: signed in, not narrowed."""


@dataclass(frozen=True, slots=True)
class DomainAdministrator:
    """A user who administers some domains (manual 7.4)."""

    address: str
    domains: frozenset[str]
    scopes: tuple[str, ...] | None = None
    other_names: frozenset[str] = frozenset()
    """Of those domains: addresses there are theirs, too."""

    def has_address(self, address: str) -> bool:
        """Tell whether an address, of a user or another one, is in their domains."""
        domain = domain_of(address)
        return domain in self.domains or domain in self.other_names


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a mailbox, for the own settings."""

    address: str
    scopes: tuple[str, ...] | None = None


Principal = Anonymous | SystemAdministrator | DomainAdministrator | User


class Whose(Enum):
    """Owners without a name."""

    EVERYBODY = auto()
    """It is public."""
    SIGNED_IN = auto()
    """It is the own of whoever has signed in (session, preferences)."""
    SYSTEM = auto()
    """Of the whole system."""
    ADMINISTERED = auto()
    """A list; whoever answers shows only what the principal administers."""


@dataclass(frozen=True, slots=True)
class OfDomain:
    """A thing of a domain, its settings or its list of users."""

    domain: str
    is_open: bool = False
    """Its administrators may change it, too."""


@dataclass(frozen=True, slots=True)
class OfUser:
    """A thing of a user."""

    address: str
    is_own: bool = False
    """The user may see and change it, too."""


@dataclass(frozen=True, slots=True)
class OfAlias:
    """Another address of a user: a thing of the domain that it is in."""

    address: str


Owner = Whose | OfDomain | OfUser | OfAlias


class Refused(Enum):
    """Why not."""

    UNKNOWN = auto()
    """Sign in first."""
    MISSING = auto()
    """There is no such thing for this principal."""
    FORBIDDEN = auto()
    """It is seen, but not changed."""
    SCOPE = auto()
    """The API key was not made for that."""


class Allowed(Enum):
    """Yes."""

    YES = auto()


def decide(principal: Principal, scope: str, owner: Owner) -> Allowed | Refused:
    """Decide whether a principal may do that.

    Args:
        principal: Who asks.
        scope: ``RESOURCE:read`` or ``RESOURCE:write``.
        owner: Whose it is.
    """
    if owner is Whose.EVERYBODY:
        return Allowed.YES
    if isinstance(principal, Anonymous):
        return Refused.UNKNOWN
    if principal.scopes is not None and not covers(principal.scopes, scope):
        return Refused.SCOPE
    if owner is Whose.SIGNED_IN or isinstance(principal, SystemAdministrator):
        return Allowed.YES
    if isinstance(principal, DomainAdministrator):
        return _decide_administrator(principal, scope, owner)
    return _decide_own(principal.address, owner)


def covers(scopes: tuple[str, ...], scope: str) -> bool:
    """Tell whether a key's scopes hold that one: exactly, by resource, or all."""
    resource = scope.partition(":")[0]
    return any(one in {scope, f"{resource}:*", "*"} for one in scopes)


def _decide_administrator(
    principal: DomainAdministrator, scope: str, owner: Owner
) -> Allowed | Refused:
    match owner:
        case Whose.ADMINISTERED:
            return Allowed.YES
        case OfDomain(domain, is_open) if domain.lower() in principal.domains:
            may = is_open or scope.endswith(":read")
            return Allowed.YES if may else Refused.FORBIDDEN
        case OfUser(address) if domain_of(address) in principal.domains:
            return Allowed.YES
        case OfAlias(address) if principal.has_address(address):
            return Allowed.YES
        case _:
            return _decide_own(principal.address, owner)


def _decide_own(address: str, owner: Owner) -> Allowed | Refused:
    if isinstance(owner, OfUser) and owner.is_own and is_same(owner.address, address):
        return Allowed.YES
    return Refused.MISSING


def domain_of(address: str) -> str:
    """Return the domain of an address, in the form of the principal's domains."""
    return address.rpartition("@")[2].lower()


def is_same(one: str, other: str) -> bool:
    """Tell whether two addresses are the same user's (lower case is their form)."""
    return one.lower() == other.lower()

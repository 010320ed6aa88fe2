"""What DataMax keeps, as the checks need it.

Rules:
    Only users for whom something is set that a check looks at are here, and those
    whom something points to: there may be very many others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailmax.base.address import lower_ascii
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom an address belongs to."""

    address: str
    """The user's own."""
    kind: str = "normal"


@dataclass(frozen=True, slots=True)
class UserFact:
    """A user for whom something is set."""

    address: str
    kind: str = "normal"
    own: Mapping[str, Any] = field(default_factory=dict)
    """What is set for the user itself, but for the list of forwards."""
    forwards: tuple[str, ...] = ()
    is_administrator: bool = False
    has_password: bool = True


@dataclass(frozen=True, slots=True)
class DomainFact:
    """A domain."""

    name: str
    kind: str = "normal"
    own: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    catch_all: Owner | None = None
    monitor: Owner | None = None
    directory: str = ""
    """Where its mail is; below the node's mail directory unless absolute."""
    users: int = 0
    blank_users: int = 0
    """Those without a password."""


@dataclass(frozen=True, slots=True)
class BindingFact:
    """A listening address."""

    address: str
    default_domain: str = ""


@dataclass(frozen=True, slots=True)
class ListenerFact:
    """A service at a listening address."""

    address: str
    service: str
    port: int
    """As it is opened on the DataMax computer."""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class FilterFact:
    """An IP filter."""

    connection: str
    """Listening address; empty: of the system."""
    number: int
    """Its own, by which the commands take it; not its place."""
    pattern: str
    kind: str
    flags: int = 0

    @property
    def label(self) -> str:
        """How people are told of it."""
        of = f" of {self.connection}" if self.connection else ""
        return f"filter {self.number}{of} ({self.pattern})"


@dataclass(frozen=True, slots=True)
class BanFact:
    """A banned sender."""

    connection: str
    value: str


@dataclass(frozen=True, slots=True)
class MemberFact:
    """Another system of the cluster."""

    name: str
    system_name: str = ""
    """What it calls itself; empty: it was not heard of."""
    is_seen: bool = True
    """Its addresses were told since DataMax started."""
    is_in_sync: bool = True
    trouble: str = ""
    """Why it is not joined."""
    domains: tuple[str, ...] = ()
    """The clustered domains that both have, by all their names there."""


@dataclass(frozen=True, slots=True)
class HubFact:
    """The DataMax computer."""

    hostname: str = ""
    """What it calls itself."""
    trusts_loopback: bool = False
    listens_elsewhere: bool = False
    """Other computers can reach DataMax."""
    has_first_password: bool = False
    """The host password is the one of the set-up."""
    system_name: str = ""
    """What this system is called."""
    members: tuple[MemberFact, ...] = ()
    """The other systems of the cluster."""
    has_short_password: bool = False
    """The host password can be guessed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it."""

    own: Mapping[str, Any] = field(default_factory=dict)
    """What is set for the system."""
    domains: Sequence[DomainFact] = ()
    users: Sequence[UserFact] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    """Those of the addresses here that something points to, and that exist."""
    bindings: Sequence[BindingFact] = ()
    listeners: Sequence[ListenerFact] = ()
    filters: Sequence[FilterFact] = ()
    """List by list, each in its order."""
    bans: Sequence[BanFact] = ()
    lacking_apop: str = ""
    """Who lacks what APOP works with, in words; empty: nobody, or it is not asked."""
    hub: HubFact = field(default_factory=HubFact)
    _by_name: Mapping[str, DomainFact] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find domains by all their names; the own one goes first."""
        names = {alias: one for one in self.domains for alias in one.aliases}
        names |= {one.name: one for one in self.domains}
        object.__setattr__(self, "_by_name", names)

    def setting(self, key: str) -> Any:
        """Return the value of a setting of the system."""
        return resolve(key, Scope(SYSTEM_SETTINGS, self.own))

    def domain(self, name: str) -> DomainFact | None:
        """Return the domain of that name or alias."""
        return self._by_name.get(name)

    def is_here(self, address: str) -> bool:
        """Tell whether an address is in a domain whose users are here."""
        domain = self.domain(address.rpartition("@")[2])
        return domain is not None and domain.kind == "normal"

    def owner(self, address: str) -> Owner | None:
        """Return whom an address here belongs to; None: to nobody."""
        local, _, name = lower_ascii(address).rpartition("@")
        domain = self.domain(name)
        names = [name] if domain is None else [name, domain.name]
        for local_part in (local, local.partition("+")[0]):
            for one in names:
                owner = self.owners.get(f"{local_part}@{one}")
                if owner is not None:
                    return owner
        return None

    def open_services(self) -> frozenset[str]:
        """Return the services that are open somewhere."""
        return frozenset(one.service for one in self.listeners if one.is_open)

"""What administrators ask about domains and their other names.

Manual: 6.1, 6.3, 6.6.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import Changed, DeleteWay, Detail
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Message, Request
from mailmax.hub.contract.rows import DomainKind

DomainService = Literal["smtp", "pop3", "imap", "web"]
"""What can be stopped for a domain."""


class DomainView(msgspec.Struct, frozen=True, array_like=True):
    """A domain as an administrator sees it."""

    domain_id: int
    name: str
    users: int
    aliases: int
    """Addresses on the domain that are aliases of users."""
    kind: DomainKind = "normal"
    names: tuple[str, ...] = ()
    """Other names of the domain."""
    suspended: tuple[str, ...] = ()
    """Services that are stopped for it."""
    directory: str = ""
    """Of its mail, below the mail root or absolute."""
    max_users: int = 0
    """0: as many as you like."""
    box_limit_octets: int = 0
    """Of a user who has none; 0: no limit."""
    used_octets: int | None = None
    """What the mail of its users comes to, of those who are known; None: of none."""


DOMAIN_COLUMNS = (
    "name",
    "kind",
    "directory",
    "max_users",
    "box_limit_octets",
    "users",
    "aliases",
    "used_octets",
)
"""What domains are sorted by; the first is their own order."""


class DomainPage(Message, frozen=True, array_like=True, tag=41):
    """Part of the list."""

    rows: tuple[DomainView, ...]
    next: str = ""
    total: int | None = None


class AddDomain(Request[Changed | Denied], frozen=True, array_like=True, tag=42):
    """A new local domain."""

    name: str
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Settings as a person types them (`settings.domain`)."""


class ListDomains(Request[DomainPage | Denied], frozen=True, array_like=True, tag=43):
    """Some domains; what is searched are their names, own and other."""

    choice: Choice = Choice()
    kinds: tuple[DomainKind, ...] = ()
    """Only these; none named: all."""
    suspended: dict[DomainService, bool] = msgspec.field(default_factory=dict)
    """Only those for which the service is stopped, or is not; not named: either."""


OTHER_NAMES = "names"
USERS = "users"
ALIASES = "aliases"
"""Keys beside those of the settings, in the answer to `ShowDomain`."""


class ShowDomain(Request[Detail | Denied], frozen=True, array_like=True, tag=46):
    """Everything about one domain."""

    name: str


class ChangeDomain(Request[Changed | Denied], frozen=True, array_like=True, tag=47):
    """Set values; as a person types them, an empty text takes the own value away."""

    name: str
    values: dict[str, str]


class AddDomainAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=48):
    """Another name of a domain (manual 6.3)."""

    name: str
    domain: str


class DeleteDomainAlias(
    Request[Changed | Denied], frozen=True, array_like=True, tag=49
):
    """That name is no domain here any more."""

    name: str


class DeleteDomain(Request[Changed | Denied], frozen=True, array_like=True, tag=44):
    """From the database, with users and aliases (manual 6.6)."""

    name: str
    with_users: bool = False
    """Without it a domain that has users is refused (they are counted)."""
    way: DeleteWay = "database"
    confirmed: bool = False
    """Without it what others point to is refused (they are listed)."""

"""What administrators ask of DataMax: the contract of the CLI and later of the pages.

Theory:
    Every change is answered by `Changed` when each connected service has acknowledged
    the version of the tables that holds it, or after one second with the names of
    those that have not (DESIGN 2). Every list comes in pages of at most `PAGE_ROWS`:
    a page's `next` is the `after` of the one that follows, empty at the end. What the
    queue is asked stands in `hub.queue`.

Rules:
    A refusal is a `Denied` with field, reason and cure.

Manual: 4.1, 6.1, 6.6, 7.1, 7.6, 7.7, 2.2, 2.3.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract import (
    Denied,
    DomainKind,
    Message,
    Request,
    Secret,
    UserKind,
)

PAGE_ROWS = 1_000
"""The longest page of a list."""


class Changed(Message, frozen=True, array_like=True, tag=40):
    """It is durable and acts; `waiting_for` names the services that lag."""

    item_id: int = 0
    version: int = 0
    waiting_for: tuple[str, ...] = ()
    note: str = ""


DeleteWay = Literal["database", "archive", "remove"]
"""What becomes of the files: they stay, are put away by date, or are removed."""


# Values of any scope


class ValueView(msgspec.Struct, frozen=True, array_like=True):
    """One setting of a domain, a user or a binding."""

    key: str
    value: str
    """JSON: what holds."""
    is_own: bool
    """It was set there; else it is inherited, or the default."""


class Detail(Message, frozen=True, array_like=True, tag=45):
    """All settings of one thing, in the order of the manual."""

    name: str
    rows: tuple[ValueView, ...]


# Domains


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


class DomainPage(Message, frozen=True, array_like=True, tag=41):
    """Part of the list, by name."""

    rows: tuple[DomainView, ...]
    next: str = ""


class AddDomain(Request[Changed | Denied], frozen=True, array_like=True, tag=42):
    """A new local domain."""

    name: str
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Settings as a person types them (`settings.domain`)."""


class ListDomains(Request[DomainPage | Denied], frozen=True, array_like=True, tag=43):
    """The domains after a name."""

    after: str = ""
    limit: int = PAGE_ROWS


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


# Users


class UserView(msgspec.Struct, frozen=True, array_like=True):
    """A user as an administrator sees it."""

    user_id: int
    address: str
    first_name: str
    last_name: str
    kind: UserKind
    box_limit_octets: int
    message_limit_octets: int
    home: str
    has_apop_secret: bool = False


class UserPage(Message, frozen=True, array_like=True, tag=50):
    """Part of the list, by address."""

    rows: tuple[UserView, ...]
    next: str = ""


class AddUser(Request[Changed | Denied], frozen=True, array_like=True, tag=51):
    """A new user; the password may be a hash (``{SCHEME}…`` or ``$…``)."""

    address: str
    password: Secret
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Settings as a person types them (`settings.user`)."""
    blank: bool = False
    """An empty password is meant so (GEN-6); else it is refused."""


class ListUsers(Request[UserPage | Denied], frozen=True, array_like=True, tag=52):
    """The users after an address; all domains, or one."""

    domain: str = ""
    after: str = ""
    limit: int = PAGE_ROWS


class DeleteUser(Request[Changed | Denied], frozen=True, array_like=True, tag=53):
    """From the database, with aliases (manual 7.7)."""

    address: str
    way: DeleteWay = "database"
    confirmed: bool = False
    """Without it a user that others point to is refused (they are listed)."""


class RenameUser(Request[Changed | Denied], frozen=True, array_like=True, tag=64):
    """Another name in the same domain; mail and password stay (USR-12)."""

    address: str
    new_address: str
    keep_old: bool = False
    """The old address becomes an alias."""


class SetPassword(Request[Changed | Denied], frozen=True, array_like=True, tag=54):
    """A new password; every open session of the user ends within a minute."""

    address: str
    password: Secret
    blank: bool = False
    """An empty password is meant so (GEN-6); else it is refused."""


class SetApopSecret(Request[Changed | Denied], frozen=True, array_like=True, tag=55):
    """A separate secret for APOP, kept encrypted (DECISIONS 16); empty removes it."""

    address: str
    secret: Secret


class ShowUser(Request[Detail | Denied], frozen=True, array_like=True, tag=56):
    """Everything about one user but the password."""

    address: str


class ChangeUser(Request[Changed | Denied], frozen=True, array_like=True, tag=59):
    """Set values; as a person types them, an empty text takes the own value away."""

    address: str
    values: dict[str, str]


class ChangeForward(Request[Changed | Denied], frozen=True, array_like=True, tag=65):
    """One address more in a user's list of forwards, or one less (manual 7.2)."""

    address: str
    target: str
    is_wanted: bool


class ImportRow(msgspec.Struct, frozen=True, array_like=True):
    """One line of a file of users."""

    address: str
    password: Secret
    first_name: str = ""
    last_name: str = ""


class ImportUsers(Request["Imported | Denied"], frozen=True, array_like=True, tag=57):
    """Many users at once; lines that cannot be taken are named, the rest is taken."""

    rows: tuple[ImportRow, ...]
    """At most 2,000; a longer file is sent in parts."""
    last: bool = True
    """Wait for the services' acknowledgements after this part."""


class ImportRefused(msgspec.Struct, frozen=True, array_like=True):
    """A line that was not taken."""

    number: int
    """Index in `ImportUsers.rows`."""
    why: Denied


class Imported(Message, frozen=True, array_like=True, tag=58):
    """What became of the lines."""

    added: int
    refused: tuple[ImportRefused, ...] = ()
    version: int = 0
    waiting_for: tuple[str, ...] = ()


# Aliases


class AliasView(msgspec.Struct, frozen=True, array_like=True):
    """An alias as an administrator sees it."""

    address: str
    user: str


class AliasPage(Message, frozen=True, array_like=True, tag=60):
    """Part of the list, by address."""

    rows: tuple[AliasView, ...]
    next: str = ""


class AddAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=61):
    """Another address for a user."""

    address: str
    user: str


class ListAliases(Request[AliasPage | Denied], frozen=True, array_like=True, tag=62):
    """The aliases after an address; all users, or one."""

    user: str = ""
    after: str = ""
    limit: int = PAGE_ROWS


class DeleteAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=63):
    """That address is nobody's any more."""

    address: str


# Settings


class SettingView(msgspec.Struct, frozen=True, array_like=True):
    """A setting as an administrator sees it."""

    key: str
    value: str
    """JSON."""
    is_default: bool


class SettingList(Message, frozen=True, array_like=True, tag=70):
    """All, in the order of the manual, or the one that was asked."""

    rows: tuple[SettingView, ...]


class GetSettings(Request[SettingList | Denied], frozen=True, array_like=True, tag=71):
    """All settings, or one."""

    key: str = ""


class SetSetting(Request[Changed | Denied], frozen=True, array_like=True, tag=72):
    """Change one; `value` is what a person types. Empty text restores the default."""

    key: str
    value: str


class SetHostPassword(
    Request["HostPasswordSet | Denied"], frozen=True, array_like=True, tag=73
):
    """A new host password (HUB-4); running services learn it and join again."""

    password: Secret


class HostPasswordSet(Message, frozen=True, array_like=True, tag=74):
    """Done; `untold` names services that must be given it by hand."""

    told: tuple[str, ...]
    untold: tuple[str, ...] = ()


# Who is here


class ServiceView(msgspec.Struct, frozen=True, array_like=True):
    """A running service."""

    role: str
    node: str
    software: str
    since: float
    """Unix time."""
    ready: bool
    sessions: int
    acknowledged: int
    """Version of the tables it acts by; 0 when it has none."""
    pid: int = 0
    stalls: int = 0
    """How often its event loop stood still for more than 100 ms, since it started."""


class Status(Message, frozen=True, array_like=True, tag=80):
    """The state of the hub and who is here."""

    software: str
    since: float
    epoch: bytes
    version: int
    domains: int
    users: int
    services: tuple[ServiceView, ...]
    database: str
    """Kind and place, without credentials."""


class AskStatus(Request[Status | Denied], frozen=True, array_like=True, tag=81):
    """How is the hub, and who is here?"""


class SessionView(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who is connected."""

    role: str
    node: str
    service: str
    peer: str
    address: str
    since: float


class SessionPage(Message, frozen=True, array_like=True, tag=82):
    """Part of the list, the oldest first."""

    rows: tuple[SessionView, ...]
    total: int
    next: str = ""


class ListSessions(Request[SessionPage | Denied], frozen=True, array_like=True, tag=83):
    """Who is connected (HUB-3)?"""

    after: str = ""
    limit: int = PAGE_ROWS

"""The rows of the pushed tables (`tables`), as services hold them."""

from typing import Literal

import msgspec

from mailmax.hub.contract.message import Secret

DomainKind = Literal["normal", "clustered", "etrn", "relay", "backup"]
UserKind = Literal["normal", "disabled", "trap"]


class DomainRow(msgspec.Struct, frozen=True, array_like=True):
    """A domain that mail is taken for here; limits already resolved."""

    domain_id: int
    name: str
    """Lower-case A-labels."""
    kind: DomainKind = "normal"
    """Only normal and clustered ones have users; the others are passed on. A clustered
    one has users on other systems, too."""
    aliases: tuple[str, ...] = ()
    """Other names of the domain, in the same form."""
    suspended: tuple[str, ...] = ()
    """Services that are stopped for it: smtp, pop3, imap, web."""
    catch_all: int = 0
    """User who gets what is for nobody; 0: it is refused."""
    monitor: int = 0
    """User who gets a copy of all mail of the domain; 0: nobody."""
    delivery_address: str = ""
    """Where a relay or ETRN domain's mail goes."""
    priority: int = 0
    """Of a backup domain, where DNS does not say."""
    session_octets: int | None = None
    """What a user may send in one session; 0: no limit, None: the system's."""
    session_messages: int | None = None
    """The same in messages."""
    over_limit_notice: str = ""
    """Percent, megabytes, none; empty: the system's."""
    over_limit_threshold: int = 0
    """0: the system's."""
    smart_host_on: bool | None = None
    """Of its users' mail to other systems; None: as the system's."""
    smart_host: str = ""
    """Empty: the system's."""
    smart_host_tls: str = "opportunistic"
    smart_host_user: str = ""
    recipient_check: bool = False
    """Of a backup or relay domain: its server is asked at RCPT (DECISIONS 19)."""
    virus_check: bool = True
    """Mail that is passed on is looked at for viruses, where the system does."""


FORWARDS = 1
"""The user's forwards are on: there is a `ForwardRow`."""
REPLIES = 2
"""The user's automatic reply is on: there is a `ReplyRow`."""
SENDS_WITHOUT_LOGIN = 4
"""The user is known by address alone where policy lets that count (DECISIONS 10)."""
HAS_DAILY_LIMIT = 8
"""What the user sends is counted at the hub."""
MOVING = 16
"""The user's mail is on its way to another directory: nothing is filed now."""


UNCHECKED = 32
"""Mail to and from the user is not looked at for viruses."""


class UserRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A user as SMTPMax and the filer need it; limits already resolved."""

    user_id: int
    address: str
    """``local@domain`` in lower case."""
    home: str
    """The user's directory, below the mail root or absolute; it changes only when
    the domain's directory does (`MOVING`)."""
    kind: UserKind = "normal"
    box_limit_octets: int = 0
    """0: no limit."""
    message_limit_octets: int = 0
    """0: the system's."""
    flags: int = 0
    """`FORWARDS` and the others, added up."""
    version: int = 0
    """Grows when something changes that is asked for by id."""

    @property
    def is_disabled(self) -> bool:
        """No mail, no login."""
        return self.kind == "disabled"


class AliasRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another address of a user."""

    address: str
    user_id: int


class DayRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a user may send in a day, and what was sent (USR-3)."""

    most_messages: int
    """0: no limit."""
    most_octets: int
    """0: no limit."""
    day: int = 0
    """Of what was sent: `datetime.date.toordinal`."""
    messages: int = 0
    octets: int = 0


class ForwardRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a user's mail goes as well, and what may leave the system in a day.

    The list acts while the user has the flag `FORWARDS`. The row is there for who has
    that or `HAS_DAILY_LIMIT`: rules forward as well.
    """

    user_id: int
    addresses: tuple[str, ...]
    """Full ones, here or elsewhere; may be empty."""
    keeps_copy: bool = True
    """Or instead, where every forward can be made (DECISIONS 31)."""
    day: DayRow | None = None
    """What may leave the system in a day; None: anything."""


class ReplyRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a user answers by itself; gone with the flag `REPLIES` of the user."""

    user_id: int
    from_address: str
    """Empty: the user's own address."""
    real_name: str
    subject: str
    """Empty: that of what is answered."""
    text: str
    """Lines that end in LF."""
    every_days: int
    """How long a sender who was answered is not answered again."""


class RuleRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rule that is on; those of the system are nobody's (manual 8)."""

    rule_id: int
    domain_id: int
    """Whose users' mail it judges; 0: not one domain's."""
    user_id: int
    """Whose mail it judges; 0: not one user's."""
    position: int
    """The lowest is asked first, of one domain, of one user."""
    name: str
    definition: bytes
    """JSON: what it asks for and what it does (`policy.rules`)."""


class MemberRow(msgspec.Struct, frozen=True, array_like=True):
    """Another system of the cluster (DECISIONS 2)."""

    member_id: int
    name: str
    smtp_address: str
    """Where mail for its users goes: a host, perhaps with a port."""
    is_in_sync: bool
    """What addresses it has is known: it was heard of within the DataMax timeout."""
    domains: tuple[tuple[str, ...], ...] = ()
    """Clustered domains that both have, by their names there, the own name first."""
    addresses: tuple[str, ...] = ()
    """IP addresses that its mail comes from."""


class SharedRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An address that a member of the cluster has, of a user or an alias."""

    member_id: int
    address: str
    is_disabled: bool = False


class BindingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An address of this system that services listen on (manual 5.1)."""

    binding_id: int
    address: str
    """IPv4 or IPv6; ``*`` is any."""
    display_name: str = ""
    """What services greet with; empty: the host name."""
    default_domain: str = ""
    """For bare login names; empty: the system's."""
    bans_trap_senders: bool = False
    """Who writes to a trap through this binding is banned (BAN-3)."""


class ListenerRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One service on one port of a binding (manual 5.5)."""

    listener_id: int
    binding_id: int
    service: str
    """A `settings.local.ServiceName`."""
    port: int
    """0: the system's default for that service."""
    low_water: int
    """Open sessions at which accepting goes on again."""
    high_water: int
    """Open sessions at which accepting pauses."""
    step: int
    """Clients that are accepted in one turn."""
    is_open: bool = True


class AccessRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One IP filter; the first that matches decides (manual 5.4)."""

    rule_id: int
    binding_id: int
    """0: of the whole system."""
    position: int
    pattern: str
    kind: Literal["permitted", "trusted", "banned", "custom"]
    flags: int = 0
    """Of a custom one (`policy.access`)."""


class BanRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A sender whose mail is refused (manual 4.9, 5.3)."""

    ban_id: int
    binding_id: int
    """0: of the whole system."""
    value: str
    """An address, a domain, or ``*.domain`` for those below it; lower case."""
    expires_at: float = 0.0
    """Unix time; 0: never."""


class BlockRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An address that is kept out for a while (manual 4.3, tarpitting)."""

    address: str
    """IPv4, or a /64 of IPv6 (`policy.tarpit.key_of`)."""
    left_s: float


class WindowRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A user was lately at POP3 or IMAP from there (manual 4.3)."""

    address: str
    """The very address."""
    user_id: int
    left_s: float


class SmartHostSecretRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The password of a smart host: for QueueMax alone."""

    owner: int
    """Number of the domain; 0: the system."""
    password: Secret
    """Empty: none."""


class SettingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A system setting by the key of its `settings.Field`, value as JSON; no secret."""

    key: str
    value: str

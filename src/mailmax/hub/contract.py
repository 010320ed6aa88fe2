"""What is said between DataMax and everyone else.

Theory:
    A *request* is answered once, by the answer type it names or by `Denied`; a
    *notice* is not. All are tagged, array-like structs: new fields go at the end with
    a default; anything else raises `VERSION`, and a hub refuses another version in
    plain words. What administrators ask stands in `hub.admin`; octets in `hub.codec`.

    **Joining.** `Hello` and `Challenge` carry a random number each way; `Proof` and
    `Welcome` show with an HMAC over both numbers (and the certificate, over TLS) that
    both sides know the host password, which is never sent (`hub.handshake`).

    **Tables are pushed** (DESIGN 2): a service names its topics, gets the whole
    tables once, in pieces, then the differences, and acknowledges each version after
    it acts. A table has an epoch; a new one (restored database) means the whole table
    again.

Rules:
    Passwords travel in `Secret`, which shows nothing of itself. Everything else may
    be traced.

Manual: 1.1.1, 2.2, 4.1.
"""

from typing import Generic, Literal, TypeVar

import msgspec

VERSION = 2

Topic = Literal[
    "settings", "domains", "addresses", "bindings", "bans", "visitors", "forwarding"
]
"""`addresses` is users and aliases: only SMTPMax and the filer hold them.
`forwarding` is forwards and automatic replies: only the filer holds them."""

LOGIN_TOPICS: frozenset[Topic] = frozenset({"settings", "domains", "bindings"})
ALL_TOPICS: frozenset[Topic] = frozenset(
    {"settings", "domains", "addresses", "bindings", "bans", "visitors"}
)
FILER_TOPICS: frozenset[Topic] = (ALL_TOPICS - {"visitors"}) | {"forwarding"}

MOST_COMPARED = 1_000
"""Logins in one `CompareLogins`; who has more open asks several at once."""

AnswerT_co = TypeVar("AnswerT_co", covariant=True)


class Message(msgspec.Struct, frozen=True, array_like=True):
    """Anything that is said."""


class Request(Message, Generic[AnswerT_co], frozen=True, array_like=True):
    """Something that is answered once, by an `AnswerT_co`."""


class Secret(msgspec.Struct, frozen=True, array_like=True):
    """Text that no repr, log or traceback shows."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


# Answers that several requests share


class Done(Message, frozen=True, array_like=True, tag=1):
    """Carried out, nothing to tell."""


class Denied(Message, frozen=True, array_like=True, tag=2):
    """Not carried out, and why: the field, the reason and the cure, in plain words."""

    kind: Literal[
        "bad_value", "not_found", "conflict", "not_allowed", "wrong_password", "later"
    ]
    """`later` becomes a `TemporaryFailure` at the client."""
    field: str
    reason: str
    cure: str = ""

    def __str__(self) -> str:
        words = f"{self.field}: {self.reason}" if self.field else self.reason
        return f"{words}; {self.cure}" if self.cure else words


# Joining


class Hello(Message, frozen=True, array_like=True, tag=3):
    """The first thing a client says."""

    version: int
    role: str
    """smtpmax, filer…; ``admin`` for a command or page of an administrator."""
    node: str
    software: str
    """Version of the program."""
    nonce: bytes
    pid: int = 0


class Challenge(Message, frozen=True, array_like=True, tag=4):
    """The hub's random number."""

    version: int
    nonce: bytes


class Proof(Message, frozen=True, array_like=True, tag=5):
    """The client knows the host password."""

    mac: bytes


class Welcome(Message, frozen=True, array_like=True, tag=6):
    """The hub knows it too; the client is a member now."""

    mac: bytes
    service_id: int
    timeout_s: float
    """DataMax timeout: how long either side may be silent (manual 4.1)."""


class HostPasswordChanged(Message, frozen=True, array_like=True, tag=7):
    """Hub to services: keep this one and join again (HUB-4)."""

    password: Secret


class PasswordLearned(Message, frozen=True, array_like=True, tag=9):
    """Service to hub: I keep the new one and am about to join again."""


# Presence


class Presence(Request[Done], frozen=True, array_like=True, tag=8):
    """I am here: said on joining, on change, and before the time-out runs out."""

    ready: bool
    sessions: int = 0
    stalls: int = 0
    """How often its event loop stood still (`observe.stalls`)."""


class SessionOpened(Message, frozen=True, array_like=True, tag=14):
    """Notice of a room: somebody is connected. Said again after joining again."""

    session: int
    """Any number, unique in that process."""
    service: str
    """smtp, pop3, imap, lmtp."""
    peer: str
    address: str = ""
    """Who logged in, once known: told by a second `SessionOpened`."""
    since: float = 0.0
    """Unix time; 0: now."""


class SessionClosed(Message, frozen=True, array_like=True, tag=15):
    """Notice of a room: that one is gone."""

    session: int


# Tables


DomainKind = Literal["normal", "clustered", "etrn", "relay", "backup"]
UserKind = Literal["normal", "disabled", "trap"]


class DomainRow(msgspec.Struct, frozen=True, array_like=True):
    """A domain that mail is taken for here; limits already resolved."""

    domain_id: int
    name: str
    """Lower-case A-labels."""
    kind: DomainKind = "normal"
    """Only normal and clustered ones have users; the others are passed on."""
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


class ForwardRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a user's mail goes as well; gone with the flag `FORWARDS` of the user."""

    user_id: int
    addresses: tuple[str, ...]
    """Full ones, here or elsewhere; may be empty."""
    keeps_copy: bool = True
    """Or instead, where every forward can be made (DECISIONS 31)."""


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


class SettingRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A system setting by the key of its `settings.Field`, value as JSON."""

    key: str
    value: str


class Subscribe(Request[Done], frozen=True, array_like=True, tag=16):
    """Send me these tables from now on."""

    topics: frozenset[Topic]
    epoch: bytes = b""
    """What is held already, so that an unchanged table is not sent again."""
    version: int = 0


class TableUpdate(Message, frozen=True, array_like=True, tag=17):
    """Hub to services: rows that are new or changed, and keys that are gone."""

    epoch: bytes
    version: int
    whole: bool
    """Forget what was known: these are the tables from their beginning."""
    last: bool = True
    """The version is complete with this piece."""
    settings: tuple[SettingRow, ...] = ()
    domains: tuple[DomainRow, ...] = ()
    users: tuple[UserRow, ...] = ()
    aliases: tuple[AliasRow, ...] = ()
    gone_domains: tuple[int, ...] = ()
    gone_users: tuple[int, ...] = ()
    gone_aliases: tuple[str, ...] = ()
    bindings: tuple[BindingRow, ...] = ()
    listeners: tuple[ListenerRow, ...] = ()
    access: tuple[AccessRow, ...] = ()
    bans: tuple[BanRow, ...] = ()
    gone_bindings: tuple[int, ...] = ()
    gone_listeners: tuple[int, ...] = ()
    gone_access: tuple[int, ...] = ()
    gone_bans: tuple[int, ...] = ()
    blocks: tuple[BlockRow, ...] = ()
    windows: tuple[WindowRow, ...] = ()
    gone_blocks: tuple[str, ...] = ()
    gone_windows: tuple[tuple[str, int], ...] = ()
    forwards: tuple[ForwardRow, ...] = ()
    replies: tuple[ReplyRow, ...] = ()


class Ack(Message, frozen=True, array_like=True, tag=18):
    """Service to hub: I act by this version."""

    epoch: bytes
    version: int


# Logins


class LoginAccepted(Message, frozen=True, array_like=True, tag=12):
    """Yes; and who that is."""

    user_id: int
    address: str
    home: str
    credential_version: int = 0
    box_limit_octets: int = 0
    """What the user's mail may come to; 0 is no limit."""
    flags: int = 0
    """Of the user's row."""


class LoginRefused(Message, frozen=True, array_like=True, tag=13):
    """No; `reason` is the name of a `base.result.Reason`.

    One reason (AUTHENTICATION_FAILED) for every cause that a stranger could learn
    something from.
    """

    reason: str = "AUTHENTICATION_FAILED"
    retry_after_s: float = 0.0
    """How long the service should wait before it answers."""


class VerifyLogin(
    Request[LoginAccepted | LoginRefused], frozen=True, array_like=True, tag=10
):
    """Is this the right password? (PLAIN, LOGIN, USER/PASS, IMAP LOGIN)."""

    login_name: str
    """In any of the four forms; bare names use `default_domain`."""
    password: Secret
    service: str
    """smtp, pop3 or imap."""
    peer: str
    encrypted: bool
    default_domain: str = ""
    is_exempt: bool = False
    """The service found the peer trusted: wrong tries cost it no delay."""


class VerifyApop(
    Request[LoginAccepted | LoginRefused], frozen=True, array_like=True, tag=11
):
    """Is this the right APOP digest? (RFC 1939 §7)."""

    login_name: str
    challenge: str
    digest: str
    peer: str
    encrypted: bool
    default_domain: str = ""
    is_exempt: bool = False
    """The service found the peer trusted: wrong tries cost it no delay."""


# Sending


class SendingRefused(Message, frozen=True, array_like=True, tag=24):
    """The user has sent all that may be sent today."""


class CountSending(
    Request[Done | SendingRefused], frozen=True, array_like=True, tag=25
):
    """A user with a daily limit sends one message: count it, or say no (USR-3)."""

    user_id: int
    octets: int


# Notices from the hub


CREDENTIALS_S = 60.0
"""How long a session may live on under older credentials (TRUST G9)."""
BEAT_S = 15.0
"""How often a service asks what it was not told."""
ENDING_S = CREDENTIALS_S - BEAT_S
"""How long such a session may finish the command it is at, once the service knows."""


class CredentialChanged(Message, frozen=True, array_like=True, tag=20):
    """Sessions of this user under an older version end within 60 s (TRUST G9)."""

    user_id: int
    credential_version: int


# Logins that are open


class CompareLogins(
    Request["ChangedLogins | Denied"], frozen=True, array_like=True, tag=21
):
    """Which of my open sessions were let in under credentials that hold no more?

    For changes that a service was not told of: its link was down.
    """

    held: tuple[tuple[int, int], ...]
    """User id and credential version; at most `MOST_COMPARED`."""


class ChangedLogins(Message, frozen=True, array_like=True, tag=22):
    """These users' sessions end, as if it had been told when it happened."""

    rows: tuple[CredentialChanged, ...] = ()

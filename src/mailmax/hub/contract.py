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

Topic = Literal["settings", "domains", "addresses"]
"""`addresses` is users and aliases: only SMTPMax and the filer hold them."""

LOGIN_TOPICS: frozenset[Topic] = frozenset({"settings", "domains"})
ALL_TOPICS: frozenset[Topic] = frozenset({"settings", "domains", "addresses"})

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


class DomainRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A domain that is local here."""

    domain_id: int
    name: str
    """Lower-case A-labels."""


class UserRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A user as SMTPMax and the filer need it; limits already resolved."""

    user_id: int
    address: str
    """``local@domain`` in lower case."""
    home: str
    """The user's directory, below the mail root or absolute; never changes."""
    enabled: bool = True
    box_limit_octets: int = 0
    """0: no limit."""
    message_limit_octets: int = 0
    """0: the system's."""


class AliasRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another address of a user."""

    address: str
    user_id: int


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
    gone_domains: tuple[str, ...] = ()
    gone_users: tuple[int, ...] = ()
    gone_aliases: tuple[str, ...] = ()


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

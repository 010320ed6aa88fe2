"""What is said between DataMax and everyone else.

Theory:
    A *request* is answered once (by its answer type or by `Denied`); a *notice* is
    not. All are tagged, array-like structs: new fields go at the end with a default;
    anything else raises `VERSION`, and a hub refuses another version in plain words.

    Tables are pushed (DESIGN 2): a worker subscribes, gets the whole table once, then
    the differences, and acknowledges each version. A table has an epoch; a new epoch
    (restored database) means the whole table again.

Rules:
    Passwords travel in `Secret`, which shows nothing of itself. Everything else may
    be traced.
"""

import msgspec

VERSION = 1


class Secret(msgspec.Struct, frozen=True, array_like=True):
    """Text that no repr, log or traceback shows."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


# Tables


class DomainRow(msgspec.Struct, frozen=True, array_like=True):
    """A domain that is local here."""

    domain_id: int
    name: str
    """Lower-case A-labels."""


class UserRow(msgspec.Struct, frozen=True, array_like=True):
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


class AliasRow(msgspec.Struct, frozen=True, array_like=True):
    """Another address of a user."""

    address: str
    user_id: int


class SettingRow(msgspec.Struct, frozen=True, array_like=True):
    """A system setting by the key of its `settings.Field`, value as JSON."""

    key: str
    value: str


# Logins


class VerifyLogin(msgspec.Struct, frozen=True, array_like=True, tag=10):
    """Is this the right password? (PLAIN, LOGIN, USER/PASS, IMAP LOGIN)."""

    login_name: str
    """In any of the four forms; bare names use `default_domain`."""
    password: Secret
    service: str
    """smtp, pop3 or imap."""
    peer: str
    encrypted: bool
    default_domain: str = ""


class VerifyApop(msgspec.Struct, frozen=True, array_like=True, tag=11):
    """Is this the right APOP digest? (RFC 1939 §7)."""

    login_name: str
    challenge: str
    digest: str
    peer: str
    encrypted: bool
    default_domain: str = ""


class LoginAccepted(msgspec.Struct, frozen=True, array_like=True, tag=12):
    """Yes; and who that is."""

    user_id: int
    address: str
    home: str
    credential_version: int = 0


class LoginRefused(msgspec.Struct, frozen=True, array_like=True, tag=13):
    """No; `reason` is the name of a `base.result.Reason`.

    One reason (AUTHENTICATION_FAILED) for every cause that a stranger could learn
    something from.
    """

    reason: str = "AUTHENTICATION_FAILED"
    retry_after_s: float = 0.0
    """How long the service should wait before it answers."""


# Notices from the hub


class CredentialChanged(msgspec.Struct, frozen=True, array_like=True, tag=20):
    """Sessions of this user under an older version end within 60 s (TRUST G9)."""

    user_id: int
    credential_version: int

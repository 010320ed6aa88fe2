"""Logins: who somebody is, and for how long that holds.

Theory:
    A service asks once, at login. When the user's credentials change it is told, or
    finds out with its beat, which of its sessions end (TRUST G9).

Manual: 4.1, 4.3.
"""

from mailmax.hub.contract.message import Denied, Message, Request, Secret

CREDENTIALS_S = 60.0
"""How long a session may live on under older credentials (TRUST G9)."""
BEAT_S = 15.0
"""How often a service asks what it was not told."""
ENDING_S = CREDENTIALS_S - BEAT_S
"""How long such a session may finish the command it is at, once the service knows."""
MOST_COMPARED = 1_000
"""Logins in one `CompareLogins`; who has more open asks several at once."""


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


class CredentialChanged(Message, frozen=True, array_like=True, tag=20):
    """Sessions of this user under an older version end within 60 s (TRUST G9)."""

    user_id: int
    credential_version: int


class ChangedLogins(Message, frozen=True, array_like=True, tag=22):
    """These users' sessions end, as if it had been told when it happened."""

    rows: tuple[CredentialChanged, ...] = ()


class CompareLogins(
    Request[ChangedLogins | Denied], frozen=True, array_like=True, tag=21
):
    """Which of my open sessions were let in under credentials that hold no more?

    For changes that a service was not told of: its link was down.
    """

    held: tuple[tuple[int, int], ...]
    """User id and credential version; at most `MOST_COMPARED`."""

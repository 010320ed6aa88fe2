"""What the web asks for those who sign in: sessions, keys, links, codes, preferences.

Theory:
    The hub keeps who may come and until when; the web keeps nothing. Whoever signs in
    gets a *token*, 256 random bits; of it the hub keeps a hash. With each request the
    web asks `WhoIs`, or remembers the answer for `REMEMBER_S` at most, and less when
    `PrincipalsChanged` says so. A changing request goes in `codec.OnBehalf`, which
    names the session or key (never a user): the hub looks up who that is, so a session
    that has ended changes nothing any more, whatever the web remembers.

Rules:
    All but what administrators may ask too is heard from who joined as `WEBADMIN`
    alone. Tokens, codes and secrets travel in `Secret`.

Limits:
    A session ends 8 h after its last request and 30 days after it was opened; a link
    after 10 minutes; 100 keys of one owner; a preference has 16 KiB, an owner 64.

Standards: RFC 6238, RFC 4226.

Manual: 7.4.
"""

from typing import Final

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.logins import LoginRefused
from mailmax.hub.contract.message import Denied, Done, Message, Request, Secret

WEBADMIN: Final = "webadmin"
"""The role of who shows pages and answers the REST API."""
KEY_PREFIX: Final = "mmx_"
"""An API key begins so; a session's token does not."""
REMEMBER_S: Final = 15.0
"""How long the web may act by an answer to `WhoIs` without asking again."""
SYSTEM_ID: Final = 0
"""The owner that is no user: the holder of the host password."""


class Actor(msgspec.Struct, frozen=True, array_like=True):
    """Who acts by the web: exactly one of the two numbers is given."""

    session_id: int = 0
    key_id: int = 0
    peer: str = ""
    """IP address of the browser or program."""


class Principal(Message, frozen=True, array_like=True, tag=350):
    """Who that is, and what follows from it."""

    session_id: int
    """0: an API key."""
    key_id: int
    user_id: int
    """`SYSTEM_ID`: no user; `is_system` holds."""
    name: str
    """The user's address, or "host password"; of a key of the system, the same."""
    is_system: bool
    domains: tuple[str, ...]
    """Which the user administers; empty where `is_system`."""
    scopes: tuple[str, ...] = ()
    """Of a key: what it is narrowed to; empty: to nothing (a session has none)."""
    ends_at: float = 0.0
    """Unix time, of whichever end comes first; 0: never (a key)."""
    has_totp: bool = False
    key_name: str = ""
    opened_at: float = 0.0
    other_names: tuple[str, ...] = ()
    """Of those domains."""


class Nobody(Message, frozen=True, array_like=True, tag=351):
    """No such session or key, or not any more."""


class WhoIs(Request[Principal | Nobody], frozen=True, array_like=True, tag=352):
    """Whose token is that? Counts as a sign of life of the session."""

    token: Secret
    """Of a session, or a key with its `KEY_PREFIX`."""
    peer: str = ""


class PrincipalsChanged(Message, frozen=True, array_like=True, tag=353):
    """Hub to web: forget what `WhoIs` said of these; nothing named: of all."""

    session_ids: tuple[int, ...] = ()
    key_ids: tuple[int, ...] = ()


# Signing in


class WebSessionOpened(Message, frozen=True, array_like=True, tag=354):
    """Welcome; the token is told this once."""

    token: Secret
    principal: Principal
    recovery_codes_left: int = -1
    """Of a user with a second factor; -1: without."""


class SecondFactorWanted(Message, frozen=True, array_like=True, tag=355):
    """The password is right; ask for the code and send everything again."""


class OpenWebSession(
    Request[WebSessionOpened | SecondFactorWanted | LoginRefused],
    frozen=True,
    array_like=True,
    tag=356,
):
    """Sign somebody in. A wrong code is refused, and delayed, like a wrong password."""

    login_name: str
    password: Secret
    peer: str
    encrypted: bool
    code: Secret = Secret("")
    """Of the authenticator, or a recovery code; empty: not asked for yet."""
    user_agent: str = ""
    default_domain: str = ""


class EndWebSession(Request[Done], frozen=True, array_like=True, tag=357):
    """Sign out: the session of this token ends."""

    token: Secret


class SignInLink(Message, frozen=True, array_like=True, tag=358):
    """It opens one session of the system within ten minutes."""

    token: Secret
    ends_at: float


class MakeSignInLink(
    Request[SignInLink | Denied], frozen=True, array_like=True, tag=359
):
    """Let the holder of the host password in (who joined as administrator alone)."""


class RedeemSignInLink(
    Request[WebSessionOpened | LoginRefused], frozen=True, array_like=True, tag=360
):
    """Use a link, once."""

    token: Secret
    peer: str
    user_agent: str = ""


class WebState(Message, frozen=True, array_like=True, tag=361):
    """What a page must know before anybody signs in; nothing that is a secret."""

    has_administrator: bool
    """Some user who can sign in administers the system."""
    has_domains: bool


class AskWebState(Request[WebState], frozen=True, array_like=True, tag=362):
    """Is this an empty system?"""


# Sessions, listed and ended


class WebSessionRow(msgspec.Struct, frozen=True, array_like=True):
    """An open session."""

    session_id: int
    user_id: int
    name: str
    """Address, or "host password"."""
    opened_at: float
    seen_at: float
    """To the minute."""
    ends_at: float
    peer: str
    """Where it was opened."""
    user_agent: str


class WebSessionPage(Message, frozen=True, array_like=True, tag=363):
    """The newest first."""

    rows: tuple[WebSessionRow, ...]
    next: str = ""


class ListWebSessions(
    Request[WebSessionPage | Denied], frozen=True, array_like=True, tag=364
):
    """Who is signed in?"""

    address: str = ""
    """Of this user alone; empty: of all, and of the system."""
    after: str = ""
    limit: int = PAGE_ROWS


class EndWebSessions(Request[Changed | Denied], frozen=True, array_like=True, tag=365):
    """End one session, or all of a user's but one."""

    session_id: int = 0
    """This one. 0: all of `address`."""
    address: str = ""
    """Where `session_id` is given as well: it must be this user's."""
    keep_session_id: int = 0


# API keys


class ApiKeyRow(msgspec.Struct, frozen=True, array_like=True):
    """A key, without what is secret of it."""

    key_id: int
    name: str
    owner: str
    """Address; empty: the system."""
    scopes: tuple[str, ...]
    made_at: float
    ends_at: float
    """0: never."""
    used_at: float
    """To the minute; 0: not yet."""


class ApiKeyPage(Message, frozen=True, array_like=True, tag=366):
    """In the order of their making."""

    rows: tuple[ApiKeyRow, ...]
    next: str = ""


class ListApiKeys(Request[ApiKeyPage | Denied], frozen=True, array_like=True, tag=367):
    """Which keys are there?"""

    owner: str = ""
    """Of this user alone; empty: of all, and of the system."""
    after: str = ""
    limit: int = PAGE_ROWS


class ApiKeyAdded(Message, frozen=True, array_like=True, tag=368):
    """The key is told this once."""

    key_id: int
    key: Secret


class AddApiKey(Request[ApiKeyAdded | Denied], frozen=True, array_like=True, tag=369):
    """Make a key: it may what its owner may, narrowed to its scopes."""

    name: str
    scopes: tuple[str, ...]
    """Such as "domains:read", "queue:*", "*": at least one."""
    owner: str = ""
    """Address; empty: the system."""
    ends_at: float = 0.0
    """0: never."""


class RemoveApiKey(Request[Changed | Denied], frozen=True, array_like=True, tag=370):
    """It opens nothing any more."""

    key_id: int
    owner: str = ""
    """Where given, the key must be this user's."""


# The second factor


class TotpBegun(Message, frozen=True, array_like=True, tag=371):
    """Show this; nothing holds before `ConfirmTotp`."""

    secret: Secret
    """Base32."""
    uri: Secret
    """otpauth://totp/…, for a picture or a link."""


class BeginTotp(Request[TotpBegun | Denied], frozen=True, array_like=True, tag=372):
    """A session's user wants a second factor."""

    actor: Actor


class RecoveryCodes(Message, frozen=True, array_like=True, tag=373):
    """Told this once; each opens one session in place of a code."""

    codes: tuple[Secret, ...]


class ConfirmTotp(
    Request[RecoveryCodes | Denied], frozen=True, array_like=True, tag=374
):
    """The authenticator shows this: from now on it is asked for."""

    actor: Actor
    code: Secret


class RenewRecoveryCodes(
    Request[RecoveryCodes | Denied], frozen=True, array_like=True, tag=375
):
    """New ones, and the old ones hold no more."""

    actor: Actor
    code: Secret


class EndOwnTotp(Request[Done | Denied], frozen=True, array_like=True, tag=376):
    """A session's user wants none any more."""

    actor: Actor
    code: Secret
    """Of the authenticator, or a recovery code."""


class EndTotp(Request[Changed | Denied], frozen=True, array_like=True, tag=377):
    """Somebody has lost the authenticator: the password alone lets in again."""

    address: str


# Preferences


class Preference(msgspec.Struct, frozen=True, array_like=True):
    """Something small that an owner wants to find again."""

    key: str
    """Letters, digits, `.`, `-` and `_`."""
    value: str
    """JSON."""


class Preferences(Message, frozen=True, array_like=True, tag=378):
    """All of one owner."""

    rows: tuple[Preference, ...]


class AskPreferences(
    Request[Preferences | Denied], frozen=True, array_like=True, tag=379
):
    """What does a session's user want to find again?"""

    actor: Actor


class PutPreference(Request[Done | Denied], frozen=True, array_like=True, tag=380):
    """Keep it, for a session's user."""

    actor: Actor
    key: str
    value: str
    """JSON; empty: forget it."""

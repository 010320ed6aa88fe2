"""What a client asks: the events of the server machine.

Theory:
    Each event is one thing for the room to do. `Hello`, `LoginAttempt`, `StartTls`,
    `MailFrom`, `RcptTo`, `ContentStarted` and `ContentEnded` owe an answer: until the
    room gives it the machine is paused. `Content`, `ContentSpoiled` and `Reset` owe
    none. `Slow` asks the room to wait a while before `go_on`.

    A message arrives as `ContentStarted`, any number of `Content`, and one of
    `ContentEnded` and `ContentSpoiled`; DATA and BDAT look the same.

Standards:
    RFC 5321 §4.1.1, RFC 3030 (BDAT), RFC 3207, RFC 4954, RFC 2033 (LMTP),
    RFC 1985 (ETRN).
"""

import msgspec

from mailmax.base.address import Address
from mailmax.wire.sasl.exchange import Credentials


class Hello(msgspec.Struct, frozen=True):
    """HELO, EHLO or LHLO; an open transaction is over (RFC 5321 §4.1.4)."""

    name: str
    """As the client calls itself: a domain, a literal, or what it thinks is one."""
    extended: bool


class StartTls(msgspec.Struct, frozen=True):
    """STARTTLS; answered by `accept_tls`, then the driver upgrades."""


class LoginAttempt(msgspec.Struct, frozen=True):
    """AUTH came to its end: are these right?"""

    credentials: Credentials


class Asked(msgspec.Struct, frozen=True):
    """What MAIL asks of all who pass the message on; `parameters` reads it."""

    envelope_id: str = ""
    """ENVID, decoded (RFC 3461 §4.4)."""
    returns: str = ""
    """FULL, HDRS or empty (RFC 3461 §4.3)."""
    hold_for_s: int = 0
    """HOLDFOR; 0: not said (RFC 4865)."""
    hold_until_s: int = 0
    """HOLDUNTIL, as Unix time; 0: not said."""
    by_s: int = 0
    """From now on; may be negative with the mode N (RFC 2852)."""
    by_mode: str = ""
    """N or R, with T: trace; empty: BY was not said."""
    priority: int = 0
    """From -9 to 9 (RFC 6710)."""
    require_tls: bool = False
    """REQUIRETLS (RFC 8689)."""


class MailFrom(msgspec.Struct, frozen=True):
    """MAIL: a transaction begins."""

    reverse_path: Address | None
    """None is the null reverse-path."""
    size: int = 0
    """SIZE=, 0 when it was not given (RFC 1870)."""
    body_type: str = "8BITMIME"
    smtputf8: bool = False
    asked: Asked | None = None
    """None: nothing of that was said."""


class RcptTo(msgspec.Struct, frozen=True):
    """RCPT: one more recipient; a domain is empty for the bare postmaster."""

    forward_path: Address
    notify: str = ""
    """NOTIFY in upper case; empty: not said (RFC 3461 §4.1)."""
    original: str = ""
    """ORCPT, decoded: ``type;address`` (RFC 3461 §4.2)."""


class ContentStarted(msgspec.Struct, frozen=True):
    """DATA, or the first BDAT; answered by `accept_content` or a refusal."""


class Content(msgspec.Struct, frozen=True):
    """Octets of the message, dots taken off."""

    octets: bytes


class ContentEnded(msgspec.Struct, frozen=True):
    """The message is whole; answered by `reply`, in LMTP by `reply_each`."""


class ContentSpoiled(msgspec.Struct, frozen=True):
    """The message was refused by the machine: let go of what came of it."""


class Reset(msgspec.Struct, frozen=True):
    """RSET: the transaction is over."""


class Verify(msgspec.Struct, frozen=True):
    """VRFY; answered by `answer_query`."""

    text: str
    """An address or a name, as it was said."""


class Etrn(msgspec.Struct, frozen=True):
    """ETRN: send what is held; answered by `answer_query` (RFC 1985)."""

    domain: str
    """In canonical form."""
    with_subdomains: bool


class Slow(msgspec.Struct, frozen=True):
    """The client makes many mistakes: wait, then `go_on`."""


Event = (
    Hello
    | StartTls
    | LoginAttempt
    | MailFrom
    | RcptTo
    | ContentStarted
    | Content
    | ContentEnded
    | ContentSpoiled
    | Reset
    | Verify
    | Etrn
    | Slow
)

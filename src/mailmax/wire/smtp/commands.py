"""What a client asks: the events of the server machine.

Theory:
    Each event is one thing for the room to do. `Hello`, `LoginAttempt`, `StartTls`,
    `MailFrom`, `RcptTo`, `ContentStarted` and `ContentEnded` owe an answer: until the
    room gives it the machine is paused. `Content`, `ContentSpoiled` and `Reset` owe
    none. `Slow` asks the room to wait a while before `go_on`.

    A message arrives as `ContentStarted`, any number of `Content`, and one of
    `ContentEnded` and `ContentSpoiled`; DATA and BDAT look the same.

Standards:
    RFC 5321 §4.1.1, RFC 3030 (BDAT), RFC 3207, RFC 4954, RFC 2033 (LMTP).
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


class MailFrom(msgspec.Struct, frozen=True):
    """MAIL: a transaction begins."""

    reverse_path: Address | None
    """None is the null reverse-path."""
    size: int = 0
    """SIZE=, 0 when it was not given (RFC 1870)."""
    body_type: str = "8BITMIME"
    smtputf8: bool = False


class RcptTo(msgspec.Struct, frozen=True):
    """RCPT: one more recipient; a domain is empty for the bare postmaster."""

    forward_path: Address


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
    | Slow
)

"""What a client may ask, as values; each is legal in the state it was said in.

Standards:
    RFC 1939 §5-§7, RFC 2595 §4.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """PASS after USER, or the end of an AUTH exchange."""

    login_name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Apop:
    """APOP: a digest over the banner's challenge and a shared secret."""

    login_name: str
    challenge: str
    digest: str = field(repr=False)
    """32 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class StartTls:
    """STLS."""


@dataclass(frozen=True, slots=True)
class Stat:
    """STAT."""


@dataclass(frozen=True, slots=True)
class List:
    """LIST, of one message or (None) of all."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Uidl:
    """UIDL, of one message or (None) of all."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Retrieve:
    """RETR."""

    number: int


@dataclass(frozen=True, slots=True)
class Top:
    """TOP: the header and that many lines of the body."""

    number: int
    lines: int


@dataclass(frozen=True, slots=True)
class Delete:
    """DELE."""

    number: int


@dataclass(frozen=True, slots=True)
class Reset:
    """RSET."""


@dataclass(frozen=True, slots=True)
class Quit:
    """QUIT in the TRANSACTION state: delete what is marked, then part."""


Command = (
    Login | Apop | StartTls | Stat | List | Uidl | Retrieve | Top | Delete | Reset
    | Quit
)  # fmt: skip

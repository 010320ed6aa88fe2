r"""The questions that SEARCH can put, as a tree of few kinds.

Theory:
    The many key words of RFC 3501 §6.4.4 come down to these: UNSEEN is ``\Seen``
    absent, NEW is RECENT and UNSEEN, BEFORE, ON and SINCE are ranges of days, FROM,
    SUBJECT and HEADER name a field. The parser bounds the depth of the tree, so who
    walks it may recurse.
"""

from dataclasses import dataclass

from mailmax.wire.imap.types.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Everything:
    """ALL."""


@dataclass(frozen=True, slots=True)
class HasFlag:
    """A system flag is there, or is not."""

    bit: int
    present: bool


@dataclass(frozen=True, slots=True)
class HasKeyword:
    """A keyword is there, or is not."""

    keyword: str
    present: bool


@dataclass(frozen=True, slots=True)
class IsRecent:
    r"""\Recent is there, or is not."""

    present: bool


@dataclass(frozen=True, slots=True)
class SizeIs:
    """LARGER or SMALLER than so many octets."""

    larger: bool
    octets: int


@dataclass(frozen=True, slots=True)
class DayIs:
    """A day in [first, end): INTERNALDATE's, or the Date field's."""

    sent: bool
    first: int | None
    """Days since 1970; None: open."""
    end: int | None


@dataclass(frozen=True, slots=True)
class HeaderHas:
    """A header field contains a text (empty: is there at all)."""

    field: bytes
    """Lower case."""
    needle: str


@dataclass(frozen=True, slots=True)
class TextHas:
    """The body, or header and body, contain a text."""

    needle: str
    header_too: bool


@dataclass(frozen=True, slots=True)
class InSet:
    """By number or UID."""

    messages: SequenceSet
    by_uid: bool


@dataclass(frozen=True, slots=True)
class ModSeqFrom:
    """The mod-sequence is at least this (RFC 7162 §3.1.5)."""

    modseq: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    key: "SearchKey"


@dataclass(frozen=True, slots=True)
class Or:
    """One of two."""

    one: "SearchKey"
    other: "SearchKey"


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    keys: tuple["SearchKey", ...]


SearchKey = (
    Everything
    | HasFlag
    | HasKeyword
    | IsRecent
    | SizeIs
    | DayIs
    | HeaderHas
    | TextHas
    | InSet
    | ModSeqFrom
    | Not
    | Or
    | And
)

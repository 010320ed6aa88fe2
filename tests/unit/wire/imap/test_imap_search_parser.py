"""SEARCH's grammar (RFC 3501 §6.4.4, RFC 4731, RFC 7162)."""

import datetime as dt

import pytest

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.commands.search import DEEPEST, parse, parse_uid
from mailmax.wire.imap.types.malformed import Malformed
from mailmax.wire.imap.types.search_keys import (
    And,
    DayIs,
    Everything,
    HasFlag,
    HasKeyword,
    HeaderHas,
    InSet,
    IsRecent,
    ModSeqFrom,
    Not,
    Or,
    SearchKey,
    SizeIs,
    TextHas,
)
from mailmax.wire.imap.types.sequence import SequenceSet


def key(text: bytes) -> SearchKey:
    return parse(Cursor(b" " + text)).key


FEB_1 = (dt.date(1994, 2, 1) - dt.date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"ALL", Everything()),
        (b"seen", HasFlag(1, present=True)),
        (b"UNDRAFT", HasFlag(16, present=False)),
        (b"NEW", And((IsRecent(present=True), HasFlag(1, present=False)))),
        (b"OLD", IsRecent(present=False)),
        (b"KEYWORD $Junk", HasKeyword("$Junk", present=True)),
        (b"UNKEYWORD x", HasKeyword("x", present=False)),
        (b"LARGER 100", SizeIs(larger=True, octets=100)),
        (b"SINCE 1-Feb-1994", DayIs(sent=False, first=FEB_1, end=None)),
        (b'BEFORE "01-feb-1994"', DayIs(sent=False, first=None, end=FEB_1)),
        (b"SENTON 1-Feb-1994", DayIs(sent=True, first=FEB_1, end=FEB_1 + 1)),
        (b'FROM "Smith"', HeaderHas(b"from", "smith")),
        (b'HEADER X-Foo ""', HeaderHas(b"x-foo", "")),
        (b"SUBJECT {4+}\r\n\xc3\x84b\xc3", None),
        (b"SUBJECT {3+}\r\n\xc3\x84b", HeaderHas(b"subject", "äb")),
        (b"BODY x", TextHas("x", header_too=False)),
        (b"TEXT x", TextHas("x", header_too=True)),
        (b"1:3,5", InSet(SequenceSet(((1, 3), (5, 5))), by_uid=False)),
        (b"*", InSet(SequenceSet((), 0xFFFFFFFF), by_uid=False)),
        (b"UID 7", InSet(SequenceSet(((7, 7),)), by_uid=True)),
        (b"MODSEQ 620162338", ModSeqFrom(620162338)),
        (b'MODSEQ "/flags/\\\\draft" all 620162338', ModSeqFrom(620162338)),
        (b"NOT NOT ALL", Not(Not(Everything()))),
        (b"OR ALL NOT ALL", Or(Everything(), Not(Everything()))),
        (b"(ALL)", Everything()),
        (
            b"OR (SEEN ALL) OR DRAFT ALL NEW",
            And(
                (
                    Or(
                        And((HasFlag(1, present=True), Everything())),
                        Or(HasFlag(16, present=True), Everything()),
                    ),
                    And((IsRecent(present=True), HasFlag(1, present=False))),
                )
            ),
        ),
    ],
)
def test_keys_are_read(text: bytes, expected: SearchKey | None) -> None:
    if expected is None:
        with pytest.raises(Malformed):
            key(text)
    else:
        assert expected == key(text)


def test_the_example_of_the_rfc() -> None:
    """RFC 3501 §6.4.4."""
    found = key(b'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"')

    assert found == And(
        (
            HasFlag(4, present=True),
            DayIs(sent=False, first=FEB_1, end=None),
            Not(HeaderHas(b"from", "smith")),
        )
    )


def test_results_are_read() -> None:
    """RFC 4731 §3.1: no option at all means ALL."""
    assert parse(Cursor(b" RETURN (MIN count) ALL")).results == {b"MIN", b"COUNT"}
    assert parse_uid(Cursor(b" return () CHARSET UTF-8 ALL")).results == {b"ALL"}
    assert parse(Cursor(b" CHARSET us-ascii ALL")).results is None


@pytest.mark.parametrize(
    "text",
    [
        b"", b"NOT", b"NOT ", b"OR ALL", b"OR ALL ", b"(", b"()", b"(ALL", b"ALL)",
        b"ALL  SEEN", b"FOO", b"KEYWORD", b"LARGER -1", b"LARGER 4294967296",
        b"SINCE 32-Jan-2020", b"SINCE 1-1-2020", b'SINCE "1-Jan-2020', b"HEADER x",
        b"RETURN (FOO) ALL", b"RETURN (MIN ALL", b"UID x", b"0", b"CHARSET UTF-8",
        b"MODSEQ x", b'MODSEQ "/flags/x" foo 1',
    ],
)  # fmt: skip
def test_what_is_misspelt_is_bad(text: bytes) -> None:
    with pytest.raises(Malformed):
        key(text)


@pytest.mark.parametrize("opening", [b"NOT ", b"OR ALL ", b"("])
def test_keys_nest_fifty_deep_and_no_deeper(opening: bytes) -> None:
    """TRUST E4: at the limit, and one beyond; ten thousand cost nothing."""
    closing = b")" if opening == b"(" else b""
    allowed = DEEPEST - 1

    key(opening * allowed + b"ALL" + closing * allowed)

    for depth in (allowed + 1, 10_000):
        with pytest.raises(Malformed):
            key(opening * depth + b"ALL" + closing * depth)

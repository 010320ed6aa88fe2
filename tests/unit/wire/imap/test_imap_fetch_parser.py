"""FETCH's grammar (RFC 3501 §6.4.5)."""

import pytest

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.commands.fetch import Fetch, parse, parse_uid
from mailmax.wire.imap.types.fetch_items import Attribute, BodySection, Section
from mailmax.wire.imap.types.malformed import Malformed
from mailmax.wire.imap.types.sequence import SequenceSet


def items(text: bytes) -> tuple[object, ...]:
    return parse(Cursor(b" 1 " + text)).items


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"FLAGS", (Attribute.FLAGS,)),
        (b"(FLAGS flags UID)", (Attribute.FLAGS, Attribute.UID)),
        (
            b"FAST",
            (Attribute.FLAGS, Attribute.INTERNALDATE, Attribute.RFC822_SIZE),
        ),
        (b"BODY", (Attribute.BODY,)),
        (b"BODYSTRUCTURE", (Attribute.BODYSTRUCTURE,)),
        (b"BODY[]", (BodySection(Section(), b"BODY[]"),)),
        (
            b"BODY.PEEK[HEADER]",
            (BodySection(Section((), "HEADER"), b"BODY[HEADER]", peek=True),),
        ),
        (
            b"BODY[4.2.2.1]<0.2048>",
            (
                BodySection(
                    Section((4, 2, 2, 1)), b"BODY[4.2.2.1]<0>", offset=0, length=2048
                ),
            ),
        ),
        (b"BODY[1.MIME]", (BodySection(Section((1,), "MIME"), b"BODY[1.MIME]"),)),
        (b"BODY[1.text]", (BodySection(Section((1,), "TEXT"), b"BODY[1.TEXT]"),)),
        (
            b'(BODY[HEADER.FIELDS (DATE "From" x)])',
            (
                BodySection(
                    Section((), "HEADER.FIELDS", (b"DATE", b"From", b"x")),
                    b"BODY[HEADER.FIELDS (DATE From x)]",
                ),
            ),
        ),
        (
            b"BODY[2.HEADER.FIELDS.NOT (A)]",
            (
                BodySection(
                    Section((2,), "HEADER.FIELDS.NOT", (b"A",)),
                    b"BODY[2.HEADER.FIELDS.NOT (A)]",
                ),
            ),
        ),
        (b"RFC822", (BodySection(Section(), b"RFC822"),)),
        (
            b"RFC822.HEADER",
            (BodySection(Section((), "HEADER"), b"RFC822.HEADER", peek=True),),
        ),
        (b"RFC822.TEXT", (BodySection(Section((), "TEXT"), b"RFC822.TEXT"),)),
    ],
)
def test_items_are_read(text: bytes, expected: tuple[object, ...]) -> None:
    assert expected == items(text)


def test_all_has_the_envelope_and_full_the_body() -> None:
    assert items(b"ALL")[-1] is Attribute.ENVELOPE
    assert items(b"full")[-1] is Attribute.BODY


def test_uid_fetch_always_sends_the_uid() -> None:
    assert parse_uid(Cursor(b" 1:* FLAGS")) == Fetch(
        SequenceSet((), 1), (Attribute.FLAGS, Attribute.UID), by_uid=True
    )


def test_changedsince_implies_modseq() -> None:
    """RFC 7162 §3.1.4.1."""
    command = parse(Cursor(b" 1:* (FLAGS) (CHANGEDSINCE 12345)"))

    assert command.changed_since == 12345
    assert command.items == (Attribute.FLAGS, Attribute.MODSEQ)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"()", b"(FLAGS", b"FOO", b"(ALL)", b"BODY[", b"BODY[0]", b"BODY[1.0]",
        b"BODY[MIME]", b"BODY[HEADER.FIELDS]", b"BODY[HEADER.FIELDS ()]", b"BODY[FOO]",
        b"BODY[1.FOO]", b"BODY[1.]", b"BODY[.1]", b"BODY[]<1>", b"BODY[]<1.0>",
        b"BODY[]<4294967296.1>", b"BODY[" + b"1." * 1000 + b"1]", b"BODY[12345678901]",
        b"RFC822.PEEK", b"FLAGS (CHANGEDSINCE)", b"FLAGS (VANISHED)", b"FLAGS UID",
    ],
)  # fmt: skip
def test_what_is_misspelt_is_bad(text: bytes) -> None:
    with pytest.raises(Malformed):
        items(text)


def test_an_extreme_partial_is_read() -> None:
    """TRUST E11."""
    (item,) = items(b"BODY[]<4294967295.4294967295>")

    assert item == BodySection(
        Section(), b"BODY[]<4294967295>", offset=4294967295, length=4294967295
    )


def test_ten_thousand_field_names_are_read() -> None:
    names = b" ".join(b"x%d" % number for number in range(10_000))

    (item,) = items(b"BODY.PEEK[HEADER.FIELDS (%b)]" % names)

    assert isinstance(item, BodySection)
    assert len(item.section.fields) == 10_000

"""What a scanner is shown of a message, and a message without its infected parts."""

from hypothesis import given
from hypothesis import strategies as st

from fix_clamd import EICAR, with_attachment
from mailmax.message import scannable
from mailmax.message.cleaning import cleaned, marked
from mailmax.message.part import scan


def shown(octets: bytes, files="all", depth=20) -> list[bytes]:
    return [piece.octets for piece in scannable.pieces(scan(octets), files, depth)]


def nested(levels: int, inner: bytes) -> bytes:
    for level in range(levels):
        edge = b"=_%d" % level
        inner = (
            b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n'
            % (edge, edge)
            + inner
            + b"\r\n--%b--\r\n" % edge
        )
    return inner


def test_parts_are_shown_without_their_encoding() -> None:
    assert shown(with_attachment()) == [b"hello", EICAR]


def test_programs_are_known_by_name_or_beginning() -> None:
    picture = with_attachment(body=b"GIF89a" + b"x" * 9_000)
    assert len(shown(picture, "executables")) == 1  # it is called eicar.com
    picture = picture.replace(b"eicar.com", b"eicar.gif")
    assert shown(picture, "executables") == []
    assert [len(one) for one in shown(picture, "beginnings")] == [5, 8 * 1024]
    assert len(shown(picture.replace(b"R0lG", b"TVpH"), "executables")) == 1


def test_what_lies_too_deep_is_not_shown_and_is_said() -> None:
    deep = nested(6, with_attachment())
    assert EICAR in shown(deep, depth=7)
    assert EICAR not in shown(deep, depth=6)
    assert scannable.blind_spot(scan(deep), 7) == ""
    assert "6 levels" in scannable.blind_spot(scan(deep), 6)
    assert scannable.is_odd(scan(deep))


def test_odd_mail_is_known() -> None:
    assert not scannable.is_odd(scan(with_attachment()))
    twice = with_attachment().replace(b"MIME-V", b"Content-Type: text/plain\r\nMIME-V")
    assert scannable.is_odd(scan(twice))
    padded = with_attachment().replace(b"WDVP", b"WDVPIVAl\r\nQQ==\r\nQEFQ")
    assert scannable.is_odd(scan(padded))


def test_a_piece_of_a_message_is_a_blind_spot() -> None:
    piece = b"Content-Type: message/partial; id=a; number=1\r\n\r\nx\r\n"
    assert scannable.blind_spot(scan(piece), 20)


@given(st.binary(max_size=2_000), st.integers(0, 60))
def test_never_raises(octets, depth) -> None:
    tree = scan(octets)
    for files in ("executables", "beginnings", "all"):
        list(scannable.pieces(tree, files, depth))
    scannable.is_odd(tree)
    scannable.blind_spot(tree, depth)


def test_a_part_is_replaced_by_a_text_that_names_it() -> None:
    whole = with_attachment()

    rest = cleaned(whole, [2])

    assert rest is not None
    tree = scan(rest)
    assert [part.content_type.main for part in tree.parts] == [
        b"multipart",
        b"text",
        b"text",
    ]
    assert shown(rest)[0] == b"hello"
    assert b"removed: eicar.com" in shown(rest)[1]
    assert rest.startswith(whole[: whole.index(b"Content-Type: application")])
    assert EICAR not in b"".join(shown(rest))
    assert cleaned(whole, [2]) == rest


def test_what_cannot_be_cleaned() -> None:
    assert cleaned(with_attachment(), [9]) is None
    assert cleaned(with_attachment(), []) is None


@given(st.text(max_size=300))
def test_a_mark_is_one_field(words) -> None:
    whole = b"Return-Path: <>\r\n" + with_attachment()
    line = "".join(c for c in words if c.isprintable())
    made = marked(whole, 17, line)
    assert scan(made).parts[0].fields.keys() - scan(whole).parts[0].fields.keys() == {
        b"x-mailmax-virus"
    }
    assert made.endswith(with_attachment())

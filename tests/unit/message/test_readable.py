"""A message as people read it, made once."""

import base64
import binascii

import pytest

from mailmax.message import readable
from mailmax.message.part import scan
from mailmax.message.readable import Readable


def read(octets: bytes) -> Readable:
    return Readable(scan(octets))


def test_fields_by_their_names():
    octets = (
        b"Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\n =?utf-8?b?LCBPdHRv?=\r\n"
        b"SUBJECT: two\r\nX-Raw: gr\xc3\xbcn\r\nX-Old: gr\xfcn\r\n\r\nsubject: three"
    )
    found = read(octets)

    assert found.values(b"subject") == ["grüsse, otto", "two"]
    assert found.values(b"x-raw") == found.values(b"x-old") == ["grün"]
    assert found.values(b"x") == []
    assert found.raw_values(b"x-old") == [b" gr\xfcn\r"]


def test_the_whole_header():
    octets = b"Subject: =?utf-8?q?A_B?=\r\nbroken line\r\nTo: C\r\n  D\r\n\r\nbody"

    assert read(octets).header == "subject: a b\nto: c d"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        (charset, encoding)
        for charset in ("utf-8", "iso-8859-1", "windows-1252", "utf-16", "cp437")
        for encoding in ("8bit", "base64", "quoted-printable", "BASE64 ", "unknown")
        if charset != "utf-16" or encoding in {"base64", "quoted-printable"}
    ],
)
def test_a_body_in_any_encoding(charset, encoding):
    octets = "Grüße aus\r\nKöln".encode(charset)
    if encoding.strip().lower() == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        octets = binascii.b2a_qp(octets, istext=False)
    head = (
        f"Content-Type: text/plain; charset={charset}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )

    assert read(head.encode() + octets).body == "grüsse aus köln"


def test_texts_are_parted():
    octets = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n"
        b"--x\r\n\r\nOne\r\n--x\r\nContent-Type: text/html\r\n\r\n<a href=u>T</a>wo\r\n"
        b"--x\r\nContent-Type: a/b; name=N\r\n\r\nthree\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: Four\r\n\r\nFive\r\n--x--"
    )
    found = read(octets)

    assert found.body == "one\ntwo\n<a href=u> </a>\nsubject: four\nfive"
    assert found.names == ["n"]
    assert not found.is_cut


def test_a_message_inside_that_is_encoded_is_read():
    inner = base64.encodebytes(b"Subject: Inner\r\n\r\nWords").decode()
    head = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"

    assert "subject: inner words" in read((head + inner).encode()).body


def test_names_have_a_limit():
    name = "a" * 900
    part = f"--x\r\nContent-Type: a/b; name={name}\r\n\r\n\r\n"
    octets = f"Content-Type: multipart/mixed; boundary=x\r\n\r\n{part * 400}--x--"

    found = read(octets.encode())

    assert len(found.files) == 400
    assert len(found.names) == readable.NAMES_CHARACTERS // 900
    assert found.is_cut


def test_what_is_no_text_is_not_read():
    assert read(b"Content-Type: application/pdf\r\n\r\nwords").body == ""
    assert read(b"").body == ""
    assert read(b"").header == ""


def test_nothing_is_made_twice():
    found = read(b"Subject: a\r\nContent-Type: text/plain; name=a\r\n\r\nb")

    assert found.values(b"subject") is found.values(b"subject")
    assert found.body is found.body
    assert found.header is found.header
    assert found.files is found.files
    assert found.names is found.names


@pytest.mark.parametrize("sign", ["a", "ä", "字", "\U0001f600"])
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_a_long_text_is_read_to_a_limit_and_no_character_is_torn(sign, encoding):
    many = readable.BODY_CHARACTERS + 1_001
    octets = f"x{sign * many}".encode()
    if encoding == "base64":
        octets = binascii.b2a_base64(octets)
    head = f"Content-Transfer-Encoding: {encoding}\r\n\r\n"

    found = read(head.encode() + octets)

    assert set(found.body) == {"x", sign}
    assert 0.7 * readable.BODY_CHARACTERS < len(found.body) <= readable.BODY_CHARACTERS
    assert found.is_cut


def test_all_texts_together_have_a_limit():
    text = "word " * (readable.BODY_CHARACTERS // 15)
    parts = "".join(f"--x\r\n\r\n{text}\r\n" for _ in range(5))
    octets = f"Content-Type: multipart/mixed; boundary=x\r\n\r\n{parts}--x--".encode()

    found = read(octets)

    assert len(found.body) <= readable.BODY_CHARACTERS + 10
    assert found.is_cut


def test_a_long_header_is_read_to_a_limit():
    octets = (
        b"A: b\r\n" * 4
        + b"X: "
        + b"c" * readable.HEADER_CHARACTERS
        + b"\r\nD: e\r\n\r\n"
    )

    found = read(octets)

    assert found.header.startswith("a: b\n")
    assert len(found.header) <= readable.HEADER_CHARACTERS
    assert found.is_cut

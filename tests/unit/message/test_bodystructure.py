"""BODYSTRUCTURE and BODY, with the RFC's own example."""

import pytest

from mailmax.message import bodystructure
from mailmax.message.part import scan

RFC_MAIL = (
    b"Content-Type: MULTIPART/MIXED; BOUNDARY=x\r\n\r\npreamble\r\n"
    b"--x\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
    + b"a\r\n" * 22 + b"b" * 1086
    + b"\r\n--x\r\n"
    b'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME="cc.diff"\r\n'
    b"Content-ID: <960723163407.20117h@cac.washington.edu>\r\n"
    b"Content-Description: Compiler diff\r\n"
    b"Content-Transfer-Encoding: BASE64\r\n\r\n"
    + b"c\r\n" * 73 + b"d" * 4335
    + b"\r\n--x--\r\nepilogue"
)  # fmt: skip


def made(octets: bytes) -> bytes:
    return bodystructure.render(scan(octets))


def test_the_example_of_rfc_3501_section_7_4_2():
    body = bodystructure.without_extensions(made(RFC_MAIL))

    assert body.upper() == (
        b'(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 22)'
        b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "CC.DIFF")'
        b' "<960723163407.20117H@CAC.WASHINGTON.EDU>" "COMPILER DIFF"'
        b' "BASE64" 4554 73) "MIXED")'
    )


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (
            b"",
            (
                b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0'
                b" NIL NIL NIL NIL)"
            ),
        ),
        (
            (
                b"Content-Type: application/pdf; name=a\r\n"
                b"Content-Transfer-Encoding: Base64 (why)\r\nContent-MD5: x==\r\n"
                b"Content-Disposition: attachment; filename=a\r\n"
                b"Content-Language: de, en\r\nContent-Location: u\r\n\r\nabc"
            ),
            (
                b'("application" "pdf" ("name" "a") NIL NIL "base64" 3'
                b' "x==" ("attachment" ("filename" "a")) ("de" "en") "u")'
            ),
        ),
        (
            b"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nbody\r\n",
            (
                b'("message" "rfc822" NIL NIL NIL "7bit" 20'
                b' (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL)'
                b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1'
                b" NIL NIL NIL NIL) 3 NIL NIL NIL NIL)"
            ),
        ),
        (
            (
                b"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\n"
                b"A: b\r\n\r\n"
                b"\r\n--x--"
            ),
            (
                b'(("message" "rfc822" NIL NIL NIL "7bit" 8'
                b" (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
                b' ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0'
                b' NIL NIL NIL NIL) 2 NIL NIL NIL NIL) "digest" ("boundary" "x")'
                b" NIL NIL NIL)"
            ),
        ),
        (
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing",
            (
                b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0'
                b' NIL NIL NIL NIL) "mixed" ("boundary" "x") NIL NIL NIL)'
            ),
        ),
        (
            b"Content-Type: nonsense\r\n\r\n",
            (
                b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0'
                b" NIL NIL NIL NIL)"
            ),
        ),
        (
            b"Content-Type: text/x-\xe4\r\n\r\n",
            b'("text" {3}\r\nx-\xe4 NIL NIL NIL "7bit" 0 0 NIL NIL NIL NIL)',
        ),
    ],
)
def test_shapes(octets, expected):
    assert made(octets) == expected


def test_body_of_a_message_inside_keeps_envelope_and_lines():
    octets = (
        b"Content-Type: message/rfc822\r\n\r\nFrom: A <a@b>, c@d\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n"
    )

    assert bodystructure.without_extensions(made(octets)) == (
        b'("message" "rfc822" NIL NIL NIL "7bit" 82 (NIL NIL'
        b' (("A" NIL "a" "b")(NIL NIL "c" "d")) (("A" NIL "a" "b")(NIL NIL "c" "d"))'
        b' (("A" NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL NIL)'
        b' (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed") 7)'
    )

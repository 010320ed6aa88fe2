"""ENVELOPE, with the RFC's own example."""

import pytest

from mailmax.message import envelope, header

RFC_HEADER = (
    b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
    b"From: Terry Gray <gray@cac.washington.edu>\r\n"
    b"Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
    b"To: imap@cac.washington.edu\r\n"
    b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
    b"Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
)


def made(octets: bytes) -> bytes:
    return envelope.render(header.first_fields(octets))


def test_the_example_of_rfc_3501_section_8():
    assert made(RFC_HEADER) == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)"'
        b' "IMAP4rev1 WG mtg summary and minutes"'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' ((NIL NIL "imap" "cac.washington.edu"))'
        b' ((NIL NIL "minutes" "CNRI.Reston.VA.US")'
        b'("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL'
        b' "<B27397-0100000@cac.washington.edu>")'
    )


def test_an_empty_header_is_ten_times_nil():
    assert made(b"") == b"(" + b" ".join([b"NIL"] * 10) + b")"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"  ", b"NIL"),
        (b"a@b", b'((NIL NIL "a" "b"))'),
        (b'"A \\"B\\"" <a@b>', b'(("A \\"B\\"" NIL "a" "b"))'),
        (b"me", b'((NIL NIL "me" ""))'),
        (b"\xc3\xa4 <a@b>", b'(({2}\r\n\xc3\xa4 NIL "a" "b"))'),
        (b"g:;", b'((NIL NIL "g" NIL)(NIL NIL NIL NIL))'),
        (b"<@r:a@b>", b'((NIL "@r" "a" "b"))'),
        (b" <a@b> \r", b'((NIL NIL "a" "b"))'),
        (b'"" <a@b>', b'((NIL NIL "a" "b"))'),
    ],
)
def test_addresses(value, expected):
    assert envelope.addresses(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a\r\n b", b'"a b"'),
        (b'"\\', b'"\\"\\\\"'),
        (b"\xe4\0", b"{1}\r\n\xe4"),
        (b"", b'""'),
    ],
)
def test_subjects(value, expected):
    found = made(b"Subject: " + value + b"\r\n")

    assert found == b"(NIL " + expected + b" NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_sender_and_reply_to_of_their_own():
    found = made(b"From: a@b\r\nSender: c@d\r\nReply-To: e@f\r\n")

    assert found == (
        b'(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) ((NIL NIL "e" "f"))'
        b" NIL NIL NIL NIL NIL)"
    )

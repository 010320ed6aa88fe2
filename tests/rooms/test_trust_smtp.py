"""TRUST catalogue, tables A (framing, smuggling) and B (envelope, relay), by row.

Every row against the real room through a socket; what the room committed is looked
at, not only what it said.
"""

import socket

import pytest

from fix_smtp import SIZE_LIMIT, SmtpRoom
from mailmax.policy.access import MAY_RELAY, Access

HELLO = b"EHLO client.test\r\n"
ENVELOPE = b"MAIL FROM:<a@far.test>\r\nRCPT TO:<tim@demo.test>\r\n"
SMUGGLED = (
    b"MAIL FROM:<evil@far.test>\r\nRCPT TO:<ann@demo.test>\r\nDATA\r\nevil\r\n.\r\n"
)


def talk(room: SmtpRoom, *segments: bytes, door: str = "smtp") -> list[bytes]:
    """Send segments, each after something was heard; return all reply lines."""
    heard = b""
    with socket.create_connection(("127.0.0.1", room.ports[door]), timeout=10) as sock:
        heard += sock.recv(65536)
        try:
            for segment in segments:
                sock.sendall(segment)
                if segment.endswith(b"DATA\r\n"):
                    while b"354" not in heard:
                        heard += sock.recv(65536)
            sock.shutdown(socket.SHUT_WR)
            while octets := sock.recv(65536):
                heard += octets
        except ConnectionError:
            pass
    return heard.split(b"\r\n")[:-1]


def codes(lines: list[bytes]) -> list[bytes]:
    return [line[:3] for line in lines if line[3:4] == b" "]


A1 = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n", b"\r\n.\n", b"\r\n.\r",
]  # fmt: skip


@pytest.mark.parametrize("ending", A1)
def test_a1_wrong_ends_of_data(smtp: SmtpRoom, ending: bytes) -> None:
    heard = talk(smtp, HELLO + ENVELOPE + b"DATA\r\n", b"one" + ending + SMUGGLED)

    assert codes(heard)[-1] == b"550"
    assert heard[-1].startswith(b"550 5.5.2")
    assert smtp.mails() == []


def test_a1_nul_is_no_end_and_changes_nothing(smtp: SmtpRoom) -> None:
    talk(smtp, HELLO + ENVELOPE + b"DATA\r\n", b"one\r\n\0.\r\n" + SMUGGLED)

    [(record, body)] = smtp.mails()
    assert [r.address for r in record.envelope.recipients] == ["tim@demo.test"]
    assert body.endswith(b"one\r\n\0.\r\n" + SMUGGLED[:-3])


def test_a4_what_was_accepted_is_kept_octet_by_octet(smtp: SmtpRoom) -> None:
    octets = b"From me\r\n" + bytes(c for c in range(256) if c not in b"\r\n")
    octets += b"\r\n..\r\n.x\r\n\r\nFrom you\r\n"
    chunk = b"BDAT %d LAST\r\n" % len(octets) + octets

    talk(smtp, HELLO + ENVELOPE + chunk)
    stuffed = octets.replace(b"\r\n.", b"\r\n..")
    talk(smtp, HELLO + ENVELOPE + b"DATA\r\n", stuffed + b".\r\n")

    bodies = [body for _, body in smtp.mails()]
    assert len(bodies) == 2
    assert all(body.endswith(b"\r\n" + octets) for body in bodies)


def test_a5_the_terminator_in_segments(smtp: SmtpRoom) -> None:
    talk(
        smtp, HELLO + ENVELOPE + b"DATA\r\n", b"x\r", b"\n", b".", b"\r", b"\nNOOP\r\n"
    )

    [(_, body)] = smtp.mails()
    assert body.endswith(b"\r\nx\r\n")


def test_a6_octet_by_octet_chunks_do_not_grow(smtp: SmtpRoom) -> None:
    one_by_one = b"BDAT 1\r\nx" * 100_000 + b"BDAT 1 LAST\r\nx"

    heard = talk(smtp, HELLO + ENVELOPE + one_by_one + b"QUIT\r\n")

    assert codes(heard)[-2:] == [b"552", b"221"]
    heard = talk(smtp, HELLO + ENVELOPE + b"BDAT 1\r\nx" * 9_000 + b"BDAT 0 LAST\r\n")
    assert codes(heard)[-1] == b"250"
    [(_, body)] = smtp.mails()
    assert body.endswith(b"x" * 9_000)


def test_a6_a_chunk_that_never_comes_leaves_nothing(smtp: SmtpRoom) -> None:
    heard = talk(smtp, HELLO + ENVELOPE + b"BDAT 5 LAST\r\nabcd")

    assert codes(heard) == [b"220", b"250", b"250", b"250"]
    assert smtp.mails() == []


def test_a6_empty_chunks_are_junk(stranger: SmtpRoom) -> None:
    heard = talk(stranger, HELLO + ENVELOPE + b"BDAT 0\r\n" * 200)

    assert heard[-1].startswith(b"421 4.7.0")
    assert len(heard) < 145


@pytest.mark.parametrize("junk", [b"NOOP\r\n", b"RSET\r\n", b"VRFY x\r\n", b"HELP\r\n"])
def test_junk_commands_end_after_a_while(stranger: SmtpRoom, junk: bytes) -> None:
    heard = talk(stranger, HELLO + junk * 200)

    assert heard[-1].startswith(b"421 4.7.0")
    assert 110 <= len(heard) < 145


def test_a7_a_whole_session_in_one_segment_is_one_mail(smtp: SmtpRoom) -> None:
    """Content cannot come before 354: what came early is the message's text."""
    heard = talk(smtp, HELLO + ENVELOPE + b"DATA\r\nhello\r\n.\r\nQUIT\r\n")

    assert codes(heard)[-2:] == [b"250", b"221"]
    assert len(smtp.mails()) == 1


def test_a9_a_refused_message_leaves_nothing_to_the_next(smtp: SmtpRoom) -> None:
    large = b"x" * SIZE_LIMIT + b"\r\n.\r\n"
    again = b"DATA\r\nRCPT TO:<tim@demo.test>\r\n.\r\n"

    heard = talk(smtp, HELLO + ENVELOPE + b"DATA\r\n", large + again + b"QUIT\r\n")

    assert codes(heard)[-5:] == [b"552", b"503", b"503", b"500", b"221"]
    assert smtp.mails() == []


@pytest.mark.parametrize("verb", [b"GET", b"POST", b"CONNECT", b"put"])
def test_a10_http_is_not_mail(smtp: SmtpRoom, verb: bytes) -> None:
    request = verb + b" /<script> HTTP/1.1\r\nHost: x\r\n\r\n"

    heard = talk(smtp, request + HELLO + ENVELOPE)

    assert codes(heard) == [b"220", b"554"]
    assert b"script" not in b"".join(heard)


def test_a11_a_line_without_end_is_not_kept(smtp: SmtpRoom) -> None:
    heard = talk(smtp, b"X" * 1_048_576 + b"\r\nNOOP\r\n")

    assert codes(heard) == [b"220", b"500", b"250"]


@pytest.mark.parametrize(("octets", "code"), [(2047, b"250"), (2048, b"250"),
                                              (2049, b"500")])  # fmt: skip
def test_the_command_line_limit(smtp: SmtpRoom, octets: int, code: bytes) -> None:
    line = b"NOOP " + b"x" * (octets - 7) + b"\r\n"

    assert codes(talk(smtp, line))[-1] == code


@pytest.mark.parametrize(("octets", "code"), [(12288, b"504"), (12289, b"500")])
def test_the_login_line_limit(smtp: SmtpRoom, octets: int, code: bytes) -> None:
    line = b"AUTH X " + b"A" * (octets - 9) + b"\r\n"

    assert codes(talk(smtp, HELLO + line))[-1] == code


def test_the_third_long_line_closes(smtp: SmtpRoom) -> None:
    line = b"X" * 3000 + b"\r\n"

    assert codes(talk(smtp, line * 5)) == [b"220", b"500", b"500", b"500"]


@pytest.mark.parametrize(
    "path",
    [
        b"${run{\\x2Fbin\\x2Fsh}}@demo.test", b"`id`@demo.test", b"$(id)@demo.test",
        b"|prog@demo.test", b'"|/bin/sh"@demo.test', b"/etc/passwd@demo.test",
        b":include:/etc/passwd@demo.test", b"../../x@demo.test",
        b'";sleep 66;"@demo.test',
        b"' OR 1=1 --@demo.test", b"%@demo.test", b"_@demo.test", b'"\\\\"@demo.test',
        b"=?utf-8?q?tim=40demo.test=3e=00?=@demo.test", b'"tim@demo.test"@demo.test',
    ],
)  # fmt: skip
def test_b1_b3_b5_addresses_are_names_and_nothing_more(
    smtp: SmtpRoom, path: bytes
) -> None:
    heard = talk(smtp, HELLO + b"MAIL FROM:<>\r\nRCPT TO:<" + path + b">\r\n")

    assert codes(heard)[-1] in {b"501", b"550"}


@pytest.mark.parametrize(
    "hidden",
    [b"\r", b"\n", b"\0", b"\x80", b"\xff", "\u2028".encode(), "\u0085".encode(),
     b"\x1b"],
)  # fmt: skip
def test_b2_control_characters_reach_nothing(smtp: SmtpRoom, hidden: bytes) -> None:
    for line in (
        b"MAIL FROM:<a" + hidden + b"b@far.test> SMTPUTF8\r\n",
        b'MAIL FROM:<"a' + hidden + b'b"@far.test> SMTPUTF8\r\n',
        b"MAIL FROM:<a@far" + hidden + b".test> SMTPUTF8\r\n",
        b"MAIL FROM:<a@far.test> AUTH=x" + hidden + b"y\r\n",
    ):
        heard = codes(talk(smtp, HELLO + line + b"RCPT TO:<tim@demo.test>\r\n"))
        assert heard[2][:1] == b"5", line
        assert b"250" not in heard[2:], line


B6 = [
    b"u%remote.test@demo.test", b"remote.test!u@demo.test",
    b"@demo.test:u@remote.test", b'"u@remote.test"@demo.test',
    b"u@remote.test@demo.test", b"u@demo.test@remote.test", b"u@[192.0.2.1]",
    b"u@[127.0.0.1]", b"u@demo.test.", b'"tim@demo.test"@remote.test',
    b"tim\0@demo.test", b"tim@demo.test\0@remote.test", b"tim@demo.test%remote.test",
    b"@[127.0.0.1]:tim@remote.test", b"tim@remote.test", b"tim@xdemo.test",
    b"tim@demo.test.remote.test", b"tim@[IPv6:::1]", b"postmaster@[127.0.0.1]",
]  # fmt: skip


@pytest.mark.parametrize("path", B6)
def test_b6_no_form_of_an_address_relays(smtp: SmtpRoom, path: bytes) -> None:
    for sender in (b"", b"tim@demo.test", b"a@far.test"):
        heard = talk(
            smtp, HELLO, b"MAIL FROM:<" + sender + b">\r\nRCPT TO:<" + path + b">\r\n"
        )
        assert codes(heard)[-1] in {b"550", b"501", b"553"}, (sender, heard)


def test_b6_postmaster_and_any_case_are_ours(smtp: SmtpRoom) -> None:
    smtp.hub.set("postmaster", "tim@demo.test")
    paths = [b"postmaster", b"PostMaster@demo.test", b"postmaster@OTHER.test",
             b"TIM@DEMO.TEST", b"@far.test,@x.test:tim@demo.test"]  # fmt: skip
    for path in paths:
        heard = talk(smtp, HELLO + b"MAIL FROM:<>\r\nRCPT TO:<" + path + b">\r\n")
        assert codes(heard)[-1] == b"250", path


def test_b6_an_address_may_be_given_leave_to_relay(make_smtp) -> None:
    room = make_smtp(meet=lambda _visitor: Access("custom", MAY_RELAY))
    mail = b"MAIL FROM:<a@far.test>\r\nRCPT TO:<u@remote.test>\r\nDATA\r\n"

    talk(room, HELLO + mail, b"hello\r\n.\r\n")

    [(record, body)] = room.mails()
    [recipient] = record.envelope.recipients
    assert (recipient.address, recipient.user_id) == ("u@remote.test", 0)
    assert body[record.envelope.return_path_octets :].startswith(b"Received: ")


def test_b7_a_thousand_parameters(smtp: SmtpRoom) -> None:
    many = b" ".join(b"X%d=1" % n for n in range(150))

    assert codes(talk(smtp, HELLO + b"MAIL FROM:<a@b.test> " + many + b"\r\n"))[-1] == (
        b"555"
    )


def test_b8_a_dictionary_ends_soon(stranger: SmtpRoom) -> None:
    names = b"".join(b"RCPT TO:<user%d@demo.test>\r\n" % n for n in range(10_000))

    heard = talk(stranger, HELLO + b"MAIL FROM:<a@far.test>\r\n" + names)

    assert codes(heard).count(b"550") == 20
    assert heard[-1].startswith(b"421 4.7.0")


def test_b10_users_send_as_themselves(smtp: SmtpRoom) -> None:
    login = HELLO + b"AUTH PLAIN AHRpbQBzZWNyZXQ=\r\n"
    for sender, code in (
        (b"tim@demo.test", b"250"), (b"tim+tag@demo.test", b"250"), (b"", b"250"),
        (b"ann@demo.test", b"553"), (b"tim@far.test", b"553"),
        (b"nobody@demo.test", b"553"),
    ):  # fmt: skip
        for door in ("smtp", "submission"):
            line = b"MAIL FROM:<" + sender + b">\r\n"
            assert codes(talk(smtp, login + line, door=door))[-1] == code, sender

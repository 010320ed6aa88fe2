"""TRUST catalogue, table A (framing, smuggling), by row.

Every row against the real room through a socket; what the room committed is looked
at, not only what it said.
"""

import socket

import pytest

from fix_smtp import SIZE_LIMIT, SmtpRoom
from mailmax.base.errors import StorageFull
from mailmax.hub.contract.rows import BanRow
from smtp_clients import ENVELOPE, HELLO, codes, talk, update
from waiting import wait_for

SMUGGLED = (
    b"MAIL FROM:<evil@far.test>\r\nRCPT TO:<ann@demo.test>\r\nDATA\r\nevil\r\n.\r\n"
)
HASTY = b"554 5.5.1 You spoke on before you were answered"

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


def test_a5_a_wall_of_dots(smtp: SmtpRoom) -> None:
    wall = b"\r\n.." * 16_384

    talk(smtp, HELLO + ENVELOPE + b"DATA\r\n", wall + b"\r\n.\r\n")

    [(_, body)] = smtp.mails()
    assert body.endswith(b"\r\n" + b"\r\n." * 16_384 + b"\r\n")


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (b"BDAT 9223372036854775808\r\nNOOP\r\n", [b"552"]),
        (b"BDAT 18446744073709551616 LAST\r\nNOOP\r\n", [b"552"]),
        (b"BDAT 99999999999999999999999\r\nNOOP\r\n", [b"501"]),
        (b"BDAT -1\r\nNOOP\r\n", [b"501"]),
        (b"BDAT +1\r\nxNOOP\r\n", [b"501"]),
        (b"BDAT 0x1\r\nxNOOP\r\n", [b"501"]),
        (b"BDAT\r\nNOOP\r\n", [b"501"]),
        (b"BDAT 5 LASTX\r\nhelloNOOP\r\n", [b"501"]),
        (b"BDAT 1 2 LAST\r\nxNOOP\r\n", [b"501"]),
        (b"RSET\r\nBDAT 6\r\nQUIT\r\nNOOP\r\n", [b"250", b"503", b"250"]),
        (b"BDAT 1\r\nxDATA\r\nNOOP\r\n", [b"250", b"503", b"250"]),
        (b"BDAT 1\r\nxMAIL FROM:<>\r\nNOOP\r\n", [b"250", b"503", b"250"]),
        (b"BDAT 5\r\nabcd", []),
        (b"BDAT 5 LAST\r\nabcd", []),
    ],
)
def test_a6_chunks_that_are_none(
    smtp: SmtpRoom, said: bytes, answers: list[bytes]
) -> None:
    """Swallowed, or the line is closed; a chunk that never comes leaves nothing."""
    heard = talk(smtp, HELLO + ENVELOPE + said)

    assert codes(heard) == [b"220", b"250", b"250", b"250", *answers]
    assert smtp.mails() == []


def test_a6_a_last_chunk_is_the_last(smtp: SmtpRoom) -> None:
    again = b"BDAT 5 LAST\r\nhello" * 2

    assert codes(talk(smtp, HELLO + ENVELOPE + again))[-2:] == [b"250", b"503"]
    [(_, body)] = smtp.mails()
    assert body.endswith(b"\r\nhello")


def test_a6_octet_by_octet_chunks_do_not_grow(smtp: SmtpRoom) -> None:
    one_by_one = b"BDAT 1\r\nx" * 100_000 + b"BDAT 1 LAST\r\nx"

    heard = talk(smtp, HELLO + ENVELOPE + one_by_one + b"QUIT\r\n")

    assert codes(heard)[-2:] == [b"552", b"221"]
    heard = talk(smtp, HELLO + ENVELOPE + b"BDAT 1\r\nx" * 9_000 + b"BDAT 0 LAST\r\n")
    assert codes(heard)[-1] == b"250"
    [(_, body)] = smtp.mails()
    assert body.endswith(b"x" * 9_000)


def test_a6_what_came_in_small_chunks_is_put_together(smtp: SmtpRoom) -> None:
    with socket.create_connection(("127.0.0.1", smtp.port), 10) as sock:
        sock.sendall(HELLO + ENVELOPE + b"BDAT 2\r\nxy" * 9_000 + b"NOOP\r\n")
        heard = b""
        while heard.count(b"2 octets received") < 9_000:
            heard += sock.recv(65536)
        [session] = smtp.service.room.members.values()
        body = session._open_transaction.body
        assert body.size == 18_000
        assert len(body.chunks) < 100


def test_a6_empty_chunks_are_junk(stranger: SmtpRoom) -> None:
    heard = talk(stranger, HELLO, ENVELOPE + b"BDAT 0\r\n" * 200)

    assert heard[-1].startswith(b"421 4.7.0")
    assert len(heard) < 145


@pytest.mark.parametrize("junk", [b"NOOP\r\n", b"RSET\r\n", b"VRFY x\r\n", b"HELP\r\n"])
def test_junk_commands_end_after_a_while(stranger: SmtpRoom, junk: bytes) -> None:
    heard = talk(stranger, HELLO, junk * 200)

    assert heard[-1].startswith(b"421 4.7.0")
    assert 110 <= len(heard) < 145


@pytest.mark.parametrize(
    "segments",
    [
        [b"EHLO a\r\n" + ENVELOPE + b"DATA\r\nhello\r\n.\r\n"],
        [b"HELO a\r\n" + ENVELOPE],
        [HELLO, b"EHLO again\r\n" + ENVELOPE],
        [HELLO, ENVELOPE + b"DATA\r\nhello\r\n.\r\n"],
    ],
)
def test_a7_a_stranger_waits_for_answers(
    stranger: SmtpRoom, segments: list[bytes]
) -> None:
    """Pipelining is for who has heard that it is offered, and never behind DATA."""
    heard = talk(stranger, *segments)

    assert heard[-1] == HASTY
    assert stranger.mails() == []


def test_a7_a_stranger_may_pipeline_what_may_be(stranger: SmtpRoom) -> None:
    talk(
        stranger,
        HELLO,
        ENVELOPE + b"DATA\r\n",
        b"one\r\n.\r\n" + ENVELOPE + b"RSET\r\n",
    )
    talk(stranger, HELLO, ENVELOPE + b"BDAT 3 LAST\r\ntwoQUIT\r\n")

    assert len(stranger.mails()) == 2


def test_a7_a_trusted_session_in_one_segment_is_one_mail(smtp: SmtpRoom) -> None:
    """Content cannot come before 354: what came early is the message's text."""
    heard = talk(smtp, HELLO + ENVELOPE + b"DATA\r\nhello\r\n.\r\nQUIT\r\n")

    assert codes(heard)[-2:] == [b"250", b"221"]
    assert len(smtp.mails()) == 1


FIRST = b"MAIL FROM:<evil@far.test> SMTPUTF8\r\nRCPT TO:<ann@demo.test>\r\n"
NO_RECIPIENTS = b"".join(
    b"RCPT TO:<" + one + b">\r\n"
    for one in (b"nobody@demo.test", b"x@far.test", b"off@demo.test")
)
A9 = {
    "MAIL, size": (b"MAIL FROM:<evil@far.test> SIZE=999999\r\n", b"552"),
    "MAIL, banned": (b"MAIL FROM:<x@banned.test>\r\n", b"550"),
    "MAIL, syntax": (b"MAIL FROM:<evil>\r\n", b"501"),
    "RCPT": (
        b"MAIL FROM:<evil@far.test>\r\n" + NO_RECIPIENTS + b"DATA\r\nRSET\r\n", b"250",
    ),
    "content, size": (FIRST + b"DATA\r\n" + b"x" * SIZE_LIMIT + b"\r\n.\r\n", b"552"),
    "content, full box": (FIRST + b"DATA\r\n" + b"x" * 11_000 + b"\r\n.\r\n", b"552"),
    "content, loop": (FIRST + b"DATA\r\n" + b"Received: x\r\n" * 40 + b".\r\n", b"554"),
    "content, banned": (FIRST + b"DATA\r\nFrom: x@banned.test\r\n.\r\n", b"550"),
    "chunk, bare LF": (FIRST + b"BDAT 3 LAST\r\na\nb", b"550"),
    "VRFY": ("VRFY а@demo.test\r\n".encode(), b"252"),
    "RSET": (FIRST + b"RSET\r\n", b"250"),
    "EHLO": (FIRST + b"EHLO again\r\n", b"250"),
}  # fmt: skip


@pytest.mark.parametrize("refused", A9)
def test_a9_a_refused_message_leaves_nothing_to_the_next(
    smtp: SmtpRoom, refused: str
) -> None:
    update(smtp, bans=(BanRow(1, 0, "banned.test"),))
    said, code = A9[refused]
    stale = b"DATA\r\nRCPT TO:<tim@demo.test>\r\nBDAT 1 LAST\r\nx.\r\n"
    before = len(codes(talk(smtp, HELLO + said)))

    heard = codes(
        talk(smtp, HELLO + said + stale + ENVELOPE + b"DATA\r\ngood\r\n.\r\n")
    )

    assert heard[before - 1] == code
    assert heard[before : before + 4] == [b"503", b"503", b"503", b"500"]
    assert heard[-1] == b"250"
    [(record, body)] = smtp.mails()
    envelope = record.envelope
    assert envelope.reverse_path == "a@far.test"
    assert [r.address for r in envelope.recipients] == ["tim@demo.test"]
    assert not envelope.smtputf8
    assert body.endswith(b"\r\ngood\r\n")


def test_a9_what_could_not_be_kept_leaves_nothing(smtp: SmtpRoom, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise StorageFull("no space")

    monkeypatch.setattr(smtp.writer, "commit", full)
    again = b"DATA\r\nRCPT TO:<tim@demo.test>\r\n.\r\n"

    heard = codes(talk(smtp, HELLO + FIRST + b"DATA\r\nx\r\n.\r\n" + again))

    assert heard[-4:] == [b"452", b"503", b"503", b"500"]


@pytest.mark.parametrize("verb", [b"GET", b"POST", b"CONNECT", b"put"])
def test_a10_http_is_not_mail(smtp: SmtpRoom, verb: bytes) -> None:
    request = verb + b" /<script> HTTP/1.1\r\nHost: x\r\n\r\n"

    heard = talk(smtp, request + HELLO + ENVELOPE)

    assert codes(heard) == [b"220", b"554"]
    assert b"script" not in b"".join(heard)


def test_a11_a_line_without_end_is_answered_and_not_kept(smtp: SmtpRoom) -> None:
    with socket.create_connection(("127.0.0.1", smtp.port), 10) as sock:
        lines = sock.makefile("rb")
        assert lines.readline().startswith(b"220 ")
        sock.sendall(b"X" * 1_048_576)
        assert lines.readline().startswith(b"500 5.5.2 ")
        [session] = smtp.service.room.members.values()
        wait_for(lambda: session.machine.backlog < 4096)
        sock.sendall(b"X" * 1_048_576 + b"\r\nNOOP\r\n")
        assert lines.readline().startswith(b"250 ")
        lines.close()


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

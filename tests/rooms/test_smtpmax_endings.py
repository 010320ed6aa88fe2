"""How sessions of SMTPMax end: shutdown, silence, dawdling, a client that leaves."""

import asyncio
import contextlib
import smtplib
import socket
import struct
import threading
import time

import pytest

from fix_smtp import MakeSmtp, SmtpRoom
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.porter import let_in
from mailmax.net.conversation import Conversation
from mailmax.smtpmax import watch
from waiting import wait_for

START = b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<tim@demo.test>\r\nDATA\r\n"


def connect(room: SmtpRoom) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", room.port), timeout=10)
    assert sock.recv(1000).startswith(b"220 ")
    return sock


def read_to_end(sock: socket.socket) -> bytes:
    heard = b""
    try:
        while octets := sock.recv(65536):
            heard += octets
    except ConnectionError:
        pass
    return heard


def read_until(sock: socket.socket, words: bytes) -> bytes:
    heard = b""
    while words not in heard:
        octets = sock.recv(65536)
        assert octets, heard
        heard += octets
    return heard


class SlowSpool:
    """Holds commits back until it is told."""

    def __init__(self, writer):
        self.writer = writer
        self.may_commit = threading.Event()
        self.asked = threading.Event()

    def commit(self, group):
        self.asked.set()
        assert self.may_commit.wait(60)
        return self.writer.commit(group)

    def __getattr__(self, name):
        return getattr(self.writer, name)


def hold_commits(room: SmtpRoom) -> SlowSpool:
    slow = SlowSpool(room.writer)
    room.service.room.commits.spool = slow
    return slow


def test_a_shutdown_waits_for_the_answer_that_is_owed(smtp: SmtpRoom) -> None:
    """TRUST D11: 421 at the next command boundary, not instead of 250."""
    slow = hold_commits(smtp)
    with connect(smtp) as sock, connect(smtp) as idle:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"hello\r\n.\r\nNOOP\r\n")
        assert slow.asked.wait(60)
        stopped = asyncio.run_coroutine_threadsafe(smtp.service.stop(5), smtp._loop)
        assert read_to_end(idle) == b"421 4.3.2 The service is closed\r\n"
        slow.may_commit.set()
        heard = read_to_end(sock)
        stopped.result(10)

    assert heard.startswith(b"250 2.0.0 Accepted as ")
    assert heard.endswith(b"421 4.3.2 The service is closed\r\n")
    assert len(smtp.mails()) == 1


def test_250_never_comes_before_the_commit(smtp: SmtpRoom) -> None:
    """TRUST D1, D3."""
    slow = hold_commits(smtp)
    with connect(smtp) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"hello\r\n.\r\n")
        assert slow.asked.wait(60)
        sock.settimeout(0.2)
        try:
            early = sock.recv(100)
        except TimeoutError:
            early = b""
        sock.settimeout(10)
        slow.may_commit.set()
        assert read_until(sock, b"\r\n").startswith(b"250 2.0.0")

    assert early == b""


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_during_the_commit_disturbs_nobody(
    smtp: SmtpRoom, reset
) -> None:
    slow = hold_commits(smtp)
    with connect(smtp) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"hello\r\n.\r\n")
        assert slow.asked.wait(60)
        if reset:  # without linger, closing sends RST
            linger = struct.pack("ii", 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    if reset:
        wait_for(lambda: smtp.service.sessions == 0)
    slow.may_commit.set()

    wait_for(lambda: smtp.service.sessions == 0)
    wait_for(lambda: len(smtp.spool.journals[0].records) == 1)
    with smtplib.SMTP("127.0.0.1", smtp.port) as one:
        one.sendmail("a@b.test", "tim@demo.test", b"still here\r\n")


def test_the_clock_waits_for_the_answer_that_is_owed(
    make_smtp: MakeSmtp, monkeypatch
) -> None:
    due, on_due = threading.Semaphore(0), Conversation.on_due

    def counted(conversation: Conversation) -> None:
        on_due(conversation)
        due.release()

    monkeypatch.setattr(Conversation, "on_due", counted)
    room = make_smtp(command_idle_s=0.7)
    slow = hold_commits(room)
    with connect(room) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"hello\r\n.\r\n")
        assert slow.asked.wait(60)
        for _ in range(3):
            assert due.acquire(timeout=60)
        slow.may_commit.set()
        heard = read_to_end(sock)

    assert heard.startswith(b"250 2.0.0 Accepted as ")
    assert heard.endswith(b"421 4.4.2 Time is over\r\n")


class SlowBig:
    """A body whose writing takes its time."""

    def __init__(self, may_write: threading.Event):
        self.may_write = may_write
        self.writing = threading.Event()
        self.done: list[str] = []

    def write(self, octets: bytes) -> None:
        self.writing.set()
        assert self.may_write.wait(60)
        self.done.append("written")

    def discard(self) -> None:
        self.done.append("discarded")


def test_a_body_is_not_discarded_under_the_hand_that_writes_it(
    smtp: SmtpRoom,
) -> None:
    smtp.hub.set("message_limit_octets", 50_000_000)
    big = SlowBig(threading.Event())
    smtp.writer.open_big = lambda: big
    with connect(smtp) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"x" * 300_000)
        assert big.writing.wait(60)
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    wait_for(lambda: smtp.service.sessions == 0)
    assert big.done == []
    big.may_write.set()

    wait_for(lambda: len(big.done) == 2)
    assert big.done == ["written", "discarded"]


def test_a_streamed_body_is_let_go_when_its_record_fails(smtp: SmtpRoom) -> None:
    smtp.hub.set("message_limit_octets", 50_000_000)
    big = SlowBig(threading.Event())
    big.may_write.set()
    smtp.writer.open_big = lambda: big
    with smtplib.SMTP("127.0.0.1", smtp.port) as one:
        one.ehlo()
        one.mail("a@b.test")
        one.rcpt("tim@demo.test")
        smtp.spool.broken = True
        assert one.data(b"x" * 300_000)[0] == 451

    assert big.done[-1] == "discarded"


def test_half_a_message_is_nothing(smtp: SmtpRoom) -> None:
    with connect(smtp) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        sock.sendall(b"hello\r\n")
    wait_for(lambda: smtp.service.sessions == 0)

    assert smtp.mails() == []


def test_silence_ends_a_session(make_smtp: MakeSmtp) -> None:
    room = make_smtp(command_idle_s=0.1)
    with connect(room) as sock:
        assert read_to_end(sock) == b"421 4.4.2 Time is over\r\n"


def test_dawdling_in_a_command_ends_a_session(make_smtp: MakeSmtp, monkeypatch) -> None:
    """TRUST M1: an octet now and then is not progress."""
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    room = make_smtp(command_idle_s=0.5)
    room.run(_restart_watch(room))
    with connect(room) as sock:
        heard = drip(sock, b"N")

    assert heard == b"421 4.4.2 Time is over\r\n"


def test_a_message_that_drips_ends_a_session(make_smtp: MakeSmtp, monkeypatch) -> None:
    """TRUST 3: 100 octets a second at least."""
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    room = make_smtp(data_idle_s=0.5)
    room.run(_restart_watch(room))
    with connect(room) as sock:
        sock.sendall(START)
        read_until(sock, b"354")
        heard = drip(sock, b"x")

    assert heard == b"421 4.4.2 Time is over\r\n"
    assert room.mails() == []


def drip(sock: socket.socket, octet: bytes) -> bytes:
    """Send an octet now and then until something is heard."""
    heard = b""
    sock.settimeout(0.1)
    end = time.monotonic() + 60
    while not heard and time.monotonic() < end:
        sock.sendall(octet)
        with contextlib.suppress(TimeoutError):
            heard = sock.recv(1000)
    return heard


async def _restart_watch(room: SmtpRoom) -> None:
    room.service._watch.stop()
    room.service._watch.start()


def test_a_changed_password_ends_sessions_under_the_old_one(smtp: SmtpRoom) -> None:
    """TRUST G9."""
    with connect(smtp) as tim, connect(smtp) as other:
        tim.sendall(b"EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\n")
        read_until(tim, b"235")
        smtp.notify(CredentialChanged(7, 3))
        smtp.notify(CredentialChanged(8, 9))
        smtp.notify(CredentialChanged(7, 4))
        assert read_to_end(tim).startswith(b"421 4.7.0 ")
        other.sendall(b"QUIT\r\n")
        assert read_to_end(other).startswith(b"221 ")


def test_under_an_old_password_no_message_can_be_drawn_out(smtp: SmtpRoom) -> None:
    """TRUST G9: also in the middle of DATA."""
    with connect(smtp) as tim:
        tim.sendall(b"EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\n")
        read_until(tim, b"235")
        tim.sendall(b"MAIL FROM:<tim@demo.test>\r\nRCPT TO:<ann@demo.test>\r\nDATA\r\n")
        read_until(tim, b"354")
        tim.sendall(b"some\r\n")
        smtp.notify(CredentialChanged(7, 4))
        assert b"421 4.7.0 " in read_to_end(tim)
    assert smtp.mails() == []


def test_under_an_old_password_messages_are_not_sent_on_and_on(smtp: SmtpRoom) -> None:
    """TRUST G9: the one that is being stored is answered, none behind it begins."""
    slow = hold_commits(smtp)
    message = (
        b"MAIL FROM:<tim@demo.test>\r\nRCPT TO:<ann@demo.test>\r\nBDAT 3 LAST\r\na\r\n"
    )
    with connect(smtp) as tim:
        tim.sendall(b"EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\n")
        read_until(tim, b"235")
        tim.sendall(message * 3)
        wait_for(slow.asked.is_set)
        smtp.notify(CredentialChanged(7, 4))
        slow.may_commit.set()
        answers = read_to_end(tim)

    assert answers.count(b"250 2.0.0 ") == 1
    assert b"421 4.7.0 " in answers
    assert len(smtp.mails()) == 1


def test_the_hub_hears_of_logins_and_of_their_end(smtp: SmtpRoom) -> None:
    with connect(smtp) as tim:
        tim.sendall(b"EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\n")
        read_until(tim, b"235")
    wait_for(lambda: smtp.service.sessions == 0)

    opened, closed = smtp.hub.told
    assert isinstance(opened, SessionOpened)
    assert (opened.service, opened.address) == ("smtp", "tim@demo.test")
    assert closed == SessionClosed(opened.session)


def test_a_failed_handshake_ends_quietly(smtp: SmtpRoom) -> None:
    with connect(smtp) as sock:
        sock.sendall(b"EHLO a\r\n")
        read_until(sock, b"250 ")
        sock.sendall(b"STARTTLS\r\n")
        read_until(sock, b"220 ")
        sock.sendall(b"MAIL FROM:<a@b.test>\r\n" * 100)
        assert b"250" not in read_to_end(sock)
    wait_for(lambda: smtp.service.sessions == 0)


def test_an_error_of_ours_says_421_and_spares_the_others(
    smtp: SmtpRoom, monkeypatch
) -> None:
    with connect(smtp) as sock, connect(smtp) as other:
        smtp._loop.set_exception_handler(lambda *_: None)
        monkeypatch.setattr(smtp.service.room, "unfiled", None)
        smtp.usage.octets = None
        sock.sendall(START.replace(b"tim", b"ann"))
        heard = read_to_end(sock)
        other.sendall(b"NOOP\r\n")
        assert read_until(other, b"\r\n") == b"250 2.0.0 OK\r\n"

    assert heard.endswith(b"421 4.3.0 Something broke here, try again later\r\n")


def test_many_errors_slow_a_stranger_down(make_smtp: MakeSmtp) -> None:
    room = make_smtp(meet=let_in, slow_s=0.2)
    began = time.monotonic()
    with connect(room) as sock:
        sock.sendall(b"X\r\n" * 12)
        heard = b""
        while heard.count(b"\r\n") < 12:
            heard += sock.recv(1000)

    assert time.monotonic() - began >= 0.4
    assert heard == b"500 5.5.1 Command not recognised\r\n" * 12

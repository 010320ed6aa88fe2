"""Clients that drip: each kind is dropped by a deadline for the whole (TRUST M1).

The time-outs are a fraction of a second here; with the real ones, in crowds of 2,000,
and beside clients that are quick: `tests/alone/test_slow_clients.py`.
"""

import contextlib
import select
import socket
import time
from dataclasses import dataclass

import pytest

from fix_imap import ImapRoom, MakeImap
from fix_pop import MakePop, PopRoom
from fix_smtp import MakeSmtp, SmtpRoom
from mailmax.smtpmax import watch

SHORT_S = 0.4
DROPPED_S = 30.0
CROWD = 4
MAIL = b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<tim@demo.test>\r\n"


@dataclass(frozen=True)
class Rooms:
    """All services, with short time-outs; their ports by name."""

    smtp: SmtpRoom
    pop: PopRoom
    imap: ImapRoom

    def port(self, name: str) -> int:
        match name:
            case "pop3" | "pop3s":
                return self.pop.port if name == "pop3" else self.pop.tls_port
            case "imap" | "imaps":
                return self.imap.port if name == "imap" else self.imap.tls_port
        return self.smtp.ports[name]


@pytest.fixture
def rooms(
    make_smtp: MakeSmtp,
    make_pop: MakePop,
    make_imap: MakeImap,
    monkeypatch: pytest.MonkeyPatch,
) -> Rooms:
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    monkeypatch.setattr("mailmax.net.listener.HANDSHAKE_S", SHORT_S)
    monkeypatch.setattr("mailmax.net.conversation.HANDSHAKE_S", SHORT_S)
    smtp = make_smtp(command_idle_s=SHORT_S, data_idle_s=SHORT_S, login_idle_s=SHORT_S)
    pop = make_pop(login_idle_s=SHORT_S, idle_s=lambda: SHORT_S)
    imap = make_imap(
        tls=True,
        idle_before_login_s=SHORT_S,
        idle_s=lambda: SHORT_S,
        message_s=SHORT_S,
    )
    return Rooms(smtp, pop, imap)


@dataclass(frozen=True)
class Kind:
    """What a slow client says at once, and what it says again and again."""

    door: str
    opening: bytes = b""
    awaited: bytes = b""
    """What the server must have said before it drips."""
    drip: bytes = b"x"
    crowd: int = CROWD


SLOW = {
    "an SMTP command": Kind("smtp", b"EHLO a\r\n", b"250 "),
    "an SMTP command before login": Kind("submission", b"EHLO a\r\n", b"250 "),
    "an LMTP command": Kind("lmtp", b"LHLO a\r\n", b"250 "),
    "a header": Kind("smtp", MAIL + b"DATA\r\nSubject: ", b"354"),
    "header after header": Kind("smtp", MAIL + b"DATA\r\n", b"354", b"X:\r\n"),
    "a body": Kind("smtp", MAIL + b"DATA\r\nSubject: a\r\n\r\n", b"354"),
    "dots": Kind("smtp", MAIL + b"DATA\r\n\r\n", b"354", b"."),
    "a chunk": Kind("smtp", MAIL + b"BDAT 100000 LAST\r\n", b"250 "),
    "a SASL answer": Kind("smtp", b"EHLO a\r\nAUTH PLAIN\r\n", b"334"),
    "a POP3 command": Kind("pop3", b"", b"+OK"),
    "a POP3 command of a user": Kind(
        "pop3", b"USER tim\r\nPASS open sesame\r\n", b"messages", crowd=1
    ),
    "an IMAP command": Kind("imap", b"", b"* OK"),
    "an IMAP literal before login": Kind("imap", b"a LOGIN {100}\r\n", b"+ "),
    "an IMAP literal of a user": Kind(
        "imap", b'a LOGIN tim "open sesame"\r\nb SELECT {100}\r\n', b"+ "
    ),
    "an appended message": Kind(
        "imap", b'a LOGIN tim "open sesame"\r\nb APPEND INBOX {90000}\r\n', b"+ "
    ),
    "a TLS hello to submissions": Kind("submissions", drip=b"\x16"),
    "a TLS hello to pop3s": Kind("pop3s", drip=b"\x16"),
    "a TLS hello to imaps": Kind("imaps", drip=b"\x16"),
    "a TLS hello after STARTTLS": Kind(
        "smtp", b"EHLO a\r\nSTARTTLS\r\n", b"220 2.0.0", b"\x16"
    ),
    "a TLS hello after STLS": Kind("pop3", b"STLS\r\n", b"+OK Begin", b"\x16"),
    "a TLS hello after IMAP's STARTTLS": Kind(
        "imap", b"a STARTTLS\r\n", b"a OK", b"\x16"
    ),
}

GREETINGS: dict[str, bytes] = {"smtp": b"220 ", "pop3": b"+OK", "imap": b"* OK"}
FAMILIES = {
    "SMTP": ("smtp", "submission", "lmtp"),
    "POP3": ("pop3",),
    "IMAP": ("imap",),
    "TLS": ("submissions", "pop3s", "imaps"),
}


@dataclass
class Slow:
    """A client of some kind."""

    what: str
    sock: socket.socket

    def drip(self) -> bool:
        """Say a little; tell whether the server holds on."""
        try:
            readable, _, _ = select.select([self.sock], [], [], 0)
            if readable and not self.sock.recv(65536):
                return False
            self.sock.send(SLOW[self.what].drip)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        return True


def begin(port: int, what: str) -> Slow:
    """Connect a slow client and say its opening."""
    kind = SLOW[what]
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.sendall(kind.opening)
    heard = b""
    while kind.awaited not in heard:
        octets = sock.recv(65536)
        assert octets, (what, heard)
        heard += octets
    sock.setblocking(False)
    return Slow(what, sock)


def served_s(rooms: Rooms, name: str) -> float:
    """Return how long a client that is quick waits for its greeting."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", rooms.port(name)), 10) as sock:
        assert sock.recv(100).startswith(GREETINGS[name])
    return time.monotonic() - start


@pytest.mark.parametrize("family", FAMILIES)
def test_m1_who_drips_is_dropped_in_time_and_others_are_served(
    rooms: Rooms, family: str
) -> None:
    """TRUST M1: an octet now and then is not progress."""
    doors = FAMILIES[family]
    with contextlib.ExitStack() as stack:
        clients: list[Slow] = []
        for what, kind in SLOW.items():
            for _ in range(kind.crowd if kind.door in doors else 0):
                clients.append(begin(rooms.port(kind.door), what))
                stack.callback(clients[-1].sock.close)
        served = max(served_s(rooms, name) for name in GREETINGS)
        end = time.monotonic() + DROPPED_S
        while clients and time.monotonic() < end:
            clients = [one for one in clients if one.drip()]
            time.sleep(0.05)

        assert {one.what for one in clients} == set(), "they hold on"
    assert served < 5.0
    assert rooms.smtp.mails() == []


def test_m1_who_is_slow_but_goes_on_is_served(
    make_smtp: MakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST M1: a message at 500 octets a second is no attack."""
    monkeypatch.setattr(watch, "LOOK_S", 0.05)
    room = make_smtp(command_idle_s=1.5, data_idle_s=1.5)
    with socket.create_connection(("127.0.0.1", room.ports["smtp"]), 10) as sock:
        sock.sendall(MAIL + b"DATA\r\n")
        for _ in range(10):
            sock.sendall(b"x" * 98 + b"\r\n")
            time.sleep(0.2)
        sock.sendall(b".\r\nQUIT\r\n")
        heard = b""
        while octets := sock.recv(65536):
            heard += octets

    assert heard.endswith(b"221 2.0.0 Good-bye\r\n"), heard
    assert len(room.mails()) == 1

"""Clients whose line is cut, at every step and in every way (TRUST M10).

A line that is cut without a word (half open, a partition) is silence to a server: the
deadlines of `test_slow_clients.py` hold for it. What was answered for is there, once;
of what was not there is nothing, or the whole.
"""

import contextlib
import socket
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_suite import Account, Suite
from login_ways import Wire
from waiting import wait_for

pytestmark = pytest.mark.system

RESET = struct.pack("ii", 1, 0)
ENVELOPE = (b"EHLO a", b"MAIL FROM:<a@b.test>", b"RCPT TO:<%b>")
BODY = b"Subject: %b\r\n\r\n" + (b"y" * 70 + b"\r\n") * 100
STEPS = (
    "connected", "greeted", "hello", "sender", "recipient", "data", "half a line",
    "half a message", "all but the dot", "the dot, unread",
)  # fmt: skip
HOLDERS = ("smtpmax", "popmax", "imapmax")
ENDS = {"closed": None, "reset": RESET}


def end(sock: socket.socket, how: bytes | None) -> None:
    """Close a connection, or reset it."""
    if how is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, how)
    sock.close()


def cut_at(suite: Suite, user: Account, step: str, how: bytes | None) -> None:
    """Begin to send a message by SMTP, and be cut off at a step."""
    place = ("127.0.0.1", suite.port("smtp"))
    sock = socket.create_connection(place, 10)
    mark = step.replace(" ", "-").replace(",", "").encode()
    body = BODY.replace(b"%b", mark)
    todo = [
        (b"", True),
        *((line.replace(b"%b", user.address.encode()) + b"\r\n", True)
          for line in ENVELOPE),
        (b"DATA\r\n", True), (body[:50], False), (body[50:3000], False),
        (body[3000:], False), (b".\r\n", False),
    ]  # fmt: skip
    try:
        for octets, is_answered in todo[: STEPS.index(step)]:
            sock.sendall(octets)
            if is_answered:
                assert sock.recv(4096)
    finally:
        end(sock, how)


def sockets(suite: Suite) -> dict[str, int]:
    """Return how many sockets each role that has clients holds."""
    return {role: _sockets_of(suite.role_pid(role)) for role in HOLDERS}


def _sockets_of(pid: int) -> int:
    found = 0
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += str(path.readlink()).startswith("socket:")
    return found


@pytest.fixture
def quiet(battered: Suite) -> Iterator[Suite]:
    """Give a suite; afterwards no role holds a socket more than before."""
    before = sockets(battered)
    yield battered
    wait_for(
        lambda: all(now <= before[role] for role, now in sockets(battered).items()),
    )


@pytest.mark.parametrize("how", ENDS)
def test_m10_a_message_that_is_cut_is_nothing_or_the_whole(
    quiet: Suite, how: str
) -> None:
    """TRUST M10: at each step of SMTP; the service is as it was."""
    user = quiet.users[9 if how == "closed" else 10]
    for step in STEPS:
        for _ in range(3):
            cut_at(quiet, user, step, ENDS[how])

    mark = uuid.uuid4().hex
    quiet.send("eve@elsewhere.test", user.address, f"Subject: {mark}\r\n\r\n".encode())
    quiet.wait_for(user, mark)
    with quiet.imap(user) as client:
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[TEXT])")
        texts = [one[1] for one in found if isinstance(one, tuple) and one[1]]
        _, (marked,) = client.search(None, "SUBJECT", "dot-unread")
    assert {len(text) for text in texts} <= {72 * 100}
    assert len(texts) == len(marked.split()) <= 3


IMAP_STEPS = {
    "a literal": b"b APPEND INBOX {5000}\r\nhalf of it",
    "a long answer": b"b FETCH 1:* BODY.PEEK[]\r\n",
    "IDLE": b"b IDLE\r\n",
    "a command": b"b NO",
}


@pytest.mark.parametrize("how", ENDS)
def test_m10_a_reader_that_is_cut_leaves_nothing_behind(quiet: Suite, how: str) -> None:
    """TRUST M10: neither half an APPEND nor a lock on the maildrop."""
    user = quiet.users[11 if how == "closed" else 12]
    name = f"{user.address} {user.password}".encode()
    quiet.send("eve@elsewhere.test", user.address, BODY.replace(b"%b", b"read") * 30)
    quiet.wait_for(user, "read")

    for octets in IMAP_STEPS.values():
        wire = Wire(quiet, "imap")
        wire.ask(b"a LOGIN " + name)
        wire.ask(b"a SELECT INBOX")
        wire.sock.sendall(octets)
        wire._file.close()
        end(wire.sock, ENDS[how])
    for last in (b"RETR 1\r\n", b"DELE 1\r\n", b"RET"):
        with Wire(quiet, "pop3") as wire:
            wire.ask(b"USER " + user.address.encode())
            wait_for(lambda wire=wire: _enters(wire, user))
            wire.sock.sendall(last)
            wire._file.close()
            end(wire.sock, ENDS[how])

    with quiet.imap(user) as client:
        assert client.select("INBOX") == ("OK", [b"1"])


def _enters(wire: Wire, user: Account) -> bool:
    answer = wire.ask(b"PASS " + user.password.encode())
    if not answer.startswith(b"+OK"):
        wire.ask(b"USER " + user.address.encode())
    return answer.startswith(b"+OK")


def test_m10_a_crowd_that_resets_is_forgotten(quiet: Suite) -> None:
    """TRUST M10: three hundred at once, and none stays counted."""
    for service in ("smtp", "submissions", "imaps", "pop3s"):
        socks = []
        for _ in range(75):
            sock = socket.create_connection(("127.0.0.1", quiet.port(service)), 10)
            with contextlib.suppress(OSError):
                sock.sendall(b"\x16\x03\x01")
            socks.append(sock)
        for sock in socks:
            end(sock, RESET)

    with quiet.imap(quiet.users[9]) as client:
        assert client.noop()[0] == "OK"

"""Too much of everything for the web: refused before it weighs (TRUST I10, M1).

Each kind comes ``MAILMAX_WEB_FLOODS`` times, eight at once, while somebody else asks
for something small; what WebAdmin's process held at most is the kernel's word.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from fix_battered import resident_kib
from fix_suite import Suite

TIMES = int(os.environ.get("MAILMAX_WEB_FLOODS", "16"))
AT_ONCE = 8
MOST_KIB = 64 * 1024
"""More than it had before: eight bodies, and what one of them is once it is read."""
SERVED_S = 2.0
GIGABYTE = 1 << 30
PIECE = 1 << 18
HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PARTS = b"Content-Type: multipart/form-data; boundary=b\r\n"
SMALL = b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + 4 * TIMES)]


def whole(kind: bytes, body: bytes) -> Iterator[bytes]:
    """Give a request whose length is said."""
    yield HEAD + kind + b"Content-Length: %d\r\n\r\n" % len(body)
    yield body


def chunked() -> Iterator[bytes]:
    """Give a gigabyte whose length is not said."""
    yield HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(GIGABYTE // PIECE):
        yield b"%x\r\n" % PIECE + b" " * PIECE + b"\r\n"


def announced() -> Iterator[bytes]:
    """Give a gigabyte that says so."""
    yield HEAD + JSON + b"Content-Length: %d\r\n\r\n" % GIGABYTE
    for _ in range(GIGABYTE // PIECE):
        yield b" " * PIECE


FLOODS: dict[str, tuple[Callable[[], Iterator[bytes]], frozenset[bytes]]] = {
    "a gigabyte, announced": (announced, frozenset({b"413", b""})),
    "a gigabyte in chunks": (chunked, frozenset({b"413", b""})),
    "100,000 headers": (
        lambda: iter((HEAD, b"a: b\r\n" * 100_000, b"\r\n")),
        frozenset({b"400", b"431", b""}),
    ),
    "a cookie of 15,000 pairs": (
        lambda: iter((HEAD + b"Cookie: " + b"a;" * 7_500 + b"\r\n\r\n",)),
        frozenset({b"415"}),
    ),
    "100,000 levels of lists": (
        lambda: whole(JSON, b"[" * 100_000), frozenset({b"400"})
    ),
    "100,000 levels of objects": (
        lambda: whole(JSON, b'{"a":' * 100_000), frozenset({b"400"})
    ),
    "a number of a million digits": (
        lambda: whole(JSON, b'{"login":%s}' % (b"9" * 1_000_000)),
        frozenset({b"400", b"422"}),
    ),
    "100,000 keys, one of them twice": (
        lambda: whole(
            JSON, b'{%s,"1":1}' % b",".join(b'"%d":1' % n for n in range(90_000))
        ),
        frozenset({b"400"}),
    ),
    "500,000 fields of a form": (
        lambda: whole(FORM, b"a&" * 500_000), frozenset({b"415"})
    ),
    "30,000 parts of a form": (
        lambda: whole(PARTS, b"--b\r\nContent-Disposition: x\r\n\r\n" * 30_000),
        frozenset({b"413", b"415"}),
    ),
}  # fmt: skip


def flood(suite: Suite, pieces: Iterator[bytes]) -> tuple[bytes, int]:
    """Send until the server has enough; return its status, and what it let in."""
    sent = 0
    heard = b""
    with socket.create_connection(("127.0.0.1", suite.port("http")), 30) as sock:
        with suppress(ConnectionError):
            for piece in pieces:
                sock.sendall(piece)
                sent += len(piece)
        with suppress(ConnectionError):
            while octets := sock.recv(65_536):
                heard += octets
    return (heard.split(b" ", 2)[1] if heard else b""), sent


class Other:
    """Somebody who asks for something small, again and again."""

    def __init__(self, suite: Suite) -> None:
        self.waits: list[float] = []
        self._port = suite.port("http")
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ends.is_set():
            begin = time.monotonic()
            with socket.create_connection(("127.0.0.1", self._port), 30) as sock:
                sock.sendall(SMALL)
                assert sock.recv(20).startswith(b"HTTP/1.1 200")
            self.waits.append(time.monotonic() - begin)
            self._ends.wait(0.05)


@pytest.mark.parametrize("kind", FLOODS)
def test_i10_too_much_is_refused_before_it_weighs(
    suite: Suite, kind: str, capsys
) -> None:
    """TRUST I10."""
    make, statuses = FLOODS[kind]
    pid = suite.role_pid("webadmin")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # forget the peak (proc(5))
    before = resident_kib(pid)

    with Other(suite) as other, ThreadPoolExecutor(AT_ONCE) as clients:
        told = list(clients.map(lambda _: flood(suite, make()), range(TIMES)))

    peak = resident_kib(pid, "VmHWM") - before
    with capsys.disabled():
        sys.stdout.write(
            f" [{kind}: {TIMES} times, {peak // 1024} MiB more at the peak,"
            f" others waited {max(other.waits):.2f} s at most]"
        )
    assert {status for status, _ in told} <= statuses
    assert any(status for status, _ in told) or b"" in statuses
    assert max(sent for _, sent in told) < 64 << 20, "it goes on being read"
    assert peak < MOST_KIB
    assert max(other.waits) < SERVED_S
    assert suite.role_pid("webadmin") == pid

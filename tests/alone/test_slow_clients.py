"""Crowds of clients that drip, and beside them one that is quick (TRUST M1).

CI has 60 of each kind and looks only whether the quick one is served within a second;
`make trust` 2,000 of each (``MAILMAX_SLOW_CLIENTS=2000``), and waits until the deadline
of their kind has dropped them all. That it does, in short: `test_slow_clients.py` of
the rooms.
"""

import asyncio
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fix_suite import Account, Suite

CLIENTS = int(os.environ.get("MAILMAX_SLOW_CLIENTS", "60"))
IS_FULL = CLIENTS >= 2_000
DRIP_S = 10.0
SLACK_S = 30.0
SERVED_S = 1.0
LOOKS = 20 if IS_FULL else 3

pytestmark = [pytest.mark.system, pytest.mark.timeout(600 if IS_FULL else 300)]

MAIL = b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<%b>\r\nDATA\r\n"


@dataclass(frozen=True)
class Kind:
    """What a slow client says at once, and how long it is borne."""

    service: str
    opening: bytes
    awaited: bytes
    borne_s: float


SLOW = {
    "SMTP command": Kind("smtp", b"", b"220 ", 300),
    "command before login": Kind("submission", b"", b"220 ", 60),
    "header": Kind("smtp", MAIL + b"Subject: ", b"354", 180),
    "body": Kind("smtp", MAIL + b"Subject: x\r\n\r\n", b"354", 180),
    "literal": Kind("imap", b"a LOGIN {100}\r\n", b"+ ", 60),
    "POP3 command": Kind("pop3", b"", b"+OK", 60),
    "TLS hello": Kind("imaps", b"", b"", 30),
}


@pytest.fixture(autouse=True)
def _many_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class SlowClient:
    """Says its opening, then an octet now and then."""

    def __init__(self, suite: Suite, kind: Kind, user: Account) -> None:
        self._port = suite.port(kind.service)
        self._kind = kind
        self._opening = kind.opening.replace(b"%b", user.address.encode())

    async def begin(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port
        )
        self._writer.write(self._opening)
        heard = b""
        while self._kind.awaited not in heard:
            octets = await self._reader.read(4096)
            assert octets, heard
            heard += octets
        self._dripping = asyncio.create_task(self._drip())

    async def _drip(self) -> None:
        while not self._writer.transport.is_closing():
            self._writer.write(b"\x16" if self._kind.service == "imaps" else b"x")
            await asyncio.sleep(DRIP_S)

    async def dropped(self) -> None:
        """Wait until the server hangs up."""
        try:
            while await self._reader.read(4096):
                pass
        except ConnectionError:
            return

    def end(self) -> None:
        self._dripping.cancel()
        self._writer.transport.abort()


async def quick(suite: Suite, user: Account) -> float:
    """Return how long the slowest of three quick clients takes."""
    word = f"{user.address} {user.password}"
    talks = {
        "smtp": (b"EHLO quick.test", b"250 "),
        "imap": (f"a LOGIN {word}".encode(), b"a OK"),
        "pop3": (b"CAPA", b".\r\n"),
    }
    longest = 0.0
    for service, (say, awaited) in talks.items():
        begin = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", suite.port(service))
        await reader.readline()
        writer.write(say + b"\r\n")
        while not (line := await reader.readline()).startswith(awaited):
            assert line
        longest = max(longest, time.monotonic() - begin)
        writer.transport.abort()
    return longest


async def hold(suite: Suite, kinds: list[str], user: Account, capsys) -> None:
    """Hold a crowd; measure who is quick; see all of the crowd dropped in time."""
    crowd = [
        SlowClient(suite, SLOW[kind], user) for kind in kinds for _ in range(CLIENTS)
    ]
    await quick(suite, user)  # the first login costs a hash
    begin = time.monotonic()
    try:
        for place in range(0, len(crowd), 100):
            some = crowd[place : place + 100]
            await asyncio.gather(*(one.begin() for one in some))
        served = max([await quick(suite, user) for _ in range(LOOKS)])
        if IS_FULL:
            borne_s = max(SLOW[kind].borne_s for kind in kinds) + SLACK_S
            async with asyncio.timeout(borne_s):
                await asyncio.gather(*(one.dropped() for one in crowd))
    finally:
        for one in crowd:
            one.end()
    with capsys.disabled():
        ended = f", dropped after {time.monotonic() - begin:.0f} s" if IS_FULL else ""
        sys.stdout.write(
            f" [{len(crowd)} that drip ({', '.join(kinds)}): a quick one is served"
            f" within {1_000 * served:.0f} ms{ended}]"
        )
    assert served < SERVED_S


@pytest.mark.parametrize(
    "kinds",
    [[kind] for kind in SLOW] if IS_FULL else [list(SLOW)],
    ids=lambda kinds: kinds[0] if IS_FULL else "all",
)
async def test_m1_beside_a_crowd_that_drips_others_are_served(
    suite: Suite, tim: Account, kinds: list[str], capsys
) -> None:
    """TRUST M1: of each kind 2,000, one kind after the other."""
    await hold(suite, kinds, tim, capsys)

"""Clients as a process of their own: ``python idle_clients.py '{…}'``.

``hold`` opens IMAP sessions, lets them idle, tells how long that took and holds them
until its input ends, after which it tells how many were still there; ``hold_smtp`` does
so with SMTP sessions that have said EHLO. ``noop`` says NOOP again
and again in one session, ``flood`` sends mail by many sessions as fast as it can; both
print their figures when their time is over.
"""

import asyncio
import itertools
import json
import resource
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

_AT_ONCE = 50


class Lines(asyncio.Protocol):
    """A connection that waits for one line after the other, or for none."""

    __slots__ = ("_octets", "_waiter", "lost", "transport")

    def __init__(self) -> None:
        self._octets = b""
        self._waiter: asyncio.Future[None] | None = None
        self.lost = False
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._octets += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def line(self) -> bytes:
        """Return the next line."""
        while b"\r\n" not in self._octets:
            if self.lost:
                raise ConnectionResetError("closed by the server")
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        line, _, self._octets = self._octets.partition(b"\r\n")
        return line

    async def imap(self, command: str) -> None:
        """Carry an IMAP command out."""
        self.transport.write(f"a {command}\r\n".encode())
        while not (line := await self.line()).startswith(b"a "):
            pass
        if not line.startswith(b"a OK"):
            raise ConnectionError(line.decode(errors="replace"))

    async def smtp(self, octets: bytes) -> None:
        """Say something to an SMTP server that it must take."""
        self.transport.write(octets)
        await self.reply()

    async def reply(self) -> None:
        """Read an SMTP reply that must be a good one."""
        while (line := await self.line())[3:4] == b"-":
            pass
        if line[:1] not in {b"2", b"3"}:
            raise ConnectionError(line.decode(errors="replace"))


async def connect(job: dict[str, Any]) -> Lines:
    """Return a fresh connection."""
    context = None
    if job.get("tls"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _, client = await asyncio.get_running_loop().create_connection(
        Lines, "127.0.0.1", job["port"], ssl=context
    )
    return client


async def log_in(job: dict[str, Any], user: list[str]) -> Lines:
    """Return an IMAP session in a user's INBOX."""
    client = await connect(job)
    await client.line()
    await client.imap(f"LOGIN {user[0]} {user[1]}")
    await client.imap("SELECT INBOX")
    return client


async def hold(job: dict[str, Any]) -> None:
    """Let IMAP sessions idle until the input ends."""
    users = itertools.cycle(job["users"])

    async def idle() -> Lines:
        client = await log_in(job, next(users))
        client.transport.write(b"i IDLE\r\n")
        while not (await client.line()).startswith(b"+"):
            pass
        return client

    await hold_all(job, idle)


async def hold_smtp(job: dict[str, Any]) -> None:
    """Let SMTP sessions say nothing until the input ends."""

    async def silent() -> Lines:
        client = await connect(job)
        await client.reply()
        await client.smtp(b"EHLO idle.test\r\n")
        return client

    await hold_all(job, silent)


async def hold_all(
    job: dict[str, Any], begin_one: Callable[[], Awaitable[Lines]]
) -> None:
    """Begin sessions, some at once, and hold them until the input ends."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Lines:
        async with gate:
            return await begin_one()

    begin = time.monotonic()
    clients = await asyncio.gather(*(one() for _ in range(job["sessions"])))
    say(seconds=time.monotonic() - begin)
    await asyncio.to_thread(sys.stdin.read)
    say(alive=sum(not client.lost for client in clients))
    for client in clients:
        client.transport.abort()


async def noop(job: dict[str, Any]) -> None:
    """Measure how long NOOP takes."""
    client = await log_in(job, job["users"][0])
    times: list[float] = []
    end = time.monotonic() + job["seconds"]
    while (begin := time.monotonic()) < end:
        await client.imap("NOOP")
        times.append(time.monotonic() - begin)
        await asyncio.sleep(0.005)
    times.sort()
    say(count=len(times), **_centiles(times))


def say(**figures: float) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def _centiles(times: list[float]) -> dict[str, float]:
    places = {"p50": 0.5, "p99": 0.99, "worst": 1.0}
    return {
        name: 1e3 * times[min(len(times) - 1, int(len(times) * part))]
        for name, part in places.items()
    }


async def flood(job: dict[str, Any]) -> None:
    """Send mail as fast as it is taken."""
    end = time.monotonic() + job["seconds"]
    taken = [0]
    users = itertools.cycle(job["users"])
    content = b"Subject: flood\r\n\r\n" + b"flood and more of it\r\n" * 180 + b".\r\n"

    async def one() -> None:
        client = await connect(job)
        await client.reply()
        await client.smtp(b"EHLO flood.test\r\n")
        while time.monotonic() < end:
            to = next(users)[0].encode()
            await client.smtp(b"MAIL FROM:<flood@elsewhere.test>\r\n")
            await client.smtp(b"RCPT TO:<%b>\r\n" % to)
            await client.smtp(b"DATA\r\n")
            await client.smtp(content)
            taken[0] += 1
        client.transport.abort()

    begin = time.monotonic()
    await asyncio.gather(*(one() for _ in range(job["sessions"])))
    say(taken=taken[0], seconds=time.monotonic() - begin)


def main() -> None:
    job = json.loads(sys.argv[1])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    works = {"hold": hold, "hold_smtp": hold_smtp, "noop": noop, "flood": flood}
    work = works[job["kind"]]
    uvloop.run(asyncio.wait_for(work(job), job["timeout_s"]))


if __name__ == "__main__":
    main()

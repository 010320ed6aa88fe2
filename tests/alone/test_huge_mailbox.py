"""A mailbox of very many messages beside very many folders (TRUST M13).

CI has 64,000 messages and 300 folders; `make trust` 1,024,000 and 9,990
(``MAILMAX_HUGE_DOUBLINGS=13``, ``MAILMAX_HUGE_FOLDERS=9990``). While one client has
its way with them, another's NOOP shows whether the loop stands still.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fix_battered import told
from fix_suite import Account, Suite

DOUBLINGS = int(os.environ.get("MAILMAX_HUGE_DOUBLINGS", "9"))
FOLDERS = int(os.environ.get("MAILMAX_HUGE_FOLDERS", "300"))
FIRST = 125
MESSAGES = FIRST * 2**DOUBLINGS
IS_FULL = DOUBLINGS >= 13
LATE_MS = 100 if IS_FULL else 300
STOOD = "the loop stood still"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + MESSAGES // 500)]


class Client:
    """An IMAP client that is told what it is told, and how long it took."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, command: bytes) -> list[bytes]:
        """Return the untagged lines of an answer that must be OK."""
        self._writer.write(b"a " + command + b"\r\n")
        lines: list[bytes] = []
        while not (line := await self._reader.readline()).startswith(b"a "):
            assert line, command
            lines.append(line)
        assert line.startswith(b"a OK"), (command, line)
        return lines


@asynccontextmanager
async def logged_in(suite: Suite, user: Account) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", suite.port("imap"), limit=64 * 1024 * 1024
    )
    await reader.readline()
    client = Client(reader, writer)
    await client.ask(f"LOGIN {user.address} {user.password}".encode())
    yield client
    writer.transport.abort()


async def look(client: Client, waits: list[float]) -> None:
    """Say NOOP again and again; note how long each takes."""
    while True:
        begin = time.perf_counter()
        await client.ask(b"NOOP")
        waits.append(1_000 * (time.perf_counter() - begin))
        await asyncio.sleep(0.005)


async def test_m13_a_huge_mailbox_holds_up_nobody_else(battered: Suite, capsys) -> None:
    """TRUST M13: filled, searched, flagged, expunged; folders made and listed."""
    owner, other = battered.users[13:15]
    with battered.imap(owner) as client:
        for number in range(FIRST):
            text = b"Subject: number %d\r\n\r\nbody\r\n" % number
            client.append("INBOX", None, None, text)
    begun, waits, took = len(told(battered)), [], {}

    async with logged_in(battered, owner) as mine, logged_in(battered, other) as theirs:
        looking = asyncio.create_task(look(theirs, waits))
        for what, command in steps():
            begin = time.perf_counter()
            answer = await mine.ask(command)
            took[what] = took.get(what, 0.0) + time.perf_counter() - begin
            check(what, answer)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    waits.sort()
    p99 = waits[int(len(waits) * 0.99)]
    stood = told(battered)[begun:].count(STOOD)
    with capsys.disabled():
        shown = ", ".join(f"{what} {seconds:.2f} s" for what, seconds in took.items())
        sys.stdout.write(
            f" [{MESSAGES} messages, {FOLDERS} folders: {shown}; another's NOOP p99"
            f" {p99:.1f} ms, worst {waits[-1]:.1f} ms; stalls {stood}]"
        )
    assert p99 < LATE_MS
    assert len(waits) > 20


def steps() -> list[tuple[str, bytes]]:
    """Return what the owner does, in order."""
    return [
        *(("folders", b"CREATE box%d" % number) for number in range(FOLDERS)),
        ("LIST", b'LIST "" *'),
        ("SELECT", b"SELECT INBOX"),
        *(("COPY", b"COPY 1:* INBOX") for _ in range(DOUBLINGS)),
        ("SELECT", b"SELECT INBOX"),
        ("SEARCH", b"UID SEARCH SUBJECT nothing"),
        ("SEARCH", b"UID SEARCH RETURN (COUNT) SUBJECT 7"),
        ("FETCH", b"FETCH 1:* (FLAGS UID)"),
        ("STORE", b"STORE 1:* +FLAGS.SILENT (\\Deleted)"),
        ("EXPUNGE", b"EXPUNGE"),
        ("SELECT again", b"SELECT INBOX"),
    ]


def check(what: str, answer: list[bytes]) -> None:
    match what:
        case "LIST":
            assert len(answer) >= FOLDERS
        case "FETCH":
            assert len(answer) == MESSAGES
        case "EXPUNGE":
            assert len([line for line in answer if b"EXPUNGE" in line]) == MESSAGES
        case "SELECT again":
            assert b"* 0 EXISTS\r\n" in answer

"""Many large messages at once: streamed, in and out, in little memory (TRUST M4).

CI has a hundred of 2 MB; `make trust` of 50 MB (``MAILMAX_LARGE_MB=50``).
"""

import asyncio
import hashlib
import imaplib
import os
import sys
import time
from collections.abc import AsyncIterator

import pytest

from fix_battered import resident_kib
from fix_suite import Account, Suite, run_mailmax

MAILS = int(os.environ.get("MAILMAX_LARGE_MAILS", "100"))
MB = int(os.environ.get("MAILMAX_LARGE_MB", "2"))
PATIENCE_S = 30 + MAILS * MB // 10
MOST_KIB = 150 * 1024
"""Memory of each role's own at its worst moment; pages of files that it maps are the
system's, who takes them back."""
READING_KIB = 50 * 1024
READERS = 20
"""At once, by IMAP: together they would hold more, if they held whole messages."""
ROLES = ("smtpmax", "filer", "imapmax", "popmax", "queuemax", "datamax")
LINE = b"0123456789abcdef" * 4 + b"\r\n"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + MAILS * MB // 5)]


def content(number: int) -> bytes:
    """Return a message of some megabytes."""
    return b"Subject: large %d\r\n\r\n" % number + LINE * (MB * 1_000_000 // len(LINE))


@pytest.fixture
async def peaks(battered: Suite) -> AsyncIterator[dict[str, int]]:
    """Give what each role has of its own at most while a test runs."""
    pids = {role: battered.role_pid(role) for role in ROLES}
    found = dict.fromkeys(ROLES, 0)

    async def weigh() -> None:
        while True:
            for role, pid in pids.items():
                found[role] = max(found[role], resident_kib(pid, "RssAnon"))
            await asyncio.sleep(0.02)

    weighing = asyncio.create_task(weigh())
    yield found
    weighing.cancel()
    await asyncio.gather(weighing, return_exceptions=True)
    assert {role: battered.role_pid(role) for role in ROLES} == pids


async def send(suite: Suite, user: Account, number: int) -> bytes:
    """Send a message by SMTP; again while the filer is far behind (451)."""
    end = time.monotonic() + PATIENCE_S
    while (answer := await send_once(suite, user, number)).startswith(b"451"):
        if time.monotonic() > end:
            break
        await asyncio.sleep(0.05)
    return answer


async def send_once(suite: Suite, user: Account, number: int) -> bytes:
    """Send a message; return the answer that decides."""
    reader, writer = await asyncio.open_connection("127.0.0.1", suite.port("smtp"))
    to = user.address.encode()
    await reader.readline()
    for line in (b"EHLO a", b"MAIL FROM:<a@b.test>", b"RCPT TO:<%b>" % to, b"DATA"):
        writer.write(line + b"\r\n")
        while (answer := await reader.readline())[3:4] == b"-":
            pass
        if answer.startswith(b"4"):
            writer.transport.abort()
            return answer
    whole = content(number)
    for begin in range(0, len(whole), 65536):
        writer.write(whole[begin : begin + 65536])
        await writer.drain()
    writer.write(b".\r\n")
    answer = await reader.readline()
    writer.transport.abort()
    return answer


async def digest_by_imap(
    suite: Suite, user: Account, number: int, all_have_begun: asyncio.Barrier
) -> str:
    """Read a message by IMAP when all are being sent; return what came, as a digest."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", suite.port("imap"), limit=4096
    )
    word = f"{user.address} {user.password}".encode()
    for line in (b"a LOGIN " + word, b"b SELECT INBOX"):
        writer.write(line + b"\r\n")
        while not (await reader.readline()).startswith(line[:2]):
            pass
    writer.write(b"c FETCH %d BODY.PEEK[]\r\n" % number)
    head = await reader.readline()
    await all_have_begun.wait()
    left = int(head.partition(b"{")[2].partition(b"}")[0])
    found = hashlib.sha256()
    skipped = b""
    while left:
        octets = await reader.read(min(left, 65536))
        assert octets
        left -= len(octets)
        if b"Subject: " not in skipped:
            skipped += octets
            found.update(skipped[skipped.index(b"Subject: ") :])
        else:
            found.update(octets)
    writer.transport.abort()
    return found.hexdigest()


async def test_m4_many_large_messages_at_once_are_streamed(
    battered: Suite, peaks: dict[str, int], capsys
) -> None:
    """TRUST M4: in by SMTP, out by IMAP, each octet the same."""
    user = battered.users[8]
    run_mailmax(
        "config", "set", "message_limit_octets", "60M", "--dir", str(battered.directory)
    )

    answers = await asyncio.gather(*(send(battered, user, n) for n in range(MAILS)))
    assert {answer[:3] for answer in answers} == {b"250"}, answers
    end = time.monotonic() + PATIENCE_S
    while await asyncio.to_thread(_count, battered, user) < MAILS:
        assert time.monotonic() < end, "not all is filed"
        await asyncio.sleep(0.1)
    all_have_begun = asyncio.Barrier(READERS)
    read = await asyncio.gather(
        *(digest_by_imap(battered, user, n + 1, all_have_begun) for n in range(READERS))
    )

    with capsys.disabled():
        told = ", ".join(f"{role} {kib // 1024}" for role, kib in peaks.items())
        sys.stdout.write(f" [{MAILS} messages of {MB} MB at once: MiB at most: {told}]")
    sent = {hashlib.sha256(content(number)).hexdigest() for number in range(MAILS)}
    assert set(read) <= sent
    assert len(set(read)) == READERS
    assert max(peaks.values()) < MOST_KIB, peaks
    assert peaks["imapmax"] < READING_KIB, peaks


def _count(suite: Suite, user: Account) -> int:
    client: imaplib.IMAP4
    with suite.imap(user) as client:
        return int(client.select("INBOX", readonly=True)[1][0])

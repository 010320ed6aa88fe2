"""How fast the journal commits and is scanned; prints one line a measurement.

Run: ``PYTHONPATH=src .venv/bin/python bench/journal_commit.py [DIRECTORY]``.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from mailmax.base.envelope import Client, Envelope, Recipient
from mailmax.store.journal import record, recover, segment
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import Entry

BODY = b"Subject: x\r\n\r\n" + b"0123456789abcdef" * 256
ENVELOPE = Envelope(
    "sender@example.org",
    (Recipient("tim@demo.test", 7),),
    1_700_000_000_000,
    Client("192.0.2.1", "mail.example.org", "ESMTP"),
    facts={"spf": "pass", "dkim": "pass"},
)


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def committers(root: Path, sessions: int, messages: int) -> None:
    writer = JournalWriter(root, "smtpmax")
    commits = GroupCommit(writer)

    async def session(count: int) -> None:
        for _ in range(count):
            await commits.commit(Entry(ENVELOPE, chunks=[BODY]))

    await session(200)
    await asyncio.sleep(0.5)
    before, began = cpu(), time.perf_counter()
    await asyncio.gather(*(session(messages // sessions) for _ in range(sessions)))
    took, used = time.perf_counter() - began, cpu() - before
    print(
        f"{sessions:3} committers: {messages / took:9,.0f} commits/s,"
        f" {used / messages * 1e6:6.1f} us CPU a message"
    )
    commits.close()
    writer.close()


def follow(root: Path, stop: Event) -> None:
    """Be a filer that does nothing but let go."""
    reader = JournalReader(root, ["smtpmax"])
    began = time.monotonic()
    while not stop.is_set():
        reader.wait(0.1)
        while reader.next(256):
            pass
        if time.monotonic() - began > 0.05:
            reader.done(reader.position())
            began = time.monotonic()
    reader.close()


def followed(root: Path) -> None:
    """Commit while another process reads: segments are recycled."""
    stop = multiprocessing.Event()
    reader = multiprocessing.Process(target=follow, args=(root, stop))
    reader.start()
    print("with a reader in another process:")
    for sessions, messages in ((1, 4000), (50, 60000)):
        asyncio.run(committers(root, sessions, messages))
    stop.set()
    reader.join()


def reading(root: Path) -> None:
    files = [s for p in (root / "journal").glob("*.*/") for s in segment.segments_in(p)]
    octets = records = 0
    began = time.perf_counter()
    for found in files:
        with segment.map_segment(found.path) as octet_map:
            seed = record.seed_of(found.header.journal, found.header.number)
            for head in recover.walk(
                octet_map, segment.START, seed, found.header.first - 1
            ):
                octets, records = octets + head.end - head.envelope_at, records + 1
    took = time.perf_counter() - began
    print(
        f"scan: {octets / took / 1e9:.2f} GB/s, {records / took:,.0f} records/s"
        f" ({octets / 1e6:.0f} MB)"
    )
    reader = JournalReader(root, ["smtpmax"])
    began, count = time.perf_counter(), 0
    while batch := reader.next(256):
        for one in batch:
            reader.body(one.body)
        count += len(batch)
    took = time.perf_counter() - began
    print(f"read with bodies checked: {count / took:,.0f} records/s")
    reader.close()


def main() -> None:
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=parent) as root:
        for sessions, messages in ((1, 4000), (50, 60000), (200, 60000)):
            asyncio.run(committers(Path(root), sessions, messages))
        reading(Path(root))
    with tempfile.TemporaryDirectory(dir=parent) as root:
        followed(Path(root))


if __name__ == "__main__":
    import uvloop

    uvloop.install()
    main()

"""The processes that `test_power_cuts` starts: one that commits, one that recovers.

``journal_child.py write ROOT LIFE [no-sync|no-write-sync]`` commits groups for ever and
prints a line after each promise; ``journal_child.py read ROOT POSITION done|keep``
prints what is there as JSON.
"""

import itertools
import json
import os
import random
import sys
import zlib
from pathlib import Path

from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.errors import Failure
from mailmax.base.units import MIB
from mailmax.store import disk
from mailmax.store.journal.pool import Sizes
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.spool.port import Entry


def write(root: Path, life: str, broken: str = "") -> None:
    if broken:
        disk.pwritev = lambda fd, buffers, at, _flags=0: os.pwritev(fd, buffers, at)
    if broken == "no-sync":
        disk.fsync = disk.fdatasync = lambda _fd: None
    chance = random.Random(life)
    try:
        writer = JournalWriter(root, "smtpmax", sizes=Sizes(MIB // 4, MIB))
        for turn in itertools.count():
            names = [f"{life}.{turn}.{i}" for i in range(chance.randint(1, 4))]
            group = [_entry(writer, name, chance) for name in names]
            say("try " + " ".join(names))
            writer.commit(group)
            say("promise " + " ".join(names))
    except Failure:
        os._exit(0)


def _entry(writer: JournalWriter, name: str, chance: random.Random) -> Entry:
    body = body_of(name) * chance.choice((1, 30, 300))
    envelope = Envelope("", (Recipient(name),), 0, facts={"size": str(len(body))})
    if len(body) < 4000 or chance.random() < 0.8:
        return Entry(envelope, chunks=[body])
    big = writer.open_big()
    big.write(body)
    return Entry(envelope, big=big)


def body_of(name: str) -> bytes:
    return name.encode() * 10


def read(root: Path, position: str, done: str) -> None:
    reader = JournalReader(root, ["smtpmax"], bytes.fromhex(position))
    found = []
    while batch := reader.next():
        for record in batch:
            name = record.envelope.recipients[0].address
            body = reader.body(record.body)
            size = int(record.envelope.facts["size"])
            whole = body_of(name) * (size // len(body_of(name)))
            sound = zlib.crc32(body) == zlib.crc32(whole) and len(body) == size
            found.append(name if sound else f"{name} differs")
    kept = reader.position()
    if done == "done":
        reader.done(kept)
    say(json.dumps({"found": found, "position": kept.hex(), "bad": reader.damaged}))
    reader.close()


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    verb = {"write": write, "read": read}[sys.argv[1]]
    verb(Path(sys.argv[2]), *sys.argv[3:])

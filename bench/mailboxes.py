"""Figures of the segment store: delivery, SELECT, refresh, fragments.

Run: ``PYTHONPATH=src python bench/mailboxes.py [directory]``
"""

import resource
import shutil
import sys
import tempfile
import time
import zlib
from pathlib import Path

from mailmax.base.envelope import Origin
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

BODY = (b"Subject: hello\r\n\r\n" + b"x" * 70 + b"\r\n") * 46
FRAGMENT = b"\x02" + b"f" * 599
CRC = zlib.crc32(BODY)


def delivery(user: int, number: int) -> Delivery:
    message = NewMessage(
        body=BODY,
        size=len(BODY),
        crc=CRC,
        fragment=FRAGMENT,
        internal_date_ms=1_700_000_000_000 + number,
        origin=Origin(b"j" * 16, number),
    )
    return Delivery(
        UserId(user), f"example.test/{user % 256:02x}/u~{user}", "", message
    )


def timed(label, work, count=1, unit="ms"):
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    scale = {"ms": 1e3, "us": 1e6}[unit] / count
    print(f"{label:44} {wall * scale:9.2f} {unit} wall {cpu * scale:9.2f} {unit} CPU")
    return result


def deliveries(root: Path, users: int, rounds: int) -> None:
    store = SegmentStore(root / "deliver")
    number = 0
    for round_ in range(rounds):
        batch = [delivery(user, number + user) for user in range(users)]
        number += users

        def work(batch=batch):
            for start in range(0, len(batch), 64):
                store.deliver(batch[start : start + 64])

        timed(f"deliver, {users} users, round {round_}", work, users, "us")
    same = [delivery(1, number + n) for n in range(2000)]

    def again() -> None:
        for one in same:
            store.deliver([one])

    timed("deliver, one warm user, one a batch", again, len(same), "us")
    same = [delivery(2, number + 5000 + n) for n in range(2048)]

    def batches() -> None:
        for start in range(0, len(same), 64):
            store.deliver(same[start : start + 64])

    timed("deliver, one warm user, 64 a batch", batches, len(same), "us")
    timed("checkpoint", store.checkpoint)
    store.close()


def reading(root: Path, count: int) -> None:
    where = root / f"read{count}"
    store = SegmentStore(where, background=False)
    small = b"Subject: x\r\n\r\nx\r\n"
    for start in range(0, count, 1000):
        batch = []
        for n in range(start, min(count, start + 1000)):
            one = delivery(1, n)
            one.message.body, one.message.size = small, len(small)
            one.message.crc = zlib.crc32(small)
            batch.append(one)
        store.deliver(batch)
    home = delivery(1, 0).home
    account = store.account(UserId(1), home)
    account.open("INBOX").close()
    store.deliver([delivery(1, count)])
    timed(f"compact {count}", store.tidy)
    account.close()
    store.close()
    store = SegmentStore(where)
    account = store.account(UserId(1), home)
    inbox = timed(f"SELECT {count} cold", lambda: account.open("INBOX"))
    inbox.close()
    again = timed(f"SELECT {count} again", lambda: account.open("INBOX"))
    again.close()
    inbox = account.open("INBOX")
    timed(f"refresh, nothing new ({count})", inbox.refresh)
    store.deliver([delivery(1, count + 1)])
    timed(f"refresh, one new ({count})", inbox.refresh)
    timed(
        f"fragments of 10k ({count})", lambda: inbox.fragments(range(min(count, 10000)))
    )
    timed("1,000 bodies", lambda: [inbox.read(n) for n in range(1000)])
    uids = inbox.uids[:10000]
    timed("STORE +FLAGS on 10k", lambda: inbox.store(uids, "+", Flag.SEEN))
    timed("refresh", inbox.refresh)
    trash = account.open("Trash")
    timed("COPY 1k", lambda: inbox.copy(uids[:1000], trash))
    timed("sync", trash.sync)
    timed("refresh", trash.refresh)
    timed("MOVE 1k", lambda: inbox.move(uids[1000:2000], trash))
    timed("refresh", inbox.refresh)
    inbox.store(uids[3000:4000], "+", Flag.DELETED)
    inbox.refresh()
    timed("EXPUNGE 1k", inbox.expunge)
    timed("refresh", inbox.refresh)
    timed("sync", inbox.sync)
    timed("STATUS", lambda: account.status("INBOX"))
    message = delivery(1, 0).message

    def appends() -> None:
        for _ in range(100):
            inbox.append([message])
            inbox.sync()

    timed("APPEND", appends, 100)
    store.close()


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    root.mkdir(parents=True, exist_ok=True)
    try:
        deliveries(root, 2000, 4)
        for count in (10_000, 100_000):
            reading(root, count)
    finally:
        shutil.rmtree(root)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"peak memory {used.ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()

"""Several processes on one user's mail: they hear of each other and stay apart."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from mailmax.base.envelope import Origin
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.atomic import Lock
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments import compact as work
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage, Notes, Usage
from waiting import wait_for

TIM = UserId(7)
HOME = "example.test/a1/tim~7"

OTHER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_segments_processes import *
store = SegmentStore(Path(sys.argv[1]), role="other")
account = store.account(TIM, HOME)
inbox = account.open("INBOX")
print("ready", flush=True)
for line in sys.stdin:
    print(repr(eval(line)), flush=True)
"""


def message(body: bytes, **more) -> NewMessage:
    return NewMessage(
        body=body,
        size=len(body),
        crc=zlib.crc32(body),
        fragment=b"\x02" + body,
        internal_date_ms=1,
        **more,
    )


def delivery(number: int) -> Delivery:
    origin = Origin(b"j" * 16, number)
    return Delivery(TIM, HOME, "", message(b"mail %d" % number, origin=origin))


class Other:
    """A second process with the same mail root, told what to do."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(root), str(Path(__file__).parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.process.stdout.readline() == "ready\n"

    def does(self, expression: str) -> str:
        self.tell(expression)
        return self.process.stdout.readline().strip()

    def tell(self, expression: str) -> None:
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "mail"


@pytest.fixture
def store(root):
    made = SegmentStore(root, role="ours", background=False)
    yield made
    made.close()


@pytest.fixture
def inbox(store):
    opened = store.account(TIM, HOME).open("INBOX")
    yield opened
    opened.close()


@pytest.fixture
def other(root, inbox):
    process = Other(root)
    yield process
    process.kill()


async def hear(bell: asyncio.Event) -> None:
    await asyncio.wait_for(bell.wait(), 5)
    bell.clear()


async def test_what_another_process_does_is_heard_and_noted(inbox, other):
    bell = asyncio.Event()
    stop = inbox.watch(bell.set)

    other.tell("inbox.append([message(b'one'), message(b'two'), message(b'three')])")
    await hear(bell)
    assert inbox.refresh() == Notes(added=3)
    assert inbox.read(1) == b"two"

    other.process.stdout.readline()
    other.tell("inbox.store([1, 3], '+', Flag.SEEN, ['work'])")
    await hear(bell)
    assert inbox.refresh() == Notes(changed=[0, 2])
    assert inbox.keywords == {"work": {1, 3}}

    other.process.stdout.readline()
    other.tell("inbox.remove([1, 2])")
    await hear(bell)
    assert inbox.refresh() == Notes(expunged=[0, 1], expunged_uids=[1, 2])
    assert list(inbox.uids) == [3]
    stop()


async def test_a_compaction_elsewhere_is_followed(store, inbox, other):
    bell = asyncio.Event()
    stop = inbox.watch(bell.set)
    other.does("inbox.append([message(b'a%d' % n) for n in range(50)]) and None")
    other.does("inbox.remove(list(range(1, 41))) and None")
    await hear(bell)
    inbox.refresh()
    generation = inbox.box.generation

    other.does("compact(store, 1)")
    await hear(bell)
    assert inbox.refresh() is None
    assert inbox.box.generation == generation + 1
    await asyncio.sleep(0.05)
    bell.clear()
    other.tell("inbox.append([message(b'after')])")
    await hear(bell)

    assert inbox.refresh() == Notes(added=1)
    assert [inbox.read(n) for n in range(11)] == [b"a%d" % n for n in range(40, 50)] + [
        b"after"
    ]
    assert len(inbox.fragments(range(11))) == 11
    stop()


def compact(store: SegmentStore, times: int) -> None:
    """Compact log and octets of INBOX, whatever their size."""
    work.DEAD_OCTETS = 1
    home = store._home(TIM, HOME)
    for _ in range(times):
        assert work.compact_log(home, 1)
    work.compact_octets(home)


def test_several_compactions_between_two_looks(inbox, other):
    inbox.append([message(b"%d" % n) for n in range(9)])
    inbox.refresh()
    other.does("inbox.refresh() and None")
    other.does("inbox.remove([1, 2, 3, 4, 5]) and None")
    other.does("compact(store, 3)")
    other.does("inbox.store([7], '+', Flag.FLAGGED) and None")

    notes = inbox.refresh()

    assert notes.expunged == [0, 1, 2, 3, 4]
    assert notes.changed == [1]
    assert notes.added == 0
    assert [inbox.read(n) for n in range(4)] == [b"5", b"6", b"7", b"8"]


def test_bodies_that_moved_are_found_before_the_refresh(root, inbox, other):
    inbox.append([message(b"%d" % n * 100) for n in range(9)])
    inbox.refresh()
    other.does("inbox.remove([1, 2, 3, 4, 5, 6, 7]) and None")
    other.does("compact(store, 1)")
    inbox.home.files.close()

    assert inbox.read(8) == b"8" * 100
    assert inbox.fragments([7, 8]) == [b"\x02" + b"7" * 100, b"\x02" + b"8" * 100]
    assert len(inbox.uids) == 9
    assert not (root / HOME / "mail.0001").exists()


def test_a_locked_user_is_put_aside(root, store, inbox):
    held = Lock.take_directory(root / HOME)

    assert [outcome.locked for outcome in store.deliver([delivery(1)])] == [True]
    with pytest.raises(Locked):
        inbox.store([1], "+", Flag.SEEN)
    assert [type(one) for one in store.append([(inbox, [message(b"x")])])] == [Locked]
    with pytest.raises(Locked):
        store.account(TIM, HOME).create("x")

    held.release()
    assert store.deliver([delivery(1)])[0].uid == 1


def test_both_may_write_at_once(store, inbox, other):
    other.tell(
        "[inbox.append([message(b'theirs %d' % n)]) for n in range(60)] and None"
    )
    ours = []
    while len(ours) < 60:
        try:
            ours += inbox.append([message(b"ours %d" % len(ours))]).uids
        except Locked:
            time.sleep(0.001)
    other.process.stdout.readline()
    inbox.refresh()

    assert list(inbox.uids) == list(range(1, 121))
    bodies = {inbox.read(n) for n in range(120)}
    assert bodies == {b"ours %d" % n for n in range(60)} | {
        b"theirs %d" % n for n in range(60)
    }
    assert store.usage(TIM, HOME) == Usage(sum(inbox.sizes), 120)


def test_a_killed_writer_leaves_nothing_torn(store, inbox, root):
    """Kill -9 in the middle of appending, over and over."""

    def known() -> int:
        inbox.refresh()
        return len(inbox.uids)

    for round_ in range(4):
        other = Other(root)
        first = round_ * 10**6
        before = known()
        other.tell(f"[store.deliver([delivery(n + {first})]) for n in range(10**5)]")
        wait_for(lambda before=before: known() > before + 15)
        time.sleep(round_ * 0.013)
        other.kill()
        store.deliver([delivery(10**9 + round_)])
        inbox.refresh()
        assert list(inbox.uids) == list(range(1, len(inbox.uids) + 1))
        assert inbox.read(len(inbox.uids) - 1) == b"mail %d" % (10**9 + round_)
        assert store.usage(TIM, HOME) == Usage(sum(inbox.sizes), len(inbox.uids))
    assert len(inbox.uids) > 50
    assert all(inbox.read(n).startswith(b"mail ") for n in range(len(inbox.uids)))


def test_folders_made_elsewhere_are_seen(store, inbox, other):
    account = store.account(TIM, HOME)
    other.does("account.create('a/b') and None")
    assert account.find("a/b").selectable

    opened = account.open("a/b")
    other.does("account.rename('a', 'c') and None")
    assert account.find("a/b") is None
    assert account.find("c/b").folder_id == opened.folder.folder_id

    other.does("account.delete('c/b') and None")
    assert opened.refresh() == Notes(reset=True)
    opened.close()


async def test_folder_changes_elsewhere_ring(store, other):
    account = store.account(TIM, HOME)
    bell = asyncio.Event()
    stop = account.watch(bell.set)

    other.tell("account.create('new') and None")

    await hear(bell)
    stop()


def test_what_another_did_is_durable_before_it_is_relied_on(
    root, store, inbox, monkeypatch
):
    """TRUST D7: nothing is left to be changed, and the other has not synced yet."""
    (uid,) = inbox.append([message(b"one")]).uids
    other = SegmentStore(root, role="theirs", background=False)
    account = store.account(TIM, HOME)
    theirs = other.account(TIM, HOME)
    theirs.open("INBOX").store([uid], "+", Flag.SEEN)
    home = theirs.home
    with home.changing():
        home.roster.do(home.table_to_change().subscribe("news", subscribed=True))
    synced, real = [], disk.fdatasync

    def fdatasync(fd: int) -> None:
        synced.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        real(fd)

    monkeypatch.setattr(disk, "fdatasync", fdatasync)

    assert not inbox.store([uid], "+", Flag.SEEN).uids
    inbox.sync()
    assert synced == ["log.1.1"]

    account.subscribe("news", True)
    assert synced == ["log.1.1", "folders.1"]

    theirs.open("INBOX").store([uid], "+", Flag.DELETED)
    theirs.open("INBOX").expunge()
    assert not inbox.expunge().uids
    inbox.sync()
    assert synced == ["log.1.1", "folders.1", "log.1.1"]
    account.close()

"""Writers and readers that come, go, fall silent, and leave things behind."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_spools import SMALL, Node, entry, envelope, eventually, name_of, read
from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.store import disk
from mailmax.store.free_space import FreeSpace
from mailmax.store.journal import layout, segment
from mailmax.store.journal.notices import MAGIC, Position
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.spool.port import Entry


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path, "journal")
    yield node
    node.close()


def test_slots_are_the_lowest_free_ones(node: Node) -> None:
    first, second = node.writer(), node.writer()
    assert [first.path.name, second.path.name] == ["smtpmax.0", "smtpmax.1"]

    node.shut(first)

    assert node.writer().path.name == "smtpmax.0"


def test_only_one_reader_of_a_name(node: Node) -> None:
    node.reader(["smtpmax"])

    with pytest.raises(TemporaryFailure):
        node.reader(["queuemax"])
    node.reader(["filer"])


def test_a_journal_read_to_its_end_is_removed_when_done(node: Node) -> None:
    writer = node.writer()
    big = writer.open_big()
    big.write(b"b" * 1000)
    writer.commit([entry("a", b"x"), Entry(envelope("b"), big=big)])
    node.shut(writer)
    reader = node.reader()
    read(reader, 2)
    assert writer.path.is_dir()

    reader.done(reader.position())

    assert not writer.path.exists()
    assert node.writer().path == writer.path


def test_a_journal_read_by_a_former_reader_is_removed_when_done(node: Node) -> None:
    """Its last segment may hold nothing yet."""
    writer, reader = node.writer("filer"), node.reader(["filer"])
    writer.commit([entry("a", b"x")])
    read(reader, 1)
    position = reader.position()
    node.shut(reader)
    node.shut(writer)
    node.shut(node.writer("filer"))
    again = node.reader(["filer"], position)
    assert writer.path.is_dir()

    again.done(position)

    assert not writer.path.exists()


def test_an_empty_journal_without_owner_is_removed_at_once(node: Node) -> None:
    node.shut(node.writer())
    (node.root / "journal/smtpmax.7/big").mkdir(parents=True)

    node.reader()

    assert layout.journals_of(node.root) == []


def test_strangers_in_the_directory_are_left_alone(node: Node) -> None:
    for name in ("smtpmax.x", "other.0", "smtpmax.0.bak", "SMTPMAX.0"):
        (node.root / "journal" / name).mkdir(parents=True)
    writer, reader = node.writer(), node.reader()
    (writer.path / "0099.seg").write_bytes(b"short")
    (writer.path / "x.seg").write_bytes(b"")
    writer.commit([entry("a")])

    assert [name_of(r) for r in read(reader, 1)] == ["a"]
    node.shut(writer)
    reader.done(reader.position())
    assert len(list((node.root / "journal").glob("*.bak"))) == 1


def test_big_files_go_when_their_record_is_passed(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    for name in "ab":
        big = writer.open_big()
        big.write(name.encode() * 5000)
        writer.commit([Entry(envelope(name), big=big)])
    orphan = writer.open_big()
    orphan.write(b"left behind")
    directory = writer.path / "big"
    reader.wait(5)
    reader.next(1)

    reader.done(reader.position())

    assert eventually(lambda: {p.name for p in directory.iterdir()} == {"2", "3"})
    node.shut(writer)
    node.shut(reader)
    again = node.writer()
    again.commit([entry("c")])
    reader = node.reader()
    read(reader, 3)
    reader.done(reader.position())
    assert eventually(lambda: not list((again.path / "big").iterdir()))


def test_a_writer_that_does_not_speak_is_not_waited_for_for_ever(node: Node) -> None:
    path, lock = layout.take_slot(node.root, "smtpmax")
    reader = node.reader()

    assert reader.unheard(0.1) == {path.name}

    lock.release()
    assert not reader.unheard(5)


def test_a_stale_reader_socket_is_replaced(node: Node) -> None:
    path = layout.socket_path(node.root, "filer")
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        directory = os.open(path.parent, os.O_RDONLY)
        stale.bind(f"/proc/self/fd/{directory}/{path.name}")
        os.close(directory)
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a")])

    assert len(read(reader, 1)) == 1
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "octets",
    [
        b"x" * 200,
        MAGIC + b"../../etc".ljust(64, b"\0") + b"j" * 16 + b"\xff" * 24,
        MAGIC + b"smtpmax.9".ljust(64, b"\0") + b"j" * 16 + b"\xff" * 50,
        MAGIC + b"\xff" * 300,
        b"",
    ],
)
def test_nonsense_on_the_socket_does_not_disturb(node: Node, octets: bytes) -> None:
    writer, reader = node.writer(), node.reader()
    path = layout.socket_path(node.root, "filer")
    with socket.socket(socket.AF_UNIX) as stranger:
        directory = os.open(path.parent, os.O_RDONLY)
        stranger.connect(f"/proc/self/fd/{directory}/{path.name}")
        os.close(directory)
        stranger.sendall(octets)
        writer.commit([entry("a")])
        assert [name_of(r) for r in read(reader, 1)] == ["a"]


def test_a_reader_that_does_not_listen_holds_nobody_up(node: Node) -> None:
    """The socket's buffer fills up: positions are left out, the last one comes."""
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("first")])
    assert read(reader, 1)
    begun = time.monotonic()

    for i in range(3000):
        writer.commit([entry(str(i))])

    assert time.monotonic() - begun < 60
    assert len(read(reader, 3000)) == 3000


def test_a_writer_that_dies_is_read_by_its_crcs(node: Node) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path; from fix_spools import SMALL, entry\n"
        "from mailmax.store.journal.writer import JournalWriter\n"
        "w = JournalWriter(Path(sys.argv[1]), 'smtpmax', sizes=SMALL)\n"
        "[w.commit([entry(str(i), b'x' * 3000)]) for i in range(40)]\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    fixtures = str(Path(__file__).parents[3] / "fixtures")
    reader = node.reader()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(node.root), fixtures],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
        before = read(reader, 25)
        child.kill()
    after = read(reader, 15)

    assert [name_of(r) for r in before + after] == [str(i) for i in range(40)]
    assert node.writer().path.name == "smtpmax.1"
    reader.done(reader.position())
    assert [p.name for p in layout.journals_of(node.root)] == ["smtpmax.1"]


def test_nothing_told_is_not_read_while_the_owner_lives(node: Node) -> None:
    """Unsynced octets are visible in a mapping: only what was told counts."""
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a")])
    read(reader, 1)
    laid = [writer._lay(entry("b"))]
    octets = b"".join(writer._pack(laid, writer._last + 1))
    os.pwrite(writer._fd, octets, writer._position.offset)

    assert not reader.wait(0.4)
    assert reader.next() == []


def test_without_dsync_the_file_is_synced(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []

    def old_kernel(fd: int, buffers: list[bytes], offset: int, flags: int = 0) -> int:
        if flags:
            raise OSError(errno.EOPNOTSUPP, "no flags here")
        return os.pwritev(fd, buffers, offset)

    monkeypatch.setattr(disk, "pwritev", old_kernel)
    monkeypatch.setattr(disk, "fdatasync", synced.append)
    writer, reader = node.writer(), node.reader()
    synced.clear()
    writer.commit([entry("a")])

    assert len(synced) == 1
    assert len(read(reader, 1)) == 1


def test_damage_is_counted_and_the_rest_is_read(node: Node) -> None:
    writer = node.writer()
    for name in "abcd":
        writer.commit([entry(name, name.encode() * 100)])
    node.shut(writer)
    (found,) = segment.segments_in(writer.path)
    octets = bytearray(found.path.read_bytes())
    octets[octets.index(b"b@demo.test")] ^= 1
    octets[octets.index(b"c" * 100) + 50] ^= 1
    found.path.write_bytes(octets)
    reader = node.reader()

    records = read(reader, 3)

    assert [name_of(r) for r in records] == ["a", "c", "d"]
    assert reader.damaged == 1
    with pytest.raises(PermanentFailure):
        reader.body(records[1].body)
    assert bytes(reader.body(records[2].body)) == b"d" * 100


@pytest.mark.parametrize("left", [0, 10, segment.START, segment.START + 60, 20_000])
def test_a_segment_that_became_short_costs_only_what_it_held(
    node: Node, left: int
) -> None:
    """A file system may have lost its end; nothing trips, the rest is read."""
    writer = node.writer()
    for name in "abcd":
        writer.commit([entry(name, name.encode() * 12_000)])
    writer.commit([entry("last", b"x" * 25_000)])
    node.shut(writer)
    first, *later = segment.segments_in(writer.path)
    assert later
    os.truncate(first.path, left)

    reader = node.reader()
    records = read(reader, 5, 1.0)

    assert name_of(records[-1]) == "last"
    assert 0 < len(records) < 5
    assert reader.damaged > 0 or left < segment.START
    reader.done(reader.position())
    assert not writer.path.exists()


def test_a_recycled_body_is_gone(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a", b"a" * 100)])
    ref = read(reader, 1)[0].body
    for turn in range(40):
        writer.commit([entry(str(turn), b"x" * 9000)])
        read(reader, 1)
        reader.done(reader.position())

    assert eventually(lambda: writer.lag == 0)
    with pytest.raises(PermanentFailure):
        reader.body(ref)


def test_former_hand_overs_hold_what_they_refer_to(node: Node) -> None:
    former, queue = node.writer("filer"), node.reader(["filer"])
    former.commit([entry("a")])
    read(queue, 1)
    node.shut(former)
    assert eventually(lambda: not queue.wait(0.3))

    filer = node.writer("filer")

    assert filer.path != former.path
    assert filer.number == 0
    assert filer.passed == -1
    queue.done(queue.position())
    assert filer.passed == 0


def test_numbers_of_a_former_life_stay_comparable(node: Node) -> None:
    """Who waits for `passed` to reach `number` must not wait for ever."""
    for _ in range(3):
        writer = node.writer("filer")
        writer.commit([entry("a")])
        node.shut(writer)
        node.shut(node.writer("filer"))
    filer = node.writer("filer")
    before = filer.number
    queue = node.reader(["filer"])

    read(queue, 3)
    queue.done(queue.position())

    assert eventually(lambda: filer.passed >= before)
    assert filer.passed <= filer.number


def test_a_position_of_vanished_journals_is_dropped(node: Node) -> None:
    writer = node.writer()
    writer.commit([entry("a")])
    reader = node.reader()
    read(reader, 1)
    position = reader.position()
    node.shut(writer)
    reader.done(position)
    node.shut(reader)

    again = node.reader(position=position)
    again.done(position)

    assert again.position() == JournalReader.position(again)
    assert len(again.position()) < len(position)


def test_a_new_writer_is_told_what_was_passed_before(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a"), entry("b")])
    read(reader, 1)
    reader.next()
    reader.done(reader.position())
    reader._look = lambda: None  # the writer shall be quicker than the adoption
    node.shut(writer)

    again = node.writer()

    assert again.path == writer.path
    assert eventually(lambda: not reader.wait(0.01) and again.lag == 0)
    assert again.passed == again.number


def test_lag_counts_large_bodies(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    big = writer.open_big()
    big.write(b"b" * 300_000)
    writer.commit([Entry(envelope("a"), big=big)])

    assert writer.lag > 300_000
    read(reader, 1)
    reader.done(reader.position())
    assert eventually(lambda: writer.lag == 0)


def test_room_is_asked_of_the_disk(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = node.writer()
    full = os.statvfs_result((4096, 4096, 100, 10, 10, 1000, 1000, 1000, 0, 255))
    no_inodes = os.statvfs_result((4096, 4096, 100, 10, 10, 1000, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)

    assert writer.has_room(5 * 4096)
    assert not writer.has_room(5 * 4096 + 1)
    monkeypatch.setattr(os, "statvfs", lambda _path: no_inodes)
    writer._space = FreeSpace(writer.path)  # a second later
    assert not writer.has_room(1)


def test_positions_are_compared_by_place() -> None:
    assert Position(1, 9, 9) < Position(2, 1, 0)


def test_spares_are_made_ahead_and_used(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "smtpmax", sizes=SMALL)
    writer.commit([entry("a", b"x" * 10_000)])

    assert eventually(lambda: writer._pool.ready == SMALL.full)
    for _ in range(3):
        writer.commit([entry("b", b"x" * 10_000)])
    assert writer._capacity == SMALL.full
    writer.close()


def test_a_writer_that_cannot_be_taken_in_just_now_is_later(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No descriptor is left, or it hung up already: nobody else is held up."""
    reader, first = node.reader(), node.writer()
    first.commit([entry("a", b"x")])
    assert [name_of(record) for record in read(reader, 1)] == ["a"]
    real = socket.socket.accept
    refusals = [errno.EMFILE, errno.ECONNABORTED, errno.ENFILE]

    def accept(listener: socket.socket) -> tuple[socket.socket, object]:
        if refusals:
            raise OSError(refusals.pop(), "no")
        return real(listener)

    monkeypatch.setattr(socket.socket, "accept", accept)
    second = node.writer()
    first.commit([entry("b", b"x")])
    second.commit([entry("c", b"x")])

    assert {name_of(record) for record in read(reader, 2)} == {"b", "c"}
    assert not refusals


def test_a_disk_that_fails_while_one_waits_is_said_as_such(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits in a thread goes on after a failure, and not after a bug."""
    reader = node.reader()
    monkeypatch.setattr("mailmax.store.journal.tail.LOOK_S", -1.0)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr("mailmax.store.journal.tail.layout.journals_of", fail)
    for ask in (reader.wait, reader.unheard):
        with pytest.raises(TemporaryFailure):
            ask(0.01)

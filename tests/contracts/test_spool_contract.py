"""What every spool promises; run against the journal and its twin in memory."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_spools import Node, entry, envelope, eventually, name_of, read
from mailmax.base.envelope import Origin
from mailmax.base.errors import PermanentFailure
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import BodyRef, Entry


@pytest.fixture(params=["memory", "journal"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path, request.param)
    yield node
    node.close()


def test_what_was_committed_is_read_in_order(node: Node) -> None:
    writer, reader = node.writer(), node.reader()

    first = writer.commit([entry("a", b"one"), entry("b", b"two ", b"parts")])
    second = writer.commit([entry("c")])

    records = read(reader, 3)
    assert [name_of(r) for r in records] == ["a", "b", "c"]
    assert [bytes(reader.body(r.body)) for r in records] == [b"one", b"two parts", b""]
    assert [r.origin for r in records] == [*first, *second]
    assert reader.next() == []


def test_the_envelope_arrives_whole(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    sent = envelope("é😀")

    writer.commit([Entry(sent, chunks=[b"x"])])

    assert read(reader, 1)[0].envelope == sent


def test_an_origin_that_the_envelope_has_is_kept(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    origin = Origin(bytes(16), 42)

    (place,) = writer.commit([Entry(envelope("a", origin))])

    assert place != origin
    assert read(reader, 1)[0].origin == origin


def test_an_empty_group_is_nothing(node: Node) -> None:
    writer, reader = node.writer(), node.reader()

    assert list(writer.commit([])) == []
    assert not reader.wait(0.05)


def test_a_body_of_many_pieces_and_a_group_of_many_entries(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    pieces = [bytes([i % 251]) * (i % 5) for i in range(3000)]

    writer.commit([entry("a", *pieces), *(entry(f"n{i}", b"x") for i in range(1500))])

    records = read(reader, 1501)
    assert bytes(reader.body(records[0].body)) == b"".join(pieces)
    assert name_of(records[-1]) == "n1499"


def test_bodies_larger_than_a_segment(node: Node) -> None:
    writer, reader = node.writer(), node.reader()

    writer.commit([entry("a", bytes(range(256)) * 2000)])
    writer.commit([entry("b", b"small")])

    records = read(reader, 2)
    assert bytes(reader.body(records[0].body)) == bytes(range(256)) * 2000
    assert bytes(reader.body(records[1].body)) == b"small"


def test_a_streamed_body_is_read_like_any_other(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    big = writer.open_big()
    other = writer.open_big()
    for piece in range(10):
        big.write(bytes([piece]) * 10_000)
        other.write(b"never")
    other.discard()
    other.discard()

    writer.commit([Entry(envelope("a"), big=big), entry("b", b"x")])

    record, small = read(reader, 2)
    whole = b"".join(bytes([piece]) * 10_000 for piece in range(10))
    assert record.body.size == len(whole)
    assert bytes(reader.body(record.body)) == whole
    assert bytes(reader.body(small.body)) == b"x"


def test_a_streamed_body_may_be_empty_and_may_be_synced_before(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    big = writer.open_big()
    big.sync()

    writer.commit([Entry(envelope("a"), big=big)])

    assert bytes(reader.body(read(reader, 1)[0].body)) == b""


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_is_handed_over_by_reference(node: Node, streamed: bool) -> None:  # noqa: FBT001
    smtp, filer = node.writer(), node.writer("filer")
    reader, queue = node.reader(), node.reader(["filer"])
    sent = entry("a", b"the body")
    if streamed:
        big = smtp.open_big()
        big.write(b"the body")
        sent = Entry(envelope("a"), big=big)
    (origin,) = smtp.commit([sent])
    (source,) = read(reader, 1)

    filer.commit([Entry(envelope("b", source.origin), ref=source.body)])

    (handed,) = read(queue, 1)
    assert handed.origin == origin
    assert handed.body.crc == source.body.crc
    assert bytes(queue.body(handed.body)) == b"the body"


def test_reading_goes_on_behind_a_kept_position(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry(str(i), b"x") for i in range(10)])
    read(reader, 4)
    position = reader.position()
    read(reader, 3)
    node.shut(reader)

    again = node.reader(position=position)

    assert [name_of(r) for r in read(again, 6)] == ["4", "5", "6", "7", "8", "9"]


def test_all_that_was_committed_is_heard_of_before_recovery(node: Node) -> None:
    """By CRC where a writer is gone, by its word where it lives."""
    gone, alive = node.writer(), node.writer("queuemax")
    gone.commit([entry("a")])
    alive.commit([entry("b")])
    node.shut(gone)
    reader = node.reader(["smtpmax", "queuemax"])

    assert not reader.unheard(5)

    assert sorted(name_of(r) for r in reader.next()) == ["a", "b"]


def test_next_returns_no_more_than_asked(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry(str(i)) for i in range(10)])
    assert reader.wait(5)

    assert len(reader.next(3)) == 3
    assert len(reader.next(30)) == 7


def test_the_writer_learns_what_has_been_passed(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    origins = writer.commit([entry(str(i), b"x" * 100) for i in range(10)])
    before = writer.lag
    read(reader, 6)

    reader.done(reader.position())

    assert eventually(lambda: writer.passed == origins[5].number)
    assert 400 <= writer.lag < before
    read(reader, 4)
    reader.done(reader.position())
    assert eventually(lambda: writer.passed == origins[9].number)
    assert eventually(lambda: writer.lag == 0)


def test_nothing_is_let_go_before_done(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    for i in range(50):
        writer.commit([entry(str(i), b"%d" % i * 3000)])

    records = read(reader, 50)

    assert [bytes(reader.body(r.body)) for r in records] == [
        b"%d" % i * 3000 for i in range(50)
    ]


def test_opening_behind_a_position_lets_nothing_go(node: Node) -> None:
    """Whoever kept the position may have handed bodies on that are needed still."""
    writer, reader = node.writer(), node.reader()
    big = writer.open_big()
    big.write(b"b" * 5000)
    writer.commit([Entry(envelope("big"), big=big)])
    for i in range(30):
        writer.commit([entry(str(i), b"%d" % i * 3000)])
    records = read(reader, 31)
    position = reader.position()
    node.shut(reader)

    again = node.reader(position=position)
    writer.commit([entry("more", b"m")])
    read(again, 1)

    assert not eventually(lambda: writer.passed, 0.3)
    assert [len(again.body(r.body)) for r in records] == [r.body.size for r in records]
    again.done(position)
    assert eventually(lambda: writer.passed == writer.number - 1)


def test_a_position_may_be_let_go_before_its_writer_is_heard_of(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a", b"a")])
    read(reader, 1)
    position = reader.position()
    node.shut(reader)

    again = node.reader(position=position)
    again.done(position)

    assert eventually(lambda: again.wait(0.01) or writer.passed == writer.number)


def test_much_mail_flows_through_little_space(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    for turn in range(60):
        writer.commit([entry(f"{turn}", b"%d" % turn * 4000)])
        (record,) = read(reader, 1)
        assert bytes(reader.body(record.body)) == b"%d" % turn * 4000
        reader.done(reader.position())

    assert eventually(lambda: writer.lag == 0)
    used = sum(path.stat().st_size for path in node.root.rglob("*.seg"))
    assert used < 500_000


def test_several_writers_of_several_roles_are_read_by_one(node: Node) -> None:
    writers = [node.writer(), node.writer(), node.writer("queuemax")]
    reader = node.reader(["smtpmax", "queuemax"])
    origins = [w.commit([entry(str(i))])[0] for i, w in enumerate(writers)]

    records = read(reader, 3)

    assert len({origin.journal for origin in origins}) == 3
    assert {r.origin for r in records} == set(origins)


def test_roles_of_others_are_not_read(node: Node) -> None:
    smtp, filer = node.writer(), node.writer("filer")
    reader, queue = node.reader(), node.reader(["filer"])

    smtp.commit([entry("in")])
    filer.commit([entry("out")])

    assert [name_of(r) for r in read(reader, 2, 0.4)] == ["in"]
    assert [name_of(r) for r in read(queue, 2, 0.4)] == ["out"]


def test_mail_outlives_its_writer_and_numbers_are_not_used_twice(node: Node) -> None:
    origins: list[Origin] = []
    for life in range(4):
        writer = node.writer()
        origins += writer.commit([entry(f"{life}-{i}", b"x") for i in range(3)])
        node.shut(writer)

    reader = node.reader()

    records = read(reader, 12)
    assert [r.origin for r in records] == origins
    assert len(set(origins)) == 12
    assert [bytes(reader.body(r.body)) for r in records] == [b"x"] * 12


def test_a_reader_that_comes_later_misses_nothing(node: Node) -> None:
    writer = node.writer()
    writer.commit([entry("a")])
    reader = node.reader()
    read(reader, 1)
    position = reader.position()
    reader.done(position)
    node.shut(reader)
    writer.commit([entry("b")])
    again = node.reader(position=position)
    writer.commit([entry("c")])

    assert [name_of(r) for r in read(again, 2)] == ["b", "c"]


def test_wait_wakes_when_something_is_committed(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("first")])
    read(reader, 1)
    assert not reader.wait(0.01)
    threading.Timer(0.05, lambda: writer.commit([entry("a")])).start()
    begun = time.monotonic()

    assert reader.wait(10)

    assert time.monotonic() - begun < 5
    assert len(reader.next()) == 1


def test_wake_ends_a_wait(node: Node) -> None:
    reader = node.reader()
    threading.Timer(0.05, reader.wake).start()
    begun = time.monotonic()

    assert not reader.wait(10)

    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("place", [b"", b"x" * 7, bytes(32), b"\xff" * 32])
def test_a_reference_to_nothing_is_refused(node: Node, place: bytes) -> None:
    reader = node.reader()

    with pytest.raises(PermanentFailure):
        reader.body(BodyRef(place, 10, 0))


def test_a_body_that_does_not_fit_its_crc_is_refused(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    writer.commit([entry("a", b"octets")])
    ref = read(reader, 1)[0].body

    with pytest.raises(PermanentFailure):
        reader.body(BodyRef(ref.place, ref.size, ref.crc ^ 1))


def test_there_is_room_for_a_little_and_not_for_everything(node: Node) -> None:
    writer = node.writer()

    assert writer.has_room(1000)
    assert not writer.has_room(1 << 60)


async def test_a_group_commit_answers_each_of_its_sessions(node: Node) -> None:
    reader = node.reader()
    commits = GroupCommit(node.writer())
    futures = [commits.commit(entry(str(i), b"%d" % i)) for i in range(200)]

    origins = [await future for future in futures]
    commits.close()

    assert len(set(origins)) == 200
    assert [r.origin for r in read(reader, 200)] == origins

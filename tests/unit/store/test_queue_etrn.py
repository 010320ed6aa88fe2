"""Bodies of mail that is held for ETRN, in a directory of their own (LOC-1, DOM-10)."""

import errno
import logging
import shutil
import zlib
from contextlib import closing

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.errors import TemporaryFailure
from mailmax.policy.retry import Stage
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from octets_body import OctetsBody

SEGMENT_OCTETS = 2000


def body_of(number):
    return b"message %d " % number * 30


@pytest.fixture
def disk(tmp_path):
    """Where the ETRN directory is: as a disk that is mounted there."""
    return tmp_path / "disk"


@pytest.fixture
def reopen(tmp_path, disk):
    def open_it(**more):
        more = {"etrn": disk} | more
        return QueueStore(tmp_path / "queue", SEGMENT_OCTETS, **more)

    return open_it


def keep(store, *numbers, names="h", over=""):
    """Keep messages; held for ETRN are recipients h, and some may be over already."""
    entries = []
    for number in numbers:
        octets = body_of(number)
        recipients = tuple(Recipient(f"{name}@x.test") for name in names)
        envelope = Envelope("me@here.test", recipients, 0, origin=Origin(b"j", number))
        entry = store.admit(
            envelope, envelope.origin, OctetsBody(octets), zlib.crc32(octets)
        )
        for target in entry.targets:
            target.is_held = target.address.startswith("h")
            if over and target.address.startswith(over):
                store.settle(target, State(target.state.key, Stage.DELIVERED))
        entries.append(entry)
    places = store.keep([(entry, store.body_of(entry)) for entry in entries])
    for entry, place in zip(entries, places, strict=True):
        store.adopt(entry, place)
    return entries


def finish(store, entry):
    for target in entry.targets:
        state = State(target.state.key, Stage.DELIVERED)
        store.settle(target, state)
        store.record([state])
    store.drop(entry)


def compact(store):
    while (found := store.find_sparse()) is not None:
        segment, entries = found
        items = [(entry, store.body_of(entry)) for entry in entries]
        store.moved(segment, entries, store.copy_sparse(items))


def contents(store):
    bodies = (store.body_of(entry) for entry in store.entries.values())
    return {bytes(body.read(0, body.size)) for body in bodies}


def segments(directory):
    return sorted(path.name for path in directory.glob("body.*"))


def test_what_is_held_goes_there_and_all_else_does_not(tmp_path, disk, reopen):
    with closing(reopen()) as store:
        keep(store, 1)
        assert (segments(disk), segments(tmp_path / "queue")) == (["body.0001"], [])
        (mixed,) = keep(store, 2, names="hf")
        (free,) = keep(store, 3, names="f")
        assert segments(tmp_path / "queue") == ["body.0001"]
        assert mixed.place.directory == free.place.directory == b""

    with closing(reopen()) as store:
        assert contents(store) == {body_of(1), body_of(2), body_of(3)}
        assert store.damaged == 0


def test_a_message_whose_other_recipients_are_over_goes_there(disk, reopen):
    with closing(reopen()) as store:
        (entry,) = keep(store, 1, names="hf", over="f")
        assert entry.place.directory
        assert contents(store) == {body_of(1)}
    assert segments(disk)


def test_compaction_stays_within_the_directory(tmp_path, disk, reopen):
    with closing(reopen()) as store:
        entries = keep(store, *range(12))
        for entry in entries[:11]:
            finish(store, entry)
        compact(store)
        assert len(segments(disk)) <= 2
        assert segments(tmp_path / "queue") == []
        assert entries[11].place.directory
    with closing(reopen()) as store:
        compact(store)
        assert contents(store) == {body_of(11)}
        finish(store, next(iter(store.entries.values())))
    with closing(reopen()) as store:
        compact(store)
        assert segments(disk) == []


def test_mail_on_a_disk_that_is_away_waits(tmp_path, disk, reopen, caplog):
    with closing(reopen()) as store:
        keep(store, 1, 2)
        (free,) = keep(store, 3, names="f")
    disk.rename(tmp_path / "away")

    with closing(reopen()) as store, caplog.at_level(logging.CRITICAL):
        assert not disk.exists()
        assert (len(store.entries), store.damaged) == (3, 0)
        assert "mail waits for the ETRN directory in which it lies" in caplog.text
        held, _ = (e for e in store.entries.values() if e.number != free.number)
        with pytest.raises(TemporaryFailure):
            store.body_of(held).read(0, 1)
        body = store.body_of(store.entries[free.number])
        assert bytes(body.read(0, body.size)) == body_of(3)
        finish(store, held)
        (more,) = keep(store, 4)
        assert more.place.directory == b""
        store._log.renew()

    (tmp_path / "away").rename(disk)
    with closing(reopen()) as store:
        assert contents(store) == {body_of(2), body_of(3), body_of(4)}


def test_an_empty_mount_point_is_not_taken_for_the_disk(tmp_path, disk, reopen):
    with closing(reopen()) as store:
        keep(store, 1)
    disk.rename(tmp_path / "away")
    disk.mkdir()
    with closing(reopen()) as store:
        (entry,) = keep(store, 2)
        assert entry.place.directory == b""
        with pytest.raises(TemporaryFailure):
            contents(store)
    assert not segments(disk)
    shutil.rmtree(disk)
    (tmp_path / "away").rename(disk)

    with closing(reopen()) as store:
        assert contents(store) == {body_of(1), body_of(2)}


def test_what_was_kept_below_the_mount_point_waits_till_it_is_seen_again(
    tmp_path, disk, reopen
):
    """The disk was away while no mail lay on it: nobody could know."""
    with closing(reopen()) as store:
        (entry,) = keep(store, 1)
        finish(store, entry)
    disk.rename(tmp_path / "true")
    with closing(reopen()) as store:
        keep(store, 2)
    disk.rename(tmp_path / "below")
    (tmp_path / "true").rename(disk)

    with closing(reopen()) as store:
        assert (len(store.entries), store.damaged) == (1, 0)
        with pytest.raises(TemporaryFailure):
            contents(store)
        (more,) = keep(store, 3)
        assert more.place.directory == b""
    shutil.rmtree(disk)
    (tmp_path / "below").rename(disk)
    with closing(reopen()) as store:
        assert contents(store) == {body_of(2), body_of(3)}


def test_the_disk_of_another_node_is_not_touched(tmp_path, disk, reopen, caplog):
    with closing(QueueStore(tmp_path / "other", SEGMENT_OCTETS, etrn=disk)) as other:
        keep(other, 1)
    before = {path: path.read_bytes() for path in disk.iterdir()}

    with closing(reopen()) as store, caplog.at_level(logging.CRITICAL):
        assert "it belongs to another queue" in caplog.text
        keep(store, 2)
        compact(store)

    assert before == {path: path.read_bytes() for path in disk.iterdir()}
    with closing(QueueStore(tmp_path / "other", SEGMENT_OCTETS, etrn=disk)) as other:
        assert contents(other) == {body_of(1)}


def test_the_same_directory_for_both_is_not_used_twice(tmp_path, reopen):
    with closing(reopen(etrn=tmp_path / "queue")) as store:
        (entry,) = keep(store, 1)
        assert entry.place.directory == b""
        assert contents(store) == {body_of(1)}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_what_it_does_not_take_goes_into_the_queue_directory(tmp_path, code):
    """At whichever call it refuses; afterwards it is used again."""
    for call in range(1, 12):
        machine = SimulatedDisk(tmp_path / f"machine{call}")
        queue, disk = machine.root / "queue", machine.root / "disk"
        with machine.installed():
            with closing(QueueStore(queue, SEGMENT_OCTETS, etrn=disk)) as store:
                machine.fail_at(machine.calls + call, code)
                try:
                    keep(store, 1, 2)
                except TemporaryFailure:
                    assert call > 8, "only the log's failure is the caller's"
                machine.heal()
                (entry,) = keep(store, 3)
                assert entry.place.directory
            with closing(QueueStore(queue, SEGMENT_OCTETS, etrn=disk)) as store:
                assert body_of(3) in contents(store)
        machine.close()


def test_bodies_that_cannot_be_moved_stay(disk, reopen, monkeypatch):
    with closing(reopen()) as store:
        entries = keep(store, *range(12))
        for entry in entries[:11]:
            finish(store, entry)

        def refuse(*_args):
            raise TemporaryFailure("sick")

        with monkeypatch.context() as patch:
            patch.setattr("mailmax.store.queue.bodies.write_all", refuse)
            compact(store)
        assert contents(store) == {body_of(11)}
        assert segments(disk)

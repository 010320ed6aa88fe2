"""The queue directory: what is kept, what is found again, what is cleaned up."""

import errno
import json
import zlib
from contextlib import closing

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.policy.retry import Stage
from mailmax.store.queue.directories import SegmentName
from mailmax.store.queue.quarantine import Quarantine
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from octets_body import OctetsBody

JOURNAL = b"j" * 16


def make_envelope(number, *addresses, reverse_path="me@here.test"):
    return Envelope(
        reverse_path,
        tuple(Recipient(address) for address in addresses),
        1_700_000_000_000,
        origin=Origin(JOURNAL, number),
    )


def make_body(number, size=300):
    return (b"Subject: %d\r\n\r\n" % number + b"x" * size)[:size]


def admit(store, number, *addresses, octets=None):
    octets = make_body(number) if octets is None else octets
    envelope = make_envelope(number, *addresses)
    return store.admit(
        envelope, envelope.origin, OctetsBody(octets), zlib.crc32(octets)
    )


def keep(store, *entries):
    places = store.keep([(entry, store.body_of(entry)) for entry in entries])
    for entry, place in zip(entries, places, strict=True):
        store.adopt(entry, place)


def settle(store, target, stage=Stage.DELIVERED, **more):
    state = State(target.state.key, stage, **more)
    store.settle(target, state)
    return state


def read_body(store, entry):
    body = store.body_of(entry)
    return bytes(body.read(0, body.size))


@pytest.fixture
def store(tmp_path):
    store = QueueStore(tmp_path / "queue")
    yield store
    store.close()


def reopen(store, tmp_path):
    store.close()
    return QueueStore(tmp_path / "queue")


def test_a_kept_entry_is_found_again_with_body_and_states(store, tmp_path):
    entry = admit(store, 1, "a@x.test", "b@x.test")
    keep(store, entry)
    state = settle(
        store, entry.targets[1], Stage.RETRY, tries=2, due_ms=5, text="later"
    )
    store.record([state])
    store.advance(b"p1")

    again = reopen(store, tmp_path)
    found = again.entries[entry.number]
    assert again.position == b"p1"
    assert entry.envelope == found.envelope
    assert [target.stage for target in found.targets] == [Stage.FRESH, Stage.RETRY]
    assert (
        found.targets[1].state.tries,
        found.targets[1].state.due_ms,
        found.targets[1].state.text,
    ) == (2, 5, "later")
    assert make_body(1) == read_body(again, found)
    again.close()


def test_recipients_of_users_are_left_to_the_filer(store):
    envelope = Envelope(
        "", (Recipient("a@here.test", user_id=7),), 0, origin=Origin(JOURNAL, 1)
    )
    body = OctetsBody(b"x")

    assert store.admit(envelope, envelope.origin, body, zlib.crc32(b"x")) is None


def test_a_replayed_hand_over_is_known(store, tmp_path):
    """TRUST D5: here, finished, and after a restart."""
    entry = admit(store, 1, "a@x.test", "b@x.test")
    assert admit(store, 1, "b@x.test") is None
    store.record([settle(store, entry.targets[0])])
    assert admit(store, 1, "a@x.test") is None

    again = reopen(store, tmp_path)
    replay = admit(again, 1, "a@x.test", "b@x.test")
    assert [target.address for target in replay.targets] == ["b@x.test"]
    again.close()


def test_an_entry_that_is_over_is_forgotten_with_its_body(store, tmp_path):
    entry = admit(store, 1, "a@x.test")
    keep(store, entry)
    store.record([settle(store, entry.targets[0])])
    store.drop(entry)
    assert not store.entries

    again = reopen(store, tmp_path)
    assert not again.entries
    assert again.find_sparse() is None
    assert [path.name for path in (tmp_path / "queue").glob("body.*")] == []
    again.close()


def test_numbers_are_not_used_again(store, tmp_path):
    first = admit(store, 1, "a@x.test")
    keep(store, first)
    store.record([settle(store, first.targets[0])])
    store.advance(b"p")
    store._log.renew()

    again = reopen(store, tmp_path)
    assert admit(again, 2, "a@x.test").number > first.number
    again.close()


def test_bodies_move_together_when_most_are_gone(tmp_path):
    store = QueueStore(tmp_path / "queue", segment_octets=2000)
    entries = [admit(store, number, "a@x.test") for number in range(10)]
    keep(store, *entries)
    for entry in entries[:9]:
        store.record([settle(store, entry.targets[0])])
        store.drop(entry)

    while (found := store.find_sparse()) is not None:
        number, living = found
        places = store.copy_sparse([(e, store.body_of(e)) for e in living])
        store.moved(number, living, places)
    assert make_body(9) == read_body(store, entries[9])

    again = reopen(store, tmp_path)
    assert make_body(9) == read_body(again, again.entries[entries[9].number])
    assert len(list((tmp_path / "queue").glob("body.*"))) == 1
    again.close()


def test_a_damaged_body_is_not_kept_and_blocks_nobody(store):
    good, bad = admit(store, 1, "a@x.test"), admit(store, 2, "a@x.test")
    bad.crc ^= 1

    places = store.keep([(entry, store.body_of(entry)) for entry in (bad, good)])
    assert places[0] is None
    assert places[1] is not None


def test_a_body_that_is_gone_says_so(store):
    entry = admit(store, 1, "a@x.test")
    keep(store, entry)
    store._bodies.remove(SegmentName(b"", entry.place.segment))

    with pytest.raises(PermanentFailure):
        read_body(store, entry)


def test_the_log_is_renewed_when_it_has_grown(store, tmp_path, monkeypatch):
    monkeypatch.setattr("mailmax.store.queue.log.SMALL_OCTETS", 2000)
    entry = admit(store, 1, "a@x.test")
    keep(store, entry)
    for tries in range(200):
        store.record([settle(store, entry.targets[0], Stage.RETRY, tries=tries)])

    logs = list((tmp_path / "queue").glob("log.*"))
    assert len(logs) == 1
    assert logs[0].stat().st_size < 4000
    again = reopen(store, tmp_path)
    assert again.entries[entry.number].targets[0].state.tries == 199
    again.close()


@pytest.mark.parametrize("what", ["fdatasync queue/log", "fsync queue"])
def test_what_the_process_before_could_merely_read_is_written_again(tmp_path, what):
    """TRUST D2: a sync of the log or of its name failed, and the process ended."""
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        store = QueueStore(machine.root / "queue")
        entry = admit(store, 1, "a@x.test")
        keep(store, entry)
        other = admit(store, 2, "b@x.test")
        keep(store, other)
        state = settle(store, entry.targets[0])
        number = machine.calls + 2
        if what == "fsync queue":
            store._log._is_broken = True  # so it is renewed
            number = machine.calls + 6
        machine.fail_at(number, errno.EIO)
        with pytest.raises(TemporaryFailure):
            store.record([state])
        assert machine.log[number - 1].startswith(what)
        store.close()

        again = QueueStore(machine.root / "queue")
        assert list(again.entries) == [other.number], "it can be read"
        again.advance(b"p1")
        again.close()

    left = QueueStore(machine.survivors(tmp_path / "left") / "queue")
    assert left.position == b"p1"
    assert list(left.entries) == [other.number]
    assert left.is_known(entry.targets[0].state.key)
    left.close()
    machine.close()


def test_finished_keys_are_remembered_but_not_for_ever(store, monkeypatch):
    monkeypatch.setattr("mailmax.store.queue.store.REMEMBERED", 3)
    keys = []
    for number in range(5):
        entry = admit(store, number, "a@x.test")
        settle(store, entry.targets[0])
        keys.append(entry.targets[0].state.key)
    assert all(store.is_known(key) for key in keys)

    store.advanced(b"p")
    assert [store.is_known(key) for key in keys] == [False, False, True, True, True]


def test_a_queue_that_could_not_be_opened_can_be_tried_again(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "planted")

    with monkeypatch.context() as planted:
        planted.setattr("mailmax.store.disk.rename", fail)
        with pytest.raises(TemporaryFailure):
            QueueStore(tmp_path / "fresh")

    QueueStore(tmp_path / "fresh").close()


def test_two_processes_cannot_have_one_queue(store, tmp_path):
    with pytest.raises(TemporaryFailure, match="in use"):
        QueueStore(tmp_path / "queue")


@pytest.mark.parametrize("cut", [1, 3, 7, 8, 20])
def test_a_torn_tail_is_cut_off(store, tmp_path, cut):
    first, second = admit(store, 1, "a@x.test"), admit(store, 2, "a@x.test")
    keep(store, first)
    keep(store, second)
    store.close()
    log = next((tmp_path / "queue").glob("log.*"))
    log.write_bytes(log.read_bytes()[:-cut])

    again = QueueStore(tmp_path / "queue")
    assert [first.number] == list(again.entries)
    keep(again, admit(again, 3, "a@x.test"))
    third = reopen(again, tmp_path)
    assert len(third.entries) == 2
    third.close()


@pytest.mark.parametrize("octet", [0, 4, 8, 30])
def test_damage_in_the_middle_loses_only_what_it_hit(store, tmp_path, octet):
    """TRUST L7: a copy goes to corrupt/, the others go on."""
    entries = [admit(store, number, "a@x.test") for number in range(3)]
    log = next((tmp_path / "queue").glob("log.*"))
    ends = []
    for entry in entries:
        ends.append(log.stat().st_size)
        keep(store, entry)
    store.close()
    octets = bytearray(log.read_bytes())
    octets[ends[1] + octet] ^= 0xFF
    log.write_bytes(octets)

    again = QueueStore(tmp_path / "queue")
    assert [entries[0].number, entries[2].number] == list(again.entries)
    assert again.damaged
    assert log.name in [path.name for path in (tmp_path / "queue/corrupt").iterdir()]
    again.close()


def test_a_file_that_is_no_log_is_put_aside(store, tmp_path):
    store.close()
    log = next((tmp_path / "queue").glob("log.*"))
    log.write_bytes(b"\0" * 500)

    again = QueueStore(tmp_path / "queue")
    assert not again.entries
    assert again.damaged
    again.close()


@pytest.mark.parametrize("newest", [True, False], ids=["the newest", "an older one"])
def test_a_log_of_another_version_is_refused_and_not_touched(tmp_path, newest):
    """It was set aside as damaged, and the queue began empty."""
    directory = tmp_path / "queue"
    with closing(QueueStore(directory)) as store:
        keep(store, admit(store, 1, "a@x.test"))
    (ours,) = directory.glob("log.*")
    generation = int(ours.suffix[1:]) + (1 if newest else -1)
    path = directory / f"log.{generation}"
    path.write_bytes(b"MMQ9" + ours.read_bytes()[4:])
    before = path.read_bytes()

    with pytest.raises(TemporaryFailure, match="made by another version of MailMax"):
        QueueStore(directory)

    assert before == path.read_bytes()
    assert not (directory / "corrupt").exists()
    assert ours.exists()
    path.unlink()
    with closing(QueueStore(directory)) as store:
        assert list(store.entries) == [1], "nothing was lost"


def test_what_is_put_aside_is_the_same_at_a_replay(tmp_path):
    aside = Quarantine(tmp_path / "corrupt")
    envelope = make_envelope(1, "a@x.test", "b@x.test")
    assert not aside.kept()

    path = aside.keep(envelope.origin, envelope, memoryview(b"octets"), "why")
    again = aside.keep(envelope.origin, envelope, b"octets", "why")
    other = aside.keep(
        envelope.origin, make_envelope(1, "c@x.test"), None, "it is damaged"
    )

    assert again == path
    assert sorted([path, other]) == aside.kept()
    described = json.loads(path.read_text())
    assert (path.parent / described["body"]).read_bytes() == b"octets"
    assert described["reason"] == "why"
    assert json.loads(other.read_text())["body"] is None


def test_what_is_put_aside_is_durable(tmp_path):
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        envelope = make_envelope(1, "a@x.test")
        path = Quarantine(machine.root / "corrupt").keep(
            envelope.origin, envelope, b"octets", "why"
        )
    left = machine.survivors(tmp_path / "left")
    machine.close()

    assert path.read_bytes() == (left / "corrupt" / path.name).read_bytes()
    assert (left / "corrupt" / path.name).with_suffix(".eml").read_bytes() == b"octets"


def test_a_message_that_is_disowned_can_be_admitted_again(store):
    entry = admit(store, 1, "a@x.test")

    store.disown(entry)

    assert entry.is_over
    assert admit(store, 1, "a@x.test") is not None

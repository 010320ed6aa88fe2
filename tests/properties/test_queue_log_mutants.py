"""A damaged queue directory opens all the same, and what is whole is still there."""

import random
import tempfile
import zlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.policy.retry import Stage
from mailmax.store.queue.entry import revive
from mailmax.store.queue.records import (
    HEAD,
    Kept,
    Moved,
    Place,
    Position,
    State,
    encode_head,
    encode_record,
    read_records,
)
from mailmax.store.queue.store import QueueStore
from octets_body import OctetsBody

number = st.integers(0, 2**62 - 1)
small = st.integers(-(2**63), 2**64 - 1)
states = st.builds(
    State, st.binary(max_size=20), st.sampled_from(Stage), small, small, st.text()
)
envelopes = st.builds(
    Envelope,
    st.text(max_size=20),
    st.lists(st.builds(Recipient, st.text(max_size=20), small), max_size=3).map(tuple),
    small,
    origin=st.none() | st.builds(Origin, st.binary(max_size=20), small),
    return_path_octets=small,
)
places = st.builds(Place, number, number)
kept = st.builds(
    Kept,
    number,
    envelopes,
    places,
    number,
    small,
    st.lists(states, max_size=3).map(tuple),
)
records = st.one_of(
    states,
    kept,
    st.builds(Moved, small, places),
    st.builds(Position, st.binary(max_size=30), number),
)


@given(st.lists(records, max_size=6), st.integers(0, 2**40))
def test_records_are_read_as_they_were_written(written, generation):
    octets = encode_head(generation) + b"".join(
        encode_record(record, generation) for record in written
    )

    assert written == [found for found, _, _ in read_records(octets, generation)]


@given(kept)
def test_no_record_is_too_strange_to_be_revived_or_refused(record):
    entry = revive(record)

    assert entry is None or entry.number == record.number


@settings(deadline=None, max_examples=30)
@given(st.lists(records, max_size=6))
def test_a_log_of_strange_records_opens(written):
    with tempfile.TemporaryDirectory() as root:
        queue = Path(root, "queue")
        queue.mkdir()
        octets = [encode_head(3)] + [encode_record(record, 3) for record in written]
        (queue / "log.3").write_bytes(b"".join(octets))
        store = QueueStore(queue)
        store.close()
        again = QueueStore(queue)
        again.close()


def test_a_hundred_mutants_open(tmp_path):
    """TRUST L7: refused or put aside, the others go on."""
    store = QueueStore(tmp_path / "queue")
    entries = []
    for number in range(20):
        envelope = Envelope(
            "me@here.test",
            (Recipient(f"a{number}@x.test"),),
            0,
            origin=Origin(b"j" * 16, number),
        )
        octets = b"x" * 10
        entries.append(
            store.admit(
                envelope, envelope.origin, OctetsBody(octets), zlib.crc32(octets)
            )
        )
    for entry in entries:
        (place,) = store.keep([(entry, store.body_of(entry))])
        store.adopt(entry, place)
    store.close()
    log = next((tmp_path / "queue").glob("log.*"))
    good, chance = log.read_bytes(), random.Random(7)

    for _ in range(100):
        for path in (tmp_path / "queue").glob("log.*"):
            path.unlink()
        mutant = _mutate(good, chance)
        log.write_bytes(mutant)
        again = QueueStore(tmp_path / "queue")
        is_cut = good.startswith(mutant)
        has_head = mutant.startswith(good[: HEAD.size])
        assert len(again.entries) >= 17 or is_cut or not has_head
        for entry in again.entries.values():
            body = again.body_of(entry)
            assert body.read(0, body.size) == b"x" * 10
        again.close()


def _mutate(good: bytes, chance: random.Random) -> bytes:
    octets = bytearray(good)
    match chance.randrange(4):
        case 0:
            return good[: chance.randrange(len(good))]
        case 1:
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        case 2:
            start = chance.randrange(len(octets))
            octets[start : start + 30] = chance.randbytes(30)
        case _:
            start = chance.randrange(len(octets))
            del octets[start : start + chance.randrange(40)]
    return bytes(octets)

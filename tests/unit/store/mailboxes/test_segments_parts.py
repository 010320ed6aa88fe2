"""The parts of the segment store, each for itself."""

import os
import zlib
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.envelope import Origin
from mailmax.base.errors import PermanentFailure
from mailmax.store.mailboxes.delivery import ORIGINS
from mailmax.store.mailboxes.segments import (
    frames,
    log,
    records,
    snap,
    usage,
)
from mailmax.store.mailboxes.segments.columns import VANISHED, Columns, Tally
from mailmax.store.mailboxes.segments.files import File, Files
from mailmax.store.mailboxes.segments.head import CEILING_STEP, MARGIN, Head
from mailmax.store.mailboxes.segments.origins import Origins
from mailmax.store.mailboxes.segments.records import Add, Flags, Gone


def add(uid: int, **more) -> Add:
    values = {
        "modseq": uid + 1,
        "flags": 0,
        "date": -5,
        "size": 10 * uid,
        "crc": 7,
        "place": uid << 8,
        "fragment": uid << 4,
        "fragment_size": 3,
    }
    return Add(uid, **{**values, **more})


TAG = 0x01020304
SAMPLES = [
    add(1),
    add(2**32 - 1, size=0, origin=Origin(b"j" * 16, 2**63), keywords=("a", "$Work")),
    Flags(9, "+", 5, (), array("I", [1, 2])),
    Flags(9, "=", 0, ("x", "yy"), array("I", [])),
    Gone(2**63, array("I", [4])),
    records.Ceiling(1, 2, 3),
    records.Next(4, 5),
    records.Recent(6),
    records.Proven(2**63, 7),
    records.Moved(True, array("Q", [1, 2]), array("Q", [3, 4])),
    records.Rendered(array("I", [1]), array("Q", [2]), array("I", [3])),
    records.Deleted(),
    records.Steps(b"steps"),
    records.Switch(8),
]


def test_records_come_back():
    octets = frames.encode(SAMPLES, TAG)

    assert frames.decode(octets, TAG) == (SAMPLES, len(octets))


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 20])
def test_a_torn_record_is_not_there_yet(cut):
    octets = frames.encode(SAMPLES, TAG)
    last = len(frames.encode(SAMPLES[-1:], TAG))

    found, end = frames.decode(octets[:-cut], TAG)

    assert len(found) >= len(SAMPLES) - 3
    assert end <= len(octets) - min(cut, last)


def test_records_of_one_change_are_there_together_or_not_at_all():
    before = frames.encode(SAMPLES[:1], TAG)
    octets = before + frames.encode_together(SAMPLES, TAG)

    assert frames.decode(octets, TAG) == (SAMPLES[:1] + SAMPLES, len(octets))
    for end in range(len(before), len(octets)):
        assert frames.decode(octets[:end], TAG) == (SAMPLES[:1], len(before))
        torn = octets[:end].ljust(len(octets), b"\0")
        if torn != octets:
            assert frames.decode(torn, TAG) == (SAMPLES[:1], len(before))


@given(st.integers(0, len(SAMPLES) - 1), st.integers(1, 4), st.binary(max_size=3))
def test_behind_a_hole_all_is_found_again(first, count, rubbish):
    framed = [frames.encode([sample], TAG) for sample in SAMPLES]
    before, behind = SAMPLES[:first], SAMPLES[first + count :]
    octets = bytearray(b"".join(framed))
    start = sum(map(len, framed[:first]))
    end = sum(map(len, framed[: first + count]))
    octets[start:end] = rubbish[: end - start].ljust(end - start, b"\0")

    assert frames.decode(bytes(octets), TAG) == (before, start)
    found = frames.decode_behind(bytes(octets), TAG, start)
    assert found == ((end, behind, len(octets)) if behind else (start, [], start))


def test_behind_a_hole_nothing_passes_that_is_of_another_log():
    ours = frames.encode(SAMPLES[:1], TAG)
    strange = frames.encode(SAMPLES, TAG + 1)
    torn = bytearray(ours)
    torn[-1] ^= 1

    for hole in (strange, bytes(torn), ours[:12], ours[:4] * 40):
        octets = ours + hole
        _, end = frames.decode(octets, TAG)
        assert end == len(ours)
        assert frames.decode_behind(octets, TAG, end) == (end, [], end)
        start, found, _ = frames.decode_behind(octets + ours, TAG, end)
        assert (start, found) == (len(octets), SAMPLES[:1])


def test_logs_of_two_mailboxes_and_generations_have_their_own_tags():
    paths = [f"/a/log.{folder}.{n}" for folder in (1, 2) for n in (1, 2)]

    assert len({log.tag_of(path) for path in paths}) == len(paths)


@given(st.binary(max_size=60))
def test_what_lies_together_is_rubbish_as_a_whole(rubbish):
    payload = bytes([frames.TOGETHER]) + rubbish
    frame = frames.FRAME.pack(TAG, len(payload), zlib.crc32(payload, TAG)) + payload

    found, end = frames.decode(frame, TAG)

    assert end in {0, len(frame)}
    assert end or not found


@given(
    st.binary(max_size=200),
    st.integers(0, 600),
    st.integers(0, 255),
    st.sampled_from([frames.encode, frames.encode_together]),
)
def test_decoding_never_raises(rubbish, place, octet, encode):
    good = bytearray(encode(SAMPLES, TAG))
    good[place % len(good)] ^= octet

    for octets in (rubbish, bytes(good), bytes(good) + rubbish):
        _, end = frames.decode(octets, TAG)
        assert 0 <= end <= len(octets)


# Columns


def columns_of(count: int) -> Columns:
    columns = Columns()
    columns.apply([add(uid) for uid in range(1, count + 1)], Tally())
    return columns


@given(st.sets(st.integers(1, 40)), st.integers(1, 40))
def test_dropping_positions_equals_filtering(gone, count):
    columns = columns_of(count)
    tally = Tally()

    columns.apply([Gone(99, array("I", sorted(gone)))], tally)

    left = [uid for uid in range(1, count + 1) if uid not in gone]
    assert list(columns.uids) == left
    assert list(columns.sizes) == [10 * uid for uid in left]
    assert list(columns.places) == [uid << 8 for uid in left]
    assert len(columns.flags) == len(columns.checked) == len(left)
    assert tally.gone == {uid for uid in gone if uid <= count}


def test_a_snapshot_comes_back(tmp_path):
    columns, head = columns_of(100), Head()
    columns.apply([Flags(500, "+", 3, ("Work",), array("I", [4, 5]))], Tally())
    columns.apply([Gone(501, array("I", [7, 8]))], Tally())
    head.apply([add(100, origin=Origin(b"j" * 16, 5)), records.Recent(50)])
    path = tmp_path / "snap"
    path.write_bytes(b"".join(snap.encode(columns, head)))

    again, head_again = snap.load(File(str(path), os.O_RDONLY))

    for name in Columns.__slots__:
        value = getattr(columns, name)
        assert getattr(again, name) == value, name
    assert head_again.uid_next == 101
    assert head_again.recent_from == 50
    assert head_again.origins.find(Origin(b"j" * 16, 5)) == 100


def test_a_damaged_snapshot_is_refused(tmp_path):
    octets = bytearray(b"".join(snap.encode(columns_of(10), Head())))
    octets[len(octets) // 2] ^= 1
    path = tmp_path / "snap"
    path.write_bytes(octets)

    with pytest.raises(PermanentFailure):
        snap.load(File(str(path), os.O_RDONLY))


def test_the_history_of_removals_is_bounded():
    columns = columns_of(VANISHED + 100)

    for uid in range(1, VANISHED + 2):
        columns.apply([Gone(10**6 + uid, array("I", [uid]))], Tally())

    assert len(columns.vanished_uids) <= VANISHED
    assert columns.vanished(10**6) is None
    assert columns.vanished(10**6 + VANISHED) == [VANISHED + 1]


# Numbers


def test_ceilings_are_raised_before_they_are_passed():
    head = Head()
    head.uid_next = CEILING_STEP - MARGIN - 1
    assert head.raised(1, 1, 0) == []

    head.uid_next += 1
    (ceiling,) = head.raised(1, 1, 0)

    assert ceiling.uid > CEILING_STEP
    head.apply([ceiling])
    head.uid_next = CEILING_STEP
    assert head.is_safe(1, 1)
    assert not head.is_safe(2, 1)
    head.note_durable(ceiling)
    assert head.is_safe(2, 1)


def test_after_a_power_cut_numbers_go_on_above_the_ceiling():
    head = Head()
    head.apply([add(57)])

    records_ = head.raised(1, 1, 1)
    head.apply(records_)

    assert head.uid_next == CEILING_STEP + 1
    assert head.modseq == CEILING_STEP
    assert not head.is_safe(1, 1)
    head.note_durable(records_[0])
    assert head.is_safe(1, 1)
    assert head.raised(1, 1, 1) == []


def test_origins_are_remembered_and_forgotten():
    known = Origins()
    for number in range(1, ORIGINS + 10):
        known.add(Origin(b"j" * 16, number), number)

    packed = Origins(known.pack())

    assert packed.find(Origin(b"j" * 16, 9)) == 0
    assert packed.find(Origin(b"j" * 16, 10)) == 10
    assert packed.find(Origin(b"k" * 16, 10)) == 0
    copied = packed.copy()
    copied.add(Origin(b"k" * 16, 1), 5)
    assert packed.find(Origin(b"k" * 16, 1)) == 0


def test_usage_is_whole_or_nothing():
    totals = usage.Totals(b"b" * 16, 5, 6, 7, 8, 9, 10, 11)
    octets = totals.encode()

    assert usage.decode(octets) == totals
    assert usage.decode(octets[:-1]) is None
    assert usage.decode(bytes([octets[0] ^ 1]) + octets[1:]) is None
    assert usage.decode(b"") is None


# Generations: the table at the head of `log`


LOST = None
"""Stands for a record that is zero on the disk."""


def write_log(path, generation, base=0, found=()):
    tag = log.tag_of(str(path))
    framed = [
        bytes(len(frame)) if record is LOST else frame
        for record in found
        for frame in [frames.encode([record or add(1)], tag)]
    ]
    octets = b"".join(framed)
    path.write_bytes(log.header(generation, base) + octets)


@pytest.mark.parametrize(
    ("old", "base_shift", "expected"),
    [
        pytest.param([add(1), records.Switch(2)], 0, 2, id="switched"),
        pytest.param([add(1)], 0, 2, id="SWITCH lost"),
        pytest.param([], 0, 2, id="the end of G lost too"),
        pytest.param([add(1), add(2)], 0, 1, id="G went on"),
        pytest.param([LOST, add(2), add(3)], 0, 1, id="G went on behind a hole"),
    ],
)
def test_which_generation_is_true(tmp_path, old, base_shift, expected):
    base = log.HEADER_OCTETS + len(frames.encode([add(1)], TAG))
    write_log(tmp_path / "log.1.1", 1, found=old)
    write_log(tmp_path / "log.1.2", 2, base)

    files = Files(10)
    stem = str(tmp_path / "log.1")
    assert log.settle(files, stem, [1, 2]) == expected
    if expected == 2:
        last = files.get(f"{stem}.1")
        assert log.read_on(last, log.HEADER_OCTETS).switched_to == 2


def test_a_generation_that_was_never_finished_is_void(tmp_path):
    write_log(tmp_path / "log.1.1", 1)
    (tmp_path / "log.1.2").write_bytes(b"MML")

    assert log.settle(Files(10), str(tmp_path / "log.1"), [1, 2]) == 1


def test_what_is_cut_off_is_kept_when_it_may_be_more(tmp_path):
    path = tmp_path / "log.1.1"
    path.write_bytes(log.header(1) + b"x" * 10_000)
    files = Files(10)
    file = files.get(str(path))

    log.cut(file, log.HEADER_OCTETS, file.size)

    assert path.stat().st_size == log.HEADER_OCTETS
    assert (tmp_path / "log.1.1.lost.32").read_bytes() == b"x" * 10_000


def test_files_stay_few_and_are_never_closed_in_use(tmp_path):
    files = Files(3)
    held = files.make(str(tmp_path / "0"))
    for number in range(20):
        files.make(str(tmp_path / str(number)))

    open_now = [
        name
        for name in Path("/proc/self/fd").iterdir()
        if name.resolve().is_relative_to(tmp_path)
    ]
    assert len(open_now) <= 4
    assert os.pread(held.fd, 1, 0) == b""
    files.close()


def test_the_octets_of_a_mailbox_follow_what_is_added_and_removed():
    columns = columns_of(10)
    assert columns.octets() == sum(columns.sizes) > 0

    columns.apply([Gone(501, array("I", [10]))], Tally())
    assert columns.octets() == sum(columns.sizes)
    columns.apply([Gone(502, array("I", [3]))], Tally())
    assert columns.octets() == sum(columns.sizes)
    columns.apply([add(11)], Tally())
    assert columns.octets() == sum(columns.sizes)
    assert columns.clone().octets() == sum(columns.sizes)

    columns.apply([Gone(503, array("I", columns.uids))], Tally())
    assert columns.octets() == 0


def test_what_is_proven_or_gone_is_unproven_no_more():
    head = Head()
    head.apply([add(1), add(2, origin=Origin(b"j" * 16, 1)), add(3), add(4)])
    assert [each.uid for each in head.unproven] == [1, 3, 4]

    head.apply([records.Proven(add(3).modseq, 5), Gone(20, array("I", [4, 9]))])

    assert head.unproven == []
    assert head.proven_cuts == 5

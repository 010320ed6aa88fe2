"""Torn or damaged: told apart by the numbers of what follows."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.store.journal import record, recover

JOURNAL = b"j" * 16
SEED = record.seed_of(JOURNAL, 3)


def group(first: int, *bodies: bytes, seed: int = SEED) -> bytes:
    octets = b""
    for nth, body in enumerate(bodies):
        flags = record.LAST if nth == len(bodies) - 1 else 0
        octets += (
            record.pack_head(
                flags,
                b"envelope",
                (nth, first + nth),
                len(body),
                (len(body), zlib.crc32(body)),
                seed,
            )
            + body
        )
    return octets


ONE, TWO, THREE = group(1, b"a" * 50), group(2, b"b" * 60, b"c"), group(4, b"d" * 40)


def numbers(octets: bytes, before: int = 0) -> list[int]:
    return [head.number for head in recover.walk(octets, 0, SEED, before)]


def test_all_groups_are_found() -> None:
    octets = ONE + TWO + THREE + bytes(500)

    assert numbers(octets) == [1, 2, 3, 4]
    assert recover.find_end(octets, 0, SEED, 0) == (len(octets) - 500, 4)


def test_nothing_is_nothing() -> None:
    assert recover.find_end(bytes(5000), 0, SEED, 7) == (0, 7)
    assert recover.find_end(b"", 0, SEED, 7) == (0, 7)


def test_a_group_without_its_last_record_ends_before() -> None:
    whole = ONE + TWO
    for cut in range(len(ONE), len(whole)):
        torn = whole[:cut] + bytes(len(whole) - cut)
        assert recover.find_end(torn, 0, SEED, 0) == (len(ONE), 1)


def test_a_torn_group_of_which_later_sectors_survived_is_ignored() -> None:
    torn = bytearray(ONE + TWO)
    torn[len(ONE) + 10] ^= 1

    assert recover.find_end(torn, 0, SEED, 0) == (len(ONE), 1)


@given(st.integers(0, len(ONE) + len(TWO) - 1), st.integers(1, 255))
def test_damage_before_a_later_group_loses_only_what_is_damaged(
    place: int, change: int
) -> None:
    octets = bytearray(ONE + TWO + THREE)
    octets[place] ^= change

    found = recover.find_end(octets, 0, SEED, 0)

    assert found == (len(octets), 4)
    damaged = 1 if place < len(ONE) else {2, 3}
    missing = {1, 2, 3, 4} - set(numbers(bytes(octets)))
    assert missing <= (damaged if isinstance(damaged, set) else {damaged})


def test_a_damaged_body_of_a_promised_record_is_shown() -> None:
    octets = bytearray(ONE + TWO)
    octets[len(ONE) - 5] ^= 1

    assert numbers(bytes(octets)) == [1, 2, 3]


def test_another_generation_and_another_journal_are_not_read() -> None:
    for seed in (record.seed_of(JOURNAL, 2), record.seed_of(b"k" * 16, 3)):
        octets = ONE + group(2, b"old", seed=seed) + group(9, b"old", seed=seed)
        assert recover.find_end(octets, 0, SEED, 0) == (len(ONE), 1)


def test_numbers_that_do_not_follow_are_not_read() -> None:
    assert numbers(ONE + group(1, b"again")) == [1]
    assert numbers(group(5, b"x"), before=4) == [5]


@pytest.mark.parametrize("edge", [-3, -1, 0, 1])
def test_records_are_found_across_the_edges_of_the_search(
    monkeypatch: pytest.MonkeyPatch, edge: int
) -> None:
    monkeypatch.setattr(recover, "SEARCH_OCTETS", 64)
    octets = bytes(128 + edge) + THREE

    (head,) = recover.sound_from(octets, 0, len(octets), SEED)

    assert head.number == 4


@given(st.binary(max_size=300))
def test_garbage_is_never_a_record_and_never_raises(octets: bytes) -> None:
    assert numbers(octets) == []
    assert numbers(record.tag_of(SEED) + octets) == []
    assert record.read_place(octets) is None or len(octets) == 32

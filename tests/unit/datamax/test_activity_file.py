"""Where activity is kept: over restarts, and whatever the file is (HUB-7)."""

import pytest
from msgspec.structs import replace

from mailmax.datamax.activity import (
    MOST_RUNS,
    SERVICES,
    ActivityBook,
    ActivityFile,
    encode,
)
from mailmax.observe.counters import MEASURES

NOW = 1_700_000_000.0
ONE = [(0.0, (1, 2, 3, 4, 5, 6, 7, 8))]


def filled(number: int = 1) -> ActivityBook:
    book = ActivityBook()
    book.take((b"run", number), "imapmax", ONE, NOW)
    return book


def test_what_was_written_is_read_again(tmp_path):
    file, book = ActivityFile(tmp_path / "activity"), ActivityBook()

    assert file.write(filled().keep())
    file.read(book)

    assert book.series("imapmax", "week", "octets_out", NOW)[-1] == 7
    assert not book.take((b"run", 1), "imapmax", ONE, NOW)
    assert book.take((b"run", 2), "imapmax", ONE, NOW)


def test_what_is_counted_since_lately_was_nothing_before():
    kept, book = filled().keep(), ActivityBook()
    rings = {
        service: tuple(replace(ring, sums=ring.sums[:-1]) for ring in its)
        for service, its in kept.rings.items()
    }

    assert book.restore(replace(kept, measures=MEASURES[:-1], rings=rings))
    assert not book.restore(replace(kept, measures=MEASURES[1:]))

    assert book.series("imapmax", "week", "octets_out", NOW)[-1] == 7
    assert sum(book.series("imapmax", "week", "starts", NOW)) == 0
    assert book.take((b"run", 2), "imapmax", ONE, NOW)
    assert book.series("imapmax", "hour", "starts", NOW)[-1] == 8


def test_no_file_is_an_empty_book(tmp_path, caplog):
    book = ActivityBook()

    ActivityFile(tmp_path / "activity").read(book)

    assert sum(book.series("imapmax", "hour", "logins", NOW)) == 0
    assert caplog.text == ""


WHOLE = encode(filled().keep())


@pytest.mark.parametrize(
    "octets",
    [b"", b"nonsense", WHOLE[:-9], WHOLE[:40] + b"\0" + WHOLE[41:]],
    ids=["empty", "another file", "cut", "spoiled"],
)
def test_what_cannot_be_read_is_told_and_keeps_nothing_from_starting(
    tmp_path, caplog, octets
):
    path, book = tmp_path / "activity", ActivityBook()
    path.write_bytes(octets)

    ActivityFile(path).read(book)

    assert "activity begins anew" in caplog.text
    assert sum(book.series("imapmax", "hour", "logins", NOW)) == 0


def test_a_disk_that_takes_nothing_is_told(tmp_path, caplog):
    file = ActivityFile(tmp_path / "nowhere" / "activity")

    assert not file.write(filled().keep())
    assert "it is tried again" in caplog.text


def test_the_file_and_the_memory_of_processes_are_bounded():
    book = ActivityBook()

    for run in range(2 * MOST_RUNS):
        book.take((run.to_bytes(16), 1), "popmax", ONE, NOW)
    for service in SERVICES:
        for slot in range(5_000):
            counts = tuple((slot * number) % 9_973 for number in range(1, 9))
            book.take((b"all", 2 + slot), service, [(slot * 600.0, counts)], NOW)

    assert len(book.keep().runs) == MOST_RUNS
    assert len(encode(book.keep())) < 1_500_000
    assert not book.take(((2 * MOST_RUNS - 1).to_bytes(16), 1), "popmax", ONE, NOW)

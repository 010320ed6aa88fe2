"""``search.db``: candidates that never lack a message, and what it does in trouble."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from mailmax.store.search import index as search_index
from mailmax.store.search.index import (
    Damaged,
    Mailbox,
    SearchIndex,
    Unavailable,
    _sqlite,
)
from mailmax.store.search.tokens import (
    MESSAGE_OCTETS,
    TEXT_LIMIT,
    WORD_LIMIT,
    Part,
    words_of,
    words_sought,
)

INBOX = Mailbox(1, 77)
OTHER = Mailbox(2, 78)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search.db"


@pytest.fixture
def index(path: Path) -> SearchIndex:
    return SearchIndex(str(path))


def say(index: SearchIndex, needle: str, mailbox: Mailbox = INBOX) -> list[int] | None:
    found = index.candidates(mailbox, needle)
    return None if found is None else sorted(found.uids)


def test_the_ends_of_a_needle_are_open() -> None:
    assert words_sought("zebra") == [("zebra", Part.INSIDE)]
    assert words_sought(" zebra ") == [("zebra", Part.WHOLE)]
    assert words_sought("he zebra c") == [
        ("he", Part.END),
        ("zebra", Part.WHOLE),
        ("c", Part.BEGIN),
    ]
    assert words_sought("日本") == [("日", Part.WHOLE), ("本", Part.WHOLE)]
    assert words_sought("--- = ---") == []


def test_words_are_found_by_any_part_of_them(index: SearchIndex) -> None:
    index.add(INBOX, [(3, {"zebra", "the"}), (5, {"zebras"}), (9, {"other"})], 12)

    assert say(index, "ebr") == [3, 5]
    assert say(index, "ebra") == [3, 5]
    assert say(index, "ebra ") == [3]
    assert say(index, " zeb") == [3, 5]
    assert say(index, "he zebra") == [3]
    assert say(index, "lion") == []
    assert say(index, "zebra lion") == []
    assert say(index, "?!") is None
    found = index.candidates(INBOX, "zebra")
    assert found is not None
    assert found.below == 12


def test_mailboxes_are_apart(index: SearchIndex) -> None:
    index.add(INBOX, [(1, {"zebra"})], 2)

    assert say(index, "zebra", OTHER) is None
    index.add(OTHER, [(1, {"lion"}), (2, None)], 3)

    assert say(index, "zebra", OTHER) == [2]
    assert say(index, "zebra") == [1]
    assert index.progress(OTHER) == (3, 3)


def test_what_was_not_cut_may_always_fit(index: SearchIndex) -> None:
    index.add(INBOX, [(1, {"zebra"}), (2, None), (3, set())], 4)

    assert say(index, "zebra") == [1, 2]
    assert say(index, "lion") == [2]


def test_big_messages_and_endless_words_are_not_cut() -> None:
    coded = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    assert words_of(b"\r\n" + b"a " * (TEXT_LIMIT // 2)) is None
    assert words_of(b"\r\n" + b"a " * (TEXT_LIMIT // 2 - 1)) == {"a"}
    assert words_of(coded + b"a " * (TEXT_LIMIT // 2)) is None
    assert words_of(coded + b"=\n" * TEXT_LIMIT + b"a") is not None
    assert words_of(coded + b"=\n" * (MESSAGE_OCTETS // 2) + b"a") is None
    assert words_of(b"\r\n" + b"a" * (WORD_LIMIT + 1)) is None
    assert words_of(b"\r\n" + b"A" * WORD_LIMIT) == {"a" * WORD_LIMIT}


def test_too_many_words_with_a_part_leave_it_open(index: SearchIndex) -> None:
    rows = [(n, {f"x{n}y", "same"}) for n in range(1, 300)]
    index.add(INBOX, rows, 300)

    assert say(index, "x") is None
    assert say(index, "x7 same") == []
    assert say(index, "x7y") == [7]


def test_a_mailbox_indexed_meanwhile_is_not_indexed_twice(index: SearchIndex) -> None:
    index.add(INBOX, [(1, {"zebra"}), (2, {"lion"})], 3)
    index.add(INBOX, [(1, {"zebra"}), (2, {"lion"})], 3)

    assert index.progress(INBOX) == (3, 2)


def test_without_a_file_nothing_is_known_and_none_is_made(
    index: SearchIndex, path: Path
) -> None:
    assert say(index, "zebra") is None
    assert index.progress(INBOX) == (1, 0)
    assert not path.exists()


@pytest.mark.parametrize(
    "octets", [b"rubbish" * 1000, b"SQLite format 3\0" + b"x" * 99]
)
def test_rubbish_is_dropped_and_made_anew(
    index: SearchIndex, path: Path, octets: bytes
) -> None:
    path.write_bytes(octets)

    with pytest.raises(Damaged):
        index.candidates(INBOX, "zebra")
    with pytest.raises(Damaged):
        index.add(INBOX, [(1, {"zebra"})], 2)
    index.drop(nullcontext)
    index.add(INBOX, [(1, {"zebra"})], 2)

    assert say(index, "zebra") == [1]


def test_another_database_and_another_mailbox_are_damage(
    index: SearchIndex, path: Path
) -> None:
    index.add(INBOX, [(1, {"zebra"})], 2)
    with pytest.raises(Damaged):
        index.candidates(Mailbox(1, 99), "zebra")
    index.drop(nullcontext)
    db = _sqlite().connect(path)
    db.execute("CREATE TABLE t (x)")
    db.close()

    with pytest.raises(Damaged):
        index.candidates(INBOX, "zebra")
    index.drop(nullcontext)

    assert index.progress(INBOX) == (1, 0)


def test_one_that_somebody_writes_is_left_alone(
    index: SearchIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "PATIENCE_S", 0.01)
    index.add(INBOX, [(1, {"zebra"})], 2)
    writer = _sqlite().connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")

    with pytest.raises(Unavailable):
        index.candidates(INBOX, "zebra")
    with pytest.raises(Unavailable):
        index.add(INBOX, [(2, {"lion"})], 3)
    with pytest.raises(Unavailable):
        index.drop(nullcontext)
    writer.execute("ROLLBACK")
    writer.close()

    assert say(index, "zebra") == [1]

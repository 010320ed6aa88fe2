"""Files of several users are synced at once; each answers for itself (TRUST D2)."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.mailboxes.segments.files import Files
from mailmax.store.mailboxes.segments.syncs import Syncs
from mailmax.store.mailboxes.segments.together import Wanted, sync_each


@pytest.fixture
def wanted(tmp_path: Path) -> Iterator[list[Wanted]]:
    """Two files of each of two users, written to."""
    files = Files(100)
    found: list[Wanted] = []
    for user in ("ann", "tim"):
        home = tmp_path / user
        home.mkdir()
        syncs = Syncs(files, str(home), str(tmp_path))
        for name in ("log.1", "mail.0001"):
            path = str(home / name)
            os.write(files.make(path).fd, b"octets")
            syncs.wrote(path)
            found.append((syncs, path))
    yield found
    files.close()


def dirty(wanted: list[Wanted]) -> list[str]:
    return sorted({path for syncs, _ in wanted for path in syncs.dirty()})


def test_a_file_that_is_asked_for_twice_answers_twice(wanted: list[Wanted]):
    assert sync_each([*wanted, wanted[0]]) == [None] * 5
    assert dirty(wanted) == []


def test_what_fails_is_the_answer_of_its_file_alone(wanted: list[Wanted], monkeypatch):
    monkeypatch.setattr(
        disk,
        "fdatasync_each",
        lambda fds: [OSError(5, "EIO"), *[None] * (len(fds) - 1)],
    )

    first, *others = sync_each(wanted)

    assert isinstance(first, TemporaryFailure)
    assert others == [None] * 3
    assert dirty(wanted) == [wanted[0][1]]


def test_a_file_that_failed_once_is_never_durable_again(wanted: list[Wanted]):
    syncs, path = wanted[0]
    claim = syncs.claim(path)
    with pytest.raises(TemporaryFailure):
        claim.settle(OSError(5, "EIO"))
    claim.release()

    for at_once in (True, False):
        first, *others = sync_each(wanted, at_once=at_once)
        assert isinstance(first, TemporaryFailure)
        assert others == [None] * 3


def test_who_syncs_the_same_files_in_another_order_waits_in_no_circle(
    wanted: list[Wanted],
):
    """Without one order of the locks this hangs within a few rounds."""

    def work(files: list[Wanted]) -> None:
        for _ in range(300):
            for syncs, path in files:
                syncs.wrote(path)
            assert sync_each(files) == [None] * len(files)

    threads = [
        threading.Thread(target=work, args=(files,), daemon=True)
        for files in (wanted, wanted[::-1], wanted[1:] + wanted[:1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not any(thread.is_alive() for thread in threads)


def test_where_the_syncs_do_not_answer_every_file_is_suspect(
    wanted: list[Wanted], monkeypatch
):
    """The kernel tells an error once: it may have been told to nobody (TRUST D2)."""

    def unanswered(fds):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(disk, "fdatasync_each", unanswered)
        outcomes = sync_each(wanted)

    assert [TemporaryFailure] * 4 == [type(outcome) for outcome in outcomes]
    assert all(syncs.is_suspect(path) for syncs, path in wanted)
    assert [TemporaryFailure] * 4 == [type(each) for each in sync_each(wanted)]
    assert dirty(wanted) == sorted(path for _, path in wanted)

"""The disk is full while others read: nothing is seen that is taken away again."""

import errno
import os
import zlib
from pathlib import Path

import pytest

from mailmax.base.errors import StorageFull
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"


def message(number: int, *keywords: str) -> NewMessage:
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 90
    return NewMessage(
        body,
        len(body),
        zlib.crc32(body),
        b"\x01f",
        1_700_000_000_000,
        keywords=keywords,
    )


def store_at(root: Path, role: str) -> SegmentStore:
    return SegmentStore(root, role=role, boot=b"\1" * 16, background=False)


def inbox_of(store: SegmentStore):
    return store.account(TIM, HOME).open("INBOX")


def bodies(mailbox) -> dict[int, bytes]:
    return {uid: mailbox.read(place) for place, uid in enumerate(mailbox.uids)}


@pytest.fixture
def two(tmp_path):
    """Two processes that have one mailbox open."""
    stores = store_at(tmp_path, "imapmax"), store_at(tmp_path, "popmax")
    ours, theirs = map(inbox_of, stores)
    ours.append([message(1)])
    theirs.refresh()
    yield ours, theirs
    for store in stores:
        store._node.files.close()


def fill_up(monkeypatch, name: str, share: float, meanwhile) -> None:
    """The next write of a file is cut short; then somebody looks; then all is full."""
    real = disk.pwritev
    calls: list[int] = []

    def pwritev(fd, chunks, offset, flags=0):
        if name not in str(Path(f"/proc/self/fd/{fd}").readlink()) or len(calls) > 1:
            return real(fd, chunks, offset, flags)
        calls.append(fd)
        if len(calls) == 1:
            octets = b"".join(chunks)
            return real(fd, [octets[: int(len(octets) * share)]], offset, flags)
        meanwhile()
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(disk, "pwritev", pwritev)


def after(tmp_path: Path) -> dict[int, bytes]:
    """What a process sees that starts now."""
    store = store_at(tmp_path, "fresh")
    seen = bodies(inbox_of(store))
    store._node.files.close()
    assert not list((tmp_path / HOME).glob("log.*.lost.*"))
    return seen


@pytest.mark.parametrize("share", [0.2, 0.4, 0.67, 0.99])
def test_a_change_without_room_is_seen_by_nobody(two, monkeypatch, share):
    ours, theirs = two
    fill_up(monkeypatch, "/log.", share, theirs.refresh)

    with pytest.raises(StorageFull):
        ours.append([message(2), message(3)])

    assert list(theirs.uids) == [1]
    theirs.refresh()
    assert list(theirs.uids) == [1]


@pytest.mark.parametrize("keywords", [(), ("hello",), ("a longer keyword",)])
def test_after_a_full_disk_all_that_is_promised_is_there(
    tmp_path, two, monkeypatch, keywords
):
    ours, theirs = two
    fill_up(monkeypatch, "/log.", 0.67, theirs.refresh)
    with pytest.raises(StorageFull):
        ours.append([message(2), message(3)])

    promised = [
        *ours.append([message(4, *keywords), message(5, *keywords)]).uids,
        *theirs.append([message(6)]).uids,
    ]
    theirs.store([1], "+", Flag.SEEN)
    theirs.sync()

    wanted = dict(
        zip([1, *promised], [message(n).body for n in (1, 4, 5, 6)], strict=True)
    )
    assert after(tmp_path) == wanted
    ours.refresh()
    assert bodies(ours) == wanted
    assert ours.flags[0] & Flag.SEEN


def test_a_log_that_shrank_is_read_from_the_beginning(tmp_path, two):
    """A copy was put back, or the file system mended: ends of before are no ends."""
    ours, theirs = two
    ours.append([message(2, "a keyword")])
    theirs.refresh()
    size = Path(ours.box.path).stat().st_size
    ours.append([message(3)])
    theirs.refresh()
    os.truncate(ours.box.path, size)

    (again,) = theirs.append([message(4)]).uids
    (more,) = ours.append([message(5)]).uids

    assert list(after(tmp_path)) == [1, 2, again, more]
    assert after(tmp_path)[again] == message(4).body


def test_an_end_inside_a_record_cuts_nothing_off(tmp_path, two):
    ours, theirs = two
    (promised,) = ours.append([message(2)]).uids
    theirs.refresh()
    theirs.box.end -= 5  # it was found before the file became another

    (more,) = theirs.append([message(3)]).uids

    assert list(after(tmp_path)) == [1, promised, more]


def test_a_list_of_mailboxes_is_never_cut_at_an_end_of_before(tmp_path):
    ours, theirs = (
        store_at(tmp_path, role).account(TIM, HOME) for role in ("imapmax", "popmax")
    )
    ours.create("A")
    home = theirs.open("A").home
    path = Path(home.roster.path)
    size = path.stat().st_size
    ours.create("gone with the copy put back")
    assert len(theirs.folders()) == len(ours.folders())
    os.truncate(path, size)

    theirs.create("B")
    home.roster._end -= 5
    theirs.create("C")

    fresh = store_at(tmp_path, "fresh").account(TIM, HOME)
    names = {folder.name for folder in fresh.folders()}
    assert {"A", "B", "C"} <= names
    assert "gone with the copy put back" not in names

"""What a power cut left of added messages is told from later damage (TRUST D7, D9)."""

import errno
import threading
import zlib
from pathlib import Path

import pytest

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.mailboxes.segments import compact, unproven
from mailmax.store.mailboxes.segments.head import CEILING_STEP
from mailmax.store.mailboxes.segments.heap import offset_of
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.segments.unproven import has_hole
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"


def message(number: int) -> NewMessage:
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 900
    return NewMessage(body, len(body), zlib.crc32(body), b"\x01f", 1_700_000_000_000)


def store_at(root: Path, boot: int, role: str = "store") -> SegmentStore:
    return SegmentStore(root, role=role, boot=bytes([boot]) * 16, background=False)


def abandon(store: SegmentStore) -> None:
    """The process is gone without a word."""
    store._node.files.close()


def inbox_of(store: SegmentStore):
    return store.account(TIM, HOME).open("INBOX")


def overwrite(root: Path, mailbox, uid: int, octets: bytes, at: int = 600) -> None:
    """Change what the disk holds of a message's body."""
    columns = mailbox.box.truth()
    place = columns.places[columns.position(uid)]
    with (root / HOME / "mail.0001").open("r+b") as file:
        file.seek(offset_of(place) + at)
        file.write(octets)


def test_what_never_reached_the_disk_is_taken_back(tmp_path):
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    inbox.append([message(1)])
    (uid,) = inbox.add([message(2)]).uids
    modseq = inbox.box.head.modseq
    overwrite(tmp_path, inbox, uid, bytes(1024))
    abandon(store)

    store = store_at(tmp_path, 2)
    account = store.account(TIM, HOME)
    assert account.status("INBOX").messages == 1
    inbox = account.open("INBOX")

    assert list(inbox.uids) == [1]
    assert inbox.vanished(modseq) == [uid]
    assert account.usage().messages == 1
    assert account.usage().octets == inbox.sizes[0]
    assert inbox.append([message(3)]).uids == [CEILING_STEP + 1]
    assert not (tmp_path / HOME / "damaged").exists()
    abandon(store)


def test_others_go_on_while_one_looks(tmp_path, monkeypatch):
    """Neither the lock nor the mutex is held while all bodies are read."""
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    uids = inbox.add([message(number) for number in range(5)]).uids
    overwrite(tmp_path, inbox, uids[1], bytes(1024))
    abandon(store)
    store, other = store_at(tmp_path, 2), store_at(tmp_path, 2, role="other")
    account = store.account(TIM, HOME)
    seen = []
    real = unproven.missing

    def slowly(home, bodies):
        bodies = list(bodies)
        if bodies:

            def ask() -> None:
                with home.mutex:
                    seen.append((len(bodies), home.is_locked))

            asker = threading.Thread(target=ask, daemon=True)
            asker.start()
            asker.join(5)
        return real(home, bodies)

    monkeypatch.setattr(unproven, "missing", slowly)
    assert not account.is_ready("INBOX")
    account.prepare("INBOX")

    assert seen == [(5, False)]
    assert account.is_ready("INBOX")
    monkeypatch.setattr(unproven, "missing", lambda *_: pytest.fail("once is enough"))
    assert list(account.open("INBOX").uids) == [1, 3, 4, 5]
    assert other.account(TIM, HOME).is_ready("INBOX")
    assert other.account(TIM, HOME).is_ready("nothing of that name")
    abandon(store)


def test_what_moved_meanwhile_is_looked_at_where_it_lies(tmp_path, monkeypatch):
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    (uid,) = inbox.add([message(1)]).uids
    abandon(store)
    store = store_at(tmp_path, 2)
    home = store._home(TIM, HOME)
    box = home.box(1)
    (sound,) = unproven._bodies(box.truth(), [uid])

    unproven.note_looked(home, box, {sound._replace(place=sound.place + 10**6)})

    assert list(inbox_of(store).uids) == [uid]
    abandon(store)


def test_a_segment_that_was_lost_with_its_name_is_no_damage(tmp_path):
    store = store_at(tmp_path, 1)
    inbox_of(store).add([message(1)])
    abandon(store)
    (tmp_path / HOME / "mail.0001").unlink()

    store = store_at(tmp_path, 2)
    assert list(inbox_of(store).uids) == []
    abandon(store)


def test_what_others_find_on_its_way_is_left_alone(tmp_path):
    """Also by who comes to a snapshot made since the cut."""
    abandon(store_at(tmp_path, 1))
    store, other = store_at(tmp_path, 2), store_at(tmp_path, 2, "other")
    assert store._node.cuts == other._node.cuts == 1
    inbox = inbox_of(store)
    (first,) = inbox.append([message(1)]).uids
    store._upkeep.due(store._home(TIM, HOME), 1)
    store.tidy()
    (uid,) = inbox.add([message(2)]).uids
    overwrite(tmp_path, inbox, uid, bytes(1024))

    theirs = inbox_of(other)
    theirs.store([first], "+", Flag.SEEN)

    assert list(theirs.uids) == [first, uid]
    assert [add.uid for add in theirs.box.head.unproven] == [uid]
    abandon(store)
    abandon(other)
    store = store_at(tmp_path, 3)
    assert list(inbox_of(store).uids) == [first]
    abandon(store)


def test_octets_that_a_proven_message_lost_later_are_damage(tmp_path):
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    for number in (1, 2):
        inbox.append([message(number)])
    overwrite(tmp_path, inbox, 1, bytes(1024))
    abandon(store)

    check_damage(tmp_path, [1, 2])


def test_a_message_in_a_snapshot_is_proven(tmp_path):
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    inbox.append([message(1)])
    store._upkeep.due(store._home(TIM, HOME), 1)
    store.tidy()
    overwrite(tmp_path, inbox, 1, bytes(1024))
    abandon(store)

    check_damage(tmp_path, [1])


def lose_one(root: Path) -> tuple[int, int]:
    """The power goes while a message is on its way: its octets are lost."""
    store = store_at(root, 1)
    inbox = inbox_of(store)
    inbox.append([message(number) for number in (1, 2, 3, 4)])
    (uid,) = inbox.add([message(5)]).uids
    overwrite(root, inbox, uid, bytes(1024))
    inbox.remove([1, 2, 4])
    modseq = inbox.box.head.modseq
    abandon(store)
    return uid, modseq


def check_taken_back(root: Path, uid: int, modseq: int) -> None:
    store = store_at(root, 2, "imapmax")
    account = store.account(TIM, HOME)
    inbox = account.open("INBOX")
    assert list(inbox.uids) == [3]
    assert inbox.read(0) == message(3).body
    assert inbox.vanished(modseq) == [uid]
    assert account.usage().messages == 1
    assert account.usage().octets == message(3).size
    assert not (root / HOME / "damaged").exists()
    abandon(store)


def test_a_compaction_before_anybody_looked_takes_back_what_was_lost(tmp_path):
    """The filer compacts mailboxes that nobody opened since the power cut."""
    uid, modseq = lose_one(tmp_path)
    store = store_at(tmp_path, 2, "filer")

    store._upkeep.due(store._home(TIM, HOME), 1)
    store.tidy()

    assert (tmp_path / HOME / "log.1.2").exists()
    abandon(store)
    check_taken_back(tmp_path, uid, modseq)


def test_dead_octets_are_not_given_back_before_somebody_looked(tmp_path, monkeypatch):
    """A copy of what was lost would be no hole any more, but damage."""
    monkeypatch.setattr(compact, "DEAD_OCTETS", 1)
    uid, modseq = lose_one(tmp_path)
    store = store_at(tmp_path, 2, "filer")

    assert compact.compact_octets(store._home(TIM, HOME)) > 0

    assert not (tmp_path / HOME / "mail.0001").exists()
    abandon(store)
    check_taken_back(tmp_path, uid, modseq)


@pytest.mark.parametrize("octets", [b"\xff", b"\0"])
def test_octets_that_rot_before_they_are_proven_are_damage(tmp_path, octets):
    """A power cut leaves holes, not other octets."""
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    inbox.append([message(1)])
    overwrite(tmp_path, inbox, 1, octets)
    abandon(store)

    check_damage(tmp_path, [1])


def check_damage(root: Path, uids: list[int]) -> None:
    """The first message is there, refused, and noted for the operator."""
    for boot in (2, 3):
        store = store_at(root, boot)
        inbox = inbox_of(store)
        assert list(inbox.uids) == uids
        with pytest.raises(PermanentFailure):
            inbox.read(0)
        inbox.store([1], "+", Flag.SEEN)
        abandon(store)
    assert (root / HOME / "damaged").read_bytes().count(b"\n") == 1


@pytest.mark.parametrize("kind", ["mail", "log"])
def test_what_cannot_be_synced_is_taken_back_and_others_go_on(
    tmp_path, monkeypatch, kind
):
    """TRUST D2: refused, not there, and the next one goes to another file."""
    store = store_at(tmp_path, 1)
    inbox = inbox_of(store)
    inbox.append([message(1)])
    real = disk.fdatasync
    failed: list[int] = []

    def fdatasync(fd: int) -> None:
        if f"{kind}." in str(Path(f"/proc/self/fd/{fd}").readlink()) and not failed:
            failed.append(fd)
            raise OSError(errno.EIO, "broken")
        real(fd)

    monkeypatch.setattr(disk, "fdatasync", fdatasync)
    (answer,) = store.append([(inbox, [message(2)])])
    assert isinstance(answer, TemporaryFailure)
    inbox.refresh()
    assert list(inbox.uids) == [1]

    store.tidy()
    assert inbox.append([message(3)]).uids == [3]
    inbox.refresh()
    assert [inbox.read(place) for place in (0, 1)] == [message(1).body, message(3).body]
    account = store.account(TIM, HOME)
    assert account.usage().messages == 2
    abandon(store)


def test_one_mailbox_in_trouble_leaves_the_wave_to_the_others(tmp_path, monkeypatch):
    store = store_at(tmp_path, 1)
    account = store.account(TIM, HOME)
    boxes = [account.open(name) for name in ("INBOX", "Sent")]
    bad = boxes[1].box.path
    real = disk.fdatasync

    def fdatasync(fd: int) -> None:
        if str(Path(f"/proc/self/fd/{fd}").readlink()) == bad:
            raise OSError(errno.EIO, "broken")
        real(fd)

    monkeypatch.setattr(disk, "fdatasync", fdatasync)
    good, refused = store.append([(box, [message(1)]) for box in boxes])

    assert not isinstance(good, Exception)
    assert isinstance(refused, Failure)
    for box in boxes:
        box.refresh()
    assert [list(box.uids) for box in boxes] == [[1], []]
    abandon(store)


@pytest.mark.parametrize(
    ("octets", "offset", "answer"),
    [
        (b"x" * 2000, 0, False),
        (b"x" * 600 + bytes(512) + b"x", 0, False),
        (b"x" * 512 + bytes(512) + b"x", 0, True),
        (b"x" * 500 + bytes(512) + b"x", 12, True),
        (b"x" * 500 + bytes(11), 12, True),
        (bytes(3) + b"x" * 900, 509, True),
        (b"", 7, False),
    ],
)
def test_a_hole_is_what_a_sector_lacks(octets, offset, answer):
    assert has_hole(octets, offset) is answer

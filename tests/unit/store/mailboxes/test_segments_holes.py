"""What stands in a log behind a hole is there: a sync of others may have left it."""

import errno
import zlib

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Origin
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments import log
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"


def message(number: int, origin: Origin | None = None) -> NewMessage:
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 100
    return NewMessage(
        body, len(body), zlib.crc32(body), body[:20], number, origin=origin
    )


def delivery(number: int, folder: str = "") -> Delivery:
    return Delivery(TIM, HOME, folder, message(number, Origin(b"j" * 16, number)))


def open_store(root, role: str, boot: bytes = b"b") -> SegmentStore:
    return SegmentStore(root, role=role, boot=boot * 16, background=False)


def uids(store: SegmentStore) -> list[int]:
    mailbox = store.account(TIM, HOME).open("INBOX")
    mailbox.refresh()
    for place in range(len(mailbox.uids)):
        mailbox.read(place)
    return list(mailbox.uids)


@pytest.fixture
def machine(tmp_path):
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        yield machine
    machine.close()


def fail_the_checkpoint(machine: SimulatedDisk, store: SegmentStore) -> None:
    """Lose all that was written lazily, whoever it was."""
    machine.fail_at(machine.calls + 1, errno.EIO)
    with pytest.raises(Distrusted):
        store.checkpoint()


def after_a_cut(machine: SimulatedDisk, tmp_path) -> list[int]:
    left = SimulatedDisk(machine.survivors(tmp_path / "left"))
    with left.installed():
        found = uids(open_store(left.root, "imapmax", b"c"))
        assert found == uids(open_store(left.root, "popmax", b"c")), "again"
    left.close()
    return found


def test_a_delivery_is_not_hidden_by_what_another_wrote_lazily(machine, tmp_path):
    r"""\Recent of a mailbox that the filer has not touched is lost with its sync."""
    filer, imap = open_store(machine.root, "filer"), open_store(machine.root, "imapmax")
    filer.deliver([delivery(1)])
    filer.checkpoint()
    imap.account(TIM, HOME).open("INBOX")
    fail_the_checkpoint(machine, filer)

    again = open_store(machine.root, "filer")
    again.recover([], [])
    again.deliver([delivery(2)])
    again.checkpoint()

    assert after_a_cut(machine, tmp_path) == [1, 2]


def test_a_promise_is_not_hidden_by_what_one_wrote_lazily_oneself(machine, tmp_path):
    filer, imap = open_store(machine.root, "filer"), open_store(machine.root, "imapmax")
    filer.deliver([delivery(1)])
    filer.checkpoint()
    mailbox = imap.account(TIM, HOME).open("INBOX")
    fail_the_checkpoint(machine, filer)

    mailbox.append([message(2)])
    mailbox.store([1], "+", Flag.FLAGGED)
    mailbox.sync()

    assert after_a_cut(machine, tmp_path) == [1, 2]


def test_mailboxes_are_not_hidden_by_the_first_ones(machine, tmp_path):
    """The list was made lazily, and INBOX with it."""
    filer, imap = open_store(machine.root, "filer"), open_store(machine.root, "imapmax")
    account = imap.account(TIM, HOME)
    filer.checkpoint()
    path = machine.root / HOME / "folders.1"
    machine.close()
    octets = path.read_bytes()
    left = SimulatedDisk(tmp_path / "left")
    with left.installed():
        account = open_store(left.root, "imapmax").account(TIM, HOME)
        account.create("Work")
        there = left.root / HOME / "folders.1"
        whole = there.read_bytes()
        hole = bytes(len(octets) - log.HEADER_OCTETS)
        there.write_bytes(
            whole[: log.HEADER_OCTETS] + hole + whole[log.HEADER_OCTETS + len(hole) :]
        )
        store = open_store(left.root, "popmax", b"c")
        names = [folder.name for folder in store.account(TIM, HOME).folders()]
        assert {"INBOX", "Sent", "Work"} <= set(names)
        store.account(TIM, HOME).create("More")
        store.tidy()
        assert not there.exists(), "it is replaced as soon as it is changed"
        fresh = open_store(left.root, "imapmax", b"c").account(TIM, HOME)
        assert {*names, "More"} == {folder.name for folder in fresh.folders()}
    left.close()


def damage(root) -> bytes:
    """Spoil a record in the midst of INBOX's log; return what it was."""
    path = root / HOME / "log.1.1"
    octets = bytearray(path.read_bytes())
    place = octets.rfind(log.tag_of(str(path)).to_bytes(4, "little"), 0, -200)
    octets[place + 12] ^= 255
    path.write_bytes(octets)
    return bytes(octets[place : place + 20])


def filled(root, boot: bytes = b"b") -> SegmentStore:
    store = open_store(root, "filer", boot)
    store.deliver([delivery(number) for number in range(1, 4)])
    for number in range(4, 8):
        store.deliver([delivery(number)])
    return store


def test_a_hole_is_noted_kept_and_gone_with_the_next_compaction(tmp_path):
    filled(tmp_path).close()
    lost = damage(tmp_path)

    store = open_store(tmp_path, "imapmax")
    assert uids(store) == [1, 2, 3, 4, 6, 7]
    mailbox = store.account(TIM, HOME).open("INBOX")
    mailbox.store([7], "+", Flag.SEEN)
    store.tidy()

    home = tmp_path / HOME
    assert (home / "damaged").read_bytes().startswith(b"log.1.1 offset ")
    (kept,) = home.glob("log.1.1.lost.*")
    assert kept.read_bytes().startswith(lost)
    assert not (home / "log.1.1").exists()
    assert uids(open_store(tmp_path, "popmax")) == [1, 2, 3, 4, 6, 7]


def test_who_reads_on_over_a_hole_sees_all_behind_it(tmp_path):
    """It has the file open, and looks without the lock."""
    writer = filled(tmp_path)
    reader = open_store(tmp_path, "imapmax")
    mailbox = reader.account(TIM, HOME).open("INBOX")
    writer.deliver([delivery(8)])
    damage(tmp_path)
    path = tmp_path / HOME / "log.1.1"
    octets = path.read_bytes()
    start = octets.rfind(log.tag_of(str(path)).to_bytes(4, "little"))
    path.write_bytes(octets[:start] + bytes(len(octets) - start))

    writer.deliver([delivery(9)])
    notes = mailbox.refresh()

    assert notes is not None
    assert mailbox.uids[-1] == 9
    assert 8 not in mailbox.uids


def test_a_record_on_its_way_is_no_hole(tmp_path):
    """Without the lock one waits for it; who has it must be done first."""
    writer = filled(tmp_path)
    reader = open_store(tmp_path, "imapmax")
    mailbox = reader.account(TIM, HOME).open("INBOX", read_only=True)
    path = tmp_path / HOME / "log.1.1"
    octets = path.read_bytes()
    tag = log.tag_of(str(path)).to_bytes(4, "little")
    frame = octets[octets.rfind(tag) :]
    path.write_bytes(octets + bytes(10) + frame)

    home = writer._home(TIM, HOME)
    with home, pytest.raises(TemporaryFailure):
        mailbox.refresh()


def test_a_ceiling_in_a_hole_takes_no_number_back(tmp_path):
    """What was given above it was given: numbers go on behind."""
    store = filled(tmp_path)
    home = store._home(TIM, HOME)
    box = home.box(1)
    before = box.head.uid_next
    box.head.ceiling = box.head.ceiling.__class__(3, 3, 0)

    jumped = box.head.jumped()
    records = box.head.above_ceiling(1)

    assert jumped.uid >= before
    assert jumped.modseq >= box.head.modseq
    assert records[0].uid > jumped.uid

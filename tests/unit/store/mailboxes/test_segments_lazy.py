"""A copy of a lazy delivery outlives a checkpoint that fails (TRUST D2, D7)."""

import errno
import zlib
from contextlib import suppress

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments.compact import compact_log
from mailmax.store.mailboxes.segments.heap import Heap
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
ONE, TWO = b"Subject: 1", b"Subject: 2"


def delivery(number):
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 100
    origin = Origin(b"j" * 16, number)
    crc = zlib.crc32(body)
    message = NewMessage(body, len(body), crc, body[:20], number, origin=origin)
    return Delivery(TIM, HOME, "", message)


def open_store(root, role, boot=b"b"):
    return SegmentStore(root, role=role, boot=boot * 16, background=False)


@pytest.fixture
def machine(tmp_path):
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        yield machine
    machine.close()


@pytest.fixture
def filer(machine):
    return open_store(machine.root, "filer")


@pytest.fixture
def account(machine, filer):
    account = open_store(machine.root, "imapmax").account(TIM, HOME)
    filer.deliver([delivery(1)])
    filer.checkpoint()
    return account


@pytest.fixture
def rewritten(monkeypatch):
    """Return the places that were written again."""
    places = []
    rewrite = Heap.rewrite

    def noted(heap, place, length):
        places.append(place)
        rewrite(heap, place, length)

    monkeypatch.setattr(Heap, "rewrite", noted)
    return places


def read_and_flag(account, uid):
    """Be a client: the log of INBOX is durable then."""
    inbox = account.open("INBOX")
    inbox.refresh()
    inbox.store([uid], "+", Flag.SEEN)
    inbox.sync()
    return inbox


def fail_the_checkpoint(machine, filer):
    machine.fail_at(machine.calls + 1, errno.EIO)
    with pytest.raises(Distrusted):
        filer.checkpoint()


def recovered(root, journal, boot=b"b"):
    filer = open_store(root, "filer", boot)
    filer.recover([(TIM, HOME)], journal)
    filer.deliver(journal)
    filer.checkpoint()


def after_a_cut(machine, tmp_path, journal, *, looks_early=False):
    """Return what the mailboxes hold after the power went and the filer is back."""
    left = SimulatedDisk(machine.survivors(tmp_path / "left"))
    with left.installed():
        if looks_early:
            early = open_store(left.root, "imapmax", b"c").account(TIM, HOME)
            for name in ("INBOX", "Trash"):
                early.open(name).close()
        recovered(left.root, journal, b"c")
        account = open_store(left.root, "popmax", b"c").account(TIM, HOME)
        found = {name: shown(account, name) for name in ("INBOX", "Trash")}
    left.close()
    return found


def shown(account, name):
    mailbox = account.open(name)
    mailbox.refresh()
    return [mailbox.read(place)[:10] for place in range(len(mailbox.uids))]


@pytest.mark.parametrize("looks_early", [False, True])
def test_a_move_holds_when_the_power_goes_before_the_filer_is_back(
    machine, filer, account, tmp_path, looks_early
):
    filer.deliver([delivery(2)])
    inbox = read_and_flag(account, 2)
    fail_the_checkpoint(machine, filer)
    inbox.move([2], account.open("Trash"))
    inbox.sync()

    found = after_a_cut(machine, tmp_path, [delivery(2)], looks_early=looks_early)

    assert found == {"INBOX": [ONE], "Trash": [TWO]}


def test_a_move_holds_when_the_next_filer_passed_its_journal(
    machine, filer, account, tmp_path
):
    filer.deliver([delivery(2)])
    inbox = read_and_flag(account, 2)
    fail_the_checkpoint(machine, filer)
    inbox.move([2], account.open("Trash"))
    inbox.sync()
    recovered(machine.root, [delivery(2)])

    assert after_a_cut(machine, tmp_path, []) == {"INBOX": [ONE], "Trash": [TWO]}


def test_a_copy_holds_through_a_snapshot_of_its_source(
    machine, filer, account, tmp_path
):
    filer.deliver([delivery(2)])
    inbox = read_and_flag(account, 2)
    fail_the_checkpoint(machine, filer)
    compact_log(inbox.home, 1)
    again = open_store(machine.root, "popmax").account(TIM, HOME)
    trash = again.open("Trash")
    again.open("INBOX").copy([2], trash)
    trash.sync()

    found = after_a_cut(machine, tmp_path, [delivery(2)])

    assert found == {"INBOX": [ONE, TWO], "Trash": [TWO]}


def test_what_a_cut_took_is_not_moved_before_the_filer_brought_it_back(
    machine, filer, account, tmp_path
):
    filer.deliver([delivery(2)])
    read_and_flag(account, 2)
    left = SimulatedDisk(machine.survivors(tmp_path / "left"))

    with left.installed():
        early = open_store(left.root, "imapmax", b"c").account(TIM, HOME)
        inbox, trash = early.open("INBOX"), early.open("Trash")
        with pytest.raises(TemporaryFailure, match="not recovered yet"):
            inbox.move([2], trash)
        recovered(left.root, [delivery(2)], b"c")
        inbox.refresh()
        inbox.move([2], trash)
        inbox.sync()

        assert (shown(early, "INBOX"), shown(early, "Trash")) == ([ONE], [TWO])
    left.close()


def test_what_a_checkpoint_covered_is_copied_without_its_octets(
    filer, account, rewritten
):
    """Only what came since the delivery before the last one is written again."""
    filer.deliver([delivery(2)])
    filer.checkpoint()
    filer.deliver([delivery(3)])
    inbox, trash = account.open("INBOX"), account.open("Trash")

    inbox.copy([1, 2], trash)
    assert rewritten == []
    inbox.copy([3], trash)
    assert len(rewritten) == 1
    trash.sync()
    rewritten.clear()
    trash.copy([3], account.open("Sent"))

    assert rewritten == [], "a copy that is durable is no delivery"


def test_a_checkpoint_that_failed_covers_nothing(machine, filer, account, rewritten):
    filer.deliver([delivery(2)])
    fail_the_checkpoint(machine, filer)
    filer.deliver([delivery(3)])

    account.open("INBOX").copy([2], account.open("Trash"))

    assert len(rewritten) == 1


def test_a_move_that_cannot_be_synced_leaves_no_copy(account, monkeypatch):
    """However often it is tried again."""
    inbox, trash = account.open("INBOX"), account.open("Trash")

    def fail(_fd):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(disk, "fdatasync", fail)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            inbox.move([1], trash)

    assert (shown(account, "INBOX"), shown(account, "Trash")) == ([ONE], [])


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_move_that_fails_anywhere_leaves_the_message_somewhere(tmp_path, times):
    """A write may fail and stand, and cutting it off may fail, too."""
    _, calls = what_is_left(tmp_path / "dry", 0, 0)
    assert calls > 5

    for number in range(1, calls + 1):
        found, _ = what_is_left(tmp_path / str(number), number, times)
        assert ONE in found, number


def what_is_left(root, number, times):
    """Move while calls fail; return what is shown then, and how many calls it was."""
    machine = SimulatedDisk(root)
    with machine.installed():
        open_store(machine.root, "filer").deliver([delivery(1)])
        account = open_store(machine.root, "imapmax").account(TIM, HOME)
        inbox, trash = account.open("INBOX"), account.open("Trash")
        begun = machine.calls
        machine.fail_at(begun + number, errno.EIO, times=times, whole=True)
        with suppress(Failure):
            inbox.move([1], trash)
        calls = machine.calls - begun
        machine.heal()
        there = open_store(machine.root, "popmax").account(TIM, HOME)
        found = shown(there, "INBOX") + shown(there, "Trash")
    machine.close()
    return found, calls

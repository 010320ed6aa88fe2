"""After a sync that failed nothing is believed that can merely be read (TRUST D2)."""

import errno
import zlib
from unittest.mock import patch

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.compact import compact_log, rewrite_roster
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
OTHER_HOME = "example.test/b2/eve~8"


def delivery(number: int, text: bytes = b"") -> Delivery:
    body = b"Subject: %d\r\n\r\n%b" % (number, text) + b"%d " % number * 4000
    origin = Origin(b"j" * 16, number)
    crc = zlib.crc32(body)
    return Delivery(
        TIM,
        HOME,
        "",
        NewMessage(body, len(body), crc, body[:40], number, origin=origin),
    )


def open_store(machine: SimulatedDisk, role: str = "filer") -> SegmentStore:
    return SegmentStore(machine.root, role=role, boot=b"b" * 16, background=False)


def bodies(store: SegmentStore) -> list[bytes]:
    mailbox = store.account(TIM, HOME).open("INBOX")
    mailbox.refresh()
    return [mailbox.read(place) for place in range(len(mailbox.uids))]


@pytest.fixture
def machine(tmp_path):
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        yield machine
    machine.close()


def test_what_a_failed_checkpoint_covered_is_filed_again(machine, tmp_path):
    store, mail = open_store(machine), [delivery(1), delivery(2)]
    store.deliver(mail[:1])
    store.checkpoint()
    store.deliver(mail[1:])
    machine.fail_at(machine.calls + 1, errno.EIO)
    with pytest.raises(Distrusted):
        store.checkpoint()
    assert len(bodies(store)) == 2, "it can be read all the same"

    again = open_store(machine)
    again.recover([(TIM, HOME)], mail)
    again.checkpoint()

    left = SimulatedDisk(machine.survivors(tmp_path / "left"))
    assert bodies(open_store(left)) == [one.message.body for one in mail]
    left.close()


def test_a_sync_of_another_process_that_failed_is_not_passed_over(machine):
    """The same file holds what the filer wrote lazily."""
    store, imap = open_store(machine), open_store(machine, "imapmax")
    store.deliver([delivery(1)])
    store.checkpoint()
    store.deliver([delivery(2)])
    mailbox = imap.account(TIM, HOME).open("INBOX")
    mailbox.refresh()
    mailbox.store([1], "+", Flag.SEEN)
    machine.fail_at(machine.calls + 1, errno.EIO)
    with pytest.raises(Failure):
        mailbox.sync()

    with pytest.raises(Distrusted):
        store.checkpoint()


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_report_that_was_made_again_mends_nothing(
    machine, tmp_path, is_lost, is_first
):
    """It has the origin of the first one, and another date."""
    store, filed, again = open_store(machine), delivery(1), delivery(1, b"later")
    store.deliver([delivery(0)])
    store.checkpoint()
    store.deliver([filed])
    if is_lost:
        mailbox = store.account(TIM, HOME).open("INBOX")
        mailbox.refresh()
        mailbox.store([1], "+", Flag.SEEN)
        mailbox.sync()  # makes the record durable, not its octets
    left = SimulatedDisk(machine.survivors(tmp_path / "left"))

    with left.installed():
        other = open_store(left)
        other.recover([(TIM, HOME)], [again, filed] if is_first else [filed, again])
        found = bodies(other)
    left.close()

    assert len(found) == 2
    possible = [filed] if is_lost else [filed, again]
    assert found[1] in [one.message.body for one in possible]


def fail_at_sync_of_names(machine: SimulatedDisk, store: SegmentStore, *names: str):
    """Append to mailboxes, the last one of them new; its directory's sync fails."""
    new = delivery(1).message
    rehearsal = store.account(UserId(8), OTHER_HOME)
    for name in names:
        mailbox = rehearsal.open(name)
        before = machine.calls
        mailbox.append([new])
    sync = machine.log[before:].index(f"fsync {OTHER_HOME}")
    account = store.account(TIM, HOME)
    for name in names[:-1]:
        account.open(name).append([new])
    last = account.open(names[-1])
    at = machine.calls + 1 + sync
    machine.fail_at(at, errno.EIO)
    with pytest.raises(Failure):
        last.append([new])
    assert machine.log[at - 1] == f"fsync {HOME}"
    return account


def test_a_name_whose_sync_failed_is_not_believed_the_second_time(machine, tmp_path):
    """The descriptor of a directory tells its error once."""
    store = open_store(machine, "imapmax")
    account = fail_at_sync_of_names(machine, store, "INBOX")

    with pytest.raises(Failure):
        account.open("INBOX").append([delivery(2).message])

    left = SimulatedDisk(machine.survivors(tmp_path / "left"))
    with left.installed():
        assert bodies(open_store(left)) == []
    left.close()


def test_where_names_are_suspect_those_that_are_durable_are_used(machine):
    store = open_store(machine, "imapmax")
    account = fail_at_sync_of_names(machine, store, "INBOX", "Drafts")

    account.open("INBOX").append([delivery(2).message])

    assert len(bodies(store)) == 2
    with pytest.raises(Failure):
        account.open("Drafts").append([delivery(2).message])


def test_a_mailbox_that_cannot_be_read_just_now_is_not_indexed(machine, monkeypatch):
    """Indexing is nobody's command: there is no one to hear of a failure."""
    store = open_store(machine, "imapmax")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([delivery(1).message])

    def refuse(_box):
        raise TemporaryFailure("planted")

    monkeypatch.setattr(Box, "want_columns", refuse)

    assert inbox.index() is False


def spoil_the_next_generation(machine: SimulatedDisk, store: SegmentStore, kind: str):
    """Replace a file; the sync that would keep the new one's name fails."""
    home = store._home(TIM, HOME)
    work = {
        "log": lambda: compact_log(home, 1),
        "snap": lambda: compact_log(home, 1),
        "folders": lambda: rewrite_roster(home),
    }[kind]
    sync, real = f"fsync {HOME}", machine.rename

    def rename(source, target):
        real(source, target)
        if target.name.startswith(kind):
            assert machine.log[-1].endswith(target.name)
            machine.fail_at(machine.calls + 1, errno.EIO)

    with patch.object(disk, "rename", rename), pytest.raises(TemporaryFailure):
        work()
    assert sync in machine.log[-6:]


@pytest.mark.parametrize("kind", ["log", "snap", "folders"])
def test_nobody_goes_on_in_a_generation_whose_name_may_be_lost(
    machine, tmp_path, monkeypatch, kind
):
    monkeypatch.setattr("mailmax.store.mailboxes.segments.roster.REWRITE_OCTETS", 0)
    store, other = open_store(machine), open_store(machine, "popmax")
    store.deliver([delivery(1)])
    store.checkpoint()
    account = store.account(TIM, HOME)
    for _ in range(30):
        account.subscribe("x", True)
        account.subscribe("x", False)
    spoil_the_next_generation(machine, store, kind)

    theirs = other.account(TIM, HOME)
    theirs.subscribe("y", True)
    mailbox = theirs.open("INBOX")
    mailbox.store([1], "+", Flag.FLAGGED)
    mailbox.sync()

    left = SimulatedDisk(machine.survivors(tmp_path / "left"))
    with left.installed():
        found = open_store(left, "imapmax").account(TIM, HOME)
        assert "y" in found.subscriptions()
        assert found.open("INBOX").flags[0] & Flag.FLAGGED
    left.close()


def test_after_it_no_new_name_is_believed(machine):
    store = open_store(machine)
    account = store.account(TIM, HOME)
    account.open("INBOX").append([delivery(1).message])
    sent = account.open("Sent")
    spoil_the_next_generation(machine, store, "log")

    with pytest.raises(TemporaryFailure):
        sent.append([delivery(2).message])

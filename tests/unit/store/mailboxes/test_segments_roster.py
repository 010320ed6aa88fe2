"""The list of mailboxes is rewritten when long; deletions died over are finished."""

import zlib
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.segments import roster
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage, Usage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
BODY = b"Subject: x\r\n\r\nbody\r\n"
MAIL = NewMessage(BODY, len(BODY), zlib.crc32(BODY), b"\x02fragment", 1_700_000_000_000)
NAMES = [f"list {number}" for number in range(60)]


def open_store(root: Path, boot: int = 1) -> SegmentStore:
    return SegmentStore(root, boot=bytes([boot]) * 16, background=False)


def abandon(store: SegmentStore) -> None:
    """The process is gone: nothing more is written."""
    store._node.files.close()


def state(store: SegmentStore) -> tuple:
    account = store.account(TIM, HOME)
    rows = [(one.name, one.folder_id, one.uid_validity) for one in account.folders()]
    return rows, account.subscriptions()


def run(root: Path, story, cut: int = 10**6) -> SimulatedDisk:
    machine = SimulatedDisk(root)
    with machine.installed():
        machine.cut_at(cut)
        with machine.until_cut():
            story(open_store(machine.root))
        machine.cut_now()
    return machine


# Rewriting


@pytest.fixture
def soon(monkeypatch):
    """Rewrite as soon as a quarter would do."""
    monkeypatch.setattr(roster, "REWRITE_OCTETS", 0)


def tell_subscriptions(store: SegmentStore) -> list[tuple]:
    """Grow the list; return what it was after each verb."""
    account = store.account(TIM, HOME)
    account.create("work/a", "\\Archive")
    account.delete("work")
    account.delete("Drafts")
    states = []
    for name in NAMES:
        account.subscribe(name, True)
        account.subscribe(name, False)
        states.append(state(store))
    return states


def test_a_long_list_is_rewritten_and_says_the_same(tmp_path, soon):
    store, other = (
        open_store(tmp_path),
        SegmentStore(tmp_path, role="other", boot=b"\x01" * 16, background=False),
    )
    tell_subscriptions(store)
    before, seen = state(store), state(other)
    long = (tmp_path / HOME / "folders.1").stat().st_size

    store.tidy()

    assert [path.name for path in (tmp_path / HOME).glob("folders.*")] == ["folders.2"]
    assert (tmp_path / HOME / "folders.2").stat().st_size < long / 4
    assert state(store) == before == seen == state(other)
    abandon(store)
    again = open_store(tmp_path)
    assert state(again) == before
    again.account(TIM, HOME).create("new")
    assert "new" in [row[0] for row in state(other)[0]]
    ids = [row[1] for row in state(other)[0]]
    assert len(set(ids)) == len(ids)
    assert max(ids) > max(row[1] for row in before[0])


def test_a_short_list_stays(tmp_path):
    store = open_store(tmp_path)
    tell_subscriptions(store)

    store.tidy()

    assert (tmp_path / HOME / "folders.1").exists()


def test_what_is_added_meanwhile_is_not_lost(tmp_path, soon, monkeypatch):
    store = open_store(tmp_path)
    tell_subscriptions(store)
    real = roster.Roster.draft

    def draft(self):
        made = real(self)
        monkeypatch.setattr(roster.Roster, "draft", real)
        store.account(TIM, HOME).subscribe("in between", True)
        return made

    monkeypatch.setattr(roster.Roster, "draft", draft)
    store.tidy()

    assert "in between" in state(store)[1]
    assert (tmp_path / HOME / "folders.2").exists()
    assert state(open_store(tmp_path)) == state(store)


@pytest.mark.parametrize("torn", [None, 1])
def test_the_power_may_go_at_every_step_of_a_rewrite(tmp_path, soon, torn):
    wanted: list[tuple] = []

    def story(store):
        tell_subscriptions(store)
        wanted.append(state(store))
        store.tidy()
        store.account(TIM, HOME).subscribe("after", True)
        wanted.append(state(store))

    dry = run(tmp_path / "dry", story)
    dry.close()
    cuts = 0
    for cut in range(dry.calls - 16, dry.calls + 2):
        wanted.clear()
        machine = run(tmp_path / f"live{cut}", story, cut)
        left = machine.survivors(tmp_path / f"left{cut}", torn=torn and cut)
        machine.close()
        if not wanted:
            continue  # before the rewrite
        found = state(open_store(left, 2))
        rows, subscribed = wanted[0]
        after = rows, sorted([*subscribed, "after"])
        assert found == after if len(wanted) > 1 else found in (wanted[0], after), cut
        live = state(open_store(tmp_path / f"live{cut}"))
        assert live in (wanted[0], after), cut
        cuts += 1
    assert cuts > 8


# Deleting


def tell_a_deletion(store: SegmentStore) -> None:
    account = store.account(TIM, HOME)
    for name in ("INBOX", "Trash"):
        box = account.open(name)
        box.append([MAIL, MAIL])
        box.sync()
        box.close()
    account.delete("Trash")


@pytest.mark.parametrize("boot", [1, 2], ids=["killed", "power cut"])
def test_a_deletion_that_was_died_over_is_finished(tmp_path, boot):
    dry = run(tmp_path / "dry", tell_a_deletion)
    dry.close()
    for cut in range(dry.calls - 8, dry.calls + 2):
        machine = run(tmp_path / f"live{cut}", tell_a_deletion, cut)
        left = tmp_path / f"live{cut}"
        if boot == 2:
            left = machine.survivors(tmp_path / f"left{cut}")
        machine.close()
        store = open_store(left, boot)
        account = store.account(TIM, HOME)
        account.subscribe("anything", True)  # takes the lock
        boxes = [account.open(folder.name) for folder in account.folders()]
        count = sum(len(box.uids) for box in boxes)
        assert count in (2, 4)
        assert count == 2 or account.find("Trash") is not None
        assert account.usage() == Usage(count * len(BODY), count), cut
        named = {box.folder.folder_id for box in boxes}
        logs = {int(path.name.split(".")[1]) for path in (left / HOME).glob("log.*")}
        assert logs <= named, cut
        abandon(store)

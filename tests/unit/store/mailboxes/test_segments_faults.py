"""The power goes at every step of every kind of change: what was promised is there.

Each scenario keeps a ledger of what was *seen* (a UID and the body it showed) and what
was *promised* (durable by the port's words). After the cut a new store opens what the
disk kept, as after a start of the machine, and is held to the ledger.
"""

import copy
import fcntl
import os
import shutil
import traceback
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure
from mailmax.base.ids import UserId
from mailmax.store import disk
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.names import FolderTable
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments import (
    compact,
    fragments,
    heap,
    home,
    mailbox,
    syncing,
    together,
    unproven,
    wave,
)
from mailmax.store.mailboxes.segments import head as numbers
from mailmax.store.mailboxes.segments.head import Head
from mailmax.store.mailboxes.segments.node import Renderer
from mailmax.store.mailboxes.segments.records import Ceiling
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
JOURNAL = b"j" * 16
CUTS = int(os.environ.get("MAILMAX_CUTS", "25"))
"""Cuts tried in one scenario, spread over all its calls."""


def body_of(number: int) -> bytes:
    return b"Subject: %d\r\n\r\n" % number + b"%d " % number * 400


def fragment_of(body: bytes) -> bytes:
    """Long enough to be torn."""
    return b"\x01" + body[:1500][::-1]


def message(number: int, **more) -> NewMessage:
    body = body_of(number)
    return NewMessage(
        body=body,
        size=len(body),
        crc=zlib.crc32(body),
        fragment=fragment_of(body),
        internal_date_ms=1_700_000_000_000 + number,
        **more,
    )


def delivery(number: int, folder: str = "") -> Delivery:
    return Delivery(TIM, HOME, folder, message(number, origin=Origin(JOURNAL, number)))


@dataclass
class Ledger:
    """What the world was told, by mailbox name."""

    seen: dict[str, dict[int, bytes]] = field(default_factory=dict)
    promised: dict[str, dict[int, bytes]] = field(default_factory=dict)
    flags: dict[str, dict[int, int]] = field(default_factory=dict)
    going: set[tuple[str, int]] = field(default_factory=set)
    """Messages that a change under way may have removed, or flags it may have set."""
    journal: list[Delivery] = field(default_factory=list)
    """Accepted mail that no checkpoint has covered."""
    covered: list[Delivery] = field(default_factory=list)

    def saw(self, name: str, uid: int, body: bytes) -> None:
        before = self.seen.setdefault(name, {}).setdefault(uid, body)
        assert before == body, f"UID {uid} of {name} was given twice"

    def promise(self, name: str, uid: int, body: bytes) -> None:
        self.promised.setdefault(name, {})[uid] = body


def open_store(root: Path, boot: int) -> SegmentStore:
    return SegmentStore(
        root,
        boot=bytes([boot]) * 16,
        background=False,
        renderer=Renderer(b"\x01", fragment_of),
    )


def abandon(store: SegmentStore) -> None:
    """The process is gone: nothing more is written."""
    store._node.files.close()


def delivered(store: SegmentStore, batch: list[Delivery]):
    """Deliver as the filer does: what was put aside is tried again."""
    for _ in range(3):
        outcomes = store.deliver(batch)
        if not any(outcome.locked for outcome in outcomes):
            break
    return outcomes


# Scenarios: each is a story told to a store, with a ledger


def tell_deliveries(store: SegmentStore, ledger: Ledger) -> None:
    for start in range(0, 9, 3):
        batch = [delivery(n, "" if n % 2 else "lists") for n in range(start, start + 3)]
        ledger.journal += batch
        for one, outcome in zip(batch, delivered(store, batch), strict=True):
            name = one.folder or "INBOX"
            ledger.saw(name, outcome.uid, body_of(one.message.origin.number))
        if start == 3:
            store.checkpoint()
            ledger.covered += ledger.journal
            ledger.journal = []


def tell_appends(store: SegmentStore, ledger: Ledger) -> None:
    account = store.account(TIM, HOME)
    inbox = account.open("INBOX")
    for number in range(0, 6, 2):
        change = inbox.append([message(number), message(number + 1)])
        for place, uid in enumerate(change.uids):
            ledger.saw("INBOX", uid, body_of(number + place))
        inbox.sync()
        for place, uid in enumerate(change.uids):
            ledger.promise("INBOX", uid, body_of(number + place))


def tell_waves(store: SegmentStore, ledger: Ledger) -> None:
    """Appends to several mailboxes at once."""
    account = store.account(TIM, HOME)
    boxes = [account.open(name) for name in ("INBOX", "Sent", "Drafts")]
    for number in range(0, 6, 3):
        batch = [(box, [message(number + n)]) for n, box in enumerate(boxes)]
        for n, (box, answer) in enumerate(zip(boxes, store.append(batch), strict=True)):
            if not isinstance(answer, Exception):
                ledger.saw(box.folder.name, answer.uids[0], body_of(number + n))
                ledger.promise(box.folder.name, answer.uids[0], body_of(number + n))


def tell_what_others_saw(store: SegmentStore, ledger: Ledger) -> None:
    """A message is seen, flagged and copied by others before it is promised."""
    ledger.journal += [delivery(0)]
    for outcome in delivered(store, ledger.journal):
        ledger.saw("INBOX", outcome.uid, body_of(0))
    inbox = store.account(TIM, HOME).open("INBOX")
    other = SegmentStore(
        Path(store._node.root),
        role="other",
        boot=store._node.boot,
        background=False,
        renderer=store._node.renderer,
    )
    account = other.account(TIM, HOME)
    theirs, sent = account.open("INBOX"), account.open("Sent")
    for number in (1, 2):
        (uid,) = inbox.add([message(number)]).uids
        theirs.refresh()
        ledger.saw("INBOX", uid, theirs.read(theirs.uids.index(uid)))
        if number == 1:
            theirs.store([uid], "+", Flag.SEEN, ["work"])
            theirs.sync()
            ledger.promise("INBOX", uid, body_of(number))
            ledger.flags.setdefault("INBOX", {})[uid] = Flag.SEEN
        else:
            (twin,) = theirs.copy([uid], sent).uids
            ledger.saw("Sent", twin, body_of(number))
            sent.sync()
            ledger.promise("Sent", twin, body_of(number))
        inbox.sync()
        ledger.promise("INBOX", uid, body_of(number))


def tell_two_on_the_way(store: SegmentStore, ledger: Ledger) -> None:
    """Each message is written before the one before it is durable."""
    inbox = store.account(TIM, HOME).open("INBOX")
    before: list[tuple[int, int, syncing.Syncing]] = []
    for number in range(5):
        (uid,) = inbox.add([message(number)]).uids
        ledger.saw("INBOX", uid, body_of(number))
        before.append((number, uid, inbox.syncing()))
        if number:
            then, older, waiting = before.pop(0)
            waiting.done(together.sync_each(waiting.files, at_once=False))
            ledger.promise("INBOX", older, body_of(then))


def tell_a_compaction_on_the_way(store: SegmentStore, ledger: Ledger) -> None:
    """The log is replaced while a message is on its way."""
    inbox = store.account(TIM, HOME).open("INBOX")
    (uid,) = inbox.append([message(0)]).uids
    ledger.saw("INBOX", uid, body_of(0))
    ledger.promise("INBOX", uid, body_of(0))
    (uid,) = inbox.add([message(1)]).uids
    ledger.saw("INBOX", uid, body_of(1))
    store._upkeep.due(store._home(TIM, HOME), 1)
    store.tidy()
    inbox.sync()
    ledger.promise("INBOX", uid, body_of(1))


def tell_flags_and_removals(store: SegmentStore, ledger: Ledger) -> None:
    tell_appends(store, ledger)
    inbox = store.account(TIM, HOME).open("INBOX")
    for uid in (2, 4):
        ledger.going.add(("INBOX", uid))
        inbox.store([uid], "+", Flag.SEEN, ["work"])
        inbox.sync()
        ledger.flags.setdefault("INBOX", {})[uid] = Flag.SEEN
        ledger.going.discard(("INBOX", uid))
    ledger.going |= {("INBOX", 1), ("INBOX", 3)}
    inbox.remove([1, 3])
    inbox.sync()
    for uid in (1, 3):
        del ledger.promised["INBOX"][uid]
        ledger.going.discard(("INBOX", uid))
        ledger.flags.setdefault("gone INBOX", {})[uid] = 0


def tell_copies_and_moves(store: SegmentStore, ledger: Ledger) -> None:
    account = store.account(TIM, HOME)
    ledger.journal += [delivery(0), delivery(1), delivery(2)]
    for number, outcome in enumerate(delivered(store, ledger.journal)):
        ledger.saw("INBOX", outcome.uid, body_of(number))
    inbox, sent = account.open("INBOX"), account.open("Sent")
    inbox.refresh()
    change = inbox.copy([1, 2], sent)
    sent.sync()
    for uid, number in zip(change.uids, (0, 1), strict=True):
        ledger.saw("Sent", uid, body_of(number))
        ledger.promise("Sent", uid, body_of(number))
    ledger.going.add(("INBOX", 3))
    change = inbox.move([3], sent)
    ledger.saw("Sent", change.uids[0], body_of(2))
    inbox.sync()
    ledger.promise("Sent", change.uids[0], body_of(2))


def tell_a_lazy_mailbox(store: SegmentStore, ledger: Ledger) -> None:
    """The filer makes a mailbox lazily, a client adds to it and is told OK."""
    ledger.journal += [delivery(0, "lists")]
    for outcome in delivered(store, ledger.journal):
        ledger.saw("lists", outcome.uid, body_of(0))
    lists = store.account(TIM, HOME).open("lists")
    change = lists.append([message(5)])
    ledger.saw("lists", change.uids[0], body_of(5))
    lists.sync()
    ledger.promise("lists", change.uids[0], body_of(5))


def tell_compactions(store: SegmentStore, ledger: Ledger) -> None:
    tell_flags_and_removals(store, ledger)
    account = store.account(TIM, HOME)
    inbox, sent = account.open("INBOX"), account.open("Sent")
    change = inbox.copy([2, 6], sent)
    sent.sync()
    for uid, number in zip(change.uids, (1, 5), strict=True):
        ledger.saw("Sent", uid, body_of(number))
        ledger.promise("Sent", uid, body_of(number))
    found = store._home(TIM, HOME)
    found.upkeep.due(found, 1)
    found.upkeep.due(found, home.OCTETS)
    store.tidy()
    change = inbox.append([message(9)])
    inbox.sync()
    ledger.saw("INBOX", change.uids[0], body_of(9))
    ledger.promise("INBOX", change.uids[0], body_of(9))


SCENARIOS: dict[str, Callable[[SegmentStore, Ledger], None]] = {
    "deliver": tell_deliveries,
    "append": tell_appends,
    "waves": tell_waves,
    "flags and removals": tell_flags_and_removals,
    "copy and move": tell_copies_and_moves,
    "lazy mailbox": tell_a_lazy_mailbox,
    "seen by others": tell_what_others_saw,
    "two on the way": tell_two_on_the_way,
    "compaction on the way": tell_a_compaction_on_the_way,
    "compaction": tell_compactions,
}


@pytest.fixture(autouse=True)
def eager_compaction(monkeypatch):
    """Compact as soon as anything is dead."""
    monkeypatch.setattr(home, "DEAD_OCTETS", 1)
    monkeypatch.setattr("mailmax.store.mailboxes.segments.compact.DEAD_OCTETS", 1)


def run(root: Path, story, ledger: Ledger, fault=lambda _machine: None, broken=""):
    machine = SimulatedDisk(root, broken=broken)
    with machine.installed():
        fault(machine)
        with machine.until_cut():
            store = open_store(machine.root, 1)
            story(store, ledger)
        machine.cut_now()
    return machine


def verify(left: Path, ledger: Ledger, boot: int = 2) -> None:
    store = open_store(left, boot)
    try:
        if ledger.journal:
            store.recover([(TIM, HOME)], ledger.journal)
        account = store.account(TIM, HOME)
        for name in {"INBOX", *ledger.seen, *ledger.promised}:
            if account.find(name) is None:
                account.create(name)
            check_mailbox(account, name, ledger)
        check_deliveries(account, ledger)
        check_usage(account)
        for name in {"INBOX", *ledger.seen}:
            opened = account.open(name)
            (uid,) = opened.append([message(99)]).uids
            assert uid > max(ledger.seen.get(name, {0: b""})), "a UID was given again"
    finally:
        abandon(store)


def check_mailbox(account, name: str, ledger: Ledger) -> None:
    opened = account.open(name)
    held = {}
    promised = ledger.promised.get(name, {})
    for place, uid in enumerate(opened.uids):
        try:
            held[uid] = opened.read(place)
        except Failure as damaged:
            raise AssertionError(f"UID {uid} of {name} is damaged") from damaged
        assert opened.fragments([place]) == [fragment_of(held[uid])]
    for uid, body in held.items():
        seen = ledger.seen.get(name, {}).get(uid, body)
        assert seen == body, f"UID {uid} of {name} shows another message"
    for uid, body in promised.items():
        if (name, uid) not in ledger.going or uid in held:
            assert held.get(uid) == body, f"UID {uid} of {name} is lost"
    for uid in ledger.flags.get(f"gone {name}", {}):
        assert uid not in held, f"UID {uid} of {name} came back"
    for uid, bits in ledger.flags.get(name, {}).items():
        place = opened.uids.index(uid)
        assert opened.flags[place] == bits
        assert uid in opened.keywords["work"]


def check_deliveries(account, ledger: Ledger) -> None:
    """All mail in the journals is in the mailboxes, once."""
    for one in ledger.covered + ledger.journal:
        number = one.message.origin.number
        opened = account.open(one.folder or "INBOX")
        copies = [
            uid
            for place, uid in enumerate(opened.uids)
            if opened.read(place) == body_of(number)
        ]
        may_be_gone = any(("INBOX", uid) in ledger.going for uid in range(1, 9))
        assert len(copies) == 1 or (not copies and may_be_gone), number


def check_usage(account) -> None:
    boxes = [account.open(folder.name) for folder in account.folders()]
    usage = account.usage()
    assert usage.messages == sum(len(box.uids) for box in boxes)
    assert usage.octets == sum(sum(box.sizes) for box in boxes)


def calls_of(root: Path, story) -> int:
    machine = run(root, story, Ledger())
    machine.close()
    return machine.calls


@pytest.mark.parametrize("torn", [None, 1, 2], ids=["strict", "torn 1", "torn 2"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_power_cuts_lose_nothing_that_was_promised(tmp_path, name, torn):
    story = SCENARIOS[name]
    calls = calls_of(tmp_path / "dry", story)
    assert calls > 20

    for cut in range(1, calls + 2, max(1, calls // CUTS)):
        ledger = Ledger()
        machine = run(
            tmp_path / f"live{cut}", story, ledger, lambda m, at=cut: m.cut_at(at)
        )
        seed = None if torn is None else torn * 1000 + cut
        left = machine.survivors(tmp_path / f"left{cut}", torn=seed)
        machine.close()
        try:
            verify(left, ledger)
        except (AssertionError, Failure) as wrong:
            raise AssertionError(
                f"cut at {cut}: {machine.log[-6:]}: {wrong}"
            ) from wrong


def test_recovery_may_itself_be_cut_off(tmp_path):
    ledger = Ledger()
    calls = calls_of(tmp_path / "dry", tell_deliveries)
    machine = run(tmp_path / "live", tell_deliveries, ledger, lambda m: m.cut_at(calls))
    left = machine.survivors(tmp_path / "left", torn=3)
    machine.close()

    def recover(store: SegmentStore, _ledger: Ledger) -> None:
        store.recover([(TIM, HOME)], ledger.journal)

    def run_again(cut: int) -> SimulatedDisk:
        root = tmp_path / f"again{cut}"
        shutil.copytree(left, root)
        again = SimulatedDisk(root)
        with again.installed():
            again.cut_at(cut)
            with again.until_cut():
                recover(open_store(root, 2), ledger)
            again.cut_now()
        return again

    dry = run_again(10**6)
    dry.close()
    assert dry.calls > 20
    for cut in range(1, dry.calls + 1, max(1, dry.calls // CUTS)):
        again = run_again(cut)
        twice = again.survivors(tmp_path / f"twice{cut}", torn=cut)
        again.close()
        verify(twice, ledger, boot=3)


@pytest.mark.parametrize("first", range(6))
def test_taking_back_may_itself_be_cut_off(tmp_path, first):
    """The power goes again at every call of the first changes after a cut."""
    dry_calls = calls_of(tmp_path / "dry", tell_what_others_saw)
    cut = dry_calls - 1 - 2 * first
    ledger = Ledger()
    machine = run(
        tmp_path / "live", tell_what_others_saw, ledger, lambda m: m.cut_at(cut)
    )
    left = machine.survivors(tmp_path / "left", torn=cut)
    machine.close()

    def go_on(store: SegmentStore, told: Ledger) -> None:
        if told.journal:
            store.recover([(TIM, HOME)], told.journal)
        account = store.account(TIM, HOME)
        for name in ("INBOX", "Sent"):
            opened = account.open(name)
            (uid,) = opened.append([message(50)]).uids
            told.saw(name, uid, body_of(50))
            told.promise(name, uid, body_of(50))

    def run_again(at: int, told: Ledger) -> SimulatedDisk:
        shutil.copytree(left, tmp_path / f"again{at}")
        again = SimulatedDisk(tmp_path / f"again{at}")
        with again.installed():
            again.cut_at(at)
            with again.until_cut():
                go_on(open_store(again.root, 2), told)
            again.cut_now()
        return again

    dry = run_again(10**6, copy.deepcopy(ledger))
    dry.close()
    assert dry.calls > 20
    for at in range(1, dry.calls + 2):
        told = copy.deepcopy(ledger)
        again = run_again(at, told)
        twice = again.survivors(tmp_path / f"twice{at}", torn=at)
        again.close()
        try:
            verify(twice, told, boot=3)
        except (AssertionError, Failure) as wrong:
            raise AssertionError(f"cut at {at}: {again.log[-6:]}: {wrong}") from wrong


@pytest.mark.parametrize(
    "name",
    ["append", "waves", "seen by others", "two on the way", "compaction on the way"],
)
def test_files_synced_at_once_may_be_synced_in_any_order(tmp_path, monkeypatch, name):
    """Bodies before records; the other tests have it the other way round."""
    whole = together.sync_each

    def backwards(files: Sequence[together.Wanted], *, at_once: bool) -> list:
        return whole(files[::-1], at_once=at_once)[::-1]

    for module in (wave, mailbox):
        monkeypatch.setattr(module, "sync_each", backwards)

    assert not breaks(tmp_path, SCENARIOS[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_kill_loses_nothing_at_all(tmp_path, name):
    """The process dies at every call; the machine and its page cache live on."""
    story = SCENARIOS[name]
    calls = calls_of(tmp_path / "dry", story)

    for cut in range(1, calls + 2, max(1, calls // CUTS)):
        ledger = Ledger()
        machine = run(
            tmp_path / f"live{cut}", story, ledger, lambda m, at=cut: m.cut_at(at)
        )
        machine.close()
        store = open_store(tmp_path / f"live{cut}", 1)
        for mailbox_name, seen in ledger.seen.items():
            opened = store.account(TIM, HOME).open(mailbox_name)
            held = {uid: opened.read(place) for place, uid in enumerate(opened.uids)}
            gone = ledger.flags.get(f"gone {mailbox_name}", {})
            for uid, body in seen.items():
                if uid not in gone and (mailbox_name, uid) not in ledger.going:
                    assert held[uid] == body, (cut, uid)
        account = store.account(TIM, HOME)
        account.subscribe("anything", True)
        check_usage(account)
        abandon(store)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("code", [5, 28], ids=["EIO", "ENOSPC"])
def test_errors_of_the_disk_break_no_promise(tmp_path, name, code):
    """One call fails; the story goes on after a refusal; then the power goes."""
    story = SCENARIOS[name]
    calls = calls_of(tmp_path / "dry", story)

    for at in range(1, calls + 1, max(1, calls // CUTS)):
        ledger = Ledger()
        machine = SimulatedDisk(tmp_path / f"live{at}")
        with machine.installed():
            machine.fail_at(at, code)
            with suppress(Failure, Distrusted):
                story(open_store(machine.root, 1), ledger)
            machine.cut_now()
        left = machine.survivors(tmp_path / f"left{at}")
        machine.close()
        try:
            verify(left, ledger)
        except (AssertionError, Failure) as wrong:
            raise AssertionError(
                f"call {at}: {machine.log[at - 1]}: {wrong}"
            ) from wrong


# The lock


@pytest.fixture
def syncs_under_the_lock(tmp_path, monkeypatch) -> list[str]:
    """Where something was synced while the user was locked."""
    held: list[str] = []

    def note_lock() -> None:
        with suppress(FileNotFoundError):
            fd = os.open(tmp_path / HOME, os.O_RDONLY)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append("".join(traceback.format_stack(limit=9)))
            finally:
                os.close(fd)

    def noting(real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(fd: int) -> None:
            note_lock()
            real(fd)

        return sync

    for name in ("fsync", "fdatasync", "syncfs"):
        monkeypatch.setattr(disk, name, noting(getattr(disk, name)))
    return held


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_synced_under_the_lock(
    tmp_path, monkeypatch, name, syncs_under_the_lock
):
    """DESIGN 4; with ceilings that are always near, and a cut before each store."""
    monkeypatch.setattr(numbers, "CEILING_STEP", 1)
    monkeypatch.setattr(numbers, "MARGIN", 0)
    monkeypatch.setattr(numbers, "_FIRST", Ceiling(1, 1, 0))
    store = open_store(tmp_path, 1)
    SCENARIOS[name](store, Ledger())
    abandon(store)
    for boot in (2, 3):
        store = open_store(tmp_path, boot)
        account = store.account(TIM, HOME)
        inbox, sent = account.open("INBOX"), account.open("Sent")
        before = inbox.box.head.safe_modseq
        (uid,) = inbox.append([message(7)]).uids
        inbox.store([uid], "+", Flag.SEEN)
        inbox.copy([uid], sent)
        inbox.move([uid], sent)
        inbox.sync()
        assert inbox.box.head.safe_modseq > before
        account.create("a")
        account.rename("a", "b")
        account.delete("b")
        store.deliver([delivery(boot)])
        store.tidy()
        abandon(store)

    assert syncs_under_the_lock == []


# Folders


STEPS = [
    ("create", "a/b"),
    ("create", "c"),
    ("rename", "a", "d/e"),
    ("delete", "c"),
    ("subscribe", "d/e/b", True),
]


def states_of_the_list() -> list[tuple]:
    """What the list is after each verb; a verb happens as a whole or not at all."""
    table = FolderTable()

    def state() -> tuple:
        names = [folder.name for folder in table.listing()]
        return names, sorted(table.subscribed)

    table.apply(table.defaults(1))
    states = [state()]
    for verb, *words in STEPS:
        if verb == "subscribe":
            steps = table.subscribe(words[0], subscribed=words[1])
        elif verb == "delete":
            steps = table.delete(*words)
        else:
            steps = getattr(table, verb)(*words, 1)
        table.apply(steps)
        states.append(state())
    return states


def test_power_cuts_keep_the_list_of_mailboxes(tmp_path):
    def story(store, done):
        account = store.account(TIM, HOME)
        for verb, *words in STEPS:
            getattr(account, verb)(*words)
            done.append(verb)

    states = states_of_the_list()
    calls = calls_of(tmp_path / "dry", lambda store, _: story(store, []))
    for cut in range(1, calls + 2):
        done: list = []
        machine = run(
            tmp_path / f"live{cut}",
            lambda store, _, done=done: story(store, done),
            Ledger(),
            lambda m, at=cut: m.cut_at(at),
        )
        left = machine.survivors(tmp_path / f"left{cut}", torn=cut)
        machine.close()
        store = open_store(left, 2)
        account = store.account(TIM, HOME)
        names = [folder.name for folder in account.folders()]
        state = names, account.subscriptions()
        abandon(store)
        assert state in states[len(done) : len(done) + 2], cut


# Broken builds: the checks above must notice


def breaks(tmp_path: Path, story, torn: int | None = None) -> bool:
    calls = calls_of(tmp_path / "dry", story)
    for cut in range(1, calls + 2):
        ledger = Ledger()
        machine = run(
            tmp_path / f"live{cut}", story, ledger, lambda m, at=cut: m.cut_at(at)
        )
        left = machine.survivors(tmp_path / f"left{cut}", torn=torn)
        machine.close()
        try:
            verify(left, ledger)
        except (AssertionError, Failure):
            return True
    return False


@pytest.fixture
def syncs_not(monkeypatch):
    """Let a sync of a mailbox wait for all but some of its files."""
    whole = syncing.Syncing.__init__

    def choose(kind: str) -> None:
        """Leave out ``mail``, ``log`` or ``folders``: what the names begin with."""

        def some(self, home, box):
            whole(self, home, box)
            self.files = [
                file for file in self.files if not Path(file[1]).name.startswith(kind)
            ]

        monkeypatch.setattr(syncing.Syncing, "__init__", some)

    return choose


@pytest.mark.parametrize(
    "story", [tell_copies_and_moves, tell_appends, tell_waves, tell_what_others_saw]
)
def test_an_ok_before_the_bodies_are_durable_is_noticed(tmp_path, syncs_not, story):
    syncs_not("mail.")

    assert breaks(tmp_path, story)


@pytest.mark.parametrize("story", [tell_appends, tell_waves, tell_what_others_saw])
def test_an_ok_before_the_log_is_durable_is_noticed(tmp_path, syncs_not, story):
    syncs_not("log.")

    assert breaks(tmp_path, story)


@pytest.mark.parametrize("story", [tell_appends, tell_waves])
def test_a_record_kept_without_its_body_is_noticed(tmp_path, monkeypatch, story):
    monkeypatch.setattr(unproven, "missing", lambda *_: [])

    assert breaks(tmp_path, story)


def test_proving_what_is_on_its_way_is_noticed(tmp_path, monkeypatch):
    whole = syncing.Syncing.__init__

    def early(self, home, box):
        whole(self, home, box)
        box.proven = box.head.modseq

    monkeypatch.setattr(syncing.Syncing, "__init__", early)

    assert breaks(tmp_path, tell_two_on_the_way)


def test_taking_back_what_was_promised_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(unproven, "missing", lambda _home, bodies: list(bodies))

    assert breaks(tmp_path, tell_appends)


def test_a_snapshot_of_what_is_on_its_way_is_noticed(tmp_path, monkeypatch):
    assert not breaks(tmp_path / "right", tell_a_compaction_on_the_way)
    monkeypatch.setattr(compact, "segment_of", lambda _place: 0)
    assert breaks(tmp_path / "wrong", tell_a_compaction_on_the_way)


def test_a_torn_fragment_that_is_believed_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(fragments, "unseal", lambda octets: octets[:-4])

    assert breaks(tmp_path, tell_appends, torn=1)


def test_uids_used_again_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(Head, "raised", lambda *_: [])
    monkeypatch.setattr(Head, "above_ceiling", lambda *_: [])

    assert breaks(tmp_path, tell_what_others_saw)


def test_a_mailbox_without_its_name_is_noticed(tmp_path, syncs_not):
    syncs_not("folders.")

    assert breaks(tmp_path, tell_a_lazy_mailbox)


def test_a_failed_sync_is_never_said_to_be_good(tmp_path):
    """TRUST D2: the log goes on in another file, and only that is promised."""
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        store = open_store(machine.root, 1)
        inbox = store.account(TIM, HOME).open("INBOX")
        inbox.append([message(0), message(1)])
        inbox.sync()
        inbox.store([1], "+", Flag.SEEN)
        machine.fail_at(machine.calls + 1, 5)
        with pytest.raises(Failure):
            inbox.sync()
        with pytest.raises(Failure):
            inbox.sync()

        store.tidy()
        inbox.store([2], "+", Flag.FLAGGED)
        inbox.sync()
        machine.cut_now()
    left = machine.survivors(tmp_path / "left")
    machine.close()

    store = open_store(left, 2)
    inbox = store.account(TIM, HOME).open("INBOX")
    assert bytes(inbox.flags) == bytes([Flag.SEEN, Flag.FLAGGED])
    abandon(store)


def test_a_move_that_removes_first_is_noticed(tmp_path, monkeypatch):
    def move(self, uids, target):
        change = self.copy(uids, target)
        self.remove(uids)
        self.sync()
        target.sync()
        return change

    def tell(store, ledger):
        tell_appends(store, ledger)
        account = store.account(TIM, HOME)
        inbox, sent = account.open("INBOX"), account.open("Sent")
        ledger.going.add(("INBOX", 1))
        ledger.either = (body_of(0), "INBOX", "Sent")
        inbox.move([1], sent)

    def lost() -> bool:
        calls = calls_of(tmp_path / "dry", tell)
        for cut in range(calls // 2, calls + 2):
            ledger = Ledger()
            machine = run(
                tmp_path / f"live{cut}", tell, ledger, lambda m, at=cut: m.cut_at(at)
            )
            left = machine.survivors(tmp_path / f"left{cut}")
            machine.close()
            if not hasattr(ledger, "either"):
                continue
            store = open_store(left, 2)
            account = store.account(TIM, HOME)
            boxes = [account.open(name) for name in ("INBOX", "Sent")]
            bodies = [box.read(n) for box in boxes for n in range(len(box.uids))]
            abandon(store)
            if body_of(0) not in bodies:
                return True
        return False

    assert not lost()
    for path in tmp_path.iterdir():
        path.rename(path.with_name(f"right {path.name}"))
    monkeypatch.setattr(mailbox.SegmentMailbox, "move", move)
    assert lost()


def test_segments_named_in_places_are_found_again():
    place = heap.place_of(3, 12345)

    assert heap.segment_of(place) == 3

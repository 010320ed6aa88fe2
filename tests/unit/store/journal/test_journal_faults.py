"""The journal under power cuts and errors at every single call (D1, D2, D10)."""

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk, every_call
from fix_spools import Node, entry, eventually, name_of, read
from fix_spools_ledger import Ledger, Promise, open_writer, read_all, two_lives
from mailmax.store import disk
from mailmax.store.journal import big, record, segment
from mailmax.store.journal.bodies import Bodies
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter

TORN = (None, 1, 2, 3)


def count(tmp_path: Path) -> int:
    return every_call(lambda m: two_lives(Ledger(), m.root), tmp_path / "count")


def cuts(
    tmp_path: Path,
    *,
    broken: str = "",
    commit: Promise = Ledger.commit,
    step: int = 1,
) -> list[str]:
    """Cut at every call; return what was found wrong."""
    trouble = []
    for k in range(1, count(tmp_path) + 2, step):
        ledger = Ledger()
        machine = SimulatedDisk(tmp_path / f"{k}/live", broken)
        machine.cut_at(k)
        with machine.installed(), machine.until_cut():
            two_lives(ledger, machine.root, commit)
        for torn in TORN:
            left = machine.survivors(tmp_path / f"{k}/left{torn}", torn)
            trouble += [f"cut {k}, torn {torn}: {t}" for t in ledger.judge(left)]
        machine.close()
    return trouble


def errors(tmp_path: Path, code: int, times: int, step: int = 1) -> list[str]:
    """Fail at every call, go on, cut at the end; return what was found wrong."""
    trouble = []
    for k in range(1, count(tmp_path) + 1, step):
        ledger = Ledger()
        machine = SimulatedDisk(tmp_path / f"{k}/live")
        if code == errno.ENOSPC and times == 0:
            machine.short_at(k)
        else:
            machine.fail_at(k, code, times)
        with machine.installed():
            try:
                two_lives(ledger, machine.root)
            except AssertionError:
                trouble.append(f"error {k}: not opened: {machine.log[k - 1]}")
            machine.heal()
            last = open_writer(machine.root)
            if not ledger.commit(last, {"last": b"after all"}):
                trouble.append(f"error {k}: no commit after healing")
            last.close()
        for torn in (None, 1):
            left = machine.survivors(tmp_path / f"{k}/left{torn}", torn)
            trouble += [f"error {k}, torn {torn}: {t}" for t in ledger.judge(left)]
        machine.close()
    return trouble


def errors_then_cuts(tmp_path: Path) -> list[str]:
    """Fail at every call, cut some calls later; return what was found wrong."""
    trouble = []
    for k in range(1, count(tmp_path) + 1):
        for later in (1, 2, 7, 8):
            ledger = Ledger()
            machine = SimulatedDisk(tmp_path / f"{k}-{later}/live")
            machine.fail_at(k, errno.EIO, whole=later % 2 == 0)
            machine.cut_at(k + later)
            with machine.installed(), machine.until_cut():
                two_lives(ledger, machine.root)
            for torn in (None, 1, 2):
                left = machine.survivors(tmp_path / f"{k}-{later}/left{torn}", torn)
                found = ledger.judge(left)
                trouble += [f"error {k}, cut {later} later: {t}" for t in found]
            machine.close()
    return trouble


def test_no_cut_loses_halves_or_doubles_anything(tmp_path: Path) -> None:
    assert cuts(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "times"), [(errno.EIO, 1), (errno.EIO, 3), (errno.ENOSPC, 1)]
)
def test_no_error_makes_a_wrong_promise(tmp_path: Path, code: int, times: int) -> None:
    assert errors(tmp_path, code, times) == []


def test_no_cut_after_an_error_loses_or_doubles_anything(tmp_path: Path) -> None:
    assert errors_then_cuts(tmp_path) == []


def test_a_disk_that_fills_up_refuses_and_recovers(tmp_path: Path) -> None:
    trouble = errors(tmp_path, errno.ENOSPC, 0)

    assert [t for t in trouble if "not opened" not in t] == []


def test_recovery_may_itself_be_cut(tmp_path: Path) -> None:
    """A filer that reads, keeps and lets go is cut at every call (D10)."""

    def scenario(machine: SimulatedDisk) -> None:
        two_lives(ledger, machine.root)
        machine.cut_now()

    def recover(root: Path, position: bytes) -> None:
        reader = JournalReader(root, ["smtpmax"], position)
        try:
            read_all(reader)
            ledger.position = reader.position()
            ledger.filed = set(ledger.promised)
            reader.done(ledger.position)
        finally:
            reader.close()

    ledger = Ledger()
    first = SimulatedDisk(tmp_path / "first")
    with first.installed():
        scenario(first)
    position, filed = ledger.position, ledger.filed
    left = first.survivors(tmp_path / "left")
    first.close()
    calls = every_call(lambda m: recover(m.root, position), left)
    assert not list((left / "journal").glob("smtpmax.0"))
    for k in range(1, calls + 2):
        for torn in (None, 1, 2):
            case = tmp_path / f"{k}-{torn}"
            ledger.position, ledger.filed = position, filed
            ledger.origins = set()
            machine = SimulatedDisk(_copy(tmp_path / "first", case / "live"))
            machine.cut_at(k)
            with machine.installed(), machine.until_cut():
                recover(machine.root, position)
            again = machine.survivors(case / "left", torn)
            machine.close()
            assert ledger.judge(again) == [], (k, torn)
            writer = open_writer(again)
            assert ledger.commit(writer, {f"new{k}{torn}": b"x"})
            writer.close()
            assert ledger.judge(again) == [], (k, torn)
            del ledger.promised[f"new{k}{torn}"]


def _copy(source: Path, target: Path) -> Path:
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif path.is_file():
            copy.write_bytes(path.read_bytes())
    return target


# The checks above prove something only if they fail for programs that are wrong.


def promise_first(
    ledger: Ledger, journal: JournalWriter, bodies: dict[str, bytes]
) -> bool:
    ledger.promise(bodies, [])
    return ledger.commit(journal, bodies)


def forget_big_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(big.BigFile, "sync", lambda self: None)


def write_lazily(patch: pytest.MonkeyPatch) -> None:
    def write(fd: int, buffers: list[bytes], offset: int) -> int:
        return disk.pwritev(fd, buffers, offset)

    patch.setattr(segment, "write_durably", write)


def no_last(patch: pytest.MonkeyPatch) -> None:
    original = record.pack_head
    patch.setattr(record, "pack_head", lambda flags, *rest: original(flags | 1, *rest))


def ignore_errors(patch: pytest.MonkeyPatch) -> None:
    def write(fd: int, buffers: list[bytes], offset: int) -> int:
        with suppress(OSError):
            disk.pwritev(fd, buffers, offset, disk.DSYNC)
        return sum(map(len, buffers))

    patch.setattr(segment, "write_durably", write)


def go_on_in_the_segment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(JournalWriter, "_abandon", lambda self: None)


@pytest.mark.parametrize(
    ("broken", "commit"),
    [
        ("no sync", Ledger.commit),
        ("no directory sync", Ledger.commit),
        ("", promise_first),
    ],
)
def test_broken_builds_are_caught_by_cuts(
    tmp_path: Path, broken: str, commit: Promise
) -> None:
    assert cuts(tmp_path, broken=broken, commit=commit, step=3)


@pytest.mark.parametrize("sabotage", [forget_big_sync, write_lazily, no_last])
def test_sabotaged_code_is_caught_by_cuts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
) -> None:
    sabotage(monkeypatch)

    assert cuts(tmp_path)


@pytest.mark.parametrize("sabotage", [ignore_errors, go_on_in_the_segment])
def test_sabotaged_code_is_caught_by_errors(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
) -> None:
    sabotage(monkeypatch)

    assert errors(tmp_path, errno.EIO, 1) + errors_then_cuts(tmp_path)


def test_what_was_read_before_a_fault_is_not_lost(tmp_path, monkeypatch):
    """Two journals: the second cannot be looked at just now (EMFILE, EIO)."""
    node = Node(tmp_path, "journal")
    node.writer("smtpmax").commit([entry("first", b"x")])
    node.writer("queuemax").commit([entry("second", b"x")])
    reader = node.reader(("smtpmax", "queuemax"))
    works, calls = Bodies.segment, []

    def fail_at_second(self, journal, number):
        calls.append(journal)
        if len(calls) == 2:
            raise OSError(errno.EMFILE, "planted")
        return works(self, journal, number)

    def both_are_known() -> bool:
        reader.wait(0.01)
        return sum(cursor.has_more for cursor in reader._cursors.values()) == 2

    assert eventually(both_are_known)
    monkeypatch.setattr(Bodies, "segment", fail_at_second)

    found = read(reader, 2)

    assert sorted(map(name_of, found)) == ["first", "second"]
    node.close()

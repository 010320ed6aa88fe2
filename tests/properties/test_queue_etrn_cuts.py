"""The ETRN directory under power cuts and failures at every single call.

What must hold after any of them (LOC-1, DOM-10, TRUST D4, D10): what the durable
position has passed is kept with its body, in whichever directory, or was finished; it
is there once; and where the disk of the ETRN directory is away afterwards, no mail is
damaged or forgotten for that. Each ninth call is cut; ``MAILMAX_ETRN_EVERY=1`` cuts
them all.
"""

import errno
import os
import shutil
import zlib
from contextlib import closing, suppress
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk, every_call
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.errors import Failure
from mailmax.policy.retry import Stage
from mailmax.store.queue import log
from mailmax.store.queue.entry import make_targets
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from octets_body import OctetsBody

ROUNDS = 4
EACH = 4
"""Messages in a round: held, held, for somebody else too, for somebody else only."""
NAMES = ("h", "h", "hf", "f")
LEFT = {1, 2, 9, 10}
"""What stays when all else is delivered."""
EVERY = int(os.environ.get("MAILMAX_ETRN_EVERY", "9"))


def open_store(root):
    return QueueStore(root / "queue", segment_octets=1200, etrn=root / "disk" / "etrn")


def body_of(number):
    return b"message %d " % number * 40


def envelope_of(number):
    recipients = tuple(Recipient(f"{name}@x.test") for name in NAMES[number % EACH])
    return Envelope("me@here.test", recipients, 0, origin=Origin(b"j" * 16, number))


class Promises:
    """What was said to be durable."""

    def __init__(self):
        self.position = 0
        self.finished = set()
        self.recorded = set()


class Program:
    """QueueMax's use of its directories, one call after another, failures and all."""

    def __init__(self, root, promises):
        self.promises = promises
        self.store = open_store(root)
        self.entries = list(self.store.entries.values())

    def run(self):
        start = int(self.store.position or b"0")
        for number in range(start, ROUNDS * EACH):
            octets, envelope = body_of(number), envelope_of(number)
            entry = self.store.admit(
                envelope, envelope.origin, OctetsBody(octets), zlib.crc32(octets)
            )
            if entry is not None:
                self.entries.append(entry)
                for target in entry.targets:
                    target.is_held = target.address.startswith("h")
            if number % EACH == EACH - 1:
                with suppress(Failure):
                    self.checkpoint(number + 1)
                self.release(number)
                with suppress(Failure):
                    self.compact()

    def checkpoint(self, position):
        waiting = [e for e in self.entries if e.place is None and not e.is_over]
        places = self.store.keep([(e, self.store.body_of(e)) for e in waiting])
        for entry, place in zip(waiting, places, strict=True):
            self.store.adopt(entry, place)
        self.store.advance(b"%d" % position)
        self.store.advanced(b"%d" % position)
        self.promises.position = position

    def release(self, number):
        """The server asks; most is delivered."""
        for entry in self.entries:
            if entry.envelope.origin.number in LEFT or entry.is_over:
                continue
            for target in entry.targets:
                target.is_held = False
                state = State(target.state.key, Stage.DELIVERED, tries=number)
                self.store.settle(target, state)
                self.promises.finished.add(state.key)
                with suppress(Failure):
                    self.store.record([state])
                    self.promises.recorded.add(state.key)
            self.store.drop(entry)

    def compact(self):
        while (found := self.store.find_sparse()) is not None:
            segment, entries = found
            items = [(e, self.store.body_of(e)) for e in entries]
            self.store.moved(segment, entries, self.store.copy_sparse(items))


def run(root, promises):
    with suppress(Failure):
        program = Program(root, promises)
        try:
            program.run()
        finally:
            program.store.close()


def check(root: Path, promises: Promises) -> None:
    with closing(open_store(root)) as store:
        assert store.damaged == 0
        check_known(store, promises)
        for entry in store.entries.values():
            body = store.body_of(entry)
            octets = bytes(body.read(0, body.size))
            assert body_of(entry.envelope.origin.number) == octets


def check_known(store, promises):
    position = int(store.position or b"0")
    assert position >= promises.position
    origins = [entry.envelope.origin.number for entry in store.entries.values()]
    assert len(origins) == len(set(origins))
    found = {t.state.key: t for e in store.entries.values() for t in e.targets}
    for key in promises.recorded:
        assert key not in found or found[key].stage.is_over
        assert store.is_known(key)
    for number in range(position):
        envelope = envelope_of(number)
        for target in make_targets(envelope, envelope.origin):
            assert target.state.key in found or target.state.key in promises.finished


def check_without_its_disk(root: Path, promises: Promises) -> None:
    """The disk is away for a while: with its mount point, and without."""
    disk, away = root / "disk", root / "away"
    if disk.exists():
        disk.rename(away)
        for _ in range(2):
            with closing(open_store(root)) as store:
                assert store.damaged == 0
                check_known(store, promises)
            (disk / "etrn").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(disk)
        away.rename(disk)
    check(root, promises)


@pytest.fixture(autouse=True)
def small_logs(monkeypatch):
    monkeypatch.setattr(log, "SMALL_OCTETS", 1200)
    monkeypatch.setattr(log, "GROWTH", 1)


def count_calls(tmp_path):
    return every_call(lambda machine: run(machine.root, Promises()), tmp_path / "dry")


def test_both_directories_are_used_and_compacted(tmp_path, monkeypatch):
    """Else the cuts below would say nothing."""
    moved = []
    real = QueueStore.copy_sparse

    def watched(store, items):
        places = real(store, items)
        moved.extend(place.directory for place in places)
        return places

    monkeypatch.setattr(QueueStore, "copy_sparse", watched)
    run(tmp_path, Promises())

    assert {bool(name) for name in moved} == {True, False}


@pytest.mark.parametrize("torn", [None, 1])
def test_cut_at_every_call(tmp_path, torn):
    calls = count_calls(tmp_path)
    assert calls > 60
    for call in range(1 + (torn or 0), calls + 1, EVERY):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        with machine.installed():
            machine.cut_at(call)
            with machine.until_cut():
                run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}", torn=torn)
        machine.close()
        check_without_its_disk(left, promises)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_failure_at_every_call(tmp_path, code):
    calls = count_calls(tmp_path)
    for call in range(1, calls + 1, EVERY):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        with machine.installed():
            machine.fail_at(call, code, times=1 + call % 3)
            run(machine.root, promises)
            machine.heal()
            run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}")
        machine.close()
        check_without_its_disk(left, promises)

"""The queue directory under power cuts and failures at every single call.

What must hold after any of them (TRUST D4, D10): what the durable position has
passed is kept with its body, or was finished; a recipient recorded as finished never
comes back; recovery needs nobody.
"""

import errno
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
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

JOURNAL = b"j" * 16
MESSAGES = 8


def body_of(number):
    return b"message %d " % number * 40


def envelope_of(number):
    return Envelope(
        "me@here.test",
        (Recipient(f"a{number}@x.test"), Recipient(f"b{number}@x.test")),
        0,
        origin=Origin(JOURNAL, number),
    )


@dataclass
class Promises:
    """What was said to be durable."""

    position: int = 0
    finished: set[bytes] = field(default_factory=set)
    """Finished in memory: need not come back."""
    recorded: set[bytes] = field(default_factory=set)
    """Recorded as finished: must not come back."""


class Program:
    """QueueMax's use of its directory, one call after another, failures and all."""

    def __init__(self, root: Path, promises: Promises) -> None:
        self.promises = promises
        self.store = QueueStore(root / "queue", segment_octets=1500)
        self.entries = list(self.store.entries.values())

    def run(self) -> None:
        start = int(self.store.position or b"0")
        for number in range(start, MESSAGES):
            octets, envelope = body_of(number), envelope_of(number)
            entry = self.store.admit(
                envelope, envelope.origin, OctetsBody(octets), zlib.crc32(octets)
            )
            if entry is not None:
                self.entries.append(entry)
            self.deliver_some(number)
            if number % 3 == 2:
                with suppress(Failure):
                    self.checkpoint(number + 1)
                with suppress(Failure):
                    self.compact()

    def deliver_some(self, number):
        for entry in self.entries[-3:]:
            target = entry.targets[number % len(entry.targets)]
            if target.stage.is_over:
                continue
            stage = Stage.DELIVERED if number % 2 else Stage.RETRY
            state = State(target.state.key, stage, tries=number, text="x" * 30)
            self.store.settle(target, state)
            if stage.is_over:
                self.promises.finished.add(state.key)
            with suppress(Failure):
                self.store.record([state])
                if stage.is_over:
                    self.promises.recorded.add(state.key)
            if entry.is_over:
                self.store.drop(entry)

    def checkpoint(self, position):
        waiting = [e for e in self.entries if e.place is None and not e.is_over]
        places = self.store.keep([(e, self.store.body_of(e)) for e in waiting])
        for entry, place in zip(waiting, places, strict=True):
            self.store.adopt(entry, place)
        self.store.advance(b"%d" % position)
        self.store.advanced(b"%d" % position)
        self.promises.position = position

    def compact(self):
        found = self.store.find_sparse()
        if found is not None:
            number, entries = found
            places = self.store.copy_sparse(
                [(e, self.store.body_of(e)) for e in entries]
            )
            self.store.moved(number, entries, places)


def check(root: Path, promises: Promises) -> None:
    store = QueueStore(root / "queue", segment_octets=1500)
    try:
        position = int(store.position or b"0")
        assert position >= promises.position
        found = {}
        for entry in store.entries.values():
            body = store.body_of(entry)
            octets = bytes(body.read(0, body.size))
            assert body_of(entry.envelope.origin.number) == octets
            for target in entry.targets:
                found[target.state.key] = target
        for key in promises.recorded:
            assert key not in found or found[key].stage.is_over
            assert store.is_known(key)
        for number in range(position):
            for target in _targets(number):
                key = target.state.key
                assert key in found or key in promises.finished
    finally:
        store.close()


def _targets(number):
    envelope = envelope_of(number)
    return make_targets(envelope, envelope.origin)


@pytest.fixture(autouse=True)
def small_logs(monkeypatch):
    monkeypatch.setattr(log, "SMALL_OCTETS", 1200)
    monkeypatch.setattr(log, "GROWTH", 1)


def run(root: Path, promises: Promises) -> None:
    with suppress(Failure):
        program = Program(root, promises)
        program.run()
        program.store.close()


def count_calls(tmp_path):
    return every_call(lambda machine: run(machine.root, Promises()), tmp_path / "dry")


@pytest.mark.parametrize("torn", [None, 1, 2])
def test_cut_at_every_call(tmp_path, torn):
    calls = count_calls(tmp_path)
    assert calls > 60
    for call in range(1, calls + 1):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        with machine.installed():
            machine.cut_at(call)
            with machine.until_cut():
                run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}", torn=torn)
        machine.close()
        check(left, promises)
        check(left, promises)


def test_cut_again_during_recovery(tmp_path):
    calls = count_calls(tmp_path)
    for call in range(1, calls + 1, 5):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        with machine.installed():
            machine.cut_at(call)
            with machine.until_cut():
                run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}", torn=call)
        machine.close()
        for second in range(1, 12, 3):
            again = SimulatedDisk(tmp_path / f"again{call}.{second}")
            _copy(left, again.root)
            again = SimulatedDisk(again.root)
            with again.installed():
                again.cut_at(second)
                with again.until_cut():
                    run(again.root, promises)
            rest = again.survivors(tmp_path / f"rest{call}.{second}", torn=second)
            again.close()
            check(rest, promises)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_failure_at_every_call(tmp_path, code):
    """TRUST M5, M6: no promise is broken, and it goes on afterwards."""
    calls = count_calls(tmp_path)
    for call in range(1, calls + 1):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        with machine.installed():
            machine.fail_at(call, code, times=1 + call % 3)
            run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}")
        machine.close()
        check(left, promises)


@pytest.mark.parametrize("broken", ["no sync", "no directory sync"])
def test_the_check_catches_a_disk_that_lies(tmp_path, broken):
    calls = count_calls(tmp_path)
    caught = 0
    for call in range(10, calls + 1, 4):
        promises = Promises()
        machine = SimulatedDisk(tmp_path / f"live{call}", broken=broken)
        with machine.installed():
            machine.cut_at(call)
            with machine.until_cut():
                run(machine.root, promises)
        left = machine.survivors(tmp_path / f"left{call}")
        machine.close()
        try:
            check(left, promises)
        except AssertionError:
            caught += 1
    assert caught


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        else:
            there.write_bytes(path.read_bytes())

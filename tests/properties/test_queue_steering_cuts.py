"""The power is cut at every call while administrators steer the queue and mail dies.

What must hold afterwards: what was said to be done is done (held, ended, sent
elsewhere, sent again), everybody else gets the message or there is a dead letter, and
nobody gets it twice but who was being sent to at the cut. Each fourth call is cut;
``MAILMAX_STEERING_EVERY=1`` cuts them all.
"""

import errno
import os
from collections import Counter
from contextlib import suppress

import pytest

from fix_faults import PowerCut, SimulatedDisk
from fix_ladder import LoopClock
from fix_outbound import EvenRandom, HubTwin, ResolverTwin
from fix_stepped import Wires, stepped
from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.errors import Failure
from mailmax.policy.outcome import Outcome, Result, permanent, transient
from mailmax.policy.retry import RetryLimits
from mailmax.queuemax.given import Options, Stores, World
from mailmax.queuemax.sent import Sent, unreadable
from mailmax.queuemax.service import QueueService
from mailmax.queuemax.steering import Chosen
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.memory import MemorySpool
from mailmax.store.spool.port import Entry
from stepped_loop import SteppedLoop

WHY = permanent("5.7.1", "so it is wanted")
CONTENT = b"Subject: hello\r\n\r\nworld\r\n" * 40
LIFE_S = 5 * 3600
EVERY = int(os.environ.get("MAILMAX_STEERING_EVERY", "4"))


class Ledger:
    """What was asked, said to be done, and seen, through all lives."""

    def __init__(self):
        self.spool = MemorySpool()
        self.filer = self.spool.writer("filer")
        self.posted = []
        self.begun = Counter()
        """Orders given, by what and whom."""
        self.done = set()
        """Orders that were said to be done."""
        self.seen = []
        """Deliveries: address, and in which life."""
        self.in_flight = set()

    def post(self, *names, sender="me@here.test"):
        addresses = [f"{name}@x.test" for name in names]
        self.posted += addresses
        recipients = tuple(Recipient(address) for address in addresses)
        self.filer.commit([Entry(Envelope(sender, recipients, 0), chunks=(CONTENT,))])


class Life:
    """One life of QueueMax, moved by hand."""

    def __init__(self, root, ledger, *, machine=None, is_friendly=False):
        self.ledger = ledger
        self.machine = machine
        self.is_friendly = is_friendly
        self.loop = SteppedLoop()
        self.store = self.dead = None
        self.root = root

    def start(self):
        self.store = QueueStore(self.root / "queue", segment_octets=4000)
        self.dead = QueueStore(self.root / "queue" / "dead", segment_octets=4000)
        self.loop.run_until_complete(self._serve())
        self.wait(2.0)
        self.read()

    def wait(self, seconds):
        """Let time pass; a task does not say that the power is gone."""
        self.loop.advance(seconds)
        if self.machine is not None and self.machine.is_cut:
            raise PowerCut

    async def _serve(self):
        spool = self.ledger.spool
        reader = spool.reader(["filer"], self.store.position)
        stores = Stores(self.store, reader, spool.writer("queuemax"), self.dead)
        world = World(LoopClock(self.loop), EvenRandom(), ResolverTwin())
        options = Options("here.test", retry=RetryLimits(15, 100, 4, 1))
        self.service = QueueService(HubTwin(), stores, world, options)
        await self.service.start()

    def end(self):
        """The process is gone."""
        self.loop.end()
        for store in (self.store, self.dead):
            if store is not None:
                with suppress(PowerCut, Failure, OSError):
                    store.close()

    def read(self):
        self.loop.do(self.service._intake.step)
        self.wait(0.0)

    def keep(self):
        self.loop.run_until_complete(self.service.checkpoint())
        self.wait(0.0)

    def transmit(self, mail):
        try:
            assert mail.read_whole() == CONTENT
        except Failure as failure:
            return Sent([unreadable(failure)] * len(mail.targets))
        return Sent([self.answer(target.address) for target in mail.targets])

    def answer(self, address):
        if not self.is_friendly and address.startswith("later"):
            return transient("4.2.0", "later")
        if not self.is_friendly and address.startswith("never"):
            return permanent("5.1.1", "nobody here")
        self.ledger.seen.append((address, self.is_friendly))
        self.ledger.in_flight.add(address)
        return Outcome(Result.DELIVERED, "2.0.0", "")

    def go_out(self):
        pool = self.service._pool
        while pool.waiting:
            self.loop.do(lambda: pool.step(self.transmit))
            self.wait(2.0)
            self.ledger.in_flight.clear()

    def take(self):
        """Return what is in the hands of a connection."""
        return self.service._pool.waiting.popleft()

    def chosen(self, name):
        entries = {**self.store.entries, **self.service._checkpoints.in_journal}
        return [
            Chosen(entry, target)
            for entry in entries.values()
            for target in entry.targets
            if target.address == f"{name}@x.test"
        ]

    def order(self, what, name, make):
        """Give an order; it is done when no failure comes."""
        self.ledger.begun[what, f"{name}@x.test"] += 1
        task = self.loop.create_task(make())
        self.wait(3.0)
        with suppress(Failure):
            task.result()
            self.ledger.done.add((what, f"{name}@x.test"))

    def hold(self, name):
        self.order("hold", name, lambda: self.service.steering.hold(self.chosen(name)))

    def release(self, name):
        self.ledger.done.discard(("hold", f"{name}@x.test"))
        steering = self.service.steering
        self.order("release", name, lambda: steering.release(self.chosen(name)))

    def give_up(self, name, *, with_report):
        steering, chosen = self.service.steering, self.chosen(name)
        self.order(
            "end", name, lambda: steering.give_up(chosen, WHY, with_report=with_report)
        )

    def redirect(self, name, new):
        steering = self.service.steering
        for one in self.chosen(name):
            order = steering.redirect(one, f"{new}@x.test")
            self.order("redirect", name, lambda order=order: order)

    def letter(self, name):
        for number, entry in self.service.dead_mail.entries.items():
            if any(one.address == f"{name}@x.test" for one in entry.targets):
                return number
        return None

    def resend(self, name):
        number = self.letter(name)
        if number is not None:
            self.order("resend", name, lambda: self.service.resending.resend(number))

    def delete(self, name):
        number = self.letter(name)
        if number is not None:
            self.order("delete", name, lambda: self.service.dead_mail.delete([number]))


def story(life):
    ledger = life.ledger
    ledger.post("ok1", "later1")
    ledger.post("later2", "later3")
    ledger.post("never4", "ok4", sender="")
    ledger.post("never5", "never6")
    ledger.post("later7", "later8")
    life.start()
    life.go_out()
    life.hold("later1")
    life.keep()
    life.give_up("later2", with_report=True)
    life.give_up("later3", with_report=False)
    ledger.post("later9", "later10", "later11")
    life.read()
    mail = life.take()
    life.give_up("later9", with_report=True)
    life.redirect("later10", "new10")
    life.hold("later11")
    life.loop.do(lambda: life.service._on_sent(mail, life.transmit(mail)))
    life.wait(1.0)
    life.redirect("later7", "new7")
    life.hold("later8")
    life.delete("never4")
    life.is_friendly = True
    life.resend("never5")
    life.go_out()
    life.keep()
    life.release("later8")
    life.go_out()
    life.keep()


def finish(root, ledger):
    """Live on where everything can be delivered; return held and dead addresses."""
    life = Life(root, ledger, is_friendly=True)
    with stepped(Wires()):
        life.start()
        for _ in range(4):
            life.loop.advance(LIFE_S)
            life.go_out()
        entries = {**life.store.entries, **life.service._checkpoints.in_journal}
        held = {
            t.address for e in entries.values() for t in e.targets if t.state.is_held
        }
        dead = [t.address for e in life.dead.entries.values() for t in e.targets]
        life.end()
    return held, dead


def check(root, ledger, *, may_leave_out=False):
    """See that all promises were kept.

    Args:
        root: What is left.
        ledger: What was promised.
        may_leave_out: The disk failed: then there need be no dead letter.
    """
    in_flight = set(ledger.in_flight)
    before = len(ledger.seen)
    held, dead = finish(root, ledger)
    got = Counter(address for address, _ in ledger.seen)
    later = {address for address, _ in ledger.seen[before:]}
    news = {f"later{n}@x.test": f"new{n}@x.test" for n in (7, 10)}

    for address, count in got.items():
        assert count == 1 or (count == 2 and address in in_flight), address
    for old, new in news.items():
        assert not (got[old] and got[new]) or {old, new} & in_flight
        if ("redirect", old) in ledger.done:
            assert old not in later
            assert got[new]
    assert len(dead) == len(set(dead)), "one letter a recipient"
    for address in ledger.posted:
        orders = {what for what, whom in ledger.begun if whom == address}
        done = {what for what, whom in ledger.done if whom == address}
        is_cared_for = (
            got[address]
            or got[news.get(address, "")]
            or address in held
            or address in dead
            or orders & {"end", "delete"}
            or (may_leave_out and address.startswith("never"))
        )
        assert is_cared_for, f"{address} is lost"
        if "hold" in done and "release" not in orders:
            assert address in held
            assert address not in later
        if "end" in done:
            assert address not in later
        if "resend" in done:
            assert got[address]
            assert address not in dead


def count_calls(tmp_path):
    machine = SimulatedDisk(tmp_path / "dry")
    life = Life(machine.root, Ledger())
    with machine.installed(), stepped(Wires()):
        story(life)
        calls = machine.calls
        machine.is_cut = True
        life.end()
    machine.close()
    return calls, life.ledger


def live(machine, ledger):
    """Live the story until the power is cut."""
    life = Life(machine.root, ledger, machine=machine)
    with machine.installed(), stepped(Wires()):
        with machine.until_cut(), suppress(Failure):  # it does not even start
            story(life)
        machine.is_cut = True
        life.end()


def test_the_story_says_something(tmp_path):
    calls, ledger = count_calls(tmp_path)

    assert calls > 60
    assert {what for what, _ in ledger.done} == {
        "hold",
        "release",
        "end",
        "redirect",
        "resend",
        "delete",
    }


@pytest.mark.parametrize("torn", [None, 1])
def test_cut_at_every_call(tmp_path, torn):
    calls, _ = count_calls(tmp_path)
    for call in range(1 + (torn or 0) % EVERY, calls + 1, EVERY):
        ledger = Ledger()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        machine.cut_at(call)
        live(machine, ledger)
        left = machine.survivors(tmp_path / f"left{call}", torn=torn)
        machine.close()

        check(left, ledger)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_failure_at_every_call(tmp_path, code):
    calls, _ = count_calls(tmp_path)
    for call in range(1 + code % EVERY, calls + 1, 2 * EVERY):
        ledger = Ledger()
        machine = SimulatedDisk(tmp_path / f"live{call}")
        machine.fail_at(call, code, times=1 + call % 3)
        live(machine, ledger)
        left = machine.survivors(tmp_path / f"left{call}")
        machine.close()

        check(left, ledger, may_leave_out=True)

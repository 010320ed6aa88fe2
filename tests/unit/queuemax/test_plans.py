"""Plans: the last one of a recipient counts, and the others are not kept for ever."""

import pytest

from mailmax.base.envelope import Envelope, Recipient
from mailmax.policy.retry import Stage
from mailmax.queuemax import plans as limits
from mailmax.queuemax.plans import Plans
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State
from waiting import until


def entry(number: int) -> QueueEntry:
    targets = [
        Target(Recipient(f"{name}{number}@x.test"), State(b"k", Stage.RETRY))
        for name in ("a", "b")
    ]
    return QueueEntry(number, Envelope("", (), 0), targets, 100, 0)


class Tried:
    """What was tried, by its addresses."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, _entry: QueueEntry, targets: list[Target]) -> None:
        for target in targets:
            target.due = 0.0
            self.names.append(target.address)


async def test_void_plans_are_thrown_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "FEW", 10)
    tried = Tried()
    plans = Plans(tried)
    waiting = [entry(number) for number in range(8)]

    for number in range(1_000):
        plans.add([(one, one.targets) for one in waiting], 3_600 - number)
        assert len(list(plans)) <= 17
    plans.add([(waiting[0], waiting[0].targets[:1])], 0.0)
    await until(lambda: tried.names)

    assert tried.names == ["a0@x.test"]
    counting = [target for planned in plans for target in planned.meant]
    assert sorted(one.address for one in counting) == sorted(
        one.address for each in waiting for one in each.targets if one.due
    )
    assert len(counting) == 15
    plans.stop()


async def test_an_earlier_plan_wakes_before_a_later_one():
    tried = Tried()
    plans = Plans(tried)
    late, soon = entry(1), entry(2)

    plans.add([(late, late.targets)], 3_600)
    plans.add([(soon, soon.targets)], 0.02)
    await until(lambda: tried.names)
    plans.add([(late, late.targets)])

    await until(lambda: len(tried.names) == 4)
    assert tried.names == ["a2@x.test", "b2@x.test", "a1@x.test", "b1@x.test"]
    plans.stop()


async def test_messages_are_spread_and_nobody_is_later_for_it():
    plans = Plans(Tried())
    one, two = entry(1), entry(2)
    plans.spread([(one, one.targets)], 600)

    plans.spread([(two, two.targets)], 600)
    apart_s = two.targets[0].due - one.targets[0].due
    plans.spread([(one, one.targets)], 600)

    assert apart_s == pytest.approx(600)
    assert one.targets[0].due < two.targets[0].due
    plans.stop()

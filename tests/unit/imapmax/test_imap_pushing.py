"""Pushes are made at once when there is time, and in slices when there are many."""

import asyncio
import time
from collections.abc import Callable

import pytest

from mailmax.imapmax import pushing
from mailmax.imapmax.pushing import LONG_REST, QUICK_SLICES, SLICE_S, Pushes


class Watcher:
    def __init__(self, cost_s: float = 0.0) -> None:
        self.told = 0
        self._cost_s = cost_s

    def push(self) -> None:
        self.told += 1
        end = time.perf_counter() + self._cost_s
        while time.perf_counter() < end:
            pass


class Broken(Watcher):
    def push(self) -> None:
        raise ValueError("broken")


async def test_the_first_push_is_made_on_the_spot() -> None:
    watcher = Watcher()

    Pushes().soon([watcher])

    assert watcher.told == 1


async def test_many_pushes_leave_the_loop_time_between() -> None:
    watchers = [Watcher(SLICE_S / 2) for _ in range(20)]
    pushes = Pushes()
    turns = 0

    pushes.soon(watchers)
    told_at_once = sum(watcher.told for watcher in watchers)
    while not all(watcher.told for watcher in watchers):
        turns += 1
        await asyncio.sleep(0)

    assert told_at_once <= 3
    assert turns >= 5
    assert [watcher.told for watcher in watchers] == [1] * 20


class SlowClock:
    """Time that passes only while somebody is told; and a loop that counts rests."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []
        self.go_on: Callable[[], None] = lambda: None

    def call_later(self, seconds: float, go_on: Callable[[], None]) -> object:
        self.rests.append(seconds)
        self.go_on = go_on
        return self


class Ticking:
    def __init__(self, clock: SlowClock) -> None:
        self.told = 0
        self._clock = clock

    def push(self) -> None:
        self.told += 1
        self._clock.now += SLICE_S / 2


@pytest.fixture
def clock(monkeypatch) -> SlowClock:
    clock = SlowClock()
    monkeypatch.setattr(pushing, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(pushing.asyncio, "get_running_loop", lambda: clock)
    return clock


def test_pushes_without_end_leave_most_of_the_time_to_others(clock: SlowClock) -> None:
    pushes = Pushes()

    def tell(count: int) -> list[float]:
        clock.rests = []
        pushes.soon([Ticking(clock) for _ in range(count)])
        while pushes.busy:
            clock.go_on()
        return clock.rests

    long = pytest.approx(LONG_REST * SLICE_S)
    short = pytest.approx(SLICE_S)
    assert tell(20) == [short] * QUICK_SLICES + [long] * (10 - QUICK_SLICES)
    assert tell(2) == [short]


def test_what_happens_during_a_rest_is_told_once(clock: SlowClock) -> None:
    watcher = Ticking(clock)
    pushes = Pushes()

    for _ in range(50):
        pushes.soon([watcher])
    while pushes.busy:
        clock.go_on()

    assert watcher.told == 2


def test_one_that_breaks_does_not_keep_the_others_from_being_told(
    clock: SlowClock,
) -> None:
    watcher = Watcher()
    pushes = Pushes()

    with pytest.raises(ValueError, match="broken"):
        pushes.soon([Broken(), watcher])
    assert watcher.told == 0
    while pushes.busy:
        clock.go_on()

    assert watcher.told == 1

"""Memory that many clients left behind is given back, seldom."""

import pytest

from mailmax.net import memory
from stepped_loop import SteppedLoop


@pytest.fixture(autouse=True)
def given_back(monkeypatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(memory, "_trim", calls.append)
    return calls


@pytest.fixture
def loop():
    stepped = SteppedLoop()
    yield stepped
    stepped.end()


def note(loop: SteppedLoop, tidier: memory.Tidier, times: int) -> None:
    for _ in range(times):
        loop.do(tidier.note)


def test_it_is_given_back_once_after_many_clients(loop, given_back) -> None:
    note(loop, memory.Tidier(), 3 * memory.MANY)
    loop.advance(memory.PAUSE_S - 0.1)
    assert given_back == []

    loop.advance(memory.PAUSE_S)

    assert given_back == [0]


def test_it_is_not_worth_it_for_a_few(loop, given_back) -> None:
    tidier = memory.Tidier()

    note(loop, tidier, memory.MANY - 1)
    loop.advance(memory.PAUSE_S)
    before = list(given_back)
    note(loop, tidier, 1)
    loop.advance(memory.PAUSE_S)

    assert before == []
    assert given_back == [0]


def test_nothing_happens_after_the_stop(loop, given_back) -> None:
    tidier = memory.Tidier()

    note(loop, tidier, memory.MANY)
    tidier.stop()
    loop.advance(2 * memory.PAUSE_S)

    assert given_back == []

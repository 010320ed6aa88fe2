"""Memory that many clients left behind is given back, seldom."""

import asyncio

import pytest

from mailmax.net import memory


@pytest.fixture(autouse=True)
def given_back(monkeypatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(memory, "PAUSE_S", 0.01)
    monkeypatch.setattr(memory, "_trim", calls.append)
    return calls


async def note(tidier: memory.Tidier, times: int) -> None:
    for _ in range(times):
        tidier.note()
    await asyncio.sleep(0.1)


async def test_it_is_given_back_once_after_many_clients(given_back) -> None:
    await note(memory.Tidier(), 3 * memory.MANY)

    assert given_back == [0]


async def test_it_is_not_worth_it_for_a_few(given_back) -> None:
    tidier = memory.Tidier()

    await note(tidier, memory.MANY - 1)
    before = list(given_back)
    await note(tidier, 1)

    assert before == []
    assert given_back == [0]


async def test_nothing_happens_after_the_stop(given_back) -> None:
    tidier = memory.Tidier()

    for _ in range(memory.MANY):
        tidier.note()
    tidier.stop()
    await asyncio.sleep(0.05)

    assert given_back == []

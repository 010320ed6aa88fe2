"""A duty of the hub that ends is told, and ends the hub."""

import asyncio
import logging

import pytest

from mailmax.datamax.chores import Chores
from mailmax.datamax.visitors_desk import VisitorsDesk
from waiting import until


async def bug(*_) -> None:
    raise ZeroDivisionError


async def come_to_an_end(*_) -> None:
    return


async def test_a_bug_in_a_chore_is_told_loudly_and_ends_the_hub(
    house, monkeypatch, caplog
):
    monkeypatch.setattr(VisitorsDesk, "push_new", bug)

    await house.start()

    await until(lambda: bool(house.broken))
    assert [type(error) for error in house.broken] == [ZeroDivisionError]
    [told] = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert "bug" in told.getMessage()
    assert told.exc_info[0] is ZeroDivisionError
    house.broken.clear()


@pytest.mark.parametrize("ends", [bug, come_to_an_end])
async def test_a_chore_goes_on_for_ever_or_is_broken(ends):
    broken = []
    chores = Chores(broken.append)

    chores.begin(ends())

    await until(lambda: len(broken) == 1)
    await chores.stop()
    assert len(broken) == 1


async def test_a_stop_breaks_nothing():
    broken = []
    chores = Chores(broken.append)
    chores.begin(asyncio.Event().wait(), asyncio.sleep(3600))

    await asyncio.sleep(0)
    await chores.stop()
    await asyncio.sleep(0)

    assert broken == []

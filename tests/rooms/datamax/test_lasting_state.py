"""What lasts is written, given back where it could not be, and tidied."""

import asyncio
import time

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import lasting_state
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.lasting_state import Bound, Kept, LastingState
from mailmax.datamax.pushes import Publisher
from mailmax.datamax.visitors_desk import VisitorsDesk
from mailmax.hub.contract.visitors import Pardon, TarpitHit
from mailmax.store.accounts import lasting_units
from mailmax.store.accounts.database import Database

MOST = 3
KEY = ("known", "one")


class Keeper:
    """Keeps what a test puts into it."""

    def __init__(self) -> None:
        self.changes: dict = {}
        self.restored: list = []

    def take_changes(self):
        changes, self.changes = self.changes, {}
        return changes

    def bounds(self):
        return {"known": Bound(100.0, 0.0, MOST), "block": Bound(0.0, 60.0, MOST)}

    async def restore(self, rows) -> None:
        self.restored = rows

    def note(self, what: str, name: str, ago_s: float = 0.0) -> None:
        self.changes[what, name] = Kept(1.0, time.monotonic() - ago_s)


class Broken:
    """A database whose writes end as a test says."""

    def __init__(self) -> None:
        self.ends: list = []
        self.written: list = []

    async def write(self, _, kept, gone=None, *rest) -> None:
        if self.ends:
            await self.ends.pop(0)()
        self.written.append(kept if gone is None else (set(kept), set(gone)))


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
async def database(any_house):
    await any_house.start()
    return any_house.hub._common.database


async def names(database: Database) -> set[str]:
    return {row.name for row in await database.read(lasting_units.all_lasting)}


async def away() -> None:
    raise TemporaryFailure("away")


async def bug() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("end", "error"), [(away, None), (bug, ZeroDivisionError)], ids=["away", "bug"]
)
async def test_what_was_not_written_is_written_the_next_time(keeper, end, error):
    broken = Broken()
    state = LastingState(broken, (keeper,))
    keeper.note(*KEY)
    broken.ends = [end]

    if error is None:
        await state.write()
    else:
        with pytest.raises(error):
            await state.write()
    assert broken.written == []
    await state.write()

    assert broken.written == [({KEY}, set())]


async def test_nor_does_a_stop_in_the_middle_lose_it(keeper):
    broken = Broken()
    state = LastingState(broken, (keeper,))
    keeper.note(*KEY)
    begun, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await never.wait()

    broken.ends = [hang]
    writing = asyncio.create_task(state.write())
    await begun.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    keeper.changes = {("known", "two"): None}

    await state.write()

    assert broken.written == [({KEY}, {("known", "two")})]


async def test_what_changed_meanwhile_is_not_undone_by_what_is_given_back(keeper):
    broken = Broken()
    state = LastingState(broken, (keeper,))
    keeper.note(*KEY)
    broken.ends = [away]
    await state.write()
    keeper.changes = {KEY: None}

    await state.write()

    assert broken.written == [(set(), {KEY})]


async def test_what_is_over_is_not_kept_for_ever(database, keeper):
    state = LastingState(database, (keeper,))
    keeper.note("known", "old", 101)
    keeper.note("known", "young", 99)
    keeper.note("block", "over", 1)
    keeper.note("block", "holds", -50)

    await state.write()

    assert await names(database) == {"young", "holds"}


async def test_there_are_no_more_rows_than_in_memory(database, keeper):
    state = LastingState(database, (keeper,))
    for number in range(MOST + 2):
        keeper.note("known", f"{number}", number)
    keeper.note("block", "other", -10)

    await state.write()

    assert await names(database) == {"0", "1", "2", "other"}


async def test_it_is_tidied_once_an_hour(database, keeper, monkeypatch):
    state = LastingState(database, (keeper,))
    await state.write()
    keeper.note("known", "old", 101)
    await state.write()
    assert await names(database) == {"old"}

    now = time.monotonic
    monkeypatch.setattr(lasting_state.time, "monotonic", lambda: now() + 3601)
    monkeypatch.setattr(lasting_state, "JUMP_S", 1e9)
    await state.write()

    assert await names(database) == set()


async def test_a_moment_that_lies_too_far_ahead_is_written_again(database, keeper):
    """TRUST D14: else it would be clamped at each start anew."""
    ahead = {("block", "one"): (0.0, time.time() + 1e7)}
    await database.write(lasting_units.keep_lasting, ahead, (), {})
    state = LastingState(database, (keeper,))
    begin, at = time.monotonic(), time.time()

    await state.restore()
    await state.write()

    [(_, row)] = keeper.restored
    assert begin + 59 < row.moment <= time.monotonic() + 60
    [kept] = await database.read(lasting_units.all_lasting)
    assert at + 58 < kept.moment <= time.time() + 61


async def test_who_is_hit_during_a_pardon_is_pardoned_in_the_table_too():
    broken = Broken()
    settings = {"tarpit_minutes": 30, "pop_before_smtp_minutes": 10}
    desk = VisitorsDesk(broken, Publisher(), settings)
    hit = desk.answers()[TarpitHit]

    async def hit_again() -> None:
        hit(TarpitHit("192.0.2.1"))

    hit(TarpitHit("192.0.2.1"))
    broken.ends = [hit_again]
    await desk.answers()[Pardon](Pardon("192.0.2.1"))

    assert desk.take_changes() == {("block", "192.0.2.1"): None}


async def test_nor_are_last_logins_lost():
    broken = Broken()
    logins = LastLogins(broken)
    logins.note(7, 1.0)
    logins.note(8, 1.0)
    broken.ends = [bug]
    with pytest.raises(ZeroDivisionError):
        await logins.write()
    logins.note(7, 2.0)

    await logins.write()

    assert broken.written == [{8: 1.0, 7: 2.0}]

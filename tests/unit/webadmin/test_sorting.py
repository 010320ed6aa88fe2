"""Short lists: searched, sorted, cut into pages while rows come and go."""

import random
from datetime import UTC, datetime

import msgspec
import pytest

from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.rest.sorting import MOST_ROWS, Columns, part_of

ALL = Columns(
    sorted=("number", "name", "ends", "is_odd", "at"),
    own=("number",),
    searched=("name", "words"),
)
NAMES = ("Ärger", "ärger", "zoo", "Zoo", "", "a" * 900, "\x01" * 300, "😀" * 300)


class Row(msgspec.Struct, frozen=True):
    number: int
    name: str
    ends: str | None = None
    words: list[str] = []
    is_odd: bool = False
    at: datetime | None = None


class House:
    """Rows as the hub gives them: by number, behind one."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.reads = 0

    async def read(self, cursor: str, limit: int) -> Page[Row]:
        self.reads += 1
        begin = int(cursor or 0)
        rows = self.rows[begin : begin + limit]
        end = begin + len(rows)
        return Page(rows, str(end) if end < len(self.rows) else "")

    async def ask(self, columns: Columns = ALL, **asked: object) -> Page[Row]:
        return await part_of(msgspec.convert(asked, Asked), self.read, columns)

    async def numbers(self, columns: Columns = ALL, **asked: object) -> list[int]:
        page = await self.ask(columns, **asked)
        found = list(page.rows)
        while page.next:
            page = await self.ask(columns, **asked, cursor=page.next)
            found += page.rows
        return [row.number for row in found]


def house(count: int = 40) -> House:
    chance = random.Random(7)
    ends = (None, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    return House(
        [
            Row(at, chance.choice(NAMES), chance.choice(ends), is_odd=at % 2 == 1)
            for at in range(1, count)
        ]
    )


@pytest.mark.parametrize(
    "sort", ["", "number", "-number", "name", "-name", "-ends", "is_odd", "-at"]
)
@pytest.mark.parametrize("limit", [1, 7, 500])
async def test_pages_hold_each_row_once(sort, limit):
    assert sorted(await house().numbers(sort=sort, limit=limit)) == list(range(1, 40))


async def test_rows_stand_in_their_order_whatever_the_page_is():
    whole = await house().numbers(sort="-name")

    assert await house().numbers(sort="-name", limit=3) == whole
    assert await house(3).numbers(sort="-number") == [2, 1]


@pytest.mark.parametrize("sort", ["ends", "-ends"])
async def test_what_has_no_value_is_last(sort):
    rows = [Row(1, "a"), Row(2, "b", "2026"), Row(3, "c", "2027"), Row(4, "d")]

    found = await House(rows).numbers(sort=sort, limit=1)

    assert {*found[:2]} == {2, 3}


async def test_texts_are_found_whatever_their_case_in_the_own_order():
    rows = [Row(3, "STRASSE"), Row(1, "x", words=["a", "straße"]), Row(2, "y")]

    assert await House(rows).numbers(q=" Straße ", limit=1) == [3, 1]
    assert await House(rows).numbers(q="straße", sort="number") == [1, 3]


@pytest.mark.parametrize("asked", [{"sort": "name"}, {"sort": "-name"}, {"q": "o"}])
async def test_rows_that_stay_are_neither_repeated_nor_hidden(asked):
    kept = [Row(at, f"zoo {at % 3}") for at in range(10, 90, 10)]
    lot = House(list(kept))
    seen: list[int] = []
    page = await lot.ask(**asked, limit=2)
    for step in range(9):
        seen += [row.number for row in page.rows]
        if not page.next:
            break
        lot.rows.insert(step % 3, Row(step, f"zoo {step % 3}"))
        lot.rows = [
            row for row in lot.rows if row.number >= 10 or row.number > step - 2
        ]
        page = await lot.ask(**asked, limit=2, cursor=page.next)

    staying = [number for number in seen if number >= 10]
    assert sorted(staying) == [row.number for row in kept]


@pytest.mark.parametrize("asked", [{"sort": "name"}, {"q": "zoo"}])
async def test_a_list_goes_on_where_its_last_row_has_gone(asked):
    lot = House([Row(at, f"zoo {at}") for at in range(1, 6)])
    page = await lot.ask(**asked, limit=2)

    del lot.rows[1]
    rest = await lot.ask(**asked, limit=9, cursor=page.next)

    assert [row.number for row in rest.rows] == [3, 4, 5]


@pytest.mark.parametrize("sort", ["name", "-name"])
async def test_rows_that_nothing_tells_apart_are_all_there(sort):
    rows = [Row(1, "same")] * 5

    assert await House(rows).numbers(sort=sort, limit=2) == [1] * 5
    assert await House(rows).numbers(q="same", limit=2) == [1] * 5


async def test_as_it_is_asked_for_the_list_is_the_hubs():
    lot = house()
    searched_there = Columns(ALL.sorted, ALL.own)

    page = await lot.ask(limit=5)
    there = await lot.ask(searched_there, limit=5, q="x")

    assert (len(page.rows), page.next, lot.reads) == (5, "5", 2)
    assert page == there


async def test_the_first_page_tells_how_many_there_are():
    first = await house().ask(sort="name", limit=5)
    second = await house().ask(sort="name", limit=5, cursor=first.next)

    assert (first.total, second.total) == (39, None)


@pytest.mark.parametrize(
    ("asked", "field", "cure"),
    [
        ({"sort": "odd"}, "sort", "number, name, ends, is_odd"),
        ({"sort": "--name"}, "sort", "number, name, ends, is_odd"),
        ({"sort": "name", "cursor": "5"}, "cursor", "from its beginning"),
        ({"sort": "name", "cursor": "ÄÖ"}, "cursor", "from its beginning"),
        ({"q": "x", "cursor": "gaN4"}, "cursor", "from its beginning"),
    ],
)
async def test_what_cannot_be_asked_is_refused(asked, field, cure):
    with pytest.raises(Problem) as refused:
        await house().ask(**asked)

    assert (refused.value.status, refused.value.body.field) == (422, field)
    assert cure in refused.value.body.hint


async def test_a_cursor_is_of_its_order():
    page = await house().ask(sort="name", limit=5)

    with pytest.raises(Problem, match="no place"):
        await house().ask(sort="-name", limit=5, cursor=page.next)


async def test_cursors_are_short_enough_to_be_sent():
    rows = [Row(at, name) for at, name in enumerate(NAMES * 2)]
    wide = Columns(ALL.sorted, ("name",), ALL.searched)

    for sort in ("name", "-name"):
        found = await House(rows).numbers(wide, sort=sort, limit=1)
        assert sorted(found) == list(range(len(rows)))


async def test_a_list_that_is_too_long_is_refused():
    lot = House([Row(at, "x") for at in range(MOST_ROWS + 1)])

    with pytest.raises(Problem, match="more than 10000 rows"):
        await lot.ask(sort="-number")

    lot.rows.pop()
    assert len((await lot.ask(sort="-number")).rows) == 100


@pytest.mark.parametrize("limit", [1, 500])
async def test_moments_are_in_their_order_and_what_has_none_is_last(limit):
    years = (2027, 2025, None, 2026)
    moments = [
        None if one is None else datetime(one, 1, 1, tzinfo=UTC) for one in years
    ]
    rows = House([Row(at, "", at=when) for at, when in enumerate(moments)])

    assert await rows.numbers(sort="at", limit=limit) == [1, 3, 0, 2]
    assert await rows.numbers(sort="-at", limit=limit) == [0, 3, 1, 2]

"""Short lists, searched and sorted here: of a few thousand rows at most.

Theory:
    The hub gives such a list in its own order. Where it is searched or sorted it is
    read to its end, narrowed and ordered; without, a page is the hub's own.

    A cursor names the last row's place: its value in the column and what is its own
    (its name or number), never a count of rows, so that rows that come and go between
    two pages neither repeat nor hide one that stays as it is. Rows that nothing tells
    apart are numbered. In the list's own order a cursor is that row, and where it
    has gone meanwhile, the number of rows that stood before it.

Rules:
    What comes back as a cursor is input: it is read as the types it is made of. The
    texts in it are cut, so that a cursor is never too long to be sent.

Limits:
    10,000 rows, read 500 at a time; longer lists are refused.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from mailmax.base.folding import fold
from mailmax.hub.contract.lists import LIST_ROWS
from mailmax.hub.cursor_text import read_cursor, write_cursor
from mailmax.webadmin.rest.lists import Page
from mailmax.webadmin.rest.problems import Problem

RowT = TypeVar("RowT")
Read = Callable[[str, int], Awaitable[Page[RowT]]]
"""Gives the hub's page behind a cursor, of so many rows at most."""

MOST_ROWS = 10_000
_KEY_CHARACTERS = 200


class Sought(Protocol):
    """What a query of such a list has."""

    @property
    def limit(self) -> int:
        """Rows of a page."""

    @property
    def cursor(self) -> str:
        """Where the page before ended."""

    @property
    def q(self) -> str:
        """What rows must hold."""

    @property
    def sort(self) -> str:
        """A column, with a minus in front where the last is first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """By what a list is sorted and searched; all are names of fields."""

    sorted: tuple[str, ...]
    own: tuple[str, ...]
    """What tells a row from the others, as far as anything does."""
    searched: tuple[str, ...] = ()
    """Texts, and lists of texts; empty: the hub has searched already."""


class _Place(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Where a row stands."""

    is_last: bool
    """It has no value."""
    number: int | float
    text: str
    own: str
    same: int
    """How many stand before it that nothing tells from it."""


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place, and in which order."""

    sort: str
    place: _Place


@dataclass(frozen=True, slots=True)
class _Placed(Generic[RowT]):
    row: RowT
    place: _Place


async def part_of(asked: Sought, read: Read[RowT], columns: Columns) -> Page[RowT]:
    """Return the part of a list that is asked for.

    Args:
        asked: Which.
        read: Asks the hub.
        columns: What can be sorted and searched.

    Raises:
        Problem: There is no such column or place, or the list is too long for it.
    """
    column = asked.sort.removeprefix("-")
    if column and column not in columns.sorted:
        there_are = ", ".join(columns.sorted)
        raise _unusable("sort", f"there is no column {column[:40]!r}", there_are)
    is_searched = bool(columns.searched and asked.q.strip())
    if not column and not is_searched:
        return await read(asked.cursor, asked.limit)
    behind = _read_cursor(asked) if asked.cursor else None
    rows = await _all(read, "sort" if column else "q")
    return await asyncio.to_thread(_cut, rows, asked, columns, behind)


def _cut(
    rows: list[RowT], asked: Sought, columns: Columns, behind: _Place | None
) -> Page[RowT]:
    """Return a page of rows; of thousands of them it is too long for the loop."""
    rest = _placed(rows, asked.sort.removeprefix("-"), columns.own)
    if behind is not None:
        rest = _rest(rest, behind, asked.sort)
    words = fold(asked.q.strip())
    if columns.searched and words:
        rest = [one for one in rest if _holds(one.row, columns.searched, words)]
    rest.sort(key=lambda one: one.place, reverse=asked.sort.startswith("-"))
    rest.sort(key=lambda one: one.place.is_last)
    part = rest[: asked.limit]
    after = _cursor(asked.sort, part[-1].place) if len(rest) > len(part) else ""
    total = len(rest) if behind is None else None
    return Page([one.row for one in part], after, total)


async def _all(read: Read[RowT], field: str) -> list[RowT]:
    page = await read("", LIST_ROWS)
    rows = list(page.rows)
    while page.next:
        if len(rows) >= MOST_ROWS:
            raise _unusable(
                field,
                f"a list of more than {MOST_ROWS} rows is not sorted or searched here",
                "ask for it in its own order",
            )
        page = await read(page.next, LIST_ROWS)
        rows += page.rows
    return rows


def _placed(
    rows: Iterable[RowT], column: str, own: tuple[str, ...]
) -> list[_Placed[RowT]]:
    seen: Counter[tuple[Any, ...]] = Counter()
    placed: list[_Placed[RowT]] = []
    for number, row in enumerate(rows):
        value = getattr(row, column) if column else number
        mark = " ".join(_in_order(getattr(row, one)) for one in own)[:_KEY_CHARACTERS]
        key = (value is None, *_key(value), mark)
        alike = key if column else (mark,)
        placed.append(_Placed(row, _Place(*key, seen[alike])))
        seen[alike] += 1
    return placed


def _key(value: Any) -> tuple[int | float, str]:
    if value is None:
        return 0, ""
    if isinstance(value, int | float):
        return +value, ""  # no is 0, yes is 1
    if isinstance(value, datetime):
        return value.timestamp(), ""
    return 0, fold(value)[:_KEY_CHARACTERS]


def _in_order(value: Any) -> str:
    """Return what is a row's own as text; numbers in their order."""
    return f"{value:020}" if isinstance(value, int) else str(value)


def _rest(
    placed: list[_Placed[RowT]], behind: _Place, sort: str
) -> list[_Placed[RowT]]:
    """Return the rows behind a place, in the order they came in."""
    if sort:
        return [one for one in placed if _is_behind(one.place, behind, sort)]
    for number, one in enumerate(placed):
        if (one.place.own, one.place.same) == (behind.own, behind.same):
            return placed[number + 1 :]
    return [one for one in placed if one.place.number >= behind.number]


def _is_behind(place: _Place, other: _Place, sort: str) -> bool:
    if place.is_last != other.is_last:
        return place.is_last
    return place < other if sort.startswith("-") else place > other


def _holds(row: Any, searched: tuple[str, ...], words: str) -> bool:
    for name in searched:
        value = getattr(row, name)
        text = " ".join(value) if isinstance(value, list) else value
        if words in fold(text):
            return True
    return False


def _cursor(sort: str, place: _Place) -> str:
    return write_cursor(_Cursor(sort, place))


def _read_cursor(asked: Sought) -> _Place:
    cursor: _Cursor | None = read_cursor(asked.cursor, _Cursor)
    if cursor is None or cursor.sort != asked.sort:
        raise _misplaced()
    return cursor.place


def _misplaced() -> Problem:
    detail = "it is no place in a list of this order"
    return _unusable("cursor", detail, "ask for the list from its beginning")


def _unusable(field: str, detail: str, cure: str) -> Problem:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, "bad_value", detail, field, cure)

"""Where a list goes on, as text: the last row's place in the order.

Theory:
    The column, the direction, the sort key and the number of the row (its name, where
    rows have no number), as `hub.cursor_text` writes it. The text is nobody's secret
    and gives no right: whoever makes one up gets the rows behind that place which they
    may see anyway.

Rules:
    What comes back is input: a key of another type, a number beyond the database's, or
    a text that PostgreSQL cannot hold is refused here.

See Also:
    `hub.contract.lists`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mailmax.base.folding import fold
from mailmax.hub.contract.lists import LIST_ROWS, SEARCH_CHARACTERS, Choice
from mailmax.hub.contract.message import Denied
from mailmax.hub.cursor_text import read_cursor, write_cursor

Key: TypeAlias = str | int | float
_HIGHEST = 2**63


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a row in a list."""

    key: Key
    mark: int | str
    """Tells it from the others with that key: a number, or the row's own name."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is asked for, checked."""

    column: str
    is_descending: bool
    behind: Place | None
    """Rows after this one; None: from the beginning."""
    limit: int
    search: str
    """Folded."""

    def cursor(self, place: Place) -> str:
        """Return the text that means "behind that row"."""
        told = (self.column, self.is_descending, place.key, place.mark)
        return write_cursor(told)


def read_choice(
    choice: Choice,
    columns: Sequence[str],
    kinds: Mapping[str, type],
    marks: type = int,
) -> Order | Denied:
    """Check what is asked.

    Args:
        choice: As it came.
        columns: What the list can be sorted by; the first is its own order.
        kinds: The type of the keys of columns that are no text.
        marks: The type of what tells two rows of one key apart.
    """
    column = choice.sort or columns[0]
    if column not in columns:
        there_are = ", ".join(columns)
        return Denied(
            "bad_value", "sort", f"there is no column {column[:40]!r}", there_are
        )
    if unfit := unfit_search(choice.search):
        return unfit
    place = None
    if choice.cursor:
        place = _read_cursor(choice, column, (kinds.get(column, str), marks))
        if place is None:
            return Denied(
                "bad_value",
                "cursor",
                "it is no place in a list of this order",
                "ask for the list from its beginning",
            )
    limit = max(1, min(choice.limit, LIST_ROWS))
    return Order(column, choice.is_descending, place, limit, fold(choice.search))


def unfit_search(text: str, field: str = "search") -> Denied | None:
    """Refuse a text that nothing can hold.

    Args:
        text: What is searched for.
        field: Where it was given.
    """
    if len(text) <= SEARCH_CHARACTERS and "\0" not in text:
        return None
    reason = f"it is longer than {SEARCH_CHARACTERS} characters or holds a NUL"
    return Denied("bad_value", field, reason, "search for less")


def _read_cursor(choice: Choice, column: str, kinds: tuple[type, type]) -> Place | None:
    told = read_cursor(choice.cursor, tuple[str, bool, Key, int | str])
    if told is None:
        return None
    key, mark = told[2:]
    is_same_order = told[:2] == (column, choice.is_descending)
    is_good = _is_key(key, kinds[0]) and _is_key(mark, kinds[1])
    return Place(key, mark) if is_same_order and is_good else None


def _is_key(key: Key, kind: type) -> bool:
    if isinstance(key, str):
        return kind is str and "\0" not in key
    return kind is not str and math.isfinite(key) and abs(key) < _HIGHEST

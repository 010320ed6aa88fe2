"""Pages of lists whose rows have numbers."""

from collections.abc import Sequence
from typing import TypeVar

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.store.accounts.web_units import HIGHEST

_MOST_DIGITS = 19

RowT = TypeVar("RowT")


def place_of(after: str) -> int:
    """Return the number that a cursor names; 0: the beginning."""
    is_number = after.isascii() and after.isdecimal() and len(after) <= _MOST_DIGITS
    return min(int(after), HIGHEST) if is_number else 0


def rows_of(limit: int) -> int:
    """Return how many rows a page has at most."""
    return min(max(limit, 1), PAGE_ROWS)


def cut(rows: Sequence[RowT], limit: int) -> tuple[Sequence[RowT], bool]:
    """Return the rows of a page, one too many of which were read, and if more are."""
    most = rows_of(limit)
    return rows[:most], len(rows) > most

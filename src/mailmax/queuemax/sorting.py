"""The queue and the dead mail in the order of a column, a page at a time.

Theory:
    Nothing is kept in such an order. A page is one look through all entries, in which
    the rows that stand first behind the page before are kept: never more than a page
    and a slice. A cursor is the last row's place: its value in the column, its entry
    and which recipient of it. So rows that come and go neither repeat nor hide one
    that stays as it is; one whose value changes, because it is tried, moves.

Rules:
    What has no value is last, whichever way. What comes back as a cursor is input.
    Texts are compared folded, by their first 200 characters.

See Also:
    `listing`, with the columns and how long it takes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, TypeAlias

from mailmax.base.folding import fold
from mailmax.hub.contract.message import Denied
from mailmax.hub.cursor_text import read_cursor, write_cursor
from mailmax.queuemax.selection import Meant

Value: TypeAlias = int | str
Key = Callable[[Meant], Value | None]
"""Returns a row's value in a column; None: it has none."""
Spot = tuple[bool, int, str, int, int]
"""Whether it has a value (the other way round where the first is first), the value,
entry and recipient."""
Placed = tuple[Spot, Meant]

KEY_CHARACTERS: Final = 200
_Told: TypeAlias = tuple[str, bool, bool, int, str, int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is asked for, checked."""

    column: str
    is_descending: bool
    key: Key
    behind: Spot | None
    """Rows after this one; None: from the beginning."""

    def first(
        self, known: Sequence[Placed], more: Iterable[Meant], most: int
    ) -> list[Placed]:
        """Return the first of those that are placed, and of more, in order."""
        found = [*known, *filter(self._is_wanted, map(self._place, more))]
        found.sort(key=itemgetter(0), reverse=self.is_descending)
        return found[:most]

    def cursor(self, spot: Spot) -> str:
        """Return the text that means "behind that row"."""
        return write_cursor((self.column, self.is_descending, *spot))

    def _place(self, one: Meant) -> Placed:
        value = self.key(one)
        rank = self.is_descending if value is not None else not self.is_descending
        number, text = value if isinstance(value, int) else 0, ""
        if isinstance(value, str):
            text = fold(value)[:KEY_CHARACTERS]
        return (rank, number, text, one[0].number, one[1]), one

    def _is_wanted(self, placed: Placed) -> bool:
        if self.behind is None:
            return True
        spot = placed[0]
        return spot < self.behind if self.is_descending else spot > self.behind


def read_order(
    column: str, after: str, keys: Mapping[str, Key], *, is_descending: bool
) -> Order | Denied:
    """Check what is asked.

    Args:
        column: By which.
        after: The cursor of the page before; empty: from the beginning.
        keys: What the list can be sorted by.
        is_descending: The last is first.
    """
    key = keys.get(column)
    if key is None:
        words = f"there is no column {column[:40]!r}"
        return Denied("bad_value", "sort", words, ", ".join(keys))
    behind = None
    if after:
        told: _Told | None = read_cursor(after, _Told)
        if told is None or told[:2] != (column, is_descending):
            return Denied(
                "bad_value",
                "cursor",
                "it is no place in a list of this order",
                "ask for the list from its beginning",
            )
        behind = told[2:]
    return Order(column, is_descending, key, behind)

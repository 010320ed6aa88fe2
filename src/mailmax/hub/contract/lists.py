"""What is wanted of a long list: searched, sorted, filtered, counted by the hub.

Theory:
    A page names where the next one begins by the last row's own place in the order
    (its sort key and its number), never by a count of rows: rows that come and go
    between two pages neither repeat nor hide a row that stays as it is. The cursor is
    the hub's business; it is good for the same sort and direction only.

    What can be filtered differs from list to list and is a field of the request; None
    stands for "either".

Rules:
    `within` narrows what may be known at all, before anything else is looked at:
    rows of other domains are not found, not counted, and not told from missing ones.

Limits:
    500 rows a page; a search of 200 characters: no name is longer than it helps to
    type.

Manual: 2.4.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

LIST_ROWS = 500
"""The longest page."""
SEARCH_CHARACTERS = 200


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """Which part of a list, in which order."""

    search: str = ""
    """Rows that hold this text, whatever the case; nothing in it is a wildcard."""
    sort: str = ""
    """A column (each list has its own); empty: the list's own order."""
    is_descending: bool = False
    cursor: str = ""
    """`next` of the page before."""
    limit: int = 100
    is_counted: bool = False
    """Tell how many rows there are in all; it costs a look at all of them."""
    within: tuple[str, ...] | None = None
    """Only what belongs to these domains; None: to any."""


class ListPage(Protocol):
    """What every page of such a list has."""

    @property
    def rows(self) -> Sequence[Any]:
        """Its rows."""

    @property
    def next(self) -> str:
        """The cursor of the next page; empty at the end."""

    @property
    def total(self) -> int | None:
        """How many rows were chosen in all, if that was asked."""

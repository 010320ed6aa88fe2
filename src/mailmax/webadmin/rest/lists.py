"""Lists in pages, and what is asked of them.

Theory:
    Searched, sorted, filtered and counted is where the rows are, in the hub (short
    lists: `rest.sorting`); so is what a domain's administrators may know of. A cursor
    is the hub's own mark of where the next page begins.

Rules:
    A list is counted when it is begun: who goes on knows how long it is.
"""

from typing import Annotated, Generic, TypeVar

import msgspec

from mailmax.hub.contract.lists import SEARCH_CHARACTERS, Choice
from mailmax.webadmin.authorize import (
    DomainAdministrator,
    Principal,
    SystemAdministrator,
)
from mailmax.webadmin.rest.problems import bad_request

RowT = TypeVar("RowT")
KindT = TypeVar("KindT")

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="Rows of a page.")]
Cursor = Annotated[
    str, msgspec.Meta(max_length=4096, description="`next` of the page before.")
]
Search = Annotated[
    str,
    msgspec.Meta(
        max_length=SEARCH_CHARACTERS,
        description="Only rows that hold this text, whatever the case.",
    ),
]
Sort = Annotated[
    str,
    msgspec.Meta(
        max_length=60, description="A column; with a minus in front the last is first."
    ),
]

Kinds = Annotated[
    str,
    msgspec.Meta(
        max_length=200, description="Only of these types, with commas between."
    ),
]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a list, in which order."""

    limit: Limit = 100
    cursor: Cursor = ""
    q: Search = ""
    sort: Sort = ""


class Page(msgspec.Struct, Generic[RowT], frozen=True):
    """Part of a list."""

    rows: list[RowT]
    next: str = ""
    """The cursor of the page that follows; empty at the end."""
    total: int | None = None
    """How many rows there are; told with the first page."""


def kinds_of(words: str, known: tuple[KindT, ...]) -> tuple[KindT, ...]:
    """Return the types that a filter names, with commas between.

    Args:
        words: As in ``normal,backup``; empty: of all.
        known: Those that there are.

    Raises:
        Problem: One of them is none.
    """
    named = {word.strip() for word in words.split(",") if word.strip()}
    if named - {str(kind) for kind in known}:
        detail = f"{words[:60]!r} is no list of types"
        cure = ", ".join(map(str, known))
        raise bad_request("query", detail, "filter.kind", cure)
    return tuple(kind for kind in known if kind in named)


def choice_of(asked: Asked, principal: Principal) -> Choice:
    """Return what the hub is asked for.

    Args:
        asked: By whom a page is wanted.
        principal: Who that is: nobody learns of what they do not administer.
    """
    return Choice(
        asked.q,
        asked.sort.removeprefix("-"),
        asked.sort.startswith("-"),
        asked.cursor,
        asked.limit,
        is_counted=not asked.cursor,
        within=within_of(principal),
    )


def within_of(principal: Principal) -> tuple[str, ...] | None:
    """Return the domains of which somebody may learn; None: of all."""
    if isinstance(principal, SystemAdministrator):
        return None
    if isinstance(principal, DomainAdministrator):
        return tuple(sorted(principal.domains))
    return ()

"""Lists in pages, and what is asked of them.

Theory:
    A cursor is the hub's own mark of where the next page begins, wrapped so that no
    program takes it apart.
"""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

import msgspec

from mailmax.webadmin.rest.problems import bad_request

RowT = TypeVar("RowT")

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="Rows of a page.")]
Cursor = Annotated[
    str, msgspec.Meta(max_length=2000, description="`next` of the page before.")
]


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a list."""

    limit: Limit = 100
    cursor: Cursor = ""


class Page(msgspec.Struct, Generic[RowT], frozen=True):
    """Part of a list."""

    rows: list[RowT]
    next: str = ""
    """The cursor of the page that follows; empty at the end."""
    total: int | None = None
    """How many rows there are, where that is known."""


def wrap(after: str) -> str:
    """Make a cursor of the hub's mark."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def unwrap(cursor: str) -> str:
    """Return the hub's mark of a cursor.

    Raises:
        Problem: It is none of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        hint = "leave it out to begin anew"
        raise bad_request(
            "cursor", "it is no cursor of ours", "cursor", hint
        ) from error

"""Places in lists that are told page by page: how many rows came before."""

from mailmax.hub.contract.message import Denied

NO_PLACE = Denied(
    "bad_value", "after", "it is no place in the list", "give a page's `next`"
)
_MOST_DIGITS = 9


def read_place(after: str) -> int | None:
    """Return how many rows come before a page; None: that is no place."""
    if not after:
        return 0
    is_number = after.isascii() and after.isdecimal() and len(after) <= _MOST_DIGITS
    return int(after) if is_number else None

"""Many values in one question, a piece of them at a time.

Limits:
    500 in one IN list: below every engine's limit of parameters.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

PIECE_VALUES = 500

ValueT = TypeVar("ValueT")


def in_pieces(values: Sequence[ValueT]) -> Iterator[Sequence[ValueT]]:
    """Yield some of the values at a time, in their order."""
    for begin in range(0, len(values), PIECE_VALUES):
        yield values[begin : begin + PIECE_VALUES]

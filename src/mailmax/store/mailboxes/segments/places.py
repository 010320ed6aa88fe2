"""Positions in columns: neighbours, as most are that are chosen at once, are a range.

A slice of a column costs a hundredth of what its values cost one by one.
"""

from array import array
from collections.abc import Sequence


def neighbours(places: Sequence[int]) -> Sequence[int]:
    """Return ascending positions, each once; as a range if there is no gap."""
    if places and places[-1] - places[0] + 1 == len(places):
        return range(places[0], places[-1] + 1)
    return places


def chosen(column: "array[int]", places: Sequence[int]) -> "array[int]":
    """Return what stands in a column at some positions."""
    if isinstance(places, range):
        return column[places.start : places.stop]
    return array(column.typecode, [column[place] for place in places])

"""Positions that are neighbours are a range, and say the same."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.places import chosen, neighbours

SETS = st.sets(st.integers(0, 30), max_size=12).map(sorted)


@given(SETS)
def test_neighbours_say_the_same(places):
    assert list(neighbours(places)) == places


def test_only_neighbours_are_a_range():
    assert neighbours([4, 5, 6]) == range(4, 7)
    assert neighbours([4, 6]) == [4, 6]
    assert neighbours([]) == []


@given(SETS)
def test_chosen_are_those_at_the_positions(places):
    column = array("Q", range(100, 131))
    assert list(chosen(column, neighbours(places))) == [100 + each for each in places]


@given(SETS)
def test_dropped_are_those_at_the_positions(places):
    columns = Columns()
    columns.uids.extend(range(1, 32))
    columns.flags.extend(range(31))
    for column in columns._arrays()[1:]:
        column.extend(range(31))
    columns.checked.extend(bytes(31))
    columns.drop(neighbours(places))
    left = [each for each in range(31) if each not in places]
    assert list(columns.uids) == [each + 1 for each in left]
    assert list(columns.flags) == left == list(columns.fragment_sizes)
    assert len(columns.checked) == len(left)

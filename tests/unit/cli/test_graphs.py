"""Graphs out of characters."""

from hypothesis import given
from hypothesis import strategies as st

from mailmax.cli.graphs import EIGHTHS, QUARTERS, columns_of, draw


def test_a_graph_reads_as_one():
    assert draw([0, 1, 4, 8], 2, EIGHTHS) == ["   █", " ▂██"]
    assert draw([0, 1, 4, 8], 2, QUARTERS) == ["   #", " .##"]


def test_nothing_at_all_is_drawn_empty():
    assert draw([0, 0, 0], 2) == ["   ", "   "]


def test_several_steps_of_a_column_show_the_highest():
    assert columns_of([1, 9, 2, 3], 2) == [9, 3]
    assert columns_of([1, 2], 80) == [1, 2]


VALUES = st.lists(st.integers(0, 10**12), min_size=1, max_size=400)


@given(
    VALUES, st.integers(1, 120), st.integers(1, 8), st.sampled_from([EIGHTHS, QUARTERS])
)
def test_every_column_is_as_high_as_it_should_be(values, width, height, levels):
    columns = columns_of(values, width)
    lines = draw(columns, height, levels)
    full = len(levels) - 1

    assert len(columns) == min(width, len(values))
    assert max(columns) == max(values)
    assert [len(line) for line in lines] == [len(columns)] * height
    heights = [
        sum(levels.index(line[x]) for line in lines) for x in range(len(columns))
    ]
    for value, drawn in zip(columns, heights, strict=True):
        assert bool(value) == bool(drawn)
        assert abs(drawn - value * height * full / (max(columns) or 1)) <= 1

"""Graphs out of characters, as wide as the terminal.

Theory:
    A graph is a few lines of columns. A column stands for one step or several; of
    several it shows the highest, so that nothing rare is smoothed away. What is not
    nothing is never drawn as nothing.

Rules:
    Pure. Plain ASCII on request: eighths of a block are not in every locale.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
QUARTERS: Final = " .:|#"
"""For who has ASCII alone: a column of these still looks like one."""


def columns_of(values: Sequence[int], width: int) -> list[int]:
    """Return as many columns as there is room for, each the highest of its steps.

    Args:
        values: One a step; not empty.
        width: Columns at most.
    """
    count = len(values)
    columns = min(width, count)
    edges = [column * count // columns for column in range(columns + 1)]
    return [max(values[begin:end]) for begin, end in pairwise(edges)]


def draw(columns: Sequence[int], height: int, levels: str = EIGHTHS) -> list[str]:
    """Return the lines of a graph, the highest first.

    Args:
        columns: How high; not negative.
        height: Lines.
        levels: What a cell may look like, from empty to full.
    """
    full = len(levels) - 1
    top = max(columns, default=0) or 1
    heights = [_level(value, top, height * full) for value in columns]
    return [
        "".join(levels[min(max(one - line * full, 0), full)] for one in heights)
        for line in reversed(range(height))
    ]


def _level(value: int, top: int, most: int) -> int:
    if not value:
        return 0
    return max(1, value * most // top)

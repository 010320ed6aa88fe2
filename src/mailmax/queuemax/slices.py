"""Long looks through the queue, a slice at a time: mail goes on in between.

Theory:
    A look is a generator that stops now and then and returns its answer at the end. A
    short one is answered at once; a long one goes on as a coroutine.

Limits:
    10 ms a slice; 1,000 entries between two looks at the clock.
"""

import asyncio
from collections.abc import Awaitable, Generator, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from mailmax.queuemax.selection import Meant, Selector
from mailmax.store.queue.entry import QueueEntry

SLICE_S: Final = 0.01
SLICE: Final = 1_000

AnswerT = TypeVar("AnswerT")
Look = Generator[None, None, AnswerT]
Begin = tuple[int, int]
"""Entry and recipient behind which to begin."""
START: Final[Begin] = (0, 0)


def in_slices(look: Look[AnswerT]) -> AnswerT | Awaitable[AnswerT]:
    """Begin a look; return its answer, or what is awaited for it.

    Args:
        look: Stops every few milliseconds.
    """
    try:
        _step(look)
    except StopIteration as end:
        answer: AnswerT = end.value
        return answer
    return _go_on(look)


async def finish(look: Look[AnswerT]) -> AnswerT:
    """Go through a look, however long, and return its answer."""
    answer = in_slices(look)
    return await answer if isinstance(answer, Awaitable) else answer


def cut(
    entries: Mapping[int, QueueEntry], selector: Selector, begin: Begin = START
) -> Iterator[list[QueueEntry]]:
    """Yield the entries from a place on, slice by slice, in their order.

    Args:
        entries: By number, in any order; not changed meanwhile.
        selector: Who is meant: entries that it does not name are left out.
        begin: Behind what.
    """
    named = entries if selector.numbers is None else selector.numbers & entries.keys()
    numbers = sorted(number for number in named if number >= begin[0])
    for start in range(0, len(numbers), SLICE):
        yield [entries[number] for number in numbers[start : start + SLICE]]


def behind(found: Sequence[Meant], begin: Begin) -> list[Meant]:
    """Return those who stand behind a place."""
    return [one for one in found if (one.entry.number, one.place) > begin]


async def _go_on(look: Look[AnswerT]) -> AnswerT:
    while True:
        await asyncio.sleep(0)
        try:
            _step(look)
        except StopIteration as end:
            answer: AnswerT = end.value
            return answer


def _step(look: Look[AnswerT]) -> None:
    """Go on for a slice.

    Raises:
        StopIteration: It is at its end, with the answer.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + SLICE_S
    while loop.time() < until:
        next(look)

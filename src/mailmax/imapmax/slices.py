"""Changes of very many messages: a slice at a time, with turns for the loop between.

A change of a few thousand messages takes some milliseconds on the loop, one of a
million seconds in which nobody else is served (TRUST M13).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

SLICE = 4096
"""Messages that are changed without a turn for the loop."""


async def slices(uids: Sequence[int]) -> AsyncIterator[Sequence[int]]:
    """Give UIDs in slices; one that is empty where there are none."""
    yield uids[:SLICE]
    for start in range(SLICE, len(uids), SLICE):
        await asyncio.sleep(0)
        yield uids[start : start + SLICE]

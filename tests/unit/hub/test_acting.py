"""A version is acknowledged when all that it and those before began is done."""

import asyncio

from mailmax.hub.acting import Acting


async def test_what_is_done_at_once_is_not_waited_for():
    acting = Acting()
    seen = []
    acting.add(lambda: seen.append(1))

    assert acting.act() is None
    assert seen == [1]


async def test_a_later_version_waits_for_what_an_earlier_one_began():
    acting = Acting()
    gates = [asyncio.Event(), None]
    acting.add(lambda: wait_for(gates.pop(0)))

    async def wait_for(gate):
        if gate is not None:
            await gate.wait()

    first = gates[0]
    early = asyncio.ensure_future(acting.act())
    late = asyncio.ensure_future(acting.act())
    await asyncio.sleep(0.01)
    assert not early.done()
    assert not late.done()

    first.set()
    await asyncio.wait_for(asyncio.gather(early, late), 60)

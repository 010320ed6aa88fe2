"""Coroutines that are begun on the spot and finished by a task."""

import asyncio

from mailmax.imapmax import eager


async def test_two_may_wait_for_one_future():
    """As two sessions do whose changes are made durable by one sync."""
    shared: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    heard: list[str] = []

    async def listen() -> None:
        heard.append(await shared)

    first, second = eager.start(listen()), eager.start(listen())
    assert first is not None
    assert second is not None
    waiting = asyncio.gather(first, second)
    await asyncio.sleep(0)
    third = eager.start(listen())
    shared.set_result("done")
    await waiting
    assert third is not None
    await third

    assert heard == ["done"] * 3


async def test_what_does_not_wait_is_over_at_once():
    heard: list[str] = []

    async def say() -> None:
        heard.append("said")

    assert eager.start(say()) is None
    assert heard == ["said"]

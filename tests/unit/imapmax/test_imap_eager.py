"""Coroutines that are started on the spot."""

import asyncio

import pytest

from mailmax.imapmax import eager


async def test_what_does_not_wait_is_done_at_once() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    assert eager.start(work()) is None
    assert done == [1]


async def test_what_waits_goes_on_where_it_waited() -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()
    done = []

    async def work() -> None:
        done.append(0)
        done.append(await future)
        await asyncio.sleep(0)
        done.append(2)

    rest = eager.start(work())

    assert rest is not None
    assert done == [0]
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    future.set_result(1)
    await task
    assert done == [0, 1, 2]


async def test_many_may_wait_for_one_future() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    done = []

    async def work() -> None:
        done.append(await future)

    rests = [eager.start(work()) for _ in range(3)]
    tasks = [asyncio.ensure_future(rest) for rest in rests if rest is not None]
    await asyncio.sleep(0)
    future.set_result(1)
    await asyncio.gather(*tasks)

    assert done == [1, 1, 1]


async def test_exceptions_come_in_and_go_out() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    caught = []

    async def work() -> None:
        try:
            await future
        except ValueError as error:
            caught.append(error)
        raise KeyError

    rest = eager.start(work())
    assert rest is not None
    future.set_exception(ValueError())
    with pytest.raises(KeyError):
        await rest
    assert len(caught) == 1


async def test_cancelling_reaches_what_waits() -> None:
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(1)

    rest = eager.start(work())
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [1]


async def test_an_exception_before_the_first_wait_is_raised_at_once() -> None:
    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        eager.start(work())

"""A moment may be past when it is set; on the loop of the services, too."""

import asyncio
from math import inf

from mailmax.net.alarm import Alarm
from mailmax.net.silence import Silence


async def test_a_moment_that_is_past_is_known_and_comes():
    rung = asyncio.Event()
    alarm = Alarm(rung.set)
    past = asyncio.get_running_loop().time() - 1

    alarm.set(past)
    assert alarm.when == past
    alarm.set_not_later(past - 1)
    alarm.set_not_later(past + 100)
    assert alarm.when == past - 1

    await rung.wait()
    assert alarm.when == inf


async def test_set_again_it_forgets_the_moment_it_had():
    calls = []
    alarm = Alarm(lambda: calls.append(alarm.when))
    now = asyncio.get_running_loop().time()

    alarm.set(now)
    alarm.set(now + 100)
    await asyncio.sleep(0.01)
    assert (calls, alarm.when) == ([], now + 100)
    alarm.cancel()
    assert alarm.when == inf


async def test_clients_that_come_while_others_are_due_are_waited_for():
    """The loop is late: some are due already when the next one comes."""
    loop = asyncio.get_running_loop()
    silence, due, coming = Silence(), Client(), Client()

    silence.wait(due, loop.time() - 1, 60)
    silence.wait(coming, loop.time() - 2, 60)

    await due.looked_at.wait()
    await coming.looked_at.wait()


class Client:
    """Somebody with a deadline."""

    def __init__(self) -> None:
        self.looked_at = asyncio.Event()

    def on_due(self) -> None:
        self.looked_at.set()

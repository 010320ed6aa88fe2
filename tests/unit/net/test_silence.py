"""Silent clients are looked at in time, together, and in slices."""

import asyncio
import time

from mailmax.net.silence import PARTS, SLICE, Silence


class Client:
    def __init__(self) -> None:
        self.looked_at: list[float] = []
        self.cost_s = 0.0

    def on_due(self) -> None:
        self.looked_at.append(asyncio.get_running_loop().time())
        end = time.perf_counter() + self.cost_s
        while time.perf_counter() < end:
            pass


async def test_nobody_is_looked_at_too_early_nor_much_too_late() -> None:
    silence, client = Silence(), Client()
    deadline = asyncio.get_running_loop().time() + 0.1

    moment = silence.wait(client, deadline, 0.1)
    await asyncio.sleep(0.15)

    assert deadline <= moment <= deadline + 0.1 / PARTS
    assert len(client.looked_at) == 1
    assert client.looked_at[0] >= deadline - 0.001
    silence.stop()


async def test_who_is_less_patient_is_looked_at_first() -> None:
    silence, patient, hasty = Silence(), Client(), Client()
    now = asyncio.get_running_loop().time()

    silence.wait(patient, now + 60, 60)
    silence.wait(hasty, now + 0.02, 0.02)
    await asyncio.sleep(0.05)

    assert (len(hasty.looked_at), len(patient.looked_at)) == (1, 0)
    silence.stop()


async def test_who_left_is_not_looked_at() -> None:
    silence, client = Silence(), Client()
    moment = silence.wait(client, asyncio.get_running_loop().time() + 0.01, 0.01)

    silence.forget(client, moment)
    await asyncio.sleep(0.03)

    assert client.looked_at == []
    silence.stop()


async def test_many_clients_share_few_timers() -> None:
    silence = Silence()
    now = asyncio.get_running_loop().time()

    moments = {silence.wait(Client(), now + n / 100, 60) for n in range(6000)}

    assert len(moments) <= PARTS + 1
    silence.stop()


async def test_a_crowd_that_is_due_at_once_leaves_the_loop_its_turns() -> None:
    silence = Silence()
    clients = [Client() for _ in range(10 * SLICE)]
    now = asyncio.get_running_loop().time()
    for client in clients:
        client.cost_s = 0.0001
        silence.wait(client, now + 0.001, 1)

    turns = 0
    while not all(client.looked_at for client in clients):
        turns += 1
        await asyncio.sleep(0.0001)
        assert turns < 10_000

    assert turns >= 5
    assert {len(client.looked_at) for client in clients} == {1}
    silence.stop()

"""Silent clients are looked at in time, together, and in slices."""

import pytest

from mailmax.net.silence import PARTS, SLICE, Silence
from stepped_loop import SteppedLoop


class Client:
    """Somebody with a deadline."""

    def __init__(self, loop: SteppedLoop) -> None:
        self._loop = loop
        self.looked_at: list[float] = []

    def on_due(self) -> None:
        self.looked_at.append(self._loop.time())


@pytest.fixture
def loop():
    stepped = SteppedLoop()
    yield stepped
    stepped.end()


def test_nobody_is_looked_at_too_early_nor_much_too_late(loop):
    silence, client = Silence(), Client(loop)
    deadline = loop.time() + 60

    loop.do(lambda: silence.wait(client, deadline, 60))
    loop.advance(60 - 0.001)
    assert client.looked_at == []
    loop.advance(60)

    [moment] = client.looked_at
    assert deadline <= moment <= deadline + 60 / PARTS


def test_who_is_less_patient_is_looked_at_first(loop):
    silence, patient, hasty = Silence(), Client(loop), Client(loop)
    now = loop.time()

    loop.do(lambda: silence.wait(patient, now + 60, 60))
    loop.do(lambda: silence.wait(hasty, now + 2, 2))
    loop.advance(5)

    assert (len(hasty.looked_at), len(patient.looked_at)) == (1, 0)


def test_who_left_is_not_looked_at(loop):
    silence, client = Silence(), Client(loop)
    moments: list[float] = []

    loop.do(lambda: moments.append(silence.wait(client, loop.time() + 1, 1)))
    silence.forget(client, moments[0])
    loop.advance(10)

    assert client.looked_at == []


def test_many_clients_share_few_timers(loop):
    silence, moments, now = Silence(), set[float](), loop.time()

    def come() -> None:
        for n in range(6000):
            moments.add(silence.wait(Client(loop), now + n / 100, 60))

    loop.do(come)

    assert len(moments) <= PARTS + 1


def test_a_crowd_that_is_due_at_once_leaves_the_loop_its_turns(loop):
    silence, clients = Silence(), [Client(loop) for _ in range(10 * SLICE)]
    seen: list[int] = []

    def turn() -> None:
        seen.append(sum(len(client.looked_at) for client in clients))
        if seen[-1] < len(clients):
            loop.call_soon(turn)

    def come() -> None:
        [moment] = {silence.wait(client, loop.time() + 1, 60) for client in clients}
        loop.call_at(moment, turn)

    loop.do(come)
    loop.advance(60)

    steps = [after - before for before, after in zip([0, *seen], seen, strict=False)]
    assert max(steps) <= SLICE
    assert {len(client.looked_at) for client in clients} == {1}

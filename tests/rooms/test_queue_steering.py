"""What administrators do with mail that waits: durable, and nothing lost or doubled."""

import asyncio

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import permanent
from mailmax.policy.retry import Stage
from mailmax.queuemax.pool import PoolLimits
from mailmax.queuemax.steering import Chosen, Steered
from waiting import until

WHY = permanent("5.7.1", "the administrator wants it so")


def chosen(office, *addresses):
    entries = {**office.store.entries, **office.service._checkpoints.in_journal}
    return [
        Chosen(entry, target)
        for entry in entries.values()
        for target in entry.targets
        if target.address in addresses
    ]


def listed(office):
    page = office.hub.listed(limit=50)
    return {row.recipient: row.state for row in page.rows}


class Mood:
    """What a server says to RCPT: `reply`, but not before `gate` is open."""

    def __init__(self, reply="451 4.2.0 later"):
        self.reply = reply
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, verb, argument):
        if verb != "RCPT":
            return None
        await self.gate.wait()
        return self.reply


@pytest.fixture
async def deferring(office, remote):
    """Give a server that puts off, and a queue that sends there."""
    mood = Mood()
    server = await remote(mood)
    server.mood = mood
    office.smart_host(server)
    await office.open()
    return server


async def put_off(office, *addresses, **more):
    office.post(*addresses, **more)
    await until(
        lambda: all(office.stage(one) is Stage.RETRY for one in addresses),
    )


def rcpts(server):
    return [one for one in server.commands if one.startswith("RCPT")]


async def test_retry_tries_at_once_and_the_former_plan_is_void(office, deferring):
    await put_off(office, "a@x.test", "b@x.test")
    deferring.mood.reply = None

    steered = await office.service.steering.retry(chosen(office, "a@x.test"))

    assert steered == Steered(1)
    await until(lambda: deferring.taken)
    assert deferring.taken[0].recipients == ["a@x.test"]
    [planned] = office.service._dispatch._plans
    assert [one.due == planned.due for one in planned.targets] == [False, True]


@pytest.mark.parametrize("end", ["close", "kill"])
@pytest.mark.parametrize("is_kept", [False, True])
async def test_held_mail_is_held_over_a_restart_and_goes_when_released(
    office, deferring, end, is_kept
):
    await put_off(office, "a@x.test")
    if is_kept:
        await office.service.checkpoint()
    deferring.mood.reply = None
    assert await office.service.steering.hold(chosen(office, "a@x.test")) == Steered(1)

    await getattr(office, end)()
    office.clock.ahead_s = 10 * 365 * 86_400
    await office.open()
    office.post("b@x.test")
    await until(lambda: deferring.taken)
    assert deferring.taken[0].recipients == ["b@x.test"]
    await until(lambda: listed(office) == {"a@x.test": "held"})
    assert await office.service.steering.retry(chosen(office, "a@x.test")) == Steered()

    released = await office.service.steering.release(chosen(office, "a@x.test"))

    assert released == Steered(1)
    await until(lambda: len(deferring.taken) == 2)
    assert deferring.taken[1].recipients == ["a@x.test"]


async def test_what_is_being_tried_is_held_when_the_try_ends(office, deferring):
    deferring.mood.gate.clear()
    office.post("a@x.test", "b@x.test")
    await until(lambda: rcpts(deferring))

    steered = await office.service.steering.hold(chosen(office, "a@x.test"))
    deferring.mood.gate.set()

    assert steered == Steered(0, 1)
    await until(lambda: office.stage("b@x.test") is Stage.RETRY)
    assert listed(office) == {"a@x.test": "held", "b@x.test": "retry"}
    planned = [item.targets for item in office.service._dispatch._plans]
    assert [[one.address for one in targets] for targets in planned] == [["b@x.test"]]


async def test_mail_that_no_connection_has_yet_is_taken_back(office, remote):
    gate = asyncio.Event()

    async def answers(verb, argument):
        if verb == "MAIL":
            await gate.wait()

    server = await remote(answers)
    office.smart_host(server)
    office.set(pool=PoolLimits(fresh=1, retried=1, idle_s=0.2))
    await office.open()
    office.post("first@x.test")
    await until(lambda: any(one.startswith("MAIL") for one in server.commands))
    office.post("a@x.test", "b@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.FRESH)

    steered = await office.service.steering.hold(chosen(office, "a@x.test"))
    gate.set()

    assert steered == Steered(1)
    await until(lambda: len(server.taken) == 2)
    assert [one.recipients for one in server.taken] == [["first@x.test"], ["b@x.test"]]
    await until(lambda: listed(office) == {"a@x.test": "held"})


@pytest.mark.parametrize("with_report", [True, False])
@pytest.mark.parametrize("is_tried", [False, True])
async def test_what_is_given_up_is_reported_or_not_and_gone(
    office, deferring, with_report, is_tried
):
    await put_off(office, "a@x.test", "b@x.test")
    steering = office.service.steering
    if is_tried:
        deferring.mood.gate.clear()
        await steering.retry(chosen(office, "a@x.test"))
        await until(lambda: len(rcpts(deferring)) == 3)

    steered = await steering.give_up(
        chosen(office, "a@x.test"), WHY, with_report=with_report
    )
    deferring.mood.gate.set()

    assert steered == (Steered(0, 1) if is_tried else Steered(1))
    await until(lambda: listed(office) == {"b@x.test": "retry"})
    if with_report:
        await until(office.reported)
        [(_, content)] = office.reported()
        assert b"Status: 5.7.1" in content
        assert b"wants it so" in content
        assert b"b@x.test" not in content
    await office.kill()
    await office.open()
    await until(lambda: "a@x.test" not in listed(office))
    assert len({one.origin for one, _ in office.reported()}) == with_report


async def test_an_order_for_what_is_being_tried_is_carried_out_after_a_kill(
    office, deferring
):
    deferring.mood.gate.clear()
    office.post("a@x.test", "b@x.test", "c@x.test")
    await until(lambda: rcpts(deferring))
    steering = office.service.steering
    assert await steering.give_up(
        chosen(office, "a@x.test"), WHY, with_report=True
    ) == Steered(0, 1)
    await steering.give_up(chosen(office, "b@x.test"), WHY, with_report=False)
    [third] = chosen(office, "c@x.test")
    assert await steering.redirect(third, "new@y.test") == Steered(0, 1)

    await office.kill()
    deferring.mood.reply = None
    deferring.mood.gate.set()
    await office.open()

    await until(lambda: deferring.taken and office.reported())
    assert [one.recipients for one in deferring.taken] == [["new@y.test"]]
    [(_, content)] = office.reported()
    assert b"a@x.test" in content
    assert b"b@x.test" not in content
    await until(lambda: not office.targets())


async def test_an_order_is_void_when_the_try_delivers(office, deferring):
    deferring.mood.gate.clear()
    office.post("a@x.test", "b@x.test")
    await until(lambda: rcpts(deferring))
    steering = office.service.steering
    await steering.give_up(chosen(office, "a@x.test"), WHY, with_report=True)
    [second] = chosen(office, "b@x.test")
    await steering.redirect(second, "new@x.test")

    deferring.mood.reply = None
    deferring.mood.gate.set()

    await until(lambda: not office.targets())
    assert [one.recipients for one in deferring.taken] == [["a@x.test", "b@x.test"]]
    assert office.reported() == []


@pytest.mark.parametrize("is_tried", [False, True])
async def test_another_address_gets_it_once_as_fresh_mail(office, deferring, is_tried):
    await put_off(office, "a@x.test", "b@x.test")
    steering = office.service.steering
    [first] = chosen(office, "a@x.test")
    assert await steering.redirect(first, "b@x.test") == Steered()
    if is_tried:
        deferring.mood.gate.clear()
        await steering.retry([first])
        await until(lambda: len(rcpts(deferring)) == 3)

    await steering.redirect(first, "new@y.test")
    deferring.mood.gate.set()

    await until(lambda: "RCPT TO:<new@y.test>" in deferring.commands)
    await until(lambda: office.stage("new@y.test") is Stage.RETRY)
    deferring.mood.reply = None
    await office.kill()
    await office.open()
    await steering_of(office).retry(chosen(office, "new@y.test"))
    await until(lambda: deferring.taken)
    assert deferring.taken[0].recipients == ["new@y.test"]
    await until(lambda: listed(office) == {"b@x.test": "retry"})


def steering_of(office):
    return office.service.steering


async def test_a_replayed_hand_over_stays_known_after_a_redirection(office, deferring):
    await put_off(office, "a@x.test")
    [first] = chosen(office, "a@x.test")
    origin = first.entry.envelope.origin
    deferring.mood.reply = None
    await office.service.steering.redirect(first, "new@x.test")
    await until(lambda: deferring.taken)

    office.post("a@x.test", origin=origin)
    office.post("last@x.test")

    await until(lambda: len(deferring.taken) == 2)
    assert deferring.taken[1].recipients == ["last@x.test"]


async def test_what_its_domain_holds_can_go_elsewhere_and_only_once(office, deferring):
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    office.post("a@held.test")
    await until(lambda: listed(office) == {"a@held.test": "held"})
    deferring.mood.gate.clear()
    deferring.mood.reply = None
    [first] = chosen(office, "a@held.test")

    await office.service.steering.redirect(first, "a@x.test")
    await until(lambda: rcpts(deferring))
    office.hub.domains.clear()
    office.hub.change()
    deferring.mood.gate.set()

    await until(lambda: not office.targets())
    assert [one.recipients for one in deferring.taken] == [["a@x.test"]]


async def test_held_by_both_it_goes_when_both_let_go(office, deferring):
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    office.post("a@held.test")
    await until(lambda: listed(office) == {"a@held.test": "held"})
    deferring.mood.reply = None
    await office.service.steering.hold(chosen(office, "a@held.test"))
    office.hub.domains.clear()
    office.hub.change()
    office.post("b@held.test")  # what comes later leaves
    await until(lambda: deferring.taken)
    assert [one.recipients for one in deferring.taken] == [["b@held.test"]]
    await until(lambda: listed(office) == {"a@held.test": "held"})

    await office.service.steering.release(chosen(office, "a@held.test"))

    await until(lambda: len(deferring.taken) == 2)


async def test_a_change_that_cannot_be_written_says_so_and_acts(
    office, deferring, monkeypatch
):
    await put_off(office, "a@x.test")
    await office.service.checkpoint()

    def fail(states):
        raise TemporaryFailure("planted")

    with monkeypatch.context() as planted:
        planted.setattr(office.store, "record", fail)
        with pytest.raises(TemporaryFailure, match="planted"):
            await office.service.steering.hold(chosen(office, "a@x.test"))

    assert listed(office) == {"a@x.test": "held"}
    await office.service._recorder.flush()

"""Times of the sender, of the settings, of backup domains, and clocks that jump."""

import asyncio

import pytest
from msgspec.structs import replace

from fix_outbound import OFFERS
from mailmax.base.envelope import Wishes
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import transient
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.queuemax.pool import PoolLimits
from mailmax.queuemax.steering import Chosen, Steered
from waiting import until

TEN_YEARS_S = 3650 * 86_400
LATER = "451 4.2.0 later"
OFFERS_TIME = (*OFFERS, "DELIVERBY")
"""Who does not offer it is not sent what has a deadline of mode R (RFC 2852)."""


def in_ms(office, seconds):
    return int((office.clock.now() + seconds) * 1000)


def planned(office):
    """Return in how many seconds each recipient is tried."""
    loop = asyncio.get_running_loop()
    return {
        target.address: item.due - loop.time()
        for item in office.service._dispatch._plans
        for target in item.meant
    }


def chosen(office, address):
    entries = {**office.store.entries, **office.service._checkpoints.in_journal}
    return [
        Chosen(entry, target)
        for entry in entries.values()
        for target in entry.targets
        if target.address == address
    ]


@pytest.fixture
async def server(office, remote):
    """Give a server that says `reply` to RCPT."""
    found = await remote(
        lambda v, _: found.reply if v == "RCPT" else None, offers=OFFERS_TIME
    )
    found.reply = None
    office.smart_host(found)
    await office.open()
    return found


async def test_mail_for_later_waits_over_restarts_and_then_goes(office, server):
    """RFC 4865."""
    office.post("a@x.test", wishes=Wishes(hold_until_ms=in_ms(office, 1.0)))
    await until(lambda: planned(office))
    await office.close()
    await office.open()
    office.post("b@x.test")
    await until(lambda: server.taken)
    assert [one.recipients for one in server.taken] == [["b@x.test"]]
    assert office.stage("a@x.test") is Stage.FRESH

    await until(lambda: len(server.taken) == 2)


@pytest.mark.parametrize("jump_s", [TEN_YEARS_S, -TEN_YEARS_S])
async def test_a_clock_that_jumps_neither_lets_it_go_nor_keeps_it_for_ever(
    office, server, jump_s
):
    """TRUST D14."""
    office.post("a@x.test", wishes=Wishes(hold_until_ms=in_ms(office, 600)))
    await until(lambda: planned(office))

    office.clock.ahead_s = jump_s
    office.post("b@x.test")
    await until(lambda: server.taken)

    assert 500 < planned(office)["a@x.test"] < 601
    if jump_s < 0:
        await office.close()
        await office.open()
        assert planned(office)["a@x.test"] < 601


async def test_mail_for_later_can_be_sent_now_and_is_not_released_early(office, server):
    office.post("a@x.test", wishes=Wishes(hold_until_ms=in_ms(office, 600)))
    await until(lambda: planned(office))
    steering = office.service.steering
    await steering.hold(chosen(office, "a@x.test"))

    await steering.release(chosen(office, "a@x.test"))
    office.post("b@x.test")
    await until(lambda: server.taken)
    assert [one.recipients for one in server.taken] == [["b@x.test"]]
    await steering.retry(chosen(office, "a@x.test"))

    await until(lambda: len(server.taken) == 2)


async def test_a_flush_lets_mail_for_later_wait(office, server):
    """RFC 4865: nobody means it when all is to be tried."""
    office.post("a@x.test", wishes=Wishes(hold_until_ms=in_ms(office, 600)))
    await until(lambda: planned(office))

    done = await office.service.steering.flush(chosen(office, "a@x.test"))

    assert done == Steered()
    assert 500 < planned(office)["a@x.test"] < 601


@pytest.mark.parametrize("reply", [LATER, "CLOSE"])
async def test_late_mail_is_returned_at_its_time(office, server, reply):
    """RFC 2852 §4, mode R."""
    server.reply = reply
    office.post(
        "a@x.test", wishes=Wishes(deliver_by_ms=in_ms(office, 2.0), by_mode="R")
    )
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    assert office.reported() == []

    await until(office.reported)

    [(_, content)] = office.reported()
    assert b"Action: failed" in content
    assert b"Status: 5.4.7" in content
    await until(lambda: not office.targets())


@pytest.mark.parametrize("end", ["close", "kill"])
async def test_a_deadline_passes_while_nothing_runs(office, server, end):
    server.reply = LATER
    office.post("a@x.test", wishes=Wishes(deliver_by_ms=in_ms(office, 60), by_mode="R"))
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    await getattr(office, end)()
    tries = len(server.commands)
    office.clock.ahead_s = 61

    await office.open()

    await until(office.reported)
    await until(lambda: not office.targets())
    assert len(server.commands) == tries, "no try begins behind the deadline"


async def test_no_try_begins_behind_the_deadline_but_one_that_runs_may_end(
    office, remote
):
    gate = asyncio.Event()

    async def answers(verb, argument):
        if verb == "MAIL":
            await gate.wait()
        return LATER if verb == "RCPT" and "a@" in argument else None

    server = await remote(answers, offers=OFFERS_TIME)
    office.smart_host(server)
    office.set(pool=PoolLimits(fresh=1, retried=1, idle_s=0.2))
    await office.open()
    wishes = Wishes(deliver_by_ms=in_ms(office, 2.0), by_mode="R")
    office.post("a@x.test", "b@x.test", wishes=wishes)
    await until(lambda: any(one.startswith("MAIL") for one in server.commands))
    office.post("c@x.test", wishes=wishes)

    await until(lambda: len(office.reported()) == 1)
    assert b"c@x.test" in office.reported()[0][1]
    gate.set()

    await until(lambda: len(office.reported()) == 2)
    assert b"a@x.test" in office.reported()[1][1]
    assert [one.recipients for one in server.taken] == [["b@x.test"]]
    await until(lambda: not office.targets())


async def test_a_deadline_of_the_other_mode_is_told_once_and_tries_go_on(
    office, server
):
    """RFC 2852 §4, mode N."""
    server.reply = LATER
    office.post(
        "a@x.test", wishes=Wishes(deliver_by_ms=in_ms(office, 0.4), by_mode="N")
    )
    await until(office.reported)
    [(_, content)] = office.reported()
    assert b"Action: delayed" in content
    await office.close()
    await office.open()
    assert planned(office)["a@x.test"] > 60
    server.reply = None

    await office.service.steering.retry(chosen(office, "a@x.test"))

    await until(lambda: server.taken)
    assert len(office.reported()) == 1


@pytest.mark.parametrize("jump_s", [TEN_YEARS_S, -TEN_YEARS_S])
async def test_a_clock_that_jumps_makes_nothing_late(office, server, jump_s):
    """TRUST D14."""
    server.reply = LATER
    wishes = Wishes(deliver_by_ms=in_ms(office, 600), by_mode="R")
    office.post("a@x.test", wishes=wishes)
    office.post("b@x.test")
    await until(lambda: len(planned(office)) == 2)

    office.clock.ahead_s = jump_s
    for address in ("a@x.test", "b@x.test"):
        await office.service.steering.retry(chosen(office, address))
    await until(
        lambda: (
            len([t for t in office.targets().values() if t.state.attempts == 2]) == 2
        )
    )

    assert office.reported() == []
    assert all(0 < wait_s <= 16.5 * 60 for wait_s in planned(office).values())


async def test_what_is_delivered_in_time_is_watched_no_more(office, server):
    wishes = Wishes(deliver_by_ms=in_ms(office, 600), by_mode="R")
    for number in range(100):
        office.post(f"a{number}@x.test", wishes=wishes)
    await until(lambda: len(server.taken) == 100)
    deadlines = office.service._deadlines

    await until(lambda: not deadlines._entries)
    assert len(deadlines._agenda) <= 65


async def test_the_manual_s_way_for_permanent_errors(office, server):
    """Manual §4.4: the soft error queue with a notice, and then the end."""
    limits = RetryLimits(15, 2, 4, 1, is_permanent_final=False)
    await office.close()
    office.set(retry=limits)
    await office.open()
    server.reply = "550 5.1.1 nobody here"

    office.post("a@x.test")

    await until(office.reported)
    assert office.stage("a@x.test") is Stage.SOFT
    [(_, content)] = office.reported()
    assert b"Action: delayed" in content
    assert b"nobody here" in content
    await office.service.steering.retry(chosen(office, "a@x.test"))
    await until(lambda: len(office.reported()) == 2)
    assert b"Action: failed" in office.reported()[1][1]


async def test_the_setting_acts_at_once(office, server):
    await office.close()
    office.set(retry=None)
    await office.open()
    server.reply = "550 5.1.1 nobody here"
    office.hub.change(permanent_errors="retry")
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.SOFT)

    office.hub.change(permanent_errors="return")
    assert await office.service.steering.retry(chosen(office, "a@x.test")) == Steered(1)

    await until(lambda: office.stage("a@x.test") is None)


async def test_a_backup_domain_s_mail_is_tried_at_every_retry_interval(office, server):
    server.reply = LATER
    office.post("a@b.test", "a@x.test")
    await until(lambda: len(planned(office)) == 2)
    office.hub.domains["b.test"] = DomainRow(1, "b.test", "backup")
    waits = {}
    for address in ("a@b.test", "a@x.test"):
        [(entry, target)] = chosen(office, address)
        target.state = replace(target.state, stage=Stage.SOFT, tries=0)
        office.service._ledger.limits = RetryLimits(15, 2, 4, 28)

        verdict = office.service._ledger.note(entry, [(target, transient("4.4.1", ""))])
        [waits[address]] = verdict.again

    assert waits == {"a@b.test": 15 * 60, "a@x.test": 4 * 3600}

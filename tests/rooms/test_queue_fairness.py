"""One destination delays no other: dead hosts, hanging hosts, large and urgent mail.

TRUST C6. Hosts that are switched off take no call: the attempt ends after seconds.
Times are a tenth of life's here; MAILMAX_DEAD_HOSTS=3000 takes them whole.
"""

import asyncio
import os
import random
import resource
import sys
import time
from dataclasses import replace

import pytest

from fix_outbound import QUICK, EvenRandom, Streets
from mailmax.base.envelope import Wishes
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.queuemax.pool import PoolLimits
from mailmax.queuemax.waiting import BIG_OCTETS
from waiting import until

DEAD_HOSTS = int(os.environ.get("MAILMAX_DEAD_HOSTS", "300"))
EACH = 10
"""Messages for each of them."""
LARGE = (b"x" * 76 + b"\r\n") * (BIG_OCTETS // 78 + 2)
LIVE = 100
"""Messages whose way is timed."""

pytestmark = pytest.mark.timeout(300 + DEAD_HOSTS // 15)


async def time_live_mail(office, server, domain="live.test", pause_s=0.02):
    """Return how long each fresh message takes from the filer to the server."""
    took = []
    for number in range(LIVE):
        before = len(server.taken)
        begin = time.monotonic()
        office.post(f"a{number}@{domain}")
        await until(lambda before=before: len(server.taken) > before, 60)
        took.append(time.monotonic() - begin)
        await asyncio.sleep(pause_s)
    return sorted(took)


def p99(took):
    return took[len(took) * 99 // 100 - 1]


async def fill(office, streets):
    """Post mail for all dead hosts; return when all of it was taken over."""
    for number in range(DEAD_HOSTS):
        streets.build(f"dead{number}.test", None)
    for turn in range(EACH):
        for number in range(DEAD_HOSTS):
            office.post(f"a{turn}@dead{number}.test")
    await until(lambda: office.store.next_number > DEAD_HOSTS * EACH, 600)


@pytest.mark.timed
async def test_c6_fresh_mail_for_dead_hosts_delays_no_live_one(
    office, remote, monkeypatch, capsys
):
    """Nobody knew that they were dead; the live host is as new as they are."""
    monkeypatch.setattr(EvenRandom, "uniform", lambda _, a, b: random.uniform(a, b))
    if DEAD_HOSTS < 3000:
        monkeypatch.setattr("mailmax.queuemax.pool.PATIENCE_S", 0.3)
        monkeypatch.setattr("mailmax.queuemax.pool.SPREAD_S", 0.2)
    server = await remote()
    streets = Streets(office, live=server)
    office.set(pool=PoolLimits(idle_s=0.0))
    service = await office.open()
    await fill(office, streets)
    await asyncio.sleep(1.0)
    cpu = time.process_time()

    took = await time_live_mail(office, server)

    cpu = time.process_time() - cpu
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with capsys.disabled():
        sys.stdout.write(
            f" [{DEAD_HOSTS} dead hosts: p50 {took[LIVE // 2]:.3f} s, p99 "
            f"{p99(took):.3f} s, {cpu:.1f} s of CPU, {rss} MB, "
            f"{service._pool.connections} connections]"
        )
    assert p99(took) < 1.0


async def test_c6_retried_mail_for_dead_hosts_leaves_a_live_one_its_share(
    office, remote, monkeypatch
):
    """Retried mail has few places; hosts that take no call give theirs away."""
    monkeypatch.setattr("mailmax.queuemax.pool.PATIENCE_S", 0.3)
    monkeypatch.setattr("mailmax.queuemax.pool.SPREAD_S", 0.2)
    server = await remote(lambda verb, _: "450 later" if verb == "RCPT" else None)
    streets = Streets(office, live=server)
    office.set(
        pool=PoolLimits(retried=5, idle_s=0.0),
        retry=RetryLimits(retry_minutes=0, retries=1000),
        times=QUICK,
    )
    await office.open()
    for number in range(100):
        streets.build(f"dead{number}.test", None)
        office.post(f"a@dead{number}.test")
    office.post("a@live.test")
    await until(lambda: server.commands.count("RCPT TO:<a@live.test>") > 5, 30)

    server.answers = lambda verb, _: None
    await until(lambda: server.taken, 15)


@pytest.mark.timed
async def test_c6_a_host_that_hangs_at_data_delays_nobody_else(office, remote):
    """1,000 messages; what is fresh for others is on its way at once."""

    async def hang(verb, _):
        if verb == "DATA":
            await asyncio.sleep(60)

    hanging, live = await remote(hang), await remote()
    Streets(office, hanging=hanging, live=live)
    office.set(pool=PoolLimits(fresh=30, idle_s=0.2))
    await office.open()
    for number in range(1000):
        office.post(f"a{number}@hanging.test")
    await until(lambda: hanging.connections)

    took = await time_live_mail(office, live)

    assert p99(took) < 1.0
    assert hanging.connections <= 10


async def test_a_host_that_is_down_costs_one_look_up_for_all_its_mail(office):
    streets = Streets(office)
    streets.build("down.test", None)
    office.set(times=replace(QUICK, connect_s=0.3))
    await office.open()
    office.post("first@down.test")
    await until(lambda: office.stage("first@down.test") is Stage.RETRY)
    asked = office.resolver.asked.count("down.test")

    for number in range(300):
        office.post(f"a{number}@down.test")
    await until(
        lambda: (
            len(office.targets()) == 301
            and all(t.stage is Stage.RETRY for t in office.targets().values())
        ),
    )

    assert office.resolver.asked.count("down.test") == asked == 1
    assert sum(streets.calls.values()) == 1


async def test_large_mail_leaves_connections_to_small_mail_of_its_host(office, remote):
    """Half of them, however much of it there is."""
    gate = asyncio.Event()

    async def hold_large(verb, argument):
        if verb == "RCPT" and "large" in argument:
            await gate.wait()

    server = await remote(hold_large)
    Streets(office, x=server)
    await office.open()
    for number in range(30):
        office.post(f"large{number}@x.test", content=LARGE)
    await until(lambda: server.connections)
    for number in range(30):
        office.post(f"small{number}@x.test")

    await until(lambda: len(server.taken) == 30)
    assert all(mail.recipients[0].startswith("small") for mail in server.taken)
    gate.set()
    await until(lambda: len(server.taken) == 60)


async def test_urgent_mail_overtakes_and_stops_nobody(office, remote):
    """RFC 6710 §4.1, at one connection."""
    gate = asyncio.Event()

    async def hold_first(verb, argument):
        if verb == "RCPT" and "first" in argument:
            await gate.wait()

    server = await remote(hold_first)
    Streets(office, x=server)
    office.set(pool=PoolLimits(fresh=1, idle_s=0.2))
    await office.open()
    office.post("first@x.test")
    await until(lambda: server.connections)
    for number in range(4):
        office.post(f"usual{number}@x.test")
    for number in range(4):
        office.post(f"urgent{number}@x.test", wishes=Wishes(priority=6))
    await until(lambda: len(office.targets()) == 9)
    gate.set()
    await until(lambda: len(server.taken) == 9)

    order = [mail.recipients[0].partition("@")[0] for mail in server.taken]
    assert order == [
        "first",
        "urgent0",
        "urgent1",
        "urgent2",
        "usual0",
        "urgent3",
        "usual1",
        "usual2",
        "usual3",
    ]


async def test_mail_that_was_put_off_holds_up_none_behind_it(
    office, remote, monkeypatch
):
    """A checkpoint for each twenty would take seconds: it passes only what is old."""
    monkeypatch.setattr("mailmax.queuemax.intake.BATCH", 10)
    monkeypatch.setattr("mailmax.queuemax.checkpoint.MANY", 20)
    monkeypatch.setattr("mailmax.queuemax.checkpoint.SETTLE_S", 60.0)
    server = await remote()
    refusing = await remote(lambda verb, _: "450 later" if verb == "RCPT" else None)
    Streets(office, live=server, refusing=refusing)
    await office.open()

    for number in range(200):
        office.post(f"a{number}@refusing.test")
    office.post("a@live.test")

    await until(lambda: server.taken, 40)

"""Watching a service through the hub: what is wanted, told, lost (SPY-2)."""

import asyncio

import pytest

from mailmax.datamax import watches
from mailmax.hub import spying
from mailmax.hub.contract.message import Denied, Done
from mailmax.hub.contract.spying import (
    MOST_LINES,
    ReadTrace,
    StopTrace,
    TappedLine,
    TellTrace,
    TraceLine,
    TracePart,
    Watching,
    WatchTrace,
)
from mailmax.hub.spying import TraceReports
from mailmax.observe.events import sessions
from mailmax.observe.events.categories import SPIED
from mailmax.observe.events.kinds import Who
from mailmax.observe.trace import Trace
from waiting import until

TIM = Who("popmax", "7.1", "192.0.2.7", "tim@demo.test")
ANN = Who("popmax", "7.2", "198.51.100.7", "ann@demo.test")


class Service:
    """A process of a role, as far as it is watched."""

    def __init__(self, client, role: str) -> None:
        self.client = client
        self.trace = Trace()
        self.reports = TraceReports(client, self.trace, role, "here")

    def connect(self, who: Who = TIM) -> None:
        self.trace.emit(sessions.ClientConnected(who, "pop3"))


@pytest.fixture
async def offer(house, monkeypatch):
    """Give a function that lets a role be watched."""
    monkeypatch.setattr(spying, "PERIOD_S", 0.005)
    services = []

    async def begin(role: str = "popmax") -> Service:
        client = house.make_client(role)
        service = Service(client, role)
        services.append(service)
        await client.start(10)
        await service.reports.start()
        return service

    yield begin
    for service in services:
        await service.reports.stop()


async def watch(desk, events=("connections",), service="popmax", **choice) -> int:
    answer = await desk.ask(WatchTrace(service, tuple(events), **choice))
    assert isinstance(answer, Watching), answer
    return answer.watch_id


async def read(desk, number: int) -> TracePart:
    answer = await desk.ask(ReadTrace(number))
    assert isinstance(answer, TracePart), answer
    return answer


async def test_chosen_events_are_told_as_they_happen(house, offer):
    desk = await house.begin()
    pop = await offer()
    number = await watch(desk, ["connections", "errors"])
    await until(lambda: pop.trace.wanted)

    pop.connect()
    pop.trace.emit(sessions.CommandHeard(TIM, "RETR 1", is_valid=True))
    pop.trace.emit(sessions.SessionFailed(TIM, "silent"))
    part = await read(desk, number)
    lines = [*part.lines]
    while len(lines) < 2:
        lines += (await read(desk, number)).lines

    assert [line.event for line in lines] == ["ClientConnected", "SessionFailed"]
    first = lines[0]
    assert (first.service, first.node) == ("popmax", "here")
    assert (first.session, first.peer, first.user) == ("7.1", TIM.peer, TIM.user)
    assert first.text == "192.0.2.7 connected (pop3)"
    assert abs(first.at - asyncio.get_running_loop().time()) > 1  # Unix time


async def test_a_watch_says_where_the_service_runs(house, offer):
    desk = await house.begin()
    nowhere = await desk.ask(WatchTrace("popmax", ("errors",)))
    await offer()
    here = await desk.ask(WatchTrace("popmax", ("errors",)))

    assert (nowhere.running, here.running) == ((), ("popmax@here",))


async def test_only_sessions_that_are_meant_leave_the_service(house, offer):
    desk = await house.begin()
    pop = await offer()
    by_address = await watch(desk, address="192.0.2.0/24")
    by_user = await watch(desk, user="ann@demo.test")
    by_session = await watch(desk, session="7.2")
    await until(lambda: len(pop.reports._tap._watches) == 3)

    pop.connect(TIM)
    pop.connect(ANN)

    assert [one.user for one in (await read(desk, by_address)).lines] == [TIM.user]
    assert [one.user for one in (await read(desk, by_user)).lines] == [ANN.user]
    assert [one.user for one in (await read(desk, by_session)).lines] == [ANN.user]


async def test_each_service_is_watched_for_itself(house, offer):
    desk = await house.begin()
    pop, imap = await offer("popmax"), await offer("imapmax")
    number = await watch(desk, service="imapmax")
    await until(lambda: imap.trace.wanted)

    pop.connect()
    imap.connect()
    part = await read(desk, number)

    assert pop.trace.wanted == frozenset()
    assert [line.service for line in part.lines] == ["imapmax"]


@pytest.mark.parametrize("way", ["stopped", "left", "killed", "unread", "hub"])
async def test_a_service_stops_telling_when_nobody_watches(
    house, offer, way, monkeypatch
):
    desk = await house.begin()
    pop = await offer()
    watcher = await house.admin()
    number = await watch(watcher)
    await until(lambda: pop.trace.wanted)

    if way == "stopped":
        assert await watcher.ask(StopTrace(number)) == Done()
    elif way == "left":
        await watcher.stop()
    elif way == "killed":
        watcher._link.transport.abort()
    elif way == "unread":
        monkeypatch.setattr(watches, "UNREAD_S", 0.0)
        house.hub._logins.spy._tell(house.hub._logins.spy._watches.end_unread())
    else:
        await house.stop()
        while pop.trace.wanted:
            pop.connect()
            await asyncio.sleep(0.01)
        await house.start()
        await until(lambda: pop.client.is_joined and desk.is_joined)

    await until(lambda: not pop.trace.wanted)
    assert not pop.reports._tap.is_open
    ended = await desk.ask(ReadTrace(number))
    assert isinstance(ended, Denied)


async def test_a_watch_is_not_ended_while_somebody_waits_for_it(house, monkeypatch):
    desk = await house.begin()
    number = await watch(desk)
    monkeypatch.setattr(watches, "UNREAD_S", 0.0)
    monkeypatch.setattr(watches, "READ_S", 0.2)

    reading = asyncio.create_task(read(desk, number))
    await until(
        lambda: next(iter(house.hub._logins.spy._watches.of_service("popmax")))._readers
    )
    ended = house.hub._logins.spy._watches.end_unread()

    assert ended == set()
    assert await reading == TracePart((), 0)


async def test_a_service_that_comes_later_or_again_is_told_what_is_wanted(house, offer):
    desk = await house.begin()
    await watch(desk)
    early = await offer()
    await until(lambda: early.trace.wanted)

    early.client._link.transport.abort()
    early.reports._want(spying.TraceWanted(()))
    late = await offer()

    await until(lambda: early.trace.wanted and late.trace.wanted)


async def test_who_reads_too_slowly_loses_the_oldest_and_is_told_how_many(house, offer):
    desk = await house.begin()
    pop = await offer()
    slow, fast = await watch(desk), await watch(desk)
    await until(lambda: len(pop.reports._tap._watches) == 2)
    total, seen = watches.MOST_WAITING + 3_000, 0

    for number in range(0, total, 1_000):
        for place in range(1_000):
            who = Who("popmax", str(number + place), "192.0.2.7")
            pop.connect(who)
        while seen < number + 1_000:
            part = await read(desk, fast)
            assert part.lost == 0
            seen += len(part.lines)
    part = await read(desk, slow)
    lines = [*part.lines]
    while len(lines) < watches.MOST_WAITING:
        lines += (await read(desk, slow)).lines

    assert seen == total
    assert part.lost == 3_000
    assert len(part.lines) == MOST_LINES
    assert [int(line.session) for line in lines] == list(range(3_000, total))


async def test_long_lines_fill_a_watch_sooner(house, offer, monkeypatch):
    monkeypatch.setattr(watches, "MOST_CHARACTERS", 10_000)
    desk = await house.begin()
    pop = await offer()
    number = await watch(desk, ["commands"])
    await until(lambda: pop.trace.wanted)

    for _ in range(50):
        event = sessions.CommandHeard(TIM, "x" * 990, is_valid=True)
        pop.trace.emit(event)
    held = next(iter(house.hub._logins.spy._watches.of_service("popmax")))
    await until(lambda: held._lost >= 40)
    part = await read(desk, number)

    assert len(part.lines) + part.lost == 50
    assert sum(len(line.text) for line in part.lines) <= 10_000


async def test_a_million_events_and_nobody_reads(house, offer, monkeypatch):
    """The service, the hub and the watch hold few; each event is accounted for."""
    monkeypatch.setattr(spying, "PERIOD_S", 0.1)
    desk = await house.begin("tim@demo.test")
    pop = await offer()
    number = await watch(desk)
    await until(lambda: pop.trace.wanted)
    held = next(iter(house.hub._logins.spy._watches.of_service("popmax")))
    total, event = 1_000_000, sessions.ClientConnected(TIM, "pop3")
    highest, emit = 0, pop.trace.emit

    for _ in range(100):
        for _ in range(total // 100):
            emit(event)
        await asyncio.sleep(0)
        highest = max(highest, len(held._lines), len(pop.reports._tap._lines))
    await until(lambda: not pop.reports._tap._lines)
    await until(lambda: held._lost + len(held._lines) == total)
    part = await read(desk, number)

    assert highest <= watches.MOST_WAITING
    assert part.lost >= total - watches.MOST_WAITING
    assert len(part.lines) == MOST_LINES


EVENTS = {role: [one.key for one in every] for role, every in SPIED.items()}


@pytest.mark.parametrize("service", sorted(EVENTS))
async def test_none_chosen_is_refused_and_says_which_there_are(house, service):
    desk = await house.begin()

    none = await desk.ask(WatchTrace(service, ()))
    odd = await desk.ask(WatchTrace(service, ("errors", "nonsense")))
    every = await desk.ask(WatchTrace(service, tuple(EVENTS[service])))

    assert len(EVENTS[service]) == {"smtpmax": 4, "imapmax": 5}.get(service, 6)
    for refused in (none, odd):
        assert (refused.kind, refused.field) == ("bad_value", "events")
        assert all(event in refused.cure for event in EVENTS[service])
    assert isinstance(every, Watching)


async def test_what_cannot_be_watched_is_refused(house):
    desk = await house.begin()

    filer = await desk.ask(WatchTrace("filer", ("errors",)))
    address = await desk.ask(WatchTrace("popmax", ("errors",), address="nowhere"))
    long = await desk.ask(WatchTrace("popmax", ("errors",), user="x" * 1_000))
    missing = await desk.ask(ReadTrace(17))

    assert (filer.kind, filer.field) == ("not_found", "service")
    assert (address.kind, address.field) == ("bad_value", "address")
    assert long.kind == "bad_value"
    assert missing.kind == "not_found"


async def test_only_administrators_watch_and_each_reads_its_own(house):
    desk = await house.begin()
    other = await house.admin()
    service = await house.client("popmax")
    number = await watch(desk)

    refused = await service.ask(WatchTrace("popmax", ("errors",)))
    theirs = await other.ask(ReadTrace(number))
    ended = await other.ask(StopTrace(number))

    assert refused.kind == "not_allowed"
    assert (theirs.kind, ended.kind) == ("not_found", "not_found")


async def test_there_are_not_more_watches_than_the_hub_can_bear(house, monkeypatch):
    monkeypatch.setattr(watches, "MOST_WATCHES", 3)
    desk = await house.begin()
    numbers = [await watch(desk) for _ in range(3)]

    refused = await desk.ask(WatchTrace("popmax", ("errors",)))
    await desk.ask(StopTrace(numbers[0]))

    assert refused.kind == "conflict"
    assert await watch(desk) > numbers[-1]


async def test_a_service_tells_nothing_to_watches_of_another(house):
    desk = await house.begin()
    number = await watch(desk, service="imapmax")
    imap, pop = await house.client("imapmax"), await house.client("popmax")
    line = TraceLine(1.0, "imapmax", "here", "1", "", "", "Step", "forged")
    told = TellTrace((TappedLine((number,), line),), ((number, 5),))

    assert await pop.ask(told) == Done()
    assert await imap.ask(TellTrace((), ((number, 2), (99, 1)))) == Done()

    assert await read(desk, number) == TracePart((), 2)

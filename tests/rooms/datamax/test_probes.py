"""The hub's side of test messages: who gets one, what is remembered, what is told."""

import asyncio

import pytest

from mailmax.datamax import probe_desk
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.probes import (
    AskProbe,
    FiredRule,
    PostProbe,
    ProbeSeen,
    ProbeSent,
    ProbeTaken,
    SeekProbe,
    SendProbe,
)
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import ChangeUser
from waiting import until

pytestmark = pytest.mark.manual("1.4")

TIM, EVE = "tim@demo.test", "eve@demo.test"


class Filer:
    """A member that says what it is told to say."""

    def __init__(self) -> None:
        self.taken: list[PostProbe] = []
        self.seen = ProbeSeen("waiting")
        self.there = asyncio.Event()
        """What is sought with patience is answered then."""
        self.looks = 0
        self.is_slow = False
        """So are its other looks."""
        self.slow_for = ""
        """What is posted for that address is, too."""

    async def post(self, request: PostProbe) -> ProbeTaken:
        self.taken.append(request)
        if self.slow_for and self.slow_for.encode() in request.probe.text:
            await self.there.wait()
        return ProbeTaken()

    async def seek(self, request: SeekProbe) -> ProbeSeen:
        self.looks += not request.patience_ms
        if request.patience_ms or self.is_slow:
            await self.there.wait()
        return self.seen


@pytest.fixture
async def desk(house):
    return await house.begin(TIM, EVE)


@pytest.fixture
async def filer(house, desk) -> Filer:
    client = await house.client("filer", frozenset())
    filer = Filer()
    client.on_request(PostProbe, filer.post)
    client.on_request(SeekProbe, filer.seek)
    return filer


async def send(desk, address: str = TIM) -> ProbeSent:
    sent = await desk.ask(SendProbe(address))
    assert isinstance(sent, ProbeSent), sent
    return sent


async def test_the_hub_writes_it_and_says_where_it_is(house, desk, filer):
    await house.client("queuemax", frozenset())
    await desk.ask(SetSetting("hostname", "mx.demo.test"))

    sent = await send(desk)

    (taken,) = filer.taken
    assert sent.message_id == f"<test.{sent.probe_id}@mx.demo.test>"
    assert sent.message_id.encode() in taken.probe.text
    assert (await desk.ask(AskProbe(TIM, sent.probe_id))) == ProbeSeen("waiting")
    filer.seen = ProbeSeen("delivered", "INBOX", 7, octets=taken.probe.text)
    filer.there.set()
    seen = await desk.ask(AskProbe(TIM, sent.probe_id, 5_000))
    assert (seen.state, seen.mailbox, seen.uid) == ("delivered", "INBOX", 7)
    assert seen.octets == taken.probe.text
    assert 0 < seen.took_ms < 60_000
    filer.seen = ProbeSeen("waiting")
    gone = await desk.ask(AskProbe(TIM, sent.probe_id))
    assert gone == ProbeSeen("removed", took_ms=seen.took_ms)


async def test_why_it_is_not_there_is_told(desk, filer):
    sent = await send(desk)

    away = await desk.ask(AskProbe(TIM, sent.probe_id))
    filer.seen = ProbeSeen(
        "diverted", reason="discarded", rules=(FiredRule("user", "a rule"),)
    )
    diverted = await desk.ask(AskProbe(TIM, sent.probe_id))

    assert away == ProbeSeen("waiting", reason="queue")
    assert diverted == filer.seen


async def test_none_is_shown_that_was_not_sent_to_that_user(desk, filer):
    """TRUST I2: neither another's, nor any number that is guessed."""
    sent = await send(desk)
    filer.seen = ProbeSeen("delivered", "INBOX", 7, octets=b"x")

    for address, probe_id in ((EVE, sent.probe_id), (TIM, ""), (TIM, "0" * 32)):
        denied = await desk.ask(AskProbe(address, probe_id))
        assert isinstance(denied, Denied)
        assert denied.kind == "not_found"


async def test_what_a_session_would_refuse_is_refused(desk, filer):
    await desk.ask(ChangeUser(TIM, {"kind": "disabled"}))
    disabled = await desk.ask(SendProbe(TIM))
    await desk.ask(ChangeDomain("demo.test", {"suspended": "smtp"}))
    suspended = await desk.ask(SendProbe(EVE))
    unknown = await desk.ask(SendProbe("nobody@demo.test"))

    assert (disabled.kind, disabled.reason) == ("conflict", "the user is disabled")
    assert suspended.reason == "mail for the domain is suspended"
    assert unknown.kind == "not_found"
    assert filer.taken == []


async def test_nobody_fills_a_box_with_them(desk, filer, monkeypatch):
    monkeypatch.setattr(probe_desk, "MOST_A_USER", 2)
    monkeypatch.setattr(probe_desk, "MOST_KEPT", 2)

    first = await send(desk)
    await send(desk)
    with pytest.raises(Exception, match="too many test messages"):
        await desk.ask(SendProbe(TIM))
    await send(desk, EVE)

    assert len(filer.taken) == 3
    forgotten = await desk.ask(AskProbe(TIM, first.probe_id))
    assert forgotten.reason.startswith("this test message is not known")


async def test_what_is_under_way_counts_whatever_others_are_sent(
    desk, filer, monkeypatch
):
    monkeypatch.setattr(probe_desk, "MOST_A_USER", 2)
    filer.slow_for = TIM
    under_way = [asyncio.create_task(send(desk)) for _ in range(2)]
    await until(lambda: len(filer.taken) == 2)
    await send(desk, EVE)
    with pytest.raises(Exception, match="too many test messages"):
        await desk.ask(SendProbe(TIM))
    filer.there.set()
    await asyncio.gather(*under_way)

    assert len(filer.taken) == 3


async def test_who_asks_at_once_is_answered_by_one_look(desk, filer):
    sent = await send(desk)
    filer.is_slow = True
    asking = [
        asyncio.create_task(desk.ask(AskProbe(TIM, sent.probe_id))) for _ in range(20)
    ]
    await until(lambda: filer.looks)
    for _ in asking:  # by and by all have been heard
        await desk.ask(AskProbe(EVE, sent.probe_id))
    assert filer.looks == 1, "as long as it is not answered, no other begins"
    filer.there.set()

    answers = await asyncio.gather(*asking)
    assert {one.state for one in answers} == {"waiting"}


async def test_without_a_filer_none_is_sent(desk):
    with pytest.raises(Exception, match="the filer is not running"):
        await desk.ask(SendProbe(TIM))

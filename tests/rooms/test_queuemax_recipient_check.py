"""QueueMax asks the better server for a recipient (DECISIONS 19, DOM-11)."""

import asyncio

import pytest

from fix_outbound import OFFERS, ByAddress, Streets
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.recipients import CheckRecipient, RecipientChecked
from mailmax.hub.contract.rows import DomainRow
from mailmax.queuemax import recipient_check
from waiting import until

UNSURE = RecipientChecked("unsure")


def relay(office, server, name="relay.test", **more):
    address = f"127.0.0.1:{server.port}"
    more = {"delivery_address": address, "recipient_check": True, **more}
    office.hub.domains[name] = DomainRow(1, name, "relay", **more)


def knows(*locals_):
    """Return the answers of a server that has these users."""

    def answer(verb, argument):
        local = argument.removeprefix("TO:<").partition("@")[0]
        if verb == "RCPT" and local not in locals_:
            return "550 5.1.1 nobody"
        return None

    return answer


async def check(office, address):
    return await office.hub.handlers[CheckRecipient](CheckRecipient(address))


async def found(office, address):
    answer = await check(office, address)
    return answer.found


async def test_the_server_says_who_is_there_and_no_mail_is_sent(office, remote):
    server = await remote(knows("joe"))
    relay(office, server)
    await office.open()

    yes, no = await check(office, "joe@relay.test"), await check(office, "x@Relay.test")

    assert (yes.found, no.found) == ("taken", "refused")
    assert yes.keep_s > no.keep_s > 60
    assert server.commands == [
        "EHLO here.test", "MAIL FROM:<>", "RCPT TO:<joe@relay.test>", "QUIT",
        "EHLO here.test", "MAIL FROM:<>", "RCPT TO:<x@Relay.test>", "QUIT",
    ]  # fmt: skip
    assert not server.taken


async def test_a_backup_domain_asks_a_better_exchanger_alone(office, remote):
    better, worse = await remote(knows("joe")), await remote()
    office.resolver.exchangers["b.test"] = [
        (10, "one.b.test"), (20, "here.test"), (30, "three.b.test"),
    ]  # fmt: skip
    office.resolver.addresses |= {
        "one.b.test": ["192.0.2.1"],
        "here.test": ["192.0.2.2"],
        "three.b.test": ["192.0.2.3"],
    }
    servers = {"192_0_2_1": better, "192_0_2_2": worse, "192_0_2_3": worse}
    office.set(dialer=ByAddress(**servers))
    office.hub.domains["b.test"] = DomainRow(
        1, "b.test", "backup", priority=5, recipient_check=True
    )
    await office.open()

    assert await found(office, "joe@b.test") == "taken"
    assert await found(office, "nobody@b.test") == "refused"
    assert worse.connections == 0


async def test_what_is_known_is_not_asked_again(office, remote):
    server = await remote(knows("joe"))
    relay(office, server)
    await office.open()

    first = [await found(office, f"{one}@relay.test") for one in ("joe", "x")]
    again = [await found(office, f"{one}@relay.test") for one in ("joe", "x")]

    assert first == again == ["taken", "refused"]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("GREETING", "554 5.1.1 not for you"),
        ("EHLO", "421 5.1.1 who?"),
        ("MAIL", "550 5.1.1 no null path"),
        ("MAIL", "451 4.1.1 later"),
        ("RCPT", "450 4.1.1 greylisted"),
        ("RCPT", "550 5.7.1 you are on a list"),
        ("RCPT", "552 5.2.2 full"),
        ("RCPT", "421 4.3.2 closed"),
        ("RCPT", "CLOSE"),
        ("RCPT", "what?"),
    ],
)
async def test_whatever_else_is_answered_is_no_refusal(office, remote, verb, reply):
    server = await remote(lambda said, _: reply if said == verb else None)
    relay(office, server)
    await office.open()

    assert await found(office, "joe@relay.test") == "unsure"


async def test_a_host_that_is_away_is_left_alone_for_a_while(
    office, remote, monkeypatch
):
    """It is then that a backup gets mail: nobody waits for the host each time."""
    server = await remote(knows("joe"))
    relay(office, server)
    await server.stop()
    await office.open()
    assert await check(office, "a@relay.test") == UNSURE
    await server.start(server.port)

    assert await check(office, "joe@relay.test") == UNSURE
    assert server.connections == 0

    monkeypatch.setattr(office.service._checks._loop, "time", _later(60.0))
    assert await found(office, "joe@relay.test") == "taken"


def _later(seconds):
    usual = asyncio.get_running_loop().time
    return lambda: usual() + seconds


async def test_a_silent_host_costs_who_asks_no_more_than_the_limit(
    office, remote, monkeypatch
):
    """What it says too late is for who asks next."""
    monkeypatch.setattr(recipient_check, "PATIENCE_S", 0.05)
    speaking = asyncio.Event()

    async def late(reply):
        await speaking.wait()
        return reply

    server = await remote(
        lambda verb, _: late("550 5.1.1 nobody") if verb == "RCPT" else None
    )
    relay(office, server)
    await office.open()

    assert await check(office, "a@relay.test") == UNSURE
    speaking.set()
    await until(lambda: not office.service._checks._asking)
    assert await found(office, "a@relay.test") == "refused"
    assert server.connections == 1


async def test_a_host_that_takes_no_call_leaves_no_connection(office, monkeypatch):
    monkeypatch.setattr(recipient_check, "LONGEST_S", 0.5)
    streets = Streets(office, b=None)
    office.hub.domains["b.test"] = DomainRow(
        1, "b.test", "backup", priority=5, recipient_check=True
    )
    await office.open()

    assert await check(office, "a@b.test") == UNSURE
    assert sum(streets.calls.values()) == 1


async def test_a_question_that_is_broken_off_closes_its_connection(
    office, remote, monkeypatch
):
    monkeypatch.setattr(recipient_check, "LONGEST_S", 0.5)
    closed = []

    class Closing(type(office.options.dialer)):
        async def dial(self, link, *where, **how):
            dialed = await super().dial(link, *where, **how)
            closed.append(dialed)
            return dialed

    server = await remote(
        lambda verb, _: asyncio.sleep(5, "250 x") if verb == "EHLO" else None
    )
    office.set(dialer=Closing())
    relay(office, server)
    await office.open()

    assert await check(office, "a@relay.test") == UNSURE
    await until(lambda: closed and not any(link.is_open for link in closed))


async def test_few_questions_at_once_and_each_address_once(office, remote, monkeypatch):
    monkeypatch.setattr(recipient_check, "AT_ONCE", 2)
    monkeypatch.setattr(recipient_check, "WAITING", 1)
    speaking = asyncio.Event()

    async def late():
        await speaking.wait()
        return "250 ok"

    server = await remote(lambda verb, _: late() if verb == "RCPT" else None)
    relay(office, server)
    await office.open()

    names = ["a", "a", "b", "c", "d"]
    asking = [
        asyncio.create_task(found(office, f"{name}@relay.test")) for name in names
    ]
    await until(lambda: server.connections == 2)
    assert await found(office, "e@relay.test") == "unsure"
    assert server.connections == 2
    speaking.set()

    answers = await asyncio.gather(*asking)
    assert answers == ["taken"] * 4 + ["unsure"]
    assert server.connections == 3


async def test_no_faster_than_a_dictionary_would_like(office, remote, monkeypatch):
    """TRUST B3."""
    monkeypatch.setattr(recipient_check, "BURST", 3)
    monkeypatch.setattr(recipient_check, "PER_S", 1e-9)
    server = await remote(knows())
    relay(office, server)
    other = await remote(knows())
    relay(office, other, "other.test")
    await office.open()

    answers = [await found(office, f"guess{number}@relay.test") for number in range(6)]

    assert answers == ["refused"] * 3 + ["unsure"] * 3
    assert server.connections == 3
    assert await found(office, "guess@other.test") == "refused"


async def test_a_server_of_lmtp_is_asked_in_its_words(office, remote):
    server = await remote(knows("joe"))
    server.is_lmtp = True
    address = f"lmtp:127.0.0.1:{server.port}"
    relay(office, server, delivery_address=address)
    await office.open()

    assert await found(office, "joe@relay.test") == "taken"
    assert await found(office, "x@relay.test") == "refused"


async def test_an_address_that_a_server_cannot_be_told_is_taken(office, remote):
    plain = await remote(knows("joe"), offers=("PIPELINING",))
    wide = await remote(knows("jürgen"), offers=OFFERS)
    relay(office, plain)
    relay(office, wide, "wide.test")
    await office.open()

    assert await found(office, "jürgen@relay.test") == "unsure"
    assert await found(office, "joe@relay.test") == "taken"
    assert await found(office, "jürgen@wide.test") == "taken"
    assert "MAIL FROM:<> SMTPUTF8" in wide.commands


async def test_only_domains_that_wish_it_are_asked_for(office, remote):
    server = await remote(knows())
    relay(office, server, recipient_check=False)
    relay(office, server, "nowhere.test", delivery_address="")
    office.hub.domains["etrn.test"] = DomainRow(
        3, "etrn.test", "etrn", recipient_check=True
    )
    await office.open()

    for domain in ("relay.test", "etrn.test", "far.test"):
        assert isinstance(await check(office, f"a@{domain}"), Denied)
    assert await check(office, "a@nowhere.test") == UNSURE
    assert server.connections == 0


async def test_a_new_delivery_address_knows_nothing_of_the_old_one(office, remote):
    old, new = await remote(knows()), await remote(knows("joe"))
    relay(office, old)
    await office.open()
    assert await found(office, "joe@relay.test") == "refused"

    relay(office, new)

    assert await found(office, "joe@relay.test") == "taken"


async def test_stopping_breaks_questions_off(office, remote):
    server = await remote(
        lambda verb, _: asyncio.sleep(5, "250 x") if verb == "RCPT" else None
    )
    relay(office, server)
    await office.open()
    asking = asyncio.create_task(found(office, "joe@relay.test"))
    await until(lambda: any("RCPT" in one for one in server.commands))

    await office.close(0.0)

    with pytest.raises(asyncio.CancelledError):
        await asking

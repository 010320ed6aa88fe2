"""Orders about the queue as the hub passes them on: on whom, how often, how durably."""

import asyncio
import logging

import pytest

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import (
    CountQueue,
    ListQueue,
    ReadEntry,
    Selection,
    ShowEntry,
)
from mailmax.hub.contract.steering import (
    PART,
    DeadPage,
    ListDead,
    SteerDead,
    Steered,
    SteerQueue,
)
from mailmax.queuemax import steering
from waiting import until

ALL = Selection(everything=True)


class Server:
    """A remote server that puts off, refuses or takes, and may be slow to say so."""

    def __init__(self) -> None:
        self.reply: str | None = "451 4.2.0 later"
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, verb, argument):
        if verb != "RCPT":
            return None
        self.asked += 1
        await self.gate.wait()
        return self.reply


@pytest.fixture
async def mood(office, remote):
    found = Server()
    found.server = await remote(found)
    office.smart_host(found.server)
    await office.open()
    return found


async def put_off(office, *addresses, **more):
    office.post(*addresses, **more)
    await until(
        lambda: all(
            (target := office.targets().get(one)) is not None
            and target.state.attempts
            and not target.tried_since
            for one in addresses
        )
    )


async def ask(office, request):
    answer = office.hub.handlers[type(request)](request)
    return await answer if asyncio.iscoroutine(answer) else answer


async def order(office, deed, *ids, **more):
    selection = more.pop("selection", Selection(ids))
    return await ask(office, SteerQueue(deed, selection, "ann@here", **more))


async def listed(office):
    page = await ask(office, ListQueue(limit=50))
    return {row.recipient: row.state for row in page.rows}


async def test_mail_is_tried_now_whatever_its_time(office, mood):
    await put_off(office, "a@x.test", "b@x.test")
    mood.reply = None

    steered = await order(office, "retry", "1.2")

    assert steered == Steered(1, 1)
    await until(lambda: [one.recipients for one in mood.server.taken] == [["b@x.test"]])
    assert await listed(office) == {"a@x.test": "retry"}


@pytest.mark.parametrize("deed", ["retry", "flush"])
async def test_a_dead_destination_gets_a_new_chance(office, mood, remote, deed):
    """Else all of it would be put off for what was found before."""
    office.hub.change(smart_host="127.0.0.1:1")
    await put_off(office, "a@x.test", "b@y.test")
    await order(office, "retry", selection=ALL)
    targets = office.targets().values()
    await until(lambda: all(target.state.attempts == 2 for target in targets))
    tries = []
    opener = office.service._pool.opener
    open_, opened = opener.open, tries.append

    class Counting:
        async def open(self, destination, *rest):
            opened(destination)
            return await open_(destination, *rest)

    office.service._pool.opener = Counting()

    await order(office, deed, selection=ALL)

    await until(lambda: len(tries) == 1)


async def test_held_mail_stays_over_a_restart_until_it_is_released(office, mood):
    await put_off(office, "a@x.test", "b@y.test", "c@x.test")

    held = await order(office, "hold", selection=Selection(destination="x.test"))
    again = await order(office, "hold", selection=Selection(destination="x.test"))

    assert (held, again) == (Steered(1, 2), Steered())
    await office.kill()
    await office.open()
    await until(office.targets)
    states = {"a@x.test": "held", "b@y.test": "retry", "c@x.test": "held"}
    assert await listed(office) == states
    assert await order(office, "retry", "1.1") == Steered()
    mood.reply = None
    assert await order(office, "release", selection=ALL) == Steered(1, 2)
    await until(lambda: len(mood.server.taken) == 1)
    assert mood.server.taken[0].recipients == ["a@x.test", "c@x.test"]


@pytest.mark.parametrize(("deed", "reports"), [("delete", 0), ("return", 1)])
async def test_mail_is_thrown_away_in_silence_or_with_a_report(
    office, mood, deed, reports
):
    await put_off(office, "a@x.test", "b@y.test")
    await put_off(office, "c@x.test")

    steered = await order(office, deed, selection=Selection(destination="x.test"))

    assert steered == Steered(2, 2)
    await until(lambda: list(office.targets()) == ["a@x.test", "b@y.test"])
    assert await listed(office) == {"b@y.test": "retry"}
    await until(lambda: len(office.reported()) == 2 * reports)
    assert all(b"5.7.1" in content for _, content in office.reported())


async def test_mail_that_is_being_tried_obeys_when_the_try_ends(office, mood):
    await put_off(office, "a@x.test")
    mood.gate.clear()
    await order(office, "retry", "1")
    await until(lambda: mood.asked == 2)

    assert await order(office, "retry", "1") == Steered()
    assert await order(office, "delete", "1", dry_run=True) == Steered(1, 1, 1)
    assert await order(office, "delete", "1") == Steered(1, 1, 1)

    assert await listed(office) == {"a@x.test": "trying"}
    mood.gate.set()
    await until(lambda: not office.targets())
    assert not office.reported()


async def test_another_address_gets_it(office, mood):
    await put_off(office, "a@x.test")
    mood.reply = None

    steered = await order(office, "edit", "1.1", recipient="Ann@Other.test")

    assert steered == Steered(1, 1)
    await until(lambda: mood.server.taken)
    assert mood.server.taken[0].recipients == ["Ann@other.test"]


async def test_another_time_holds_over_a_restart(office, mood):
    await put_off(office, "a@x.test")
    at = office.clock.now() + 600

    assert await order(office, "edit", "1", next_try_at=at) == Steered(1, 1)

    [row] = (await ask(office, ListQueue())).rows
    assert abs(row.next_try_at - at) < 1
    await office.kill()
    await office.open()
    await until(office.targets)
    [row] = (await ask(office, ListQueue())).rows
    assert (row.state, abs(row.next_try_at - at) < 1) == ("retry", True)


async def test_a_time_that_has_come_is_now(office, mood):
    await put_off(office, "a@x.test")
    mood.reply = None

    await order(office, "edit", "1", next_try_at=1.0)

    await until(lambda: mood.server.taken)


async def test_a_flush_tries_all_that_is_not_held(office, mood):
    for number in range(5):
        await put_off(office, f"a{number}@x.test")
    await order(office, "hold", "2")
    mood.reply = None

    assert await order(office, "flush", selection=ALL) == Steered(4, 4)

    await until(lambda: len(mood.server.taken) == 4)
    await until(lambda: set(office.targets()) == {"a1@x.test"})
    assert await listed(office) == {"a1@x.test": "held"}


async def test_a_flush_is_spread_whatever_comes_in_parts_and_delays_nobody(
    office, mood, monkeypatch
):
    monkeypatch.setattr(steering, "FLUSH_EVERY_S", 60.0)
    await put_off(office, *(f"a{number}@x.test" for number in range(2)))
    for number in range(2, 5):
        await put_off(office, f"a{number}@x.test")

    def waits():
        targets = office.targets()
        now = asyncio.get_running_loop().time()
        return [round((targets[f"a{n}@x.test"].due - now) / 60) for n in range(5)]

    await order(office, "flush", "2")
    await order(office, "flush", selection=ALL)

    await until(lambda: mood.asked == 6)  # of the first flush; all others wait
    assert waits()[:2] == [1, 1]
    assert waits()[3:] == [2, 3]
    await order(office, "flush", selection=ALL)
    assert waits()[:2] == [1, 1]
    assert waits()[3:] == [2, 3]


@pytest.mark.parametrize(
    "deed", ["retry", "flush", "hold", "release", "delete", "return", "edit"]
)
async def test_a_dry_run_changes_nothing(office, mood, deed):
    await put_off(office, "a@x.test", "b@x.test")
    await order(office, "hold", "1.2")
    before = await ask(office, ListQueue())
    more = {"recipient": "other@x.test"} if deed == "edit" else {}

    steered = await order(office, deed, "1", dry_run=True, **more)

    alone = deed in {"retry", "flush", "hold", "release"}
    assert steered == Steered(1, 1 if alone else 2)
    await asyncio.sleep(0.05)
    assert await ask(office, ListQueue()) == before


async def test_ids_that_mean_nobody_are_named_and_the_others_obey(office, mood):
    await put_off(office, "a@x.test", "b@x.test")

    steered = await order(office, "hold", "1.2", "1.7", "9", "1.2")

    assert steered == Steered(1, 1, 0, ("1.7", "9"))
    assert await listed(office) == {"a@x.test": "retry", "b@x.test": "held"}


async def test_mail_that_ended_meanwhile_is_missing(office, mood):
    await put_off(office, "a@x.test")
    mood.reply = None
    await order(office, "retry", "1")
    await until(lambda: not office.targets())

    assert await order(office, "delete", "1") == Steered(missing=("1",))


@pytest.mark.parametrize(
    ("deed", "selection", "more", "field"),
    [
        ("hold", Selection(), {}, "selection"),
        ("delete", Selection(sender=" "), {}, "sender"),
        ("delete", Selection(ids=("1",), everything=True), {}, "all"),
        ("hold", Selection(ids=("x",)), {}, "ids"),
        ("hold", ALL, {"after": "x"}, "after"),
        ("edit", ALL, {}, "recipient"),
        ("edit", ALL, {"recipient": "x"}, "recipient"),
        ("edit", ALL, {"recipient": "a@x.test", "next_try_at": 5.0}, "recipient"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    office, mood, deed, selection, more, field
):
    await put_off(office, "a@x.test")

    denied = await order(office, deed, selection=selection, **more)

    assert isinstance(denied, Denied)
    assert (denied.kind, denied.field) == ("bad_value", field)
    assert denied.cure
    assert await listed(office) == {"a@x.test": "retry"}


async def test_much_is_done_part_by_part(office, mood):
    many = PART + 50
    office.post(*(f"a{number}@x.test" for number in range(many)))
    await until(
        lambda: (
            len(office.targets()) == many
            and all(target.state.attempts for target in office.targets().values())
        )
    )

    first = await order(office, "hold", selection=ALL)
    rest = await order(office, "hold", selection=ALL, after=first.next)

    assert (first.recipients, first.next) == (PART, f"1.{PART}")
    assert (rest.recipients, rest.next) == (50, "")
    counts = await ask(office, CountQueue())
    assert [(one.state, one.heap.recipients) for one in counts.states] == [
        ("held", many)
    ]


async def test_who_did_it_is_in_the_log(office, mood, caplog):
    caplog.set_level(logging.INFO, "queuemax")
    await put_off(office, "a@x.test")

    await order(office, "hold", selection=Selection(destination="x.test"), dry_run=True)
    await order(office, "hold", selection=Selection(destination="x.test"))

    said = [record.message for record in caplog.records if "ann@here" in record.message]
    assert said == ["hold by ann@here: 1 recipient of 1 message (destination x.test)"]


# Dead mail


async def die(office, mood, *addresses):
    mood.reply = "550 5.1.1 nobody here"
    before = len(office.service.dead_mail.entries)
    office.post(*addresses, content=b"Subject: dead\r\n\r\nbody\r\n")
    await until(lambda: len(office.service.dead_mail.entries) == before + 1)
    await until(lambda: not office.targets())


async def order_dead(office, deed, *ids, **more):
    selection = more.pop("selection", Selection(ids))
    return await ask(office, SteerDead(deed, selection, "ann@here", **more))


async def test_dead_mail_is_listed_shown_and_read(office, mood):
    await die(office, mood, "a@x.test", "b@y.test")
    await die(office, mood, "c@x.test")

    first = await ask(office, ListDead(limit=2))
    rest = await ask(office, ListDead(first.next))
    some = await ask(office, ListDead(selection=Selection(destination="y.test")))

    assert (first.total, first.next, rest.total, rest.next) == (3, "1.2", None, "")
    assert [row.recipient for row in (*first.rows, *rest.rows)] == [
        "a@x.test",
        "b@y.test",
        "c@x.test",
    ]
    [row] = some.rows
    assert (row.dead_id, row.place, row.status) == ("1", 2, "5.1.1")
    assert (row.last_reply, row.tries) == ("550 5.1.1 nobody here", 1)
    assert row.failed_at >= row.received_at
    view = await ask(office, ShowEntry("1", folder="dead"))
    assert [(one.recipient, one.state) for one in view.rows] == [
        ("a@x.test", "failed"),
        ("b@y.test", "failed"),
    ]
    assert view.rows[1].failed_at == row.failed_at
    piece = await ask(office, ReadEntry("2", folder="dead"))
    assert piece.octets == b"Subject: dead\r\n\r\nbody\r\n"


async def test_dead_mail_is_sent_again_and_gone(office, mood):
    await die(office, mood, "a@x.test", "b@y.test")
    mood.reply = None

    dry = await order_dead(office, "resend", "1", "5", dry_run=True)
    done = await order_dead(office, "resend", "1", "5")

    assert dry == done == Steered(1, 2, 0, ("5",))
    await until(lambda: len(mood.server.taken) == 1)
    assert mood.server.taken[0].recipients == ["a@x.test", "b@y.test"]
    assert await ask(office, ListDead()) == DeadPage((), 0)


async def test_damaged_dead_mail_stays_and_the_others_go(office, mood, caplog):
    await die(office, mood, "a@x.test")
    await die(office, mood, "b@x.test")
    office.service.dead_mail.entries[1].crc ^= 1
    mood.reply = None

    done = await order_dead(office, "resend", selection=ALL)

    assert done == Steered(1, 1)
    await until(lambda: len(mood.server.taken) == 1)
    assert [row.dead_id for row in (await ask(office, ListDead())).rows] == ["1"]
    assert "dead mail 1 is not sent again" in caplog.text


async def test_dead_mail_is_thrown_away_durably(office, mood):
    await die(office, mood, "a@x.test")
    await die(office, mood, "b@x.test")

    assert await order_dead(office, "delete", "2") == Steered(1, 1)

    await office.kill()
    await office.open()
    assert [row.recipient for row in (await ask(office, ListDead())).rows] == [
        "a@x.test"
    ]


@pytest.mark.parametrize("deed", ["resend", "delete"])
async def test_a_dead_message_goes_as_a_whole_and_is_counted_so(office, mood, deed):
    await die(office, mood, "a@x.test", "b@y.test")
    mood.reply = None

    dry = await order_dead(office, deed, "1.2", dry_run=True)
    behind = await order_dead(office, deed, "1", dry_run=True, after="1.1")
    done = await order_dead(office, deed, "1.2")

    assert dry == done == Steered(1, 2)
    assert behind == Steered(0, 0)
    assert await ask(office, ListDead()) == DeadPage((), 0)


async def test_who_means_all_dead_mail_says_so(office, mood):
    await die(office, mood, "a@x.test")

    denied = await order_dead(office, "delete", selection=Selection())

    assert (denied.kind, denied.field) == ("bad_value", "selection")
    shown = await ask(office, ShowEntry("7", folder="dead"))
    assert str(shown) == (
        "entry_id: 7 is not among the dead mail; see: mailmax queue dead list"
    )

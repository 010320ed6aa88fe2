"""Daily limits at the hub, and when users logged in last."""

import asyncio
import time
from datetime import datetime

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.logins import VerifyLogin
from mailmax.hub.contract.message import Done, Secret
from mailmax.hub.contract.rows import HAS_DAILY_LIMIT, DayRow
from mailmax.hub.contract.sending import (
    CountForwards,
    CountSending,
    DayOfUser,
    Forwarded,
    SendingRefused,
)
from mailmax.hub.contract.tables import FILER_TOPICS
from mailmax.hub.contract.users import ChangeUser
from mailmax.policy.sending import Sent
from mailmax.store.accounts import sending_units, units
from waiting import until


@pytest.fixture
async def desk(any_house):
    return await any_house.begin("tim@demo.test")


async def limit(desk, **values):
    typed = {key: str(value) for key, value in values.items()}
    answer = await desk.ask(ChangeUser("tim@demo.test", typed))
    return answer.item_id


async def test_messages_are_counted_over_a_restart_of_the_hub(any_house, desk):
    tim = await limit(desk, daily_messages=3)
    service = await any_house.client()
    assert service.tables.find("tim@demo.test").flags & HAS_DAILY_LIMIT

    for _ in range(2):
        assert await service.ask(CountSending(tim, 10)) == Done()
    await any_house.stop()
    await any_house.start()
    later = await any_house.client("smtpmax")

    assert await later.ask(CountSending(tim, 10)) == Done()
    assert await later.ask(CountSending(tim, 10)) == SendingRefused()


async def test_limits_rest_and_come_back_with_their_numbers(any_house, desk):
    tim = await limit(desk, daily_octets="1k")
    service = await any_house.client()
    assert await service.ask(CountSending(tim, 1025)) == SendingRefused()

    await limit(desk, sending_limits_off="on")
    assert not service.tables.find("tim@demo.test").flags & HAS_DAILY_LIMIT
    assert await service.ask(CountSending(tim, 1025)) == Done()
    await limit(desk, sending_limits_off="off")

    assert service.tables.find("tim@demo.test").flags & HAS_DAILY_LIMIT
    assert await service.ask(CountSending(tim, 1024)) == Done()


# Forwards (TRUST K7)


def today() -> int:
    return datetime.now().astimezone().date().toordinal()


async def let_forward(desk, **limits) -> int:
    await limit(desk, forwards="far@away.test", forwarding_on="on", **limits)
    return await limit(desk, forwards_keep_copy="off")


async def test_what_forwards_have_sent_counts_over_a_restart_of_the_hub(
    any_house, desk
):
    tim = await let_forward(desk, daily_messages=5)
    filer = await any_house.client("filer", FILER_TOPICS)
    assert filer.tables.forwards_of(tim).day == DayRow(5, 0)

    answer = await filer.ask(
        CountForwards((Forwarded(tim, 3, 30), Forwarded(999, 1, 1)))
    )
    assert answer.rows == (DayOfUser(tim, DayRow(5, 0, today(), 3, 30)),)
    await any_house.stop()
    await any_house.start()
    later = await any_house.client("filer", FILER_TOPICS)

    assert later.tables.forwards_of(tim).day == DayRow(5, 0, today(), 3, 30)
    smtp = await any_house.client()
    assert await smtp.ask(CountSending(tim, 10)) == Done()
    assert await smtp.ask(CountSending(tim, 10)) == Done()
    assert await smtp.ask(CountSending(tim, 10)) == SendingRefused()
    over = await later.ask(CountForwards((Forwarded(tim, 2, 5),)))
    assert over.rows[0].day.messages == 7, "what has left is counted, whatever it is"


async def test_the_filer_hears_what_was_handed_in_elsewhere(any_house, desk):
    tim = await let_forward(desk, daily_messages=5)
    filer = await any_house.client("filer", FILER_TOPICS)
    smtp = await any_house.client()
    before = smtp.tables.version

    assert await smtp.ask(CountSending(tim, 10)) == Done()

    async with asyncio.timeout(60):
        while filer.tables.forwards_of(tim).day.messages != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert filer.tables.forwards_of(tim).day == DayRow(5, 0, today(), 1, 10)
    assert smtp.tables.version == before, "nobody else hears of it"


async def test_a_count_of_a_day_far_ahead_is_todays_once_it_refused(any_house, desk):
    """TRUST D14: the clock was wrong; tomorrow the user may send again."""
    tim = await let_forward(desk, daily_messages=5)
    filer = await any_house.client("filer", FILER_TOPICS)
    smtp = await any_house.client()
    database = any_house.hub._common.database
    ahead = {tim: Sent(today() + 3650, 5, 50)}
    await database.write(sending_units.keep_sent, ahead)

    assert await smtp.ask(CountSending(tim, 10)) == SendingRefused()

    kept = await database.read(sending_units.sent_by, [tim])
    assert kept == {tim: Sent(today(), 5, 50)}
    todays = DayRow(5, 0, today(), 5, 50)
    await until(lambda: filer.tables.forwards_of(tim).day == todays)


async def test_it_is_todays_also_when_the_filer_only_asks(any_house, desk):
    tim = await let_forward(desk, daily_messages=5)
    filer = await any_house.client("filer", FILER_TOPICS)
    database = any_house.hub._common.database
    ahead = {tim: Sent(today() + 3650, 5, 50)}
    await database.write(sending_units.keep_sent, ahead)

    answer = await filer.ask(CountForwards((Forwarded(tim, 0, 0),)))

    assert answer.rows == (DayOfUser(tim, DayRow(5, 0, today(), 5, 50)),)
    kept = await database.read(sending_units.sent_by, [tim])
    assert kept == {tim: Sent(today(), 5, 50)}


async def test_without_a_limit_or_while_it_rests_there_is_no_day(any_house, desk):
    tim = await let_forward(desk)
    filer = await any_house.client("filer", FILER_TOPICS)
    assert filer.tables.forwards_of(tim).day is None

    await limit(desk, daily_octets="1k")
    assert filer.tables.forwards_of(tim).day == DayRow(0, 1024)
    await limit(desk, sending_limits_off="on")

    assert filer.tables.forwards_of(tim).day is None


@pytest.mark.parametrize(
    ("service", "counts"), [("imap", True), ("web", True), ("smtp", False)]
)
async def test_the_last_login_is_kept(any_house, desk, service, counts):
    before = time.time()
    login = VerifyLogin("tim@demo.test", Secret("secret"), service, "127.0.0.1", True)
    await desk.ask(login)
    database = any_house.hub._common.database

    await any_house.hub._logins.last_logins.write()

    row = await database.read(units.find_user, "tim@demo.test")
    assert (row.last_login_at >= before) is counts


async def test_a_domain_has_session_limits_of_its_own_or_none(any_house, desk):
    """DECISIONS 5: nothing set is the system's, 0 no limit, N."""
    service = await any_house.client()
    for typed, expected in (("", None), ("0", 0), ("5", 5), ("", None)):
        values = {"session_messages": typed, "session_octets": typed}
        answer = await desk.ask(ChangeDomain("demo.test", values))
        assert isinstance(answer, Changed)
        row = service.tables.domain("demo.test")
        assert (row.session_messages, row.session_octets) == (expected, expected)

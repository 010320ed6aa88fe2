"""Daily limits at the hub, and when users logged in last."""

import time

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.logins import VerifyLogin
from mailmax.hub.contract.message import Done, Secret
from mailmax.hub.contract.rows import HAS_DAILY_LIMIT
from mailmax.hub.contract.sending import CountSending, SendingRefused
from mailmax.hub.contract.users import ChangeUser
from mailmax.store.accounts import units


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


@pytest.mark.parametrize(("service", "counts"), [("imap", True), ("smtp", False)])
async def test_the_last_login_to_read_mail_is_kept(any_house, desk, service, counts):
    before = time.time()
    login = VerifyLogin("tim@demo.test", Secret("secret"), service, "127.0.0.1", True)
    await desk.ask(login)
    database = any_house.hub._database

    await any_house.hub._last_logins.write()

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

"""Connections and logins of POP3 and IMAP, as they pass through the hub (SPY-1)."""

import pytest

from mailmax.hub.contract.logins import VerifyApop, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.contract.spying import AskLogins, ReadTrace, WatchLogins
from mailmax.observe.events.categories import SPIED
from waiting import until


@pytest.fixture
async def desk(house):
    return await house.begin("tim@demo.test")


def login(password: str, service: str = "imap") -> VerifyLogin:
    return VerifyLogin(
        "tim@demo.test", Secret(password), service, "192.0.2.7", encrypted=True
    )


async def totals(desk) -> dict[str, tuple[int, ...]]:
    answer = await desk.ask(AskLogins())
    return {
        row.service: (
            row.connected,
            row.logged_in,
            row.connections,
            row.logins,
            row.failed,
        )
        for row in answer.rows
    }


async def test_totals_are_there_without_asking_the_services(house, desk):
    imap = await house.client("imapmax")

    for number in (1, 2, 3):
        imap.tell(SessionOpened(number, "imap", "192.0.2.7"))
    await imap.ask(login("wrong"))
    await imap.ask(login("secret"))
    await imap.ask(login("secret"))  # remembered
    imap.tell(SessionOpened(1, "imap", "192.0.2.7", "tim@demo.test"))
    imap.tell(SessionClosed(3))
    pop = await house.client("popmax")
    await pop.ask(
        VerifyApop("tim@demo.test", "<1@x>", "0" * 32, "192.0.2.7", encrypted=True)
    )
    await pop.ask(login("secret", "smtp"))

    assert await totals(desk) == {
        "popmax": (0, 0, 0, 0, 1),
        "imapmax": (2, 1, 3, 2, 1),
    }


async def test_who_joins_again_has_no_new_connections(house, desk):
    imap = await house.client("imapmax")
    imap.tell(SessionOpened(1, "imap", "192.0.2.7"))
    imap.tell(SessionOpened(1, "imap", "192.0.2.7", "tim@demo.test"))
    await until_sessions(desk, 1)

    imap._link.transport.abort()
    await until(lambda: not imap.is_joined)
    await until(lambda: imap.is_joined)
    await until_sessions(desk, 1)

    assert (await totals(desk))["imapmax"] == (1, 1, 1, 0, 0)


async def until_sessions(desk, count: int) -> None:
    while (await totals(desk))["imapmax"][0] != count:
        pass


async def test_logins_are_seen_as_they_happen_and_no_password_is(house, desk):
    imap = await house.client("imapmax")
    number = (await desk.ask(WatchLogins())).watch_id

    imap.tell(SessionOpened(1, "imap", "192.0.2.7"))
    await imap.ask(login("pass\nword"))
    await imap.ask(login("secret"))
    imap.tell(SessionOpened(1, "imap", "192.0.2.7", "tim@demo.test"))
    imap.tell(SessionClosed(1))
    imap.tell(SessionOpened(2, "smtp", "192.0.2.7"))
    lines = []
    while len(lines) < 4:
        lines += (await desk.ask(ReadTrace(number))).lines

    assert [line.text for line in lines] == [
        "192.0.2.7 connected (imap)",
        "192.0.2.7 failed to log in as tim@demo.test (password): authentication failed",
        "192.0.2.7 logged in as tim@demo.test (password)",
        "192.0.2.7 gone",
    ]
    assert {(line.service, line.node) for line in lines} == {("imapmax", "here")}
    assert lines[3].user == "tim@demo.test"


async def test_a_service_may_not_watch_logins(house, desk):
    pop = await house.client("popmax")

    assert (await pop.ask(WatchLogins())).kind == "not_allowed"
    assert (await pop.ask(AskLogins())).kind == "not_allowed"


def test_services_with_logins_are_those_of_the_manual():
    with_logins = {
        role for role, every in SPIED.items() if any(o.key == "logins" for o in every)
    }
    assert with_logins == {"popmax", "imapmax"}

"""Sessions under old passwords that the hub could not tell of (TRUST G9)."""

import pytest

from fix_hub import HubHouse
from mailmax.hub import open_logins
from mailmax.hub.client import HubClient
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.logins import (
    MOST_COMPARED,
    ChangedLogins,
    CompareLogins,
    CredentialChanged,
)
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.tables import LOGIN_TOPICS
from mailmax.hub.contract.users import (
    ChangeUser,
    DeleteUser,
    ImportRow,
    ImportUsers,
    ListUsers,
    SetPassword,
)
from waiting import until

USERS = 5_000
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ZQ8rvlRcAqoX7y9j4qFUjYFGKRF3gJtDGsVNn8fPgRQ"
)
"""Of no password in particular; kept as it is."""


async def add_users(desk: HubClient, count: int) -> dict[str, int]:
    """Add many; return their numbers."""
    await desk.ask(AddDomain("demo.test"))
    rows = [ImportRow(f"u{n:04}@demo.test", Secret(HASH)) for n in range(count)]
    for begin in range(0, count, 2_000):
        await desk.ask(ImportUsers(tuple(rows[begin : begin + 2_000])))
    numbers: dict[str, int] = {}
    after = ""
    while True:
        page = await desk.ask(ListUsers(choice=Choice(cursor=after, limit=500)))
        numbers |= {row.address: row.user_id for row in page.rows}
        if not page.next:
            return numbers
        after = page.next


async def test_what_changed_while_the_link_was_down_is_told_on_joining_again(
    any_house: HubHouse,
):
    """Password, disabled, deleted; of nobody else, with 5,000 sessions open."""
    house = any_house
    await house.start()
    desk = await house.admin()
    numbers = await add_users(desk, USERS)
    service = house.make_client("imapmax", LOGIN_TOPICS)
    told: list[CredentialChanged] = []
    service.on_notice(CredentialChanged, told.append)
    service.watch_logins(lambda: ((number, 1) for number in numbers.values()))
    await service.start(10)
    await service.stop()  # nothing that happens from here on is told

    await desk.ask(SetPassword("u0001@demo.test", Secret("another")))
    await desk.ask(ChangeUser("u0002@demo.test", {"kind": "disabled"}))
    await desk.ask(DeleteUser("u4999@demo.test"))
    assert told == []
    await service.start(10)
    await until(lambda: len(told) == 3)

    assert {(one.user_id, one.credential_version) for one in told} == {
        (numbers["u0001@demo.test"], 2),
        (numbers["u0002@demo.test"], 2),
        (numbers["u4999@demo.test"], 2),
    }


async def test_a_login_that_crossed_the_change_is_found_at_the_next_beat(
    house: HubHouse, monkeypatch: pytest.MonkeyPatch
):
    """The notice came before the session was there."""
    monkeypatch.setattr(open_logins, "EVERY_S", 0.0)
    await house.start()
    desk = await house.admin()
    numbers = await add_users(desk, 2)
    await desk.ask(SetSetting("datamax_timeout_s", "5"))
    service = await house.client("imapmax", LOGIN_TOPICS)
    told: list[CredentialChanged] = []
    late: list[tuple[int, int]] = []
    service.watch_logins(lambda: late)
    await desk.ask(SetPassword("u0001@demo.test", Secret("another")))
    service.on_notice(CredentialChanged, told.append)

    late += [(numbers["u0000@demo.test"], 1), (numbers["u0001@demo.test"], 1)]
    await until(lambda: told)

    assert set(told) == {CredentialChanged(numbers["u0001@demo.test"], 2)}


async def test_a_restored_database_ends_sessions_under_its_later_passwords(
    house: HubHouse,
):
    await house.start()
    desk = await house.admin()
    numbers = await add_users(desk, 1)

    answer = await desk.ask(CompareLogins(((numbers["u0000@demo.test"], 7),)))

    assert answer == ChangedLogins((CredentialChanged(numbers["u0000@demo.test"], 8),))


async def test_more_than_a_thousand_at_once_are_refused(house: HubHouse):
    await house.start()
    desk = await house.admin()

    answer = await desk.ask(CompareLogins(((1, 1),) * (MOST_COMPARED + 1)))

    assert isinstance(answer, Denied)
    assert f"at most {MOST_COMPARED}" in answer.cure

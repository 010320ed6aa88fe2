"""Housekeeping at the hub: whose values hold, who is too old, what is to be removed."""

import time

import pytest

from mailmax.base.units import DAY_S
from mailmax.hub.contract.administration import Changed, Detail
from mailmax.hub.contract.domains import ChangeDomain, ShowDomain
from mailmax.hub.contract.housekeeping import (
    AskRemovals,
    AskUserWork,
    BeginMove,
    DeleteIdleUser,
    EndMove,
    NoteRemoval,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import MOVING
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import ChangeUser, DeleteUser, ShowUser


@pytest.fixture
async def desk(any_house):
    return await any_house.begin("tim@demo.test")


@pytest.fixture
async def keeper(any_house, desk):
    return await any_house.client("housekeeping", frozenset())


def let_pass(any_house, seconds: float) -> None:
    """Let the hub's clock be later."""
    any_house.hub._administration.housekeeping.clock = lambda: time.time() + seconds


async def shown(desk, request):
    detail = await desk.ask(request)
    return {row.key: (row.value, row.is_own) for row in detail.rows}


@pytest.mark.manual("6.2")
async def test_what_is_not_set_is_shown_as_the_wider_scope_has_it(desk):
    await desk.ask(SetSetting("housekeeping", "messages_by_age"))
    await desk.ask(SetSetting("housekeeping_days", "90"))
    await desk.ask(ChangeDomain("demo.test", {"housekeeping_days": "30"}))

    domain = await shown(desk, ShowDomain("demo.test"))
    user = await shown(desk, ShowUser("tim@demo.test"))

    assert domain["housekeeping"] == ('"messages_by_age"', False)
    assert domain["housekeeping_days"] == ("30", True)
    assert user["housekeeping"] == ('"messages_by_age"', False)
    assert user["housekeeping_days"] == ("30", False)
    await desk.ask(ChangeDomain("demo.test", {"housekeeping": "disabled"}))
    user = await shown(desk, ShowUser("tim@demo.test"))
    assert user["housekeeping"] == ('"disabled"', False)


async def test_users_come_in_pages_with_what_holds_for_them(any_house, desk, keeper):
    await desk.ask(ChangeDomain("demo.test", {"housekeeping_days": "30"}))
    await desk.ask(SetSetting("housekeeping", "messages_by_age"))
    for name in ("a", "b", "c"):
        await any_house.add_user(desk, f"{name}@demo.test")
    idle = {"housekeeping": "users_by_age"}
    await desk.ask(ChangeUser("b@demo.test", idle))
    let_pass(any_house, 31 * DAY_S)

    first = await keeper.ask(AskUserWork(limit=2))
    second = await keeper.ask(AskUserWork(first.next, limit=2))

    rows = [(row.address, row.method, row.days, row.is_idle) for row in first.rows]
    assert rows == [
        ("a@demo.test", "messages_by_age", 30, False),
        ("b@demo.test", "users_by_age", 30, True),
    ]
    assert [row.address for row in second.rows] == ["c@demo.test", "tim@demo.test"]
    assert second.next == ""


async def test_an_idle_user_is_judged_again_when_deleted(any_house, desk, keeper):
    number = await any_house.add_user(desk, "eve@demo.test")
    let_pass(any_house, 31 * DAY_S)
    assert isinstance(await keeper.ask(DeleteIdleUser(number)), Denied)
    values = {"housekeeping": "users_by_age", "housekeeping_days": "30"}
    await desk.ask(ChangeUser("eve@demo.test", values))
    let_pass(any_house, 29 * DAY_S)
    assert isinstance(await keeper.ask(DeleteIdleUser(number)), Denied)

    let_pass(any_house, 31 * DAY_S)
    gone = await keeper.ask(DeleteIdleUser(number))

    assert isinstance(gone, Changed), gone
    let_pass(any_house, 31 * DAY_S + 10)
    (work,) = (await keeper.ask(AskRemovals())).rows
    assert (work.name, work.way, work.refused) == ("eve@demo.test", "archive", "")
    await keeper.ask(NoteRemoval(work.removal_id, "put away", True))
    assert (await keeper.ask(AskRemovals())).rows == ()


@pytest.mark.parametrize("role", ["imapmax", "admin"])
async def test_only_housekeeping_is_heard_in_what_housekeeping_does(
    any_house, desk, role
):
    number = await any_house.add_user(desk, "eve@demo.test")
    values = {"housekeeping": "users_by_age", "housekeeping_days": "30"}
    await desk.ask(ChangeUser("eve@demo.test", values))
    let_pass(any_house, 31 * DAY_S)
    other = await any_house.client(role, frozenset())

    for request in (
        DeleteIdleUser(number),
        AskUserWork(),
        AskRemovals(),
        NoteRemoval(1, "put away", True),
        BeginMove(1),
        EndMove(1, True, "moved"),
    ):
        denied = await other.ask(request)
        assert (denied.kind, denied.field) == ("not_allowed", "role"), request

    assert isinstance(await desk.ask(ShowUser("eve@demo.test")), Detail)


async def test_a_move_changes_every_home_at_once(any_house, desk, keeper):
    service = await any_house.client()
    await any_house.add_user(desk, "eve_%@demo.test")
    await desk.ask(DeleteUser("eve_%@demo.test", "remove"))
    changed = await desk.ask(ChangeDomain("demo.test", {"mail_root": "/srv/demo"}))
    assert "moves the mail to /srv/demo" in changed.note
    (work,) = (await keeper.ask(AskRemovals())).rows
    assert (work.way, work.place, work.target) == ("move", "demo.test", "/srv/demo")

    await keeper.ask(BeginMove(work.removal_id))
    assert service.tables.domain("demo.test").suspended == ("smtp", "pop3", "imap")
    assert service.tables.find("tim@demo.test").flags & MOVING
    await keeper.ask(EndMove(work.removal_id, True, "moved"))

    assert service.tables.domain("demo.test").suspended == ()
    row = service.tables.find("tim@demo.test")
    assert row.home.startswith("/srv/demo/")
    assert not row.flags & MOVING
    let_pass(any_house, 8 * DAY_S)
    due = (await keeper.ask(AskRemovals())).rows
    assert [(one.what, one.way, one.place.partition("~")[0]) for one in due] == [
        ("user", "remove", due[0].place.partition("~")[0]),
        ("domain", "remove", "demo.test"),
    ]
    assert due[0].place.startswith("/srv/demo/")

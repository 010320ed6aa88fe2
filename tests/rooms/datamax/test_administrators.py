"""Who administers what (USR-7), and what it protects (DECISIONS 21, 23)."""

import json
import time

import pytest

from mailmax.base.units import DAY_S
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.domains import AddDomain, AddDomainAlias, DeleteDomain
from mailmax.hub.contract.housekeeping import AskUserWork, DeleteIdleUser
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import (
    ChangeUser,
    DeleteUser,
    ListUsers,
    RenameUser,
    ShowUser,
)

ANN, BEN, EVE = "ann@one.test", "ben@one.test", "eve@two.test"
DOMAINS = ("one.test", "two.test", "three.test")


@pytest.fixture
async def desk(any_house):
    await any_house.start()
    desk = await any_house.admin()
    for name in DOMAINS:
        await desk.ask(AddDomain(name))
    for address in (ANN, BEN, EVE):
        await any_house.add_user(desk, address)
    return desk


async def give(desk, address: str, *domains: str, system: bool = False) -> None:
    request = SetAdministration(address, domains, system, system)
    assert isinstance(await desk.ask(request), Changed)


async def shown(desk, address: str) -> tuple[bool, list[str]]:
    detail = await desk.ask(ShowUser(address))
    values = {row.key: json.loads(row.value) for row in detail.rows}
    return values["system_administrator"], values["administers"]


async def listed(desk, **wanted) -> list[str]:
    return [row.address for row in (await desk.ask(ListUsers(**wanted))).rows]


@pytest.mark.manual("7.4")
async def test_domains_are_given_and_taken(desk):
    await desk.ask(AddDomainAlias("zwei.test", "two.test"))
    assert await shown(desk, ANN) == (False, [])

    await give(desk, ANN, "zwei.test", "one.test", "two.test")
    assert await shown(desk, ANN) == (False, ["one.test", "two.test"])

    await give(desk, ANN, "three.test")
    assert await shown(desk, ANN) == (False, ["three.test"])

    await give(desk, ANN)
    assert await shown(desk, ANN) == (False, [])


async def test_the_system_is_given_to_who_is_confirmed(desk):
    denied = await desk.ask(SetAdministration(ANN, is_system=True))
    assert (denied.kind, denied.field) == ("conflict", "system")
    assert "CAUTION" in denied.reason
    assert await shown(desk, ANN) == (False, [])
    await give(desk, ANN, "one.test")

    await give(desk, ANN, system=True)

    assert await shown(desk, ANN) == (True, [])
    await give(desk, ANN, "one.test")
    assert await shown(desk, ANN) == (False, ["one.test"])


async def test_what_cannot_be_is_refused_and_nothing_changes(desk):
    await give(desk, ANN, "one.test")
    for kind in ("trap", "disabled"):
        await desk.ask(ChangeUser(BEN, {"kind": kind}))
        for request in (
            SetAdministration(BEN, ("one.test",)),
            SetAdministration(BEN, (), True, True),
        ):
            denied = await desk.ask(request)
            assert (denied.kind, denied.field) == ("conflict", "kind")
        assert isinstance(await desk.ask(SetAdministration(BEN)), Changed)
    for request, field in (
        (SetAdministration(ANN, ("two.test", "no.test")), "domain"),
        (SetAdministration("no@one.test", ("two.test",)), "address"),
        (SetAdministration(ANN, ("two.test",), True, True), "domains"),
        (SetAdministration(ANN, ("two.test",) * 10_001), "domains"),
    ):
        denied = await desk.ask(request)
        assert isinstance(denied, Denied), request
        assert denied.field == field

    assert await shown(desk, ANN) == (False, ["one.test"])


async def test_lists_say_who_may_administer_what(desk):
    await give(desk, ANN, "one.test", "two.test")
    await give(desk, EVE, system=True)

    rows = {row.address: row for row in (await desk.ask(ListUsers())).rows}
    assert (rows[ANN].administers, rows[ANN].is_system_administrator) == (2, False)
    assert (rows[BEN].administers, rows[BEN].is_system_administrator) == (0, False)
    assert (rows[EVE].administers, rows[EVE].is_system_administrator) == (0, True)
    assert await listed(desk, administrators=True) == [ANN, EVE]
    assert await listed(desk, administrators=False) == [BEN]
    assert await listed(desk, domain="one.test", administrators=True) == [ANN]
    assert await listed(desk, may_administer="two.test") == [ANN, EVE]
    assert await listed(desk, may_administer="three.test") == [EVE]
    page = await desk.ask(ListUsers(choice=Choice(limit=1), administrators=True))
    assert ([row.address for row in page.rows], bool(page.next)) == ([ANN], True)
    denied = await desk.ask(ListUsers(may_administer="no.test"))
    assert (denied.kind, denied.field) == ("not_found", "may_administer")


async def test_it_stays_with_the_user_under_another_name_and_goes_with_the_user(
    any_house, desk
):
    await give(desk, ANN, "two.test")
    await desk.ask(RenameUser(ANN, "anna@one.test"))
    assert await listed(desk, may_administer="two.test") == ["anna@one.test"]

    gone = DeleteUser("anna@one.test", confirmed=True)
    assert isinstance(await desk.ask(gone), Changed)
    await any_house.add_user(desk, "anna@one.test")

    assert await shown(desk, "anna@one.test") == (False, [])


async def test_a_domain_that_somebody_administers_goes_only_confirmed(desk):
    """DECISIONS 23; its own users and system administrators are no hindrance."""
    await give(desk, EVE, "two.test")
    await give(desk, BEN, system=True)
    assert isinstance(await desk.ask(DeleteDomain("three.test")), Changed)
    await give(desk, ANN, "one.test", "two.test")

    denied = await desk.ask(DeleteDomain("two.test", with_users=True))

    assert denied.reason == f"others point there: administrator {ANN}"
    request = DeleteDomain("two.test", with_users=True, confirmed=True)
    assert isinstance(await desk.ask(request), Changed)
    assert await shown(desk, ANN) == (False, ["one.test"])
    await desk.ask(AddDomain("two.test"))
    assert await shown(desk, ANN) == (False, ["one.test"])


@pytest.mark.parametrize("scope", ["domain", "system"])
async def test_housekeeping_spares_administrators(any_house, desk, scope):
    """DECISIONS 21."""
    values = {"housekeeping": "users_by_age", "housekeeping_days": "30"}
    await desk.ask(ChangeUser(EVE, values))
    keeper = await any_house.client("housekeeping", frozenset())
    any_house.hub._administration.housekeeping.clock = lambda: time.time() + 31 * DAY_S
    (work,) = (await keeper.ask(AskUserWork())).rows
    assert (work.address, work.is_idle, work.spared) == (EVE, True, "")

    if scope == "domain":
        await give(desk, EVE, "three.test")
    else:
        await give(desk, EVE, system=True)

    (work,) = (await keeper.ask(AskUserWork())).rows
    assert (work.is_idle, work.spared) == (True, "is an administrator")
    denied = await keeper.ask(DeleteIdleUser(work.user_id))
    assert denied.reason == f"{EVE} is an administrator"

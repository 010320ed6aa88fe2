"""What the checks look at, read from either engine, and told in pages (manual 12)."""

import pytest

from mailmax.hub.contract.access import AddFilter
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.bindings import AddBinding
from mailmax.hub.contract.checks import ListFindings
from mailmax.hub.contract.domains import AddDomain, AddDomainAlias, ChangeDomain
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import AddUser, ChangeUser

ANN, BEN, EVE = "ann@one.test", "ben@one.test", "eve@one.test"


@pytest.fixture
async def desk(any_house):
    """Give a hub in which nothing is to be found."""
    await any_house.start()
    desk = await any_house.admin()
    for request in (
        AddBinding("127.0.0.1"),
        AddDomain("one.test"),
        AddDomainAlias("eins.test", "one.test"),
        SetSetting("hostname", "mx.one.test"),
    ):
        assert not isinstance(await desk.ask(request), Denied), request
    for address in (ANN, BEN):
        await any_house.add_user(desk, address)
    await desk.ask(SetSetting("postmaster", ANN))
    assert await found(desk) == []
    return desk


async def found(desk) -> list[tuple[str, str]]:
    page = await desk.ask(ListFindings())
    assert page.total == len(page.rows)
    return [(row.check, f"{row.field}: {row.reason}") for row in page.rows]


async def test_what_is_set_for_users_and_what_points_to_them_is_read(desk):
    values = {"forwarding_on": "on", "forwards": f"{BEN},ben@eins.test,x@far.test"}
    await desk.ask(ChangeUser(ANN, values))
    await desk.ask(AddAlias("info@one.test", BEN))
    reply = {"reply_on": "on", "reply_text": "away", "reply_from": "info@one.test"}
    await desk.ask(ChangeUser(BEN, reply))
    await desk.ask(AddUser(EVE, Secret(""), {}, True))
    assert await found(desk) == []

    await desk.ask(ChangeDomain("one.test", {"blank_passwords": "fill"}))
    await desk.ask(SetAdministration(EVE, ("one.test",)))
    await desk.ask(DeleteAlias("info@one.test"))
    await desk.ask(ChangeUser(BEN, {"kind": "disabled"}))
    await desk.ask(ChangeDomain("one.test", {"catch_all": BEN}))

    assert {name: told.partition(":")[0] for name, told in await found(desk)} == {
        "catch_all": "domain one.test",
        "blank_passwords": "domain one.test",
        "forwards": f"user {ANN}",
        "administrators": f"user {EVE}",
    }
    await desk.ask(ChangeUser(BEN, {"kind": "normal"}))
    assert [name for name, _ in await found(desk)] == [
        "blank_passwords",
        "replies",
        "administrators",
    ]


async def test_findings_come_in_pages(desk):
    for pattern in ("10.1.*.*", "10.1.1.1", "10.1.1.2", "10.1.1.3"):
        await desk.ask(AddFilter(pattern, "permitted"))

    first = await desk.ask(ListFindings(limit=2))
    second = await desk.ask(ListFindings(first.next, 2))

    assert (len(first.rows), first.total, len(second.rows)) == (2, 3, 1)
    assert (first.next, second.next) == ("2", "")
    denied = await desk.ask(ListFindings("-1"))
    assert (denied.kind, denied.field) == ("bad_value", "after")

"""What the checks look at, read from either engine, and told in pages (manual 12)."""

import asyncio
import threading

import pytest

from mailmax.datamax import check_desk, own_name
from mailmax.hub.contract.access import AddFilter
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.bindings import AddBinding
from mailmax.hub.contract.checks import ListFindings
from mailmax.hub.contract.domains import AddDomain, AddDomainAlias, ChangeDomain
from mailmax.hub.contract.logins import LoginAccepted, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import AddUser, ChangeUser
from mailmax.store.accounts.database import READERS

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
    await desk.ask(ChangeDomain("one.test", {"catch_all": BEN}))
    await desk.ask(ChangeUser(BEN, {"kind": "disabled"}))

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


async def test_pages_are_of_one_judgement_until_it_is_dropped(desk, monkeypatch):
    for pattern in ("10.1.*.*", "10.1.1.1", "10.1.1.2", "10.1.1.3"):
        await desk.ask(AddFilter(pattern, "permitted"))
    first = await desk.ask(ListFindings(limit=2))
    await desk.ask(AddFilter("10.1.1.4", "permitted"))

    second = await desk.ask(ListFindings(first.next, 2))
    monkeypatch.setattr(check_desk, "KEPT_S", 0)
    again = await desk.ask(ListFindings(limit=2))
    dropped = await desk.ask(ListFindings(again.next, 2))
    await desk.ask(AddFilter("10.1.1.5", "permitted"))
    late = await desk.ask(ListFindings(dropped.next or "2", 2))

    assert (first.total, second.total, again.total, late.total) == (3, 3, 4, 5)


async def test_a_dead_name_service_holds_up_nobody(house, monkeypatch):
    """As many checks as the database has readers, and a login beside them."""
    desk = await house.begin(ANN, domains=("one.test",))
    back = threading.Event()
    monkeypatch.setattr(own_name, "PATIENCE_S", 0.05)
    monkeypatch.setattr(own_name.socket, "getfqdn", lambda: back.wait() and "mx")

    try:
        async with asyncio.timeout(60):
            *pages, login = await asyncio.gather(
                *(desk.ask(ListFindings()) for _ in range(READERS)),
                desk.ask(VerifyLogin(ANN, Secret("secret"), "imap", "::1", True)),
            )
    finally:
        back.set()

    assert isinstance(login, LoginAccepted)
    names = {row.check for page in pages for row in page.rows}
    assert "postmaster" in names
    assert "hostname" not in names, "nothing is said of a name that is not known"

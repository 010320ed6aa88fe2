"""Saved connections and their groups, as the hub keeps them (ADM-1)."""

import pytest
from sqlalchemy import text

from fix_hub import HubHouse
from mailmax.hub.codec import FromElsewhere
from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.audit import ListAudit
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.web import Actor
from mailmax.store.accounts.database import Database

SECRET = "beta-h0st-password"
BETA = asked.AddSystem("Beta", "mx.beta.test:4600", Secret(SECRET))


async def done(desk, request) -> None:
    answer = await desk.ask(request)
    assert isinstance(answer, Changed), answer


async def refused(desk, request) -> tuple[str, str]:
    answer = await desk.ask(request)
    assert isinstance(answer, Denied), answer
    return answer.kind, answer.field


async def names(desk, **more) -> list[tuple[str, str, str]]:
    page = await desk.ask(asked.ListSystems(**more))
    return [(row.name, row.address, row.group) for row in page.rows]


async def test_connections_are_kept_in_groups_and_go_with_them(any_house: HubHouse):
    desk = await any_house.begin()
    await done(desk, asked.AddSystemGroup("South"))
    await done(desk, BETA)
    gamma = asked.AddSystem("gamma", "[2001:DB8::1]:4600", Secret("x"), "South")
    await done(desk, gamma)

    assert await names(desk) == [
        ("Beta", "mx.beta.test:4600", ""),
        ("gamma", "[2001:db8::1]:4600", "South"),
    ]
    assert await names(desk, search="SOUTH") == await names(desk, after="Beta")
    first = await desk.ask(asked.ListSystems(limit=1))
    assert (first.rows[0].name, first.next) == ("Beta", "Beta")

    await done(desk, asked.ChangeSystem("Beta", "delta", group="South"))
    warned = await desk.ask(asked.RemoveSystemGroup("South"))
    assert (warned.kind, warned.field) == ("conflict", "confirmed")
    assert warned.reason.startswith("2 saved connections are in South")
    assert len(await names(desk)) == 2
    await done(desk, asked.RenameSystemGroup("South", "All"))
    [group] = (await desk.ask(asked.ListSystemGroups())).rows
    assert (group.name, group.systems) == ("All", 2)
    await done(desk, asked.RemoveSystemGroup("All", confirmed=True))
    assert await names(desk) == []
    assert (await desk.ask(asked.ListSystemGroups())).rows == ()


async def test_what_cannot_be_is_refused_at_its_field(house: HubHouse):
    desk = await house.begin()
    await done(desk, SetSetting("system_name", "alpha"))
    await done(desk, asked.AddSystemGroup("South"))
    await done(desk, BETA)
    bad = [
        (asked.AddSystem("BETA", "b:1", Secret("x")), "conflict", "name"),
        (asked.AddSystem("Alpha", "b:1", Secret("x")), "conflict", "name"),
        (asked.AddSystem(" ", "b:1", Secret("x")), "bad_value", "name"),
        (asked.AddSystem("a/b", "b:1", Secret("x")), "bad_value", "name"),
        (asked.AddSystem("..", "b:1", Secret("x")), "bad_value", "name"),
        (asked.AddSystem("c", "unix:/run/hub", Secret("x")), "bad_value", "address"),
        (asked.AddSystem("c", "http://b:80", Secret("x")), "bad_value", "address"),
        (asked.AddSystem("c", "b", Secret("x")), "bad_value", "address"),
        (asked.AddSystem("c", BETA.address, Secret("x")), "conflict", "address"),
        (asked.AddSystem("c", "b:1", Secret("")), "bad_value", "password"),
        (asked.AddSystem("c", "b:1", Secret("x"), "North"), "not_found", "group"),
        (asked.ChangeSystem("Beta", address="b:1"), "bad_value", "password"),
        (asked.ChangeSystem("none", "c"), "not_found", "name"),
        (asked.RemoveSystem("none"), "not_found", "name"),
        (asked.AddSystemGroup("south"), "conflict", "name"),
        (asked.RemoveSystemGroup("North"), "not_found", "name"),
    ]
    for request, kind, field in bad:
        assert await refused(desk, request) == (kind, field), request
    assert await names(desk) == [("Beta", "mx.beta.test:4600", "")]
    await done(desk, asked.ChangeSystem("Beta", "beta"))


async def test_a_password_is_sealed_and_told_to_nobody(house: HubHouse):
    desk = await house.begin("tim@demo.test")
    await done(desk, BETA)
    await done(desk, asked.ChangeSystem("Beta", password=Secret(SECRET)))

    database = Database(house.local.database_url)
    [kept] = database.run(lambda tx: tx.execute(text("select * from systems")).all())
    database.close()
    assert SECRET.encode() not in kept.password
    log = await desk.ask(ListAudit())
    assert [row.request for row in log.rows] == [
        "ChangeSystem", "AddSystem", "AddUser", "AddDomain",
    ]  # fmt: skip
    assert SECRET not in repr(log)
    assert SECRET not in repr(await desk.ask(asked.ListSystems()))
    web = await house.client("webadmin", frozenset())
    for client in (desk, web):
        door = await client.ask(asked.AskSystemDoor(Actor(session_id=1), "Beta"))
        assert isinstance(door, Denied)
        assert door.kind == "not_allowed"


async def test_a_new_password_is_learned_only_in_place_of_the_one_that_is_kept(
    house: HubHouse,
):
    desk = await house.begin()
    await done(desk, BETA)
    web = await house.client("webadmin", frozenset())
    database = Database(house.local.database_url)

    def kept() -> bytes:
        row = database.run(lambda tx: tx.execute(text("select * from systems")).one())
        return row.password

    before = kept()
    wrong = asked.LearnSystemPassword("Beta", Secret("other"), Secret("new-one"))
    await web.ask(wrong)
    assert kept() == before
    await web.ask(asked.LearnSystemPassword("Beta", Secret(SECRET), Secret("new-one")))
    assert kept() != before
    database.close()


@pytest.mark.parametrize("role", ["webadmin", "smtpmax"])
async def test_only_an_administrators_program_says_for_whom_of_elsewhere(
    house: HubHouse, role: str
):
    desk = await house.begin()
    change = SetSetting("audit_days", "90")
    said = FromElsewhere("alpha", "ann@alpha.test", "", "192.0.2.7", change)
    service = await house.client(role, frozenset())

    assert await refused(service, said) == ("not_allowed", "role")
    await done(desk, said)

    row, *_ = (await desk.ask(ListAudit())).rows
    assert (row.request, row.actor_kind, row.actor, row.peer, row.system) == (
        "SetSetting", "elsewhere", "ann@alpha.test", "192.0.2.7", "alpha",
    )  # fmt: skip

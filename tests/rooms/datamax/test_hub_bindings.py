"""Listening addresses and their services at the hub: what is added, what is refused."""

import pytest

from mailmax.hub.contract import bindings
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.bindings import DoorStates, DoorView
from mailmax.hub.contract.domains import AddDomain, AddDomainAlias, DeleteDomain
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import AskStatus
from mailmax.hub.contract.settings import SetSetting
from mailmax.settings.local import STANDARD_PORTS
from waiting import until


@pytest.fixture
async def desk(house):
    await house.start()
    joined = await house.admin()
    await joined.ask(AddDomain("demo.test"))
    return joined


async def add(desk, address, *services, **values):
    request = bindings.AddBinding(address, values, services or None)
    answer = await desk.ask(request)
    assert isinstance(answer, Changed), answer
    return answer.item_id


async def listed(desk):
    page = await desk.ask(bindings.ListBindings())
    return {row.address: row for row in page.rows}


async def test_a_new_one_has_every_usual_service_on_its_default_port(house, desk):
    """CNX-2: 0 is the system's default, shown so."""
    service = await house.client()

    number = await add(desk, "127.0.0.2", display_name="two.test")

    row = (await listed(desk))["127.0.0.2"]
    assert [(one.service, one.port, one.default_port) for one in row.listeners] == [
        ("smtp", 0, 25),
        ("submission", 0, 587),
        ("submissions", 0, 465),
        ("pop3", 0, 110),
        ("pop3s", 0, 995),
        ("imap", 0, 143),
        ("imaps", 0, 993),
    ]
    doors = service.tables.doors
    assert doors.bindings[number].display_name == "two.test"
    assert {one.service for one in doors.listeners.values()} == STANDARD_PORTS.keys()
    assert all(one.is_open for one in doors.listeners.values())


async def test_who_comes_later_gets_the_whole_table(house, desk):
    number = await add(desk, "::1", "submission", "imaps", default_domain="demo.test")

    service = await house.client()

    doors = service.tables.doors
    assert doors.bindings[number].default_domain == "demo.test"
    assert {one.service for one in doors.listeners.values()} == {"submission", "imaps"}


async def test_changes_reach_the_services(house, desk):
    service = await house.client()
    number = await add(desk, "127.0.0.2", "smtp")
    doors = service.tables.doors
    (listener,) = doors.listeners

    await desk.ask(bindings.ChangeBinding("127.0.0.2", {"display_name": "b.test"}))
    await desk.ask(
        bindings.ChangeListener(
            "127.0.0.2", "smtp", {"port": "2525", "high_water": "9", "low_water": "3"}
        )
    )
    await desk.ask(bindings.SwitchListener("127.0.0.2", "smtp", False))

    assert doors.bindings[number].display_name == "b.test"
    row = doors.listeners[listener]
    assert (row.port, row.high_water, row.low_water, row.step) == (2525, 9, 3, 16)
    assert not row.is_open

    await desk.ask(bindings.ChangeListener("127.0.0.2", "smtp", {"port": ""}))
    assert doors.listeners[listener].port == 0
    await desk.ask(bindings.DeleteListener("127.0.0.2", "smtp"))
    assert not doors.listeners
    await desk.ask(bindings.DeleteBinding("127.0.0.2"))
    assert not doors.bindings


async def test_a_deleted_one_takes_its_services_along(house, desk):
    service = await house.client()
    await add(desk, "127.0.0.2")

    await desk.ask(bindings.DeleteBinding("127.0.0.2"))

    assert not service.tables.doors.bindings
    assert not service.tables.doors.listeners
    assert await listed(desk) == {}


@pytest.mark.parametrize(
    ("request_", "kind", "field"),
    [
        (bindings.AddBinding("localhost"), "bad_value", "address"),
        (bindings.AddBinding("fe80::1%lo"), "bad_value", "address"),
        (bindings.AddBinding("127.0.0.1"), "conflict", "address"),
        (bindings.AddBinding("::ffff:127.0.0.1"), "conflict", "address"),
        (bindings.AddBinding("*"), "conflict", "port"),
        (bindings.AddBinding("0.0.0.0"), "conflict", "port"),
        (bindings.AddBinding("::2", {"nose": "red"}), "bad_value", "nose"),
        (
            bindings.AddBinding("::2", {"default_domain": "else.test"}),
            "not_found",
            "default_domain",
        ),
        (
            bindings.AddBinding("::2", {"display_name": "a b"}),
            "bad_value",
            "display_name",
        ),
        (bindings.AddBinding("::2", {}, ("ftp",)), "bad_value", "service"),
        (bindings.AddBinding("::2", {}, ("lmtp",)), "bad_value", "port"),
        (bindings.AddBinding("::2", {}, ("smtp", "smtp")), "bad_value", "services"),
        (bindings.ShowBinding("::2"), "not_found", "address"),
        (bindings.ChangeBinding("::2", {}), "not_found", "address"),
        (bindings.DeleteBinding("nonsense"), "not_found", "address"),
        (bindings.AddListener("::2", "smtp"), "not_found", "address"),
        (bindings.AddListener("127.0.0.1", "ftp"), "bad_value", "service"),
        (bindings.AddListener("127.0.0.1", "smtp"), "conflict", "port"),
        (
            bindings.AddListener("127.0.0.1", "imap", {"port": "25"}),
            "conflict",
            "port",
        ),
        (
            bindings.AddListener("127.0.0.1", "imap", {"port": "65536"}),
            "bad_value",
            "port",
        ),
        (
            bindings.ChangeListener("127.0.0.1", "smtp", {"high_water": "0"}),
            "bad_value",
            "high_water",
        ),
        (
            bindings.ChangeListener("127.0.0.1", "smtp", {"high_water": "100"}),
            "bad_value",
            "low_water",
        ),
        (
            bindings.ChangeListener("127.0.0.1", "smtp", {"step": "0"}),
            "bad_value",
            "step",
        ),
        (
            bindings.ChangeListener("127.0.0.1", "smtp", {"port": "110"}),
            "conflict",
            "port",
        ),
        (bindings.SwitchListener("127.0.0.1", "lmtp", True), "not_found", "service"),
        (bindings.DeleteListener("127.0.0.1", "smtp", 2525), "not_found", "service"),
        (SetSetting("smtp_port", "110"), "conflict", "port"),
        (SetSetting("smtp_port", "0"), "bad_value", "smtp_port"),
    ],
)
async def test_what_cannot_be_is_refused_with_field_reason_and_cure(
    desk, request_, kind, field
):
    await add(desk, "127.0.0.1")
    before = await listed(desk)

    answer = await desk.ask(request_)

    assert isinstance(answer, Denied)
    assert (answer.kind, answer.field) == (kind, field)
    assert answer.reason
    assert answer.cure
    assert await listed(desk) == before


async def test_a_default_port_may_not_meet_one_that_was_set(desk):
    await add(desk, "127.0.0.1", "smtp")
    await desk.ask(bindings.AddListener("127.0.0.1", "smtp", {"port": "2525"}))

    refused = await desk.ask(SetSetting("smtp_port", "2525"))
    elsewhere = await desk.ask(SetSetting("smtp_port", "2526"))
    back = await desk.ask(bindings.AddListener("127.0.0.1", "imap", {"port": "25"}))
    no_return = await desk.ask(SetSetting("smtp_port", ""))

    assert (refused.kind, refused.field) == ("conflict", "port")
    assert isinstance(elsewhere, Changed)
    assert isinstance(back, Changed)
    assert (no_return.kind, no_return.field) == ("conflict", "port")


async def test_several_of_a_kind_are_told_apart_by_their_port(desk):
    await add(desk, "127.0.0.1", "smtp")
    await desk.ask(bindings.AddListener("127.0.0.1", "smtp", {"port": "2525"}))

    unclear = await desk.ask(bindings.SwitchListener("127.0.0.1", "smtp", False))
    await desk.ask(bindings.SwitchListener("127.0.0.1", "smtp", False, 2525))

    assert (unclear.kind, unclear.field) == ("conflict", "port")
    rows = (await listed(desk))["127.0.0.1"].listeners
    assert {row.port: row.is_open for row in rows} == {0: True, 2525: False}


async def test_an_alias_as_default_domain_stands_for_its_domain(desk):
    await desk.ask(AddDomainAlias("other.test", "demo.test"))

    await add(desk, "127.0.0.1", default_domain="OTHER.test")

    assert (await listed(desk))["127.0.0.1"].default_domain == "demo.test"


async def test_the_default_domain_of_a_connection_is_not_deleted(desk):
    """DECISIONS 23: what points there is listed."""
    await add(desk, "127.0.0.1", default_domain="demo.test")

    refused = await desk.ask(DeleteDomain("demo.test"))

    assert (refused.kind, refused.field) == ("conflict", "domain")
    assert "127.0.0.1" in refused.reason
    await desk.ask(bindings.ChangeBinding("127.0.0.1", {"default_domain": ""}))
    assert isinstance(await desk.ask(DeleteDomain("demo.test")), Changed)


async def test_what_services_tell_is_shown_until_they_leave(house, desk):
    await add(desk, "127.0.0.1", "smtp")
    service = await house.client()
    (listener,) = service.tables.doors.listeners
    door = DoorView(listener, 25, "trouble", "another program has that port", 0)

    service.tell(DoorStates((door,)))
    await desk.ask(AskStatus())
    (seen,) = (await listed(desk))["127.0.0.1"].listeners
    assert [(one.state, one.reason, one.node) for one in seen.doors] == [
        ("trouble", "another program has that port", "here")
    ]

    await house.stop()
    await house.start()
    await until(lambda: service.is_joined and desk.is_joined)
    await service.ask(AskStatus())
    (seen,) = (await listed(desk))["127.0.0.1"].listeners
    assert seen.doors, "told again after joining again"

    await service.stop()
    await until(lambda: len(house.hub._common.book.present()) == 1)
    (seen,) = (await listed(desk))["127.0.0.1"].listeners
    assert not seen.doors


async def test_a_default_port_is_one_on_every_computer(house, desk):
    """Manual 1.3: the highest base port that is known decides."""
    await add(desk, "127.0.0.1", "imap")
    service = await house.client()
    (listener,) = service.tables.doors.listeners
    service.tell(DoorStates((DoorView(listener, 21_143, "open"),), 21_000))
    await service.ask(AskStatus())

    refused = await desk.ask(SetSetting("imap_port", "60000"))
    for key in ("smtp_port", "pop_port"):
        answer = await desk.ask(SetSetting(key, "44536"))
        assert (answer.kind, answer.field) == ("bad_value", key)
    highest = await desk.ask(SetSetting("imap_port", "44535"))

    assert (refused.kind, refused.field) == ("bad_value", "imap_port")
    assert "81000" in refused.reason
    assert "44535" in refused.cure
    assert isinstance(highest, Changed)

    service.tell(DoorStates((), 22_000))
    await service.ask(AskStatus())
    late = await desk.ask(bindings.AddBinding("127.0.0.2", services=("imap",)))
    assert (late.kind, late.field) == ("bad_value", "port")
    back = await desk.ask(SetSetting("imap_port", ""))
    assert isinstance(back, Changed)


async def test_lists_come_in_pages(desk):
    for number in range(5):
        await add(desk, f"127.0.0.{number}", "smtp")

    first = await desk.ask(bindings.ListBindings(limit=3))
    rest = await desk.ask(bindings.ListBindings(after=first.next, limit=3))

    assert [row.address for row in (*first.rows, *rest.rows)] == [
        f"127.0.0.{number}" for number in range(5)
    ]
    assert (first.next, rest.next) == ("127.0.0.2", "")


async def test_both_databases_keep_them(any_house):
    await any_house.start()
    joined = await any_house.admin()
    service = await any_house.client()
    await add(joined, "127.0.0.1", "smtp", "pop3", "imap")
    await add(joined, "::1", "imap")

    await joined.ask(bindings.SwitchListener("127.0.0.1", "pop3", False))
    await joined.ask(bindings.DeleteBinding("::1"))
    await any_house.stop()
    await any_house.start()
    await until(lambda: joined.is_joined and service.is_joined)

    rows = (await listed(joined))["127.0.0.1"].listeners
    assert {row.service: row.is_open for row in rows} == {
        "smtp": True,
        "pop3": False,
        "imap": True,
    }
    doors = service.tables.doors
    assert [row.address for row in doors.bindings.values()] == ["127.0.0.1"]

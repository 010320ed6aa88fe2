"""Domains at the hub: kinds, other names, who gets what, and how they go."""

import time

import pytest

from mailmax.hub.contract.administration import Changed, Detail
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.domains import (
    AddDomain,
    AddDomainAlias,
    ChangeDomain,
    DeleteDomain,
    DeleteDomainAlias,
    ListDomains,
    ShowDomain,
)
from mailmax.hub.contract.logins import LoginAccepted, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    DeleteUser,
    ImportRow,
    ImportUsers,
    ListUsers,
    ShowUser,
)
from mailmax.store.accounts.removal_units import open_removals


@pytest.fixture
async def desk(any_house):
    return await any_house.begin(
        "tim@demo.test", "eve@demo.test", domains=("demo.test", "other.test")
    )


async def values_of(desk, name):
    shown = await desk.ask(ShowDomain(name))
    return {row.key: row.value for row in shown.rows}


def domain_of(service, name):
    return service.tables.domain(name)


async def test_another_name_stands_for_the_domain_in_mail_and_logins(any_house, desk):
    service = await any_house.client()
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))

    found = service.tables.find("tim@mail.demo.test")
    login = await service.ask(
        VerifyLogin("tim@mail.demo.test", Secret("secret"), "imap", "192.0.2.1", True)
    )

    assert found.address == "tim@demo.test"
    assert isinstance(login, LoginAccepted)
    assert login.address == "tim@demo.test"
    await desk.ask(DeleteDomainAlias("mail.demo.test"))
    assert service.tables.find("tim@mail.demo.test") is None


@pytest.mark.parametrize(
    "request_",
    [
        DeleteDomain("mail.demo.test", with_users=True, confirmed=True),
        ChangeDomain("mail.demo.test", {"max_users": "9"}),
    ],
)
async def test_what_changes_a_domain_is_not_asked_by_another_name(desk, request_):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))

    refused = await desk.ask(request_)

    assert (refused.kind, refused.field) == ("conflict", "domain")
    assert refused.reason == "mail.demo.test is another name of demo.test"
    assert "mailmax domain alias mail.demo.test --remove" in refused.cure
    assert (await values_of(desk, "demo.test"))["max_users"] == "0"


async def test_a_domain_and_its_users_are_found_by_another_name(any_house, desk):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))

    shown = await desk.ask(ShowUser("tim@mail.demo.test"))
    page = await desk.ask(ListUsers("mail.demo.test"))
    domain = await desk.ask(ShowDomain("mail.demo.test"))
    target = await desk.ask(
        ChangeDomain("other.test", {"catch_all": "tim@mail.demo.test"})
    )
    gone = await desk.ask(DeleteUser("eve@mail.demo.test"))

    assert shown.name == "tim@demo.test"
    assert [row.address for row in page.rows] == ["eve@demo.test", "tim@demo.test"]
    assert domain.name == "demo.test"
    assert isinstance(target, Changed), target
    assert (await values_of(desk, "other.test"))["catch_all"] == '"tim@demo.test"'
    assert isinstance(gone, Changed), gone
    assert (await desk.ask(ShowUser("eve@demo.test"))).kind == "not_found"


async def test_an_alias_of_a_user_names_no_user_but_says_whose_it_is(desk):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))
    await desk.ask(AddAlias("tim@mail.demo.test", "eve@demo.test"))

    refused = await desk.ask(DeleteUser("tim@mail.demo.test"))

    assert refused.kind == "not_found"
    assert refused.reason == "tim@mail.demo.test is an alias of eve@demo.test"
    assert isinstance(await desk.ask(ShowUser("tim@demo.test")), Detail)


async def test_a_user_is_added_under_the_domains_own_name(desk):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))

    one = await desk.ask(AddUser("ann@mail.demo.test", Secret("secret-word")))
    many = await desk.ask(
        ImportUsers((ImportRow("ann@mail.demo.test", Secret("secret-word")),))
    )

    for refused in (one, many.refused[0].why):
        assert refused.kind == "conflict"
        assert refused.reason == "mail.demo.test is another name of demo.test"
        assert "ann@demo.test" in refused.cure


async def test_a_default_domain_keeps_the_name_that_it_has(desk):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))
    await desk.ask(SetSetting("default_domain", "mail.demo.test"))

    name = await desk.ask(DeleteDomainAlias("mail.demo.test"))
    domain = await desk.ask(DeleteDomain("demo.test", with_users=True))

    assert name.reason == domain.reason == "mail.demo.test is the default domain"


async def test_an_alias_of_a_user_may_sit_on_another_name_of_a_domain(any_house, desk):
    service = await any_house.client()
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))
    await desk.ask(AddAlias("tim@mail.demo.test", "eve@demo.test"))

    assert service.tables.find("tim@mail.demo.test").address == "eve@demo.test"
    assert service.tables.find("tim@demo.test").address == "tim@demo.test"
    refused = await desk.ask(DeleteDomainAlias("mail.demo.test"))
    assert "tim@mail.demo.test" in refused.reason


@pytest.mark.parametrize("name", ["demo.test", "other.test", "mail.demo.test"])
async def test_another_name_may_be_the_name_of_nothing_else(desk, name):
    await desk.ask(AddDomainAlias("mail.demo.test", "other.test"))

    refused = await desk.ask(AddDomainAlias(name, "demo.test"))

    assert (refused.kind, refused.field) == ("conflict", "name")
    assert "already" in refused.reason


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "relay"}, "delivery_address"),
        ({"kind": "backup"}, "priority"),
        ({"kind": "relay", "delivery_address": "lmtp:"}, "delivery_address"),
        ({"kind": "relay", "delivery_address": "lmtp:/a/../b"}, "delivery_address"),
        ({"recipient_check": "on"}, "recipient_check"),
        ({"kind": "etrn", "recipient_check": "on"}, "recipient_check"),
        ({"smart_host_on": "on"}, "smart_host"),
        ({"smart_host_tls": "never"}, "smart_host_tls"),
        ({"smart_host_password": "a\nb"}, "smart_host_password"),
        ({"kind": "house"}, "kind"),
        ({"suspended": "smtp,telnet"}, "suspended"),
        ({"catch_all": "nobody@demo.test"}, "catch_all"),
        ({"monitor": "tim"}, "monitor"),
        ({"session_messages": "-1"}, "session_messages"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_added(desk, values, field):
    refused = await desk.ask(AddDomain("new.test", values))

    assert isinstance(refused, Denied)
    assert refused.field == field
    assert (await desk.ask(ShowDomain("new.test"))).kind == "not_found"


async def test_a_domain_that_passes_mail_on_has_no_users(any_house, desk):
    service = await any_house.client()
    values = {"kind": "relay", "delivery_address": "192.0.2.7:2525"}
    added = await desk.ask(AddDomain("far.test", values))
    shown = await desk.ask(ShowDomain("far.test"))
    assert (added.note, shown.note) == ("", "")
    held = await desk.ask(AddDomain("held.test", {"kind": "etrn"}))
    assert "until its server asks for it" in held.note
    assert (await desk.ask(ShowDomain("held.test"))).note == held.note

    joe = await desk.ask(AddUser("joe@far.test", Secret("secret-word")))
    demo = await desk.ask(ChangeDomain("demo.test", values))

    row = domain_of(service, "far.test")
    assert (row.kind, row.delivery_address) == ("relay", "192.0.2.7:2525")
    assert (joe.kind, joe.field) == ("conflict", "address")
    assert (demo.kind, demo.field) == ("conflict", "kind")


async def test_a_domain_that_passes_mail_on_has_no_aliases(desk):
    """Nobody would ever look for one: all mail of the domain goes on."""
    values = {"kind": "relay", "delivery_address": "192.0.2.7:2525"}
    for name in ("info", "sales"):
        await desk.ask(AddAlias(f"{name}@other.test", "tim@demo.test"))

    refused = await desk.ask(ChangeDomain("other.test", values))
    for name in ("info", "sales"):
        await desk.ask(DeleteAlias(f"{name}@other.test"))
    changed = await desk.ask(ChangeDomain("other.test", values))
    added = await desk.ask(AddAlias("info@other.test", "tim@demo.test"))

    assert (refused.kind, refused.field) == ("conflict", "kind")
    assert refused.reason == (
        "other.test has aliases that would get no mail: info@other.test and 1 more"
    )
    assert isinstance(changed, Changed)
    assert (added.kind, added.field) == ("conflict", "address")
    assert added.reason == "other.test is a domain whose mail is passed on, all of it"


async def test_catch_all_and_monitor_follow_a_user_and_end_with_it(any_house, desk):
    service = await any_house.client()
    values = {"catch_all": "tim@demo.test", "monitor": "eve@demo.test"}
    await desk.ask(ChangeDomain("other.test", values))
    tim = service.tables.find("tim@demo.test").user_id
    assert domain_of(service, "other.test").catch_all == tim

    refused = await desk.ask(DeleteUser("tim@demo.test"))
    assert (refused.kind, "catch_all of other.test" in refused.reason) == (
        "conflict",
        True,
    )
    await desk.ask(DeleteUser("tim@demo.test", confirmed=True))

    assert domain_of(service, "other.test").catch_all == 0
    assert (await values_of(desk, "other.test"))["catch_all"] == '""'
    assert (await values_of(desk, "other.test"))["monitor"] == '"eve@demo.test"'


async def test_a_domain_whose_own_user_is_its_catch_all_goes_with_it(any_house, desk):
    await any_house.add_user(desk, "own@other.test")
    await desk.ask(ChangeDomain("other.test", {"catch_all": "own@other.test"}))

    gone = await desk.ask(DeleteDomain("other.test", with_users=True))

    assert isinstance(gone, Changed), gone


@pytest.mark.parametrize(
    ("way", "wait_days", "words"),
    [("archive", 0, "puts the mail away"), ("remove", 7, "after 7 days of grace")],
)
async def test_files_are_noted_for_housekeeping(any_house, desk, way, wait_days, words):
    gone = await desk.ask(DeleteUser("tim@demo.test", way))
    later = time.time() + wait_days * 86_400 + 60

    noted = await any_house.hub._common.database.read(open_removals, later, 10)

    assert words in gone.note
    assert [(one.what, one.name, one.way) for one in noted] == [
        ("user", "tim@demo.test", way)
    ]
    early = await any_house.hub._common.database.read(
        open_removals, time.time() - 60, 10
    )
    assert early == []


async def test_the_list_says_kind_names_and_what_is_suspended(desk):
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))
    await desk.ask(ChangeDomain("demo.test", {"suspended": "imap smtp"}))

    page = await desk.ask(ListDomains())

    demo = page.rows[0]
    assert (demo.kind, demo.names) == ("normal", ("mail.demo.test",))
    assert demo.suspended == ("smtp", "imap")


@pytest.mark.manual("6.2")
async def test_an_over_limit_notice_is_the_systems_until_the_domain_has_its_own(
    any_house, desk
):
    service = await any_house.client()
    name = service.tables.domains[0].name
    await desk.ask(SetSetting("over_limit_notice", "percent"))
    inherited = service.tables.notice_for(name)

    own = {"over_limit_notice": "megabytes", "over_limit_threshold": "500"}
    await desk.ask(ChangeDomain(name, own))

    assert inherited == ("percent", 10)
    assert service.tables.notice_for(name) == ("megabytes", 500)
    await desk.ask(ChangeDomain(name, dict.fromkeys(own, "")))
    assert service.tables.notice_for(name) == ("percent", 10)
    for request in (
        ChangeDomain(name, own | {"over_limit_notice": "percent"}),
        SetSetting("over_limit_threshold", "101"),
    ):
        refused = await desk.ask(request)
        assert "100 percent" in refused.reason


# What is accepted with a caution, or not at all


@pytest.mark.parametrize("kind", ["trap", "disabled"])
@pytest.mark.parametrize("key", ["catch_all", "monitor"])
async def test_nobodys_mail_goes_to_who_reads_none(desk, key, kind):
    await desk.ask(ChangeDomain("other.test", {key: "eve@demo.test"}))
    for address in ("tim@demo.test", "eve@demo.test"):
        await desk.ask(ChangeUser(address, {"kind": kind}))

    refused = await desk.ask(ChangeDomain("other.test", {key: "tim@demo.test"}))
    other = await desk.ask(ChangeDomain("other.test", {"max_users": "9"}))

    assert (refused.kind, refused.field) == ("conflict", key)
    assert "tim@demo.test is" in refused.reason
    assert isinstance(other, Changed), "what was set before is in nobody's way"


@pytest.mark.parametrize("key", ["domain", "user"])
@pytest.mark.parametrize(
    ("size", "is_good"), [("0", True), ("100", False), ("64k", True), ("", True)]
)
async def test_a_limit_of_messages_is_none_or_one_that_lets_mail_through(
    desk, key, size, is_good
):
    values = {"message_limit_octets": size}
    ask = {
        "domain": ChangeDomain("demo.test", values),
        "user": ChangeUser("tim@demo.test", values),
    }

    answer = await desk.ask(ask[key])

    assert isinstance(answer, Changed) is is_good, answer


async def test_a_name_of_one_label_is_taken_with_a_caution(desk):
    for request in (AddDomain("one"), AddDomainAlias("other", "demo.test")):
        assert "one label" in (await desk.ask(request)).note
    assert (await desk.ask(AddDomain("two.test"))).note == ""

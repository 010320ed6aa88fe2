"""The running hub on both engines: domains, users, aliases, settings, logins."""

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.aliases import (
    AddAlias,
    AliasPage,
    AliasView,
    DeleteAlias,
    ListAliases,
)
from mailmax.hub.contract.bindings import AddBinding
from mailmax.hub.contract.domains import (
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    DomainPage,
    ListDomains,
)
from mailmax.hub.contract.host_password import SetHostPassword
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.logins import LoginAccepted, LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import (
    GetSettings,
    SetSetting,
    SettingList,
    SettingView,
)
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    DeleteUser,
    ImportRow,
    ImportUsers,
    ListUsers,
    SetPassword,
    ShowUser,
    UserPage,
)


def login(name: str, password: str, default: str = "demo.test") -> VerifyLogin:
    return VerifyLogin(name, Secret(password), "imap", "127.0.0.1", True, default, True)


async def test_a_user_is_added_pushed_and_can_log_in(any_house):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()

    added = await desk.ask(AddDomain("Demo.TEST"))
    user_id = await any_house.add_user(desk, "Tim@demo.test")

    assert isinstance(added, Changed)
    assert added.waiting_for == ()
    assert service.tables.domain("demo.test")
    row = service.tables.find("tim@demo.test")
    assert row is not None
    assert row.user_id == user_id
    assert row.home == f"demo.test/{row.home.split('/')[1]}/tim~{user_id}"
    assert service.tables.users.by_id(user_id) is row
    right = await service.ask(login("tim@demo.test", "secret"))
    assert right == LoginAccepted(user_id, "tim@demo.test", row.home, 1)
    wrong = await service.ask(login("tim@demo.test", "Secret"))
    assert isinstance(wrong, LoginRefused)
    assert wrong.reason == "AUTHENTICATION_FAILED"


@pytest.mark.parametrize(
    "name",
    [
        "tim",
        "TIM",
        "tim@demo.test",
        "tim%demo.test",
        "tim/demo.test",
        "demo.test/tim",
        "Tim@DEMO.test",
    ],
)
async def test_every_form_of_a_login_name_means_the_same_user(house, name):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    user_id = await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(login(name, "secret"))

    assert isinstance(answer, LoginAccepted)
    assert answer.user_id == user_id


@pytest.mark.parametrize(
    "name",
    [
        "tim@other.test",
        "tim@@demo.test",
        "",
        "tim@demo.test ",
        "%{env:PATH}",
        "' or ''='@demo.test",
        "../../etc/passwd",
        "x" * 5000,
        "tim\0@demo.test",
        "\N{KELVIN SIGN}im@demo.test",
        "demo.test",
        "%%%%%%%%%%%%%%%%",
    ],
)
async def test_a_login_name_that_is_nobody_is_refused_like_a_wrong_password(
    house, name
):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(login(name, "secret"))

    assert answer == LoginRefused("AUTHENTICATION_FAILED", 0.0)


async def test_a_name_with_a_percent_sign_is_tried_whole_first(house):
    await house.start()
    desk = await house.admin()
    for domain in ("demo.test", "other.test"):
        await desk.ask(AddDomain(domain))
    whole = await house.add_user(desk, "tim%other.test@demo.test", "whole")
    split = await house.add_user(desk, "tim@other.test", "split")

    first = await desk.ask(login("tim%other.test", "whole"))
    second = await desk.ask(login("tim%other.test", "split"))
    third = await desk.ask(login("tim%other.test", "split", "other.test"))

    assert isinstance(first, LoginAccepted)
    assert first.user_id == whole
    assert isinstance(second, LoginRefused)
    assert isinstance(third, LoginAccepted)
    assert third.user_id == split


async def test_aliases_find_the_user_until_they_are_deleted(any_house):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()
    await desk.ask(AddDomain("demo.test"))
    user_id = await any_house.add_user(desk, "tim@demo.test")

    added = await desk.ask(AddAlias("Info@demo.test", "tim@demo.test"))

    assert isinstance(added, Changed)
    found = service.tables.find("info@demo.test")
    assert found is not None
    assert found.user_id == user_id
    page = await desk.ask(ListAliases())
    assert page == AliasPage((AliasView("info@demo.test", "tim@demo.test"),))
    clash = await desk.ask(AddAlias("tim@demo.test", "tim@demo.test"))
    assert isinstance(clash, Denied)
    assert clash.kind == "conflict"
    await desk.ask(DeleteAlias("info@demo.test"))
    assert service.tables.find("info@demo.test") is None


async def test_deleting_a_user_takes_aliases_along_and_frees_the_address_not_the_number(
    any_house,
):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()
    await desk.ask(AddDomain("demo.test"))
    first = await any_house.add_user(desk, "tim@demo.test")
    await desk.ask(AddAlias("info@demo.test", "tim@demo.test"))

    await desk.ask(DeleteUser("tim@demo.test"))

    assert service.tables.find("tim@demo.test") is None
    assert service.tables.find("info@demo.test") is None
    assert service.tables.users.by_id(first) is None
    second = await any_house.add_user(desk, "tim@demo.test")
    assert second > first


async def test_a_domain_with_users_is_deleted_only_when_that_is_meant(any_house):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()
    await desk.ask(AddDomain("demo.test"))
    await any_house.add_user(desk, "tim@demo.test")

    refused = await desk.ask(DeleteDomain("demo.test"))
    done = await desk.ask(DeleteDomain("demo.test", with_users=True))

    assert isinstance(refused, Denied)
    assert refused.kind == "conflict"
    assert "has 1 user" in refused.reason
    assert isinstance(done, Changed)
    assert service.tables.domain("demo.test") is None
    assert service.tables.find("tim@demo.test") is None
    assert isinstance(await desk.ask(login("tim", "secret")), LoginRefused)


async def test_a_setting_acts_on_running_services(any_house):
    await any_house.start()
    service = await any_house.client(topics=frozenset({"settings"}))
    desk = await any_house.admin()
    assert service.tables.setting("message_limit_octets") == 50 * 1024 * 1024

    changed = await desk.ask(SetSetting("message_limit_octets", "10M"))

    assert isinstance(changed, Changed)
    assert changed.waiting_for == ()
    assert service.tables.setting("message_limit_octets") == 10 * 1024 * 1024
    shown = await desk.ask(GetSettings("message_limit_octets"))
    assert shown == SettingList(
        (SettingView("message_limit_octets", "10485760", False),)
    )
    await desk.ask(SetSetting("message_limit_octets", ""))
    assert service.tables.setting("message_limit_octets") == 50 * 1024 * 1024


@pytest.mark.parametrize(
    ("request_", "kind", "field"),
    [
        (AddDomain("not a domain"), "bad_value", "domain"),
        (AddDomain("demo.test"), "conflict", "domain"),
        (AddUser("tim", Secret("x")), "bad_value", "address"),
        (AddUser("tim@nowhere.test", Secret("x")), "not_found", "address"),
        (AddUser("a..b@demo.test", Secret("x")), "bad_value", "name"),
        (AddUser("a/b@demo.test", Secret("x")), "bad_value", "name"),
        (AddUser("a" * 65 + "@demo.test", Secret("x")), "bad_value", "name"),
        (AddUser("new@demo.test", Secret("")), "bad_value", "password"),
        (AddUser("new@demo.test", Secret("a b")), "bad_value", "password"),
        (AddUser("new@demo.test", Secret("x" * 1025)), "bad_value", "password"),
        (AddUser("new@demo.test", Secret("$2b$12$abc")), "bad_value", "password"),
        (AddUser("new@demo.test", Secret("{SHA}x")), "bad_value", "password"),
        (AddUser("TIM@demo.test", Secret("x")), "conflict", "address"),
        (DeleteUser("nobody@demo.test"), "not_found", "address"),
        (SetPassword("nobody@demo.test", Secret("x")), "not_found", "address"),
        (AddAlias("a@demo.test", "nobody@demo.test"), "not_found", "user"),
        (DeleteAlias("a@demo.test"), "not_found", "address"),
        (SetSetting("colour", "red"), "not_found", "key"),
        (SetSetting("datamax_timeout_s", "1"), "bad_value", "datamax_timeout_s"),
        (SetSetting("smart_host_on", "on"), "conflict", "smart_host_on"),
        (SetSetting("default_domain", "x.test"), "not_found", "default_domain"),
        (SetSetting("name_servers", "ns.x"), "bad_value", "name_servers"),
        (ListUsers("nowhere.test"), "not_found", "domain"),
        (DeleteDomain("nowhere.test"), "not_found", "domain"),
        (SetHostPassword(Secret("")), "bad_value", "host_password"),
        (SetHostPassword(Secret("a b")), "bad_value", "host_password"),
    ],
)
async def test_what_cannot_be_done_is_denied_with_field_and_reason(
    house, request_, kind, field
):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(request_)

    assert isinstance(answer, Denied)
    assert (answer.kind, answer.field) == (kind, field)
    assert answer.reason
    assert answer.cure


async def test_lists_come_in_pages(house):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    rows = tuple(ImportRow(f"user{n:02}@demo.test", Secret("pw")) for n in range(25))
    await desk.ask(ImportUsers(rows))

    seen = []
    cursor = ""
    while cursor or not seen:
        page = await desk.ask(ListUsers(choice=Choice(cursor=cursor, limit=10)))
        assert isinstance(page, UserPage)
        seen += [row.address for row in page.rows]
        cursor = page.next

    assert seen == [f"user{n:02}@demo.test" for n in range(25)]
    listed = await desk.ask(ListDomains())
    assert isinstance(listed, DomainPage)
    assert [(row.name, row.users) for row in listed.rows] == [("demo.test", 25)]


async def test_a_limit_of_the_domain_reaches_the_services_as_the_users_own(house):
    await house.start()
    service = await house.client()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    for name in ("tim", "eve"):
        await house.add_user(desk, f"{name}@demo.test")
    await desk.ask(ChangeUser("eve@demo.test", {"box_limit_octets": "0"}))

    await desk.ask(ChangeDomain("demo.test", {"box_limit_octets": "2M"}))

    assert service.tables.find("tim@demo.test").box_limit_octets == 2 * 1024**2
    assert service.tables.find("eve@demo.test").box_limit_octets == 0


async def test_a_domain_gets_no_more_users_than_it_may_have(house):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await desk.ask(ChangeDomain("demo.test", {"max_users": "2"}))
    rows = tuple(
        ImportRow(f"u{number}@demo.test", Secret("secret-word")) for number in range(3)
    )

    imported = await desk.ask(ImportUsers(rows))
    one_more = await desk.ask(AddUser("joe@demo.test", Secret("secret-word")))

    assert (imported.added, [one.number for one in imported.refused]) == (2, [2])
    assert (one_more.kind, one_more.field) == ("conflict", "max_users")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "robot"}, "kind"),
        ({"nose": "red"}, "nose"),
        ({"first_name": "a\tb"}, "first_name"),
    ],
)
async def test_a_bad_value_changes_nothing_and_is_named(house, values, field):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(ChangeUser("tim@demo.test", {"last_name": "Max", **values}))

    shown = await desk.ask(ShowUser("tim@demo.test"))
    assert {row.key: row.value for row in shown.rows}["last_name"] == '""'
    assert (answer.kind, answer.field) == ("bad_value", field)


# The postmaster


async def test_the_postmaster_is_somebody_where_the_domain_is_here(any_house):
    desk = await any_house.begin("tim@demo.test")
    await desk.ask(AddAlias("boss@demo.test", "tim@demo.test"))

    refused = await desk.ask(SetSetting("postmaster", "nosuch@demo.test"))

    assert (refused.kind, refused.field) == ("not_found", "postmaster")
    for address in ("tim@demo.test", "boss@demo.test", "me@far.test", ""):
        answer = await desk.ask(SetSetting("postmaster", address))
        assert isinstance(answer, Changed), answer


@pytest.mark.parametrize("name", ["tim@demo.test", "boss@demo.test"])
async def test_a_user_who_is_needed_goes_only_when_that_is_confirmed(any_house, name):
    """DECISIONS 23: postmaster of the system, administrator of domains."""
    desk = await any_house.begin("tim@demo.test", domains=("demo.test", "two.test"))
    service = await any_house.client()
    await desk.ask(AddAlias("boss@demo.test", "tim@demo.test"))
    await desk.ask(SetSetting("postmaster", name))
    await desk.ask(SetAdministration("tim@demo.test", ("two.test",)))

    refused = await desk.ask(DeleteUser("tim@demo.test"))
    domain = await desk.ask(DeleteDomain("demo.test", with_users=True))

    for one in (refused, domain):
        assert one.kind == "conflict"
        assert "the setting postmaster" in one.reason
        assert "the administration of two.test by tim@demo.test" in one.reason
    gone = await desk.ask(DeleteUser("tim@demo.test", confirmed=True))
    assert isinstance(gone, Changed), gone
    assert service.tables.setting("postmaster") == ""


# Cautions


async def test_settings_that_are_a_risk_are_taken_with_a_caution(any_house):
    desk = await any_house.begin()
    await desk.ask(AddBinding("127.0.0.1"))
    port = any_house.local.base_port + 25

    clear = await desk.ask(SetSetting("password_keeping", "clear"))
    hashed = await desk.ask(SetSetting("password_keeping", "hashed"))
    await desk.ask(SetSetting("smart_host", f"127.0.0.1:{port}"))
    ring = await desk.ask(SetSetting("smart_host_on", "on"))
    other = await desk.ask(SetSetting("smart_host", "relay.far.test"))

    assert "whoever reads the database" in clear.note
    assert hashed.note == ""
    assert "is this system" in ring.note
    assert other.note == ""

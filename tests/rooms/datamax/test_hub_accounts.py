"""The running hub on both engines: domains, users, aliases, settings, logins."""

import pytest

from mailmax.hub import admin
from mailmax.hub.contract import (
    Denied,
    LoginAccepted,
    LoginRefused,
    Secret,
    VerifyLogin,
)


def login(name: str, password: str, default: str = "demo.test") -> VerifyLogin:
    return VerifyLogin(name, Secret(password), "imap", "127.0.0.1", True, default, True)


async def test_a_user_is_added_pushed_and_can_log_in(any_house):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()

    added = await desk.ask(admin.AddDomain("Demo.TEST"))
    user_id = await any_house.add_user(desk, "Tim@demo.test")

    assert isinstance(added, admin.Changed)
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
    await desk.ask(admin.AddDomain("demo.test"))
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
    await desk.ask(admin.AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(login(name, "secret"))

    assert answer == LoginRefused("AUTHENTICATION_FAILED", 0.0)


async def test_a_name_with_a_percent_sign_is_tried_whole_first(house):
    await house.start()
    desk = await house.admin()
    for domain in ("demo.test", "other.test"):
        await desk.ask(admin.AddDomain(domain))
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
    await desk.ask(admin.AddDomain("demo.test"))
    user_id = await any_house.add_user(desk, "tim@demo.test")

    added = await desk.ask(admin.AddAlias("Info@demo.test", "tim@demo.test"))

    assert isinstance(added, admin.Changed)
    found = service.tables.find("info@demo.test")
    assert found is not None
    assert found.user_id == user_id
    page = await desk.ask(admin.ListAliases())
    assert page == admin.AliasPage(
        (admin.AliasView("info@demo.test", "tim@demo.test"),)
    )
    clash = await desk.ask(admin.AddAlias("tim@demo.test", "tim@demo.test"))
    assert isinstance(clash, Denied)
    assert clash.kind == "conflict"
    await desk.ask(admin.DeleteAlias("info@demo.test"))
    assert service.tables.find("info@demo.test") is None


async def test_deleting_a_user_takes_aliases_along_and_frees_the_address_not_the_number(
    any_house,
):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    first = await any_house.add_user(desk, "tim@demo.test")
    await desk.ask(admin.AddAlias("info@demo.test", "tim@demo.test"))

    await desk.ask(admin.DeleteUser("tim@demo.test"))

    assert service.tables.find("tim@demo.test") is None
    assert service.tables.find("info@demo.test") is None
    assert service.tables.users.by_id(first) is None
    second = await any_house.add_user(desk, "tim@demo.test")
    assert second > first


async def test_a_domain_with_users_is_deleted_only_when_that_is_meant(any_house):
    await any_house.start()
    service = await any_house.client()
    desk = await any_house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    await any_house.add_user(desk, "tim@demo.test")

    refused = await desk.ask(admin.DeleteDomain("demo.test"))
    done = await desk.ask(admin.DeleteDomain("demo.test", with_users=True))

    assert isinstance(refused, Denied)
    assert refused.kind == "conflict"
    assert "1 users" in refused.reason
    assert isinstance(done, admin.Changed)
    assert service.tables.domain("demo.test") is None
    assert service.tables.find("tim@demo.test") is None
    assert isinstance(await desk.ask(login("tim", "secret")), LoginRefused)


async def test_a_setting_acts_on_running_services(any_house):
    await any_house.start()
    service = await any_house.client(topics=frozenset({"settings"}))
    desk = await any_house.admin()
    assert service.tables.setting("message_limit_octets") == 50 * 1024 * 1024

    changed = await desk.ask(admin.SetSetting("message_limit_octets", "10M"))

    assert isinstance(changed, admin.Changed)
    assert changed.waiting_for == ()
    assert service.tables.setting("message_limit_octets") == 10 * 1024 * 1024
    shown = await desk.ask(admin.GetSettings("message_limit_octets"))
    assert shown == admin.SettingList(
        (admin.SettingView("message_limit_octets", "10485760", False),)
    )
    await desk.ask(admin.SetSetting("message_limit_octets", ""))
    assert service.tables.setting("message_limit_octets") == 50 * 1024 * 1024


@pytest.mark.parametrize(
    ("request_", "kind", "field"),
    [
        (admin.AddDomain("not a domain"), "bad_value", "domain"),
        (admin.AddDomain("demo.test"), "conflict", "domain"),
        (admin.AddUser("tim", Secret("x")), "bad_value", "address"),
        (admin.AddUser("tim@nowhere.test", Secret("x")), "not_found", "address"),
        (admin.AddUser("a..b@demo.test", Secret("x")), "bad_value", "name"),
        (admin.AddUser("a/b@demo.test", Secret("x")), "bad_value", "name"),
        (admin.AddUser("a" * 65 + "@demo.test", Secret("x")), "bad_value", "name"),
        (admin.AddUser("new@demo.test", Secret("")), "bad_value", "password"),
        (admin.AddUser("new@demo.test", Secret("a b")), "bad_value", "password"),
        (admin.AddUser("new@demo.test", Secret("x" * 1025)), "bad_value", "password"),
        (admin.AddUser("new@demo.test", Secret("$2b$12$abc")), "bad_value", "password"),
        (admin.AddUser("new@demo.test", Secret("{SHA}x")), "bad_value", "password"),
        (admin.AddUser("TIM@demo.test", Secret("x")), "conflict", "address"),
        (admin.DeleteUser("nobody@demo.test"), "not_found", "address"),
        (admin.SetPassword("nobody@demo.test", Secret("x")), "not_found", "address"),
        (admin.AddAlias("a@demo.test", "nobody@demo.test"), "not_found", "user"),
        (admin.DeleteAlias("a@demo.test"), "not_found", "address"),
        (admin.SetSetting("colour", "red"), "not_found", "key"),
        (admin.SetSetting("datamax_timeout_s", "1"), "bad_value", "datamax_timeout_s"),
        (admin.SetSetting("smart_host_on", "on"), "conflict", "smart_host_on"),
        (admin.SetSetting("default_domain", "x.test"), "not_found", "default_domain"),
        (admin.SetSetting("name_servers", "ns.x"), "bad_value", "name_servers"),
        (admin.ListUsers("nowhere.test"), "not_found", "domain"),
        (admin.DeleteDomain("nowhere.test"), "not_found", "domain"),
        (admin.SetHostPassword(Secret("")), "bad_value", "host_password"),
        (admin.SetHostPassword(Secret("a b")), "bad_value", "host_password"),
    ],
)
async def test_what_cannot_be_done_is_denied_with_field_and_reason(
    house, request_, kind, field
):
    await house.start()
    desk = await house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(request_)

    assert isinstance(answer, Denied)
    assert (answer.kind, answer.field) == (kind, field)
    assert answer.reason
    assert answer.cure


async def test_lists_come_in_pages(house):
    await house.start()
    desk = await house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    rows = tuple(
        admin.ImportRow(f"user{n:02}@demo.test", Secret("pw")) for n in range(25)
    )
    await desk.ask(admin.ImportUsers(rows))

    seen = []
    page = await desk.ask(admin.ListUsers(limit=10))
    while isinstance(page, admin.UserPage) and page.rows:
        seen += [row.address for row in page.rows]
        page = await desk.ask(admin.ListUsers(after=seen[-1], limit=10))

    assert seen == [f"user{n:02}@demo.test" for n in range(25)]
    listed = await desk.ask(admin.ListDomains())
    assert isinstance(listed, admin.DomainPage)
    assert [(row.name, row.users) for row in listed.rows] == [("demo.test", 25)]


async def test_a_limit_of_the_domain_reaches_the_services_as_the_users_own(house):
    await house.start()
    service = await house.client()
    desk = await house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    for name in ("tim", "eve"):
        await house.add_user(desk, f"{name}@demo.test")
    await desk.ask(admin.ChangeUser("eve@demo.test", {"box_limit_octets": "0"}))

    await desk.ask(admin.ChangeDomain("demo.test", {"box_limit_octets": "2M"}))

    assert service.tables.find("tim@demo.test").box_limit_octets == 2 * 1024**2
    assert service.tables.find("eve@demo.test").box_limit_octets == 0


async def test_a_domain_gets_no_more_users_than_it_may_have(house):
    await house.start()
    desk = await house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    await desk.ask(admin.ChangeDomain("demo.test", {"max_users": "2"}))
    rows = tuple(
        admin.ImportRow(f"u{number}@demo.test", Secret("secret-word"))
        for number in range(3)
    )

    imported = await desk.ask(admin.ImportUsers(rows))
    one_more = await desk.ask(admin.AddUser("joe@demo.test", Secret("secret-word")))

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
    await desk.ask(admin.AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    answer = await desk.ask(
        admin.ChangeUser("tim@demo.test", {"last_name": "Max", **values})
    )

    shown = await desk.ask(admin.ShowUser("tim@demo.test"))
    assert {row.key: row.value for row in shown.rows}["last_name"] == '""'
    assert (answer.kind, answer.field) == ("bad_value", field)

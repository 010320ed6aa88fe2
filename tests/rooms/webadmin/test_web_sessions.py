"""Signing in and out; whose requests are taken (TRUST I7, I8)."""

import pytest

from fix_web import Web
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import SetPassword
from mailmax.hub.contract.web import AddApiKey, ApiKeyAdded


@pytest.mark.parametrize(
    ("login", "role", "domains"),
    [
        ("root@a.test", "system_administrator", []),
        ("chief@a.test", "domain_administrator", ["a.test"]),
        ("tim@a.test", "user", []),
    ],
)
async def test_who_signs_in_is_told_who_that_is(web: Web, login, role, domains):
    browser = await web.signed_in(login)

    told = (await browser.ask("GET /session")).json

    assert (told["signed_in"], told["name"]) == (True, login)
    assert (told["role"], told["domains"]) == (role, domains)
    assert told["csrf_token"] == browser.token != ""


async def test_a_wrong_password_opens_nothing(web: Web):
    browser = web.browser()

    told = await browser.sign_in("root@a.test", "wrong")

    assert (told.status, told.code) == (401, "wrong_password")
    assert told.cookies == []


async def test_a_suspended_web_lets_nobody_in(web: Web):
    """DOM-13: told to who knows the password alone; other domains go on."""
    await web.desk.ask(ChangeDomain("a.test", {"suspended": "web"}))
    asker = web.browser()

    told = await asker.sign_in("tim@a.test")
    wrong = await asker.sign_in("tim@a.test", "wrong")
    bob = await web.signed_in("bob@b.test")

    assert (told.status, told.code, told.cookies) == (403, "suspended", [])
    assert "suspended for the domain" in told.json["detail"]
    assert (wrong.status, wrong.code) == (401, "wrong_password")
    assert (await bob.ask("GET /session")).json["signed_in"]


async def test_the_cookie_is_for_our_pages_alone(web: Web):
    told = await web.browser().sign_in("tim@a.test")

    cookie = told.cookies[0]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_each_sign_in_is_a_new_session_and_ends_the_one_before(web: Web):
    browser = await web.signed_in("root@a.test")
    before = browser.cookie

    told = await browser.sign_in("root@a.test")
    after, browser.cookie = browser.cookie, before

    assert told.status == 201
    assert after != before
    assert (await browser.ask("GET /domains")).status == 401


async def test_a_cookie_that_somebody_else_has_set_is_no_session(web: Web):
    browser = web.browser()
    browser.cookie = "mailmax_session=chosen-by-another"

    await browser.sign_in("tim@a.test")

    assert browser.cookie != "mailmax_session=chosen-by-another"


async def test_who_signs_out_is_out_everywhere(web: Web):
    browser = await web.signed_in("root@a.test")

    told = await browser.ask("DELETE /session")

    assert told.status == 204
    assert "Max-Age=0" in told.cookies[0]
    assert (await browser.ask("GET /domains")).status == 401


async def test_a_new_password_ends_the_session(web: Web):
    browser = await web.signed_in("tim@a.test")

    await web.desk.ask(SetPassword("tim@a.test", Secret("another-one")))

    assert not (await browser.ask("GET /session")).json["signed_in"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": "ü"},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_change_that_another_site_sends_is_refused(web: Web, headers):
    browser = await web.signed_in("root@a.test")

    told = await browser.ask("POST /domains", {"name": "c.test"}, headers)

    assert (told.status, told.code) == (403, "csrf")
    assert (await browser.ask("GET /domains/c.test")).status == 404


async def test_another_site_cannot_sign_anybody_in(web: Web):
    body = {"login": "tim@a.test", "password": "secret"}
    told = await web.browser().ask("POST /session", body, {"Origin": "http://evil"})

    assert (told.status, told.code) == (403, "csrf")


async def test_a_key_needs_no_token_and_may_what_its_scopes_say(web: Web):
    request = AddApiKey("backup", ("domains:read",))
    added = await web.desk.ask(request)
    assert isinstance(added, ApiKeyAdded), added
    browser = web.browser()
    browser.key = added.key.value

    assert (await browser.ask("GET /domains")).status == 200
    refused = await browser.ask("POST /domains", {"name": "c.test"})
    assert (refused.status, refused.code) == (403, "scope")
    assert (await browser.ask("GET /users")).status == 403


@pytest.mark.parametrize("key", ["mmx_wrong", "x", "mmx_" + "a" * 5000, ""])
async def test_a_wrong_key_opens_nothing(web: Web, key):
    told = await web.browser().ask(
        "GET /session", headers={"Authorization": f"Bearer {key}"}
    )

    assert told.status == 401

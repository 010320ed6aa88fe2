"""Each token opens what it was made for, and nobody gets one without (TRUST I4, I8)."""

import pytest

from fix_web import Browser, Web
from mailmax.hub.contract.access import AddFilter
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.web import MakeSignInLink, SignInLink
from mailmax.webadmin.api import all_routes

OPENS = {"session": {"cookie"}, "key": {"bearer"}, "link": {"link"}, "csrf": set()}
"""Which kind of token opens by which way; no other does."""


async def tokens(web: Web) -> dict[str, str]:
    root = await web.signed_in("root@a.test")
    made = await root.ask("POST /keys", {"name": "all", "scopes": ["*"]})
    link = await web.desk.ask(MakeSignInLink())
    assert isinstance(link, SignInLink)
    return {
        "session": root.cookie.partition("=")[2],
        "key": made.json["key"],
        "link": link.token.value,
        "csrf": root.token,
    }


async def opens(web: Web, way: str, token: str) -> bool:
    """Tell whether a token opens the system by one of the ways."""
    browser = Browser(web.port)
    if way == "cookie":
        browser.cookie = f"mailmax_session={token}"
    elif way == "bearer":
        browser.key = token
    elif way == "query":
        path = f"GET /domains?token={token}&key={token}&access_token={token}"
        return (await browser.ask(path)).status == 200
    else:
        body = {"login": "root@a.test", "password": token}
        body = {"link": token} if way == "link" else body
        return (await browser.ask("POST /session", body)).status == 201
    return (await browser.ask("GET /domains")).status == 200


@pytest.mark.parametrize("kind", OPENS)
async def test_a_token_opens_only_what_it_was_made_for(web: Web, kind: str):
    """TRUST I4, I8: none of them by the address of a page."""
    added = await web.desk.ask(AddFilter("127.0.0.1", "trusted"))
    assert isinstance(added, Changed)  # no delay after each wrong one
    token = (await tokens(web))[kind]

    for way in ("cookie", "bearer", "password", "query", "link"):
        assert await opens(web, way, token) is (way in OPENS[kind]), way

    if kind == "link":
        assert not await opens(web, "link", token), "once"


async def test_nobody_gets_anything_without_signing_in(web: Web):
    """TRUST I4: no first password, no reset, no registration, no wizard."""
    public = {f"{one.method} {one.path}" for one in all_routes().all if one.is_public}
    assert public == {"GET /session", "POST /session", "DELETE /session"}

    stranger = web.browser()
    for word in ("setup", "wizard", "register", "reset", "password", "forgot", "link"):
        for method in ("GET", "POST", "PUT"):
            body = None if method == "GET" else {}
            told = await stranger.ask(f"{method} /{word}", body)
            assert told.status == 404, (method, word)


async def test_a_change_of_rights_ends_each_session_and_narrows_each_key(web: Web):
    """TRUST I8: at once, and on the server."""
    root = await web.signed_in("root@a.test")
    before = await web.signed_in("chief@a.test")
    made = await before.ask("POST /keys", {"name": "all", "scopes": ["*"]})
    program = Browser(web.port, key=made.json["key"])
    assert (await program.ask("GET /domains")).status == 200

    unmade = await root.change("PUT /administrators/chief@a.test", {})
    after = await web.signed_in("chief@a.test")

    assert unmade.status == 200
    assert after.cookie != before.cookie
    assert (await before.ask("GET /keys")).status == 401
    assert (await program.ask("GET /domains")).status in {401, 404}
    assert (await after.ask("GET /domains")).status == 404

"""What is another's answers as what is not there; nobody rises (TRUST I2, I3)."""

import json
from typing import Any

import pytest

from fix_web import PASSWORD, Browser, Told, Web
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.user import USER_SETTINGS

THERE = ("bob", "b.test")
MISSING = (("ghost", "b.test"), ("ghost", "nowhere.test"))
"""A user who is not there, of a domain that is and of one that is not."""

RULE = {
    "name": "a rule",
    "conditions": [{"kind": "any_message"}],
    "actions": [{"kind": "forward", "addresses": ["U@D"]}],
}
CATCH = {"settings": {"catch_all": "U@D"}}
NAMED = {"settings": {"first_name": "N"}}
WAYS: tuple[tuple[str, Any], ...] = (
    # in the path
    ("GET /domains/D", None),
    ("PATCH /domains/D", {"settings": {"catch_all": ""}}),
    ("DELETE /domains/D", None),
    ("GET /domains/D/extent", None),
    ("GET /domains/D/names", None),
    ("POST /domains/D/names", {"names": ["x.test"]}),
    ("GET /domains/D/rules", None),
    ("POST /domains/D/rules", RULE),
    ("POST /domains/D/rules/1/move", {"steps": 1}),
    ("GET /users/U@D", None),
    ("PATCH /users/U@D", NAMED),
    ("DELETE /users/U@D", None),
    ("PUT /users/U@D/password", {"password": "taken-over"}),
    ("POST /users/U@D/rename", {"address": "x@D"}),
    ("POST /users/U@D/forwards", {"target": "tim@a.test"}),
    ("GET /users/U@D/aliases", None),
    ("GET /users/U@D/lock", None),
    ("POST /users/U@D/unlock", None),
    ("GET /users/U@D/administration", None),
    ("PUT /users/U@D/administration", {"domains": ["a.test"]}),
    ("PUT /users/U@D/apop-secret", {"secret": "hush-hush-7"}),
    ("DELETE /users/U@D/second_factor", None),
    ("GET /users/U@D/rules", None),
    ("POST /users/U@D/rules", RULE),
    ("GET /aliases/U@D", None),
    ("DELETE /aliases/U@D", None),
    ("PUT /administrators/U@D", {"domains": ["a.test"]}),
    ("POST /queue/etrn/D/release", None),
    ("GET /quarantine/U@D", None),
    # in the query
    ("GET /users?filter[domain]=D", None),
    ("GET /users?filter[may_administer]=D", None),
    ("GET /users?q=U@D", None),
    ("GET /aliases?filter[user]=U@D", None),
    ("GET /aliases?filter[domain]=D", None),
    ("GET /aliases?q=U@D", None),
    ("GET /sessions?user=U@D", None),
    ("GET /audit?filter[actor]=U@D", None),
    # in the body
    ("POST /users", {"address": "eve@D", "password": "secret-1"}),
    ("POST /users/bulk", {"addresses": ["U@D"], **NAMED}),
    ("POST /users/bulk", {"addresses": ["U@D"], "delete": {}}),
    ("POST /users/import", {"rows": [{"address": "eve@D", "password": "secret-1"}]}),
    ("POST /aliases", {"address": "x@a.test", "user": "U@D"}),
    ("POST /aliases", {"address": "x@D", "user": "tim@a.test"}),
    ("POST /virus/switch", {"is_on": False, "domain": "D"}),
    ("POST /traces", {"service": "logins", "filter": {"user": "U@D"}}),
    ("PUT /users/tim@a.test/administration", {"domains": ["D"]}),
    ("POST /users/tim@a.test/rename", {"address": "U@D"}),
    ("POST /domains/a.test/names", {"names": ["D"]}),
    ("POST /users/tim@a.test/rules/test",
     {"rule": RULE, "stored": {"address": "U@D", "mailbox": "INBOX", "uid": 1}}),
    # as where mail goes
    ("PATCH /domains/a.test", CATCH),
    ("PATCH /domains/a.test", {"settings": {"monitor": "U@D"}}),
    ("POST /users/tim@a.test/forwards", {"target": "U@D"}),
    ("PATCH /users/tim@a.test", {"settings": {"forwards": ["U@D"]}}),
    ("PATCH /users/tim@a.test", {"settings": {"reply_from": "U@D"}}),
    ("POST /users/tim@a.test/rules", RULE),
    ("POST /domains/a.test/rules", RULE),
)  # fmt: skip
NUMBERED = frozenset({"id", "number"})
"""What is told of a rule that was made: its own number, which goes up."""


async def told_of(browser: Browser, way: str, body: Any, name: tuple[str, str]) -> Told:
    """Ask about somebody."""
    user, domain = name

    def named(text: str) -> str:
        return text.replace("U@D", f"{user}@{domain}").replace("D", domain)

    method, _, path = way.partition(" ")
    sent = None if body is None else json.loads(named(json.dumps(body)))
    etag = "" if method in {"GET", "POST"} and "rename" not in path else "*"
    return await browser.ask(f"{method} {named(path)}", sent, etag=etag)


def said(told: Told, name: tuple[str, str]) -> tuple[int, str]:
    """Return an answer without the names that were asked about."""
    user, domain = name
    text = told.octets.decode().replace(f"{user}@{domain}", "U@D").replace(domain, "D")
    if told.status < 300 and text.startswith("{"):
        kept = {
            key: one for key, one in json.loads(text).items() if key not in NUMBERED
        }
        text = json.dumps(kept)
    return told.status, text


@pytest.mark.parametrize("asks", ["chief@a.test", "tim@a.test"])
async def test_who_is_anothers_answers_as_who_is_not_there(web: Web, asks: str):
    """TRUST I2: in path, query and body, in lists of many, as where mail goes."""
    root = await web.signed_in("root@a.test")
    for alias, user in (("al@b.test", "bob@b.test"), ("x@b.test", "bob@b.test")):
        made = await root.ask("POST /aliases", {"address": alias, "user": user})
        assert made.status == 201
    browser = await web.signed_in(asks)
    differing = []

    for way, body in WAYS:
        there = said(await told_of(browser, way, body, THERE), THERE)
        assert there[0] < 500 or "/queue" in way, (way, there)
        for name in MISSING:
            other = said(await told_of(browser, way, body, name), name)
            if other != there:
                differing.append((way, body, there, other))

    assert differing == []
    kept = (await root.ask("GET /users/bob@b.test")).json
    values = {row["key"]: row["value"] for row in kept["settings"]}
    assert (values["first_name"], values["forwards"]) == ("", [])
    assert (await root.ask("GET /users?filter[domain]=b.test")).json["total"] == 1


async def test_an_own_address_of_anothers_user_is_seen_and_taken_away(web: Web):
    """TRUST I2: that it is taken is the domain's affair, whose it is the other's."""
    root = await web.signed_in("root@a.test")
    theirs = {"address": "sales@a.test", "user": "bob@b.test"}
    assert (await root.ask("POST /aliases", theirs)).status == 201
    chief = await web.signed_in("chief@a.test")
    way = "/aliases/sales@a.test"

    listed = await chief.ask("GET /aliases?q=sales&sort=user")
    shown = await chief.ask(f"GET {way}")
    sought = await chief.ask("GET /aliases?q=bob")
    others = await chief.ask("GET /aliases?filter[user]=bob@b.test")
    gone = await chief.change(f"DELETE {way}")

    assert shown.json == {"address": "sales@a.test", "user": ""}
    assert (listed.json["rows"], listed.json["total"]) == ([shown.json], 1)
    assert (sought.json["rows"], others.status, gone.status) == ([], 404, 200)
    for told in (listed, shown, gone):
        assert b"b.test" not in told.octets
    assert (await root.ask(f"GET {way}")).status == 404
    assert (await root.ask("GET /users/bob@b.test/aliases")).json["rows"] == []


async def test_addresses_on_another_name_of_the_domain_are_its_administrators(web: Web):
    root = await web.signed_in("root@a.test")
    chief = await web.signed_in("chief@a.test")
    more = {"address": "info@alt.test", "user": "tim@a.test"}
    assert (await chief.ask("POST /aliases", more)).status == 404
    named = await root.ask("POST /domains/a.test/names", {"names": ["alt.test"]})
    assert named.json["done"] == ["alt.test"]

    made = await chief.ask("POST /aliases", more)
    shown = await chief.ask("GET /aliases/info@alt.test")
    elsewhere = {"address": "bob@alt.test", "user": "bob@b.test"}
    refused = await chief.ask("POST /aliases", elsewhere)
    gone = await chief.change("DELETE /aliases/info@alt.test")

    told = (made.status, shown.json, refused.status, gone.status)
    assert told == (201, more, 404, 200)
    unnamed = await root.change("DELETE /domains/a.test/names/alt.test")
    assert unnamed.status == 200, unnamed.json
    assert (await chief.ask("POST /aliases", more)).status == 404


async def test_no_request_says_whose_an_own_address_is(web: Web):
    """TRUST I2: neither do refusals, where it is named as if it were a user."""
    root = await web.signed_in("root@a.test")
    theirs = {"address": "sales@a.test", "user": "bob@b.test"}
    assert (await root.ask("POST /aliases", theirs)).status == 201
    chief = await web.signed_in("chief@a.test")
    ways = [one for one in WAYS if one[0] != "DELETE /aliases/U@D"]
    telling = []

    for way, body in ways:
        told = await told_of(chief, way, body, ("sales", "a.test"))
        if b"b.test" in told.octets:
            telling.append((way, body, told.octets))

    assert telling == []
    named = (await chief.ask("GET /users/sales@a.test")).json
    assert named["detail"].startswith("sales@a.test is an alias, and its user")


async def test_who_points_to_a_user_is_not_told_beyond_the_own_domains(web: Web):
    """TRUST I2; DECISIONS 23."""
    root = await web.signed_in("root@a.test")
    for user in ("bob@b.test", "chief@a.test"):
        way = f"POST /users/{user}/forwards"
        assert (await root.ask(way, {"target": "tim@a.test"})).status == 201
    catch_all = {"settings": {"catch_all": "tim@a.test"}}
    assert (await root.change("PATCH /domains/b.test", catch_all)).status == 200
    chief = await web.signed_in("chief@a.test")

    told = await chief.change("DELETE /users/tim@a.test")
    many = {"addresses": ["tim@a.test"], "delete": {}}
    bulk = await chief.ask("POST /users/bulk", many)
    everything = await root.change("DELETE /users/tim@a.test")

    assert told.status == 409
    assert "forward of chief@a.test and 2 more" in told.json["detail"]
    for told_less in (told, bulk):
        assert b"b.test" not in told_less.octets
    assert b"bob@b.test" in everything.octets


DOMAINS_OWN = {"catch_all", "over_limit_notice", "over_limit_threshold"}
USERS_OWN = {
    "first_name", "last_name", "forwarding_on", "forwards", "forwards_keep_copy",
    "reply_on", "reply_from", "reply_name", "reply_subject", "reply_text", "reply_days",
}  # fmt: skip
OF_ADMINISTRATORS = USERS_OWN | {"kind", "virus_check"}
"""DECISIONS 25, said once more: whatever is new is the system administrator's."""


async def refused(browser: Browser, way: str, keys: set[str]) -> set[str]:
    """Return the settings that may not be changed there."""
    found = set()
    for key in keys:
        told = await browser.ask(way, {"settings": {key: "/etc"}}, etag="*")
        if told.status == 403:
            assert told.json["field"] == key, told.octets
            found.add(key)
        else:
            assert told.status in {200, 422}, (key, told.octets)
    return found


async def test_paths_routes_and_limits_are_the_system_administrators(web: Web):
    """TRUST I3: each setting that there is."""
    chief = await web.signed_in("chief@a.test")
    tim = await web.signed_in("tim@a.test")
    of_domain, of_user = set(DOMAIN_SETTINGS), set(USER_SETTINGS)

    assert await refused(chief, "PATCH /domains/a.test", of_domain) == (
        of_domain - DOMAINS_OWN
    )
    own = await refused(chief, "PATCH /users/chief@a.test", of_user)
    others = await refused(chief, "PATCH /users/tim@a.test", of_user)
    toms = await refused(tim, "PATCH /users/tim@a.test", of_user)
    assert (own, toms) == (of_user - USERS_OWN, of_user - USERS_OWN)
    assert others == of_user - OF_ADMINISTRATORS


RISING: tuple[tuple[str, Any, int], ...] = (
    ("PUT /users/chief@a.test/administration", {"system": True}, 403),
    ("PUT /users/chief@a.test/administration", {"domains": ["a.test", "b.test"]}, 403),
    ("PUT /users/tim@a.test/administration", {"system": True}, 403),
    ("PUT /administrators/chief@a.test", {"is_system": True}, 404),
    ("POST /users/chief@a.test/rename", {"address": "root@b.test"}, 422),
    ("POST /users", {"address": "eve@a.test", "password": "secret-1",
                     "settings": {"box_limit_octets": 0}}, 403),
    ("POST /domains/bulk", {"names": ["a.test"], "settings": {"mail_root": "/e"}}, 404),
    ("PATCH /settings", {"settings": {"name_servers": ["192.0.2.1"]}}, 404),
    ("PATCH /settings", {"settings": {"smart_host": "evil.test"}}, 404),
    ("PATCH /settings", {"settings": {"virus_command": "/bin/sh"}}, 404),
    ("POST /connections", {"address": "192.0.2.9"}, 404),
    ("POST /filters", {"pattern": "*", "kind": "trusted", "confirmed": True}, 404),
    ("POST /bans", {"value": "b.test"}, 404),
    ("PUT /host-password", {"password": "a-new-host-password"}, 404),
    ("POST /services", {"role": "smtpmax", "deed": "stop"}, 404),
    ("GET /local", None, 404),
    ("GET /database", None, 404),
    ("GET /audit", None, 404),
)  # fmt: skip


@pytest.mark.parametrize("way_in", ["session", "key"])
async def test_nobody_rises_by_session_or_key(web: Web, way_in: str):
    """TRUST I3: a key for everything is for everything of its holder."""
    chief = await web.signed_in("chief@a.test")
    made = await chief.ask("POST /keys", {"name": "all", "scopes": ["*"]})
    asks = chief if way_in == "session" else Browser(web.port, key=made.json["key"])

    for way, body, status in RISING:
        told = await asks.ask(way, body, etag="*")
        assert told.status == status, (way, told.octets)

    again = await web.signed_in("chief@a.test", PASSWORD)
    told = (await again.ask("GET /session")).json
    assert (told["role"], told["domains"]) == ("domain_administrator", ["a.test"])

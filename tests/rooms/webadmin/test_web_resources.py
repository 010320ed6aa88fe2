"""Settings, domains, users, aliases by the REST API: done, refused, hidden."""

import pytest

from fix_web import PASSWORD, Web


async def test_a_domain_is_added_shown_changed_and_deleted(web: Web):
    root = await web.signed_in("root@a.test")

    new = {"name": "c.test", "settings": {"max_users": 7}}
    added = await root.ask("POST /domains", new)
    patch = {"settings": {"max_users": None, "catch_all": "tim@a.test"}}
    changed = await root.change("PATCH /domains/c.test", patch)
    shown = (await root.ask("GET /domains/c.test")).json
    deleted = await root.change("DELETE /domains/c.test")

    assert (added.status, added.headers["location"]) == (201, "/api/v1/domains/c.test")
    assert (changed.status, changed.json["waiting_for"]) == (200, [])
    rows = {row["key"]: row for row in shown["settings"]}
    assert rows["max_users"]["own"] is False
    assert rows["max_users"]["source"] == "built-in"
    assert rows["catch_all"]["value"] == "tim@a.test"
    assert rows["catch_all"]["source"] == "domain"
    assert deleted.status == 200
    assert (await root.ask("GET /domains/c.test")).status == 404


async def test_a_change_needs_what_was_seen(web: Web):
    root = await web.signed_in("root@a.test")
    seen = (await root.ask("GET /domains/a.test")).headers["etag"]
    patch = {"settings": {"max_users": 70}}

    blind = await root.ask("PATCH /domains/a.test", patch)
    first = await root.ask("PATCH /domains/a.test", patch, etag=seen)
    second = await root.ask("PATCH /domains/a.test", patch, etag=seen)

    assert (blind.status, first.status, second.status) == (428, 200, 412)


async def test_a_bad_value_is_told_with_field_reason_and_cure(web: Web):
    root = await web.signed_in("root@a.test")

    told = await root.change("PATCH /domains/a.test", {"settings": {"max_users": "x"}})

    assert told.status == 422
    assert told.json["field"] == "max_users"
    assert told.json["detail"]
    assert told.json["hint"]


async def test_a_list_comes_in_pages(web: Web):
    root = await web.signed_in("root@a.test")

    first = (await root.ask("GET /users?limit=3")).json
    second = (await root.ask(f"GET /users?limit=3&cursor={first['next']}")).json

    found = [row["address"] for row in (*first["rows"], *second["rows"])]
    assert found == ["chief@a.test", "root@a.test", "tim@a.test", "bob@b.test"] or (
        sorted(found) == sorted({*found}) and len(found) == 4
    )
    assert second["next"] == ""


async def test_lists_are_searched_sorted_filtered_and_counted(web: Web):
    root = await web.signed_in("root@a.test")

    async def found(query: str) -> list[str]:
        page = (await root.ask(f"GET /{query}")).json
        assert page["total"] == len(page["rows"])
        return [row.get("address", row.get("name")) for row in page["rows"]]

    everyone = await found("users")
    assert await found("users?sort=-address") == everyone[::-1]
    assert await found("users?q=BOB%40") == ["bob@b.test"]
    assert await found("users?filter[domain]=b.test") == ["bob@b.test"]
    administrators = await found("users?filter[administrators]=true")
    assert "root@a.test" in administrators
    assert "tim@a.test" not in administrators
    assert await found("users?filter[kind]=trap") == []
    assert await found("users?filter[nearly_full]=true") == []
    assert await found("users?filter[user]=BO") == ["bob@b.test"]
    assert await found("users?filter[user]=b.test") == []
    assert await found("users?filter[first_name]=x&filter[last_name]=y") == []
    assert await found("domains?sort=-name") == ["b.test", "a.test"]
    assert await found("domains?filter[imap_suspended]=true") == []
    assert await found("domains?filter[web_suspended]=true") == []
    await root.ask("POST /aliases", {"address": "x@a.test", "user": "tim@a.test"})
    assert await found("aliases?q=TIM&filter[domain]=a.test") == ["x@a.test"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("sort=password", 422, "sort"),
        ("cursor=AAAA", 422, "cursor"),
        ("q=%00", 422, "q"),
        ("filter[kind]=odd", 400, "filter.kind"),
        ("filter[odd]=1", 400, "filter.odd"),
        ("domain=a.test", 400, "domain"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(web: Web, query, status, field):
    root = await web.signed_in("root@a.test")

    told = await root.ask(f"GET /users?{query}")

    assert (told.status, told.json["field"]) == (status, field)


async def test_an_administrator_of_a_domain_sees_that_domain_alone(web: Web):
    """TRUST I2: what is another's is missing."""
    chief = await web.signed_in("chief@a.test")

    domains = (await chief.ask("GET /domains")).json["rows"]
    users = (await chief.ask("GET /users")).json["rows"]

    assert [row["name"] for row in domains] == ["a.test"]
    assert (await chief.ask("GET /domains")).json["total"] == 1
    assert (await chief.ask("GET /users?q=bob")).json["total"] == 0
    assert {row["address"].partition("@")[2] for row in users} == {"a.test"}
    for way in (
        "GET /domains/b.test", "GET /users/bob@b.test", "GET /settings",
        "GET /users?filter[domain]=b.test", "GET /users?filter[may_administer]=b.test",
        "GET /aliases?filter[user]=bob@b.test", "GET /aliases?filter[domain]=b.test",
        "GET /settings/hostname", "GET /domains/missing.test",
    ):  # fmt: skip
        assert (await chief.ask(way)).status == 404, way


@pytest.mark.parametrize(
    ("way", "body", "status"),
    [
        ("PATCH /domains/a.test", {"settings": {"max_users": 9}}, 403),
        ("PATCH /domains/a.test", {"settings": {"mail_root": "/etc"}}, 403),
        ("PATCH /domains/a.test", {"settings": {"catch_all": "bob@b.test"}}, 422),
        ("PATCH /domains/a.test", {"settings": {"catch_all": "tim@a.test"}}, 200),
        ("DELETE /domains/a.test", None, 403),
        ("PATCH /domains/b.test", {"settings": {"catch_all": ""}}, 404),
        ("PATCH /users/tim@a.test", {"settings": {"box_limit_octets": 0}}, 403),
        ("PATCH /users/tim@a.test", {"settings": {"first_name": "T"}}, 200),
        ("PATCH /users/root@a.test", {"settings": {"first_name": "T"}}, 403),
        ("DELETE /users/root@a.test", None, 403),
        ("DELETE /users/bob@b.test", None, 404),
        ("PATCH /settings", {"settings": {"hostname": "x.test"}}, 404),
    ],
)
async def test_an_administrator_of_a_domain_changes_what_is_left_to_them(
    web: Web, way: str, body, status: int
):
    """TRUST I3; DECISIONS 25."""
    chief = await web.signed_in("chief@a.test")

    told = await chief.change(way, body)

    assert told.status == status, told.octets


async def test_an_administrator_of_a_domain_sees_what_is_reserved_and_why(web: Web):
    """DECISIONS 25: read only are directory, type, routes, limits, blank passwords."""
    root = await web.signed_in("root@a.test")
    await root.change("PATCH /domains/a.test", {"settings": {"max_users": 7}})
    chief = await web.signed_in("chief@a.test")

    seen = (await chief.ask("GET /domains/a.test")).json["settings"]
    whole = (await root.ask("GET /domains/a.test")).json["settings"]
    refused = await chief.change(
        "PATCH /domains/a.test", {"settings": {"kind": "etrn"}}
    )

    assert [{**row, "reserved": ""} for row in seen] == whole
    why = {row["key"]: row["reserved"] for row in seen}
    assert {key for key, word in why.items() if not word} == {
        "catch_all", "over_limit_notice", "over_limit_threshold",
    }  # fmt: skip
    assert (why["mail_root"], why["kind"], why["smart_host"]) == (
        "path", "route", "route",
    )  # fmt: skip
    assert (why["max_users"], why["blank_passwords"]) == ("limit", "login")
    assert (refused.status, refused.json["field"]) == (403, "kind")
    assert refused.json["hint"] == "it decides where mail goes"


async def test_a_user_sees_the_limits_of_the_account_and_why_they_are_reserved(
    web: Web,
):
    """DECISIONS 25: also who administers the domain, of the others and of oneself."""
    root = await web.signed_in("root@a.test")
    limits = {"settings": {"box_limit_octets": 5_000_000, "daily_messages": 9}}
    for person in ("tim", "chief"):
        await root.change(f"PATCH /users/{person}@a.test", limits)
    tim, chief = [await web.signed_in(one) for one in ("tim@a.test", "chief@a.test")]

    async def why(browser, address: str) -> dict[str, str]:
        rows = (await browser.ask(f"GET /users/{address}")).json["settings"]
        whole = (await root.ask(f"GET /users/{address}")).json["settings"]
        assert [{**row, "reserved": ""} for row in rows] == whole
        return {row["key"]: row["reserved"] for row in rows if row["reserved"]}

    own = await why(tim, "tim@a.test")
    assert own["box_limit_octets"] == own["daily_messages"] == "account"
    assert (own["kind"], own["virus_check"]) == ("login", "check")
    assert await why(chief, "chief@a.test") == own
    others = await why(chief, "tim@a.test")
    assert own.keys() - others.keys() == {"kind", "virus_check"}
    for key in own:
        refused = await tim.change("PATCH /users/tim@a.test", {"settings": {key: None}})
        assert (refused.status, refused.json["field"]) == (403, key)
        assert refused.json["hint"].startswith("it ")


async def test_a_value_has_its_source_and_a_zero_its_meaning(web: Web):
    """SCREENS 2.1 (3): where a value comes from, over all three scopes."""
    root = await web.signed_in("root@a.test")

    async def rows(way: str) -> dict[str, dict]:
        found = (await root.ask(f"GET {way}")).json["settings"]
        return {row["key"]: row for row in found}

    async def change(way: str, **settings) -> None:
        assert (await root.change(f"PATCH {way}", {"settings": settings})).status == 200

    user, domain, limit = "/users/tim@a.test", "/domains/a.test", "message_limit_octets"
    built_in = (await rows(user))[limit]
    await change("/settings", housekeeping="messages_by_age", **{limit: 9_000_000})
    system = await rows(user)
    await change(domain, box_limit_octets=800, **{limit: 7_000_000})
    above = await rows(user)
    await change(user, box_limit_octets=0, **{limit: 0})
    own = await rows(user)

    def of(row: dict) -> tuple:
        return row["value"], row["own"], row["source"], row["inherited"]

    assert of(built_in) == (0, False, "built-in", 0)
    assert built_in["system"] == 52_428_800
    assert (of(system[limit]), system[limit]["system"]) == (
        (0, False, "system", 0),
        9_000_000,
    )
    assert system["housekeeping"]["source"] == "system"
    assert of(above[limit]) == (7_000_000, False, "domain", 7_000_000)
    assert of(above["box_limit_octets"]) == (800, False, "domain", 800)
    assert of(own[limit]) == (0, True, "user", 7_000_000)
    assert of(own["box_limit_octets"]) == (0, True, "user", 800)
    assert of((await rows(domain))[limit]) == (7_000_000, True, "domain", 0)


@pytest.mark.parametrize("role", ["root@a.test", "chief@a.test", "tim@a.test"])
async def test_ones_own_password_wants_the_one_that_holds(web: Web, role: str):
    """A cookie alone does not become the account, however its address is written."""
    browser = await web.signed_in(role)
    way = f"PUT /users/{role.upper()}/password"

    for current in ({}, {"current": "a-wrong-one"}):
        told = await browser.ask(way, {"password": "a-new-one", **current})
        assert (told.status, told.code) == (403, "current_password")
        assert told.json["field"] == "current"
    assert (await browser.ask("GET /session")).json["name"] == role

    told = await browser.ask(way, {"password": "a-new-one", "current": PASSWORD})

    assert told.status == 200, told.octets
    assert (await web.signed_in(role, "a-new-one")).cookie


@pytest.mark.parametrize(
    ("way", "body", "status"),
    [
        ("PUT /users/root@a.test/password", {"password": "taken-over"}, 403),
        ("PUT /users/bob@b.test/password", {"password": "taken-over"}, 404),
        ("PUT /users/tim@a.test/password", {"password": "a-new-one"}, 200),
        ("POST /users/root@a.test/forwards", {"target": "x@y.test"}, 403),
        ("POST /users", {"address": "eve@b.test", "password": "secret-1"}, 404),
        ("POST /users", {"address": "eve@a.test", "password": "secret-1"}, 201),
        ("POST /aliases", {"address": "x@a.test", "user": "bob@b.test"}, 404),
        ("POST /aliases", {"address": "x@b.test", "user": "tim@a.test"}, 404),
        ("POST /aliases", {"address": "x@a.test", "user": "tim@a.test"}, 201),
        ("POST /domains", {"name": "c.test"}, 404),
    ],
)
async def test_nobody_rises_by_what_they_administer(web: Web, way, body, status):
    """TRUST I3."""
    chief = await web.signed_in("chief@a.test")

    told = await chief.ask(way, body)

    assert told.status == status, told.octets


async def test_a_user_has_the_own_settings_and_nothing_else(web: Web):
    tim = await web.signed_in("tim@a.test")

    own = {"settings": {"reply_text": "I am away", "reply_on": True}}
    limits = {"settings": {"box_limit_octets": 0}}
    assert (await tim.change("PATCH /users/tim@a.test", own)).status == 200
    assert (await tim.change("PATCH /users/tim@a.test", limits)).status == 403
    assert (await tim.ask("GET /users/chief@a.test")).status == 404
    for way in ("GET /users", "GET /domains", "GET /aliases", "GET /settings"):
        assert (await tim.ask(way)).status == 404, way


async def test_settings_of_the_system_are_set_and_reset(web: Web):
    root = await web.signed_in("root@a.test")

    patch = {"settings": {"pop_timeout_s": 700, "hostname": "mail.a.test"}}
    await root.change("PATCH /settings", patch)
    own = (await root.ask("GET /settings/pop_timeout_s")).json
    await root.change("PATCH /settings", {"settings": {"pop_timeout_s": None}})
    reset = (await root.ask("GET /settings/pop_timeout_s")).json
    bad = {"settings": {"pop_timeout_s": 800, "no_such": 1}}
    refused = await root.change("PATCH /settings", bad)
    untouched = (await root.ask("GET /settings/pop_timeout_s")).json

    assert (own["value"], own["source"]) == (700, "system")
    assert (reset["value"], reset["source"]) == (reset["default"], "built-in")
    assert (refused.status, refused.json["field"]) == (422, "no_such")
    assert untouched == reset


async def test_what_can_be_set_is_declared(web: Web):
    tim = await web.signed_in("tim@a.test")

    rows = (await tim.ask("GET /settings/schema")).json

    found = {(row["scope"], row["key"]): row for row in rows}
    assert found["system", "hostname"]["page"] == "general"
    assert found["domain", "kind"]["kind"] == "choice"
    assert all(row["label"] and row["help"] for row in rows)


async def test_a_user_is_renamed_forwarded_and_deleted(web: Web):
    root = await web.signed_in("root@a.test")

    forwarded = await root.ask(
        "POST /users/bob@b.test/forwards", {"target": "x@y.test"}
    )
    seen = await root.ask("GET /users/bob@b.test")
    body = {"address": "rob@b.test", "keep_old": True}
    etag = seen.headers["etag"]
    renamed = await root.ask("POST /users/bob@b.test/rename", body, etag=etag)
    aliases = (await root.ask("GET /aliases?filter[user]=rob@b.test")).json["rows"]
    deleted = await root.change("DELETE /users/rob@b.test", query="?confirmed=true")

    rows = {row["key"]: row["value"] for row in seen.json["settings"]}
    assert (forwarded.status, rows["forwards"]) == (201, ["x@y.test"])
    assert renamed.status == 200
    assert aliases == [{"address": "bob@b.test", "user": "rob@b.test"}]
    assert deleted.status == 200


async def test_a_forward_is_taken_away_as_the_user_was_seen(web: Web):
    root = await web.signed_in("root@a.test")
    await root.ask("POST /users/bob@b.test/forwards", {"target": "x@y.test"})
    seen = (await root.ask("GET /users/bob@b.test")).headers["etag"]
    await root.ask("POST /users/bob@b.test/forwards", {"target": "z@y.test"})
    way = "DELETE /users/bob@b.test/forwards/x@y.test"

    unseen, outdated = await root.ask(way), await root.ask(way, etag=seen)
    done = await root.change(way, of="/users/bob@b.test")

    assert (unseen.status, outdated.status, done.status) == (428, 412, 200)
    shown = (await root.ask("GET /users/bob@b.test")).json["settings"]
    assert {row["key"]: row["value"] for row in shown}["forwards"] == ["z@y.test"]


async def test_an_alias_is_shown_and_deleted_as_it_was_seen(web: Web):
    root = await web.signed_in("root@a.test")
    tim, bob = {"user": "tim@a.test"}, {"user": "bob@b.test"}
    for address in ("x@a.test", "max@a.test", "x@b.test"):
        assert (
            await root.ask("POST /aliases", {"address": address, **tim})
        ).status < 300
    way = "DELETE /aliases/X@A.test"

    shown = await root.ask("GET /aliases/x@a.test")
    seen = shown.headers["etag"]
    missing = await root.ask("GET /aliases/ax@a.test")
    unseen = await root.ask(way)
    first = await root.ask(way, etag=seen)
    await root.ask("POST /aliases", {"address": "x@a.test", **bob})
    outdated = await root.ask(way, etag=seen)

    assert shown.json == {"address": "x@a.test", "user": "tim@a.test"}
    assert (missing.status, unseen.status, first.status) == (404, 428, 200)
    assert outdated.status == 412
    assert (await root.change(way)).status == 200
    left = (await root.ask("GET /aliases?sort=address")).json["rows"]
    assert [row["address"] for row in left] == ["max@a.test", "x@b.test"]


async def test_a_group_of_systems_is_changed_as_it_was_seen(web: Web):
    root = await web.signed_in("root@a.test")
    await root.ask("POST /system-groups", {"name": "North"})
    group = "/system-groups/North"
    seen = await root.ask(f"GET {group}")
    system = {"name": "s", "host": "h.test", "port": 1, "password": PASSWORD}
    await root.ask("POST /systems", {**system, "group": "North"})
    etag = seen.headers["etag"]

    unseen = await root.ask(f"DELETE {group}?confirmed=true")
    outdated = await root.ask(f"PUT {group}", {"name": "South"}, etag=etag)
    renamed = await root.change(f"PUT {group}", {"name": "South"})
    missing = await root.ask(f"GET {group}")
    gone = await root.change("DELETE /system-groups/South", query="?confirmed=true")

    assert seen.json == {"name": "North", "systems": 0}
    assert (unseen.status, outdated.status) == (428, 412)
    assert (renamed.status, missing.status, gone.status) == (200, 404, 200)

"""Names of domains, rights, secrets, many at once and imports by the REST API."""

import pytest

from fix_web import Web

NEW = {"address": "eva@a.test", "password": "a-long-one", "first_name": "Eva"}


async def test_names_that_are_free_are_added_and_the_others_told(web: Web):
    """DOM-8: conflicts are listed and not added."""
    root = await web.signed_in("root@a.test")
    names = ["mail.a.test", "b.test", "not a name", "www.a.test"]

    told = await root.ask("POST /domains/a.test/names", {"names": names})
    kept = (await root.ask("GET /domains/a.test/names")).json["names"]
    extent = (await root.ask("GET /domains/a.test/extent")).json
    gone = await root.ask("DELETE /domains/a.test/names/mail.a.test")
    strange = await root.ask("DELETE /domains/b.test/names/www.a.test")

    assert (told.status, told.json["done"]) == (200, ["mail.a.test", "www.a.test"])
    why = {one["name"]: one for one in told.json["refused"]}
    assert why["b.test"]["code"] == "conflict"
    assert why["not a name"]["hint"]
    assert kept == extent["names"] == ["mail.a.test", "www.a.test"]
    assert extent["users"] == 3
    assert (gone.status, strange.status) == (200, 404)


async def test_rights_are_given_by_the_system_alone_and_the_system_when_confirmed(
    web: Web,
):
    """USR-7; TRUST I3."""
    root = await web.signed_in("root@a.test")
    chief = await web.signed_in("chief@a.test")
    way = "PUT /users/tim@a.test/administration"

    some = await root.change(way, {"domains": ["a.test", "b.test"]})
    shown = (await root.ask("GET /users/tim@a.test/administration")).json
    unsure = await root.change(way, {"system": True})
    sure = await root.change(way, {"system": True}, query="?confirmed=true")
    none = await root.change(way, {})
    by_chief = await chief.change(way, {"domains": ["a.test"]})

    assert (some.status, shown) == (
        200,
        {"system": False, "domains": ["a.test", "b.test"]},
    )
    assert (unsure.status, sure.status, none.status) == (409, 200, 200)
    assert by_chief.status == 403


async def test_a_secret_for_apop_is_set_and_never_shown(web: Web):
    tim = await web.signed_in("tim@a.test")
    way = "/users/tim@a.test"

    blank = await tim.ask(f"PUT {way}/apop-secret", {"secret": "with blank"})
    put = await tim.ask(f"PUT {way}/apop-secret", {"secret": "hush-hush-7"})
    has = await tim.ask(f"GET {way}")
    await tim.ask(f"DELETE {way}/apop-secret")
    after = (await tim.ask(f"GET {way}")).json

    assert (blank.status, put.status) == (422, 200)
    assert has.json["has_apop_secret"] is True
    assert b"hush" not in has.octets
    assert after["has_apop_secret"] is False


async def test_many_users_are_changed_and_who_is_not_there_is_told(web: Web):
    root = await web.signed_in("root@a.test")
    body = {
        "addresses": ["tim@a.test", "nobody@a.test", "bob@b.test"],
        "settings": {"kind": "disabled"},
    }

    told = (await root.ask("POST /users/bulk", body)).json
    shown = (await root.ask("GET /users/bob@b.test")).json

    assert told["done"] == ["tim@a.test", "bob@b.test"]
    assert [one["name"] for one in told["refused"]] == ["nobody@a.test"]
    assert {row["key"]: row["value"] for row in shown["settings"]}["kind"] == "disabled"


async def test_who_administers_a_domain_changes_no_others_in_bulk(web: Web):
    """TRUST I2, I3."""
    chief = await web.signed_in("chief@a.test")
    everybody = ["tim@a.test", "root@a.test", "bob@b.test"]

    limits = {"addresses": everybody, "settings": {"box_limit_octets": 0}}
    refused = (await chief.ask("POST /users/bulk", limits)).json
    going = {"addresses": everybody, "delete": {"way": "database"}}
    deleted = (await chief.ask("POST /users/bulk", going)).json

    assert refused["done"] == []
    assert deleted["done"] == ["tim@a.test"]
    assert {one["name"]: one["code"] for one in deleted["refused"]} == {
        "root@a.test": "not_allowed",
        "bob@b.test": "not_found",
    }


async def test_many_domains_are_suspended_checked_and_deleted(web: Web):
    root = await web.signed_in("root@a.test")
    for name in ("c.test", "d.test"):
        await root.ask("POST /domains", {"name": name})
    names = {"names": ["c.test", "d.test"]}

    stopped = {**names, "settings": {"suspended": ["smtp", "imap"]}}
    await root.ask("POST /domains/bulk", stopped)
    checked = {**names, "users_virus_check": False}
    await root.ask("POST /domains/bulk", checked)
    shown = (await root.ask("GET /domains/d.test")).json
    gone = (await root.ask("POST /domains/bulk", {**names, "delete": {}})).json
    left = (await root.ask("GET /domains")).json["rows"]

    rows = {row["key"]: row["value"] for row in shown["settings"]}
    assert sorted(rows["suspended"]) == ["imap", "smtp"]
    assert rows["virus_check"] is False
    assert gone["done"] == ["c.test", "d.test"]
    assert [row["name"] for row in left] == ["a.test", "b.test"]


async def test_what_names_two_acts_or_none_is_not_carried_out(web: Web):
    root = await web.signed_in("root@a.test")
    both = {"addresses": ["tim@a.test"], "settings": {}, "delete": {}}

    assert (await root.ask("POST /users/bulk", both)).status == 400
    assert (await root.ask("POST /domains/bulk", {"names": ["a.test"]})).status == 400


async def test_users_are_imported_after_a_dry_run(web: Web):
    root = await web.signed_in("root@a.test")
    rows = [
        NEW,
        {"address": "tim@a.test", "password": "another-1"},
        {"address": "eva@nowhere.test", "password": "another-1"},
        {"address": "spa ce@a.test", "password": "another-1"},
    ]

    tried = (await root.ask("POST /users/import", {"rows": rows, "dry_run": True})).json
    still = (await root.ask("GET /users/eva@a.test")).status
    done = (await root.ask("POST /users/import", {"rows": rows})).json
    shown = (await root.ask("GET /users/eva@a.test")).json

    assert (tried["added"], still) == (1, 404)
    assert [one["number"] for one in tried["refused"]] == [1, 2, 3]
    assert tried["refused"] == done["refused"]
    assert done["added"] == 1
    names = {row["key"]: row["value"] for row in shown["settings"]}
    assert names["first_name"] == "Eva"


async def test_an_administrator_imports_into_the_own_domains_alone(web: Web):
    chief = await web.signed_in("chief@a.test")
    rows = [{**NEW, "address": "eva@b.test"}, NEW]

    told = (await chief.ask("POST /users/import", {"rows": rows})).json

    assert told["added"] == 1
    assert [(one["number"], one["code"]) for one in told["refused"]] == [
        (0, "not_found")
    ]


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("GET /domains/b.test/names", None),
        ("GET /domains/b.test/extent", None),
        ("POST /domains/b.test/names", {"names": ["x.test"]}),
        ("GET /users/bob@b.test/administration", None),
        ("GET /users/bob@b.test/lock", None),
        ("POST /users/bob@b.test/unlock", None),
        ("PUT /users/bob@b.test/apop-secret", {"secret": "x"}),
        ("POST /domains/bulk", {"names": ["a.test"], "delete": {}}),
    ],
)
async def test_what_is_another_administrators_is_missing(web: Web, way: str, body):
    """TRUST I2."""
    chief = await web.signed_in("chief@a.test")
    tim = await web.signed_in("tim@a.test")

    assert (await chief.ask(way, body)).status == 404
    assert (await tim.ask(way, body)).status == 404


async def test_lists_are_narrowed_to_some_types(web: Web):
    root = await web.signed_in("root@a.test")
    await root.ask("POST /domains", {"name": "c.test", "settings": {"kind": "etrn"}})

    some = (await root.ask("GET /domains?filter[kind]=etrn,backup")).json["rows"]
    odd = await root.ask("GET /users?filter[kind]=normal,odd")

    assert [row["name"] for row in some] == ["c.test"]
    assert (odd.status, odd.json["field"]) == (400, "filter.kind")

"""Every list of the REST API: searched, sorted, in pages that hold each row once."""

import json
import typing
from collections import Counter
from typing import Any
from urllib.parse import quote

from fix_web import PASSWORD, Browser, Web
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.api.filters import FilterRows
from mailmax.webadmin.rest.lists import Asked, Page

WHOLE = {"/queue/etrn", "/traces"}
"""A few rows, told at once."""
ANY = {"kind": "any_message"}
JUNK = {"kind": "store", "mailbox": "Junk"}
NAMES = {"name": "a.test", "address": "tim@a.test", "user": "tim@a.test"}
LISTS = {
    one.path: one
    for one in all_routes().all
    if one.method == "GET"
    and (typing.get_origin(one.gives) is Page or one.gives is FilterRows)
}
AWAY = "/housekeeping/deeds"
"""Needs Housekeeping, which does not run here."""
OF_SERVICES = {"/dead-mail", "/quarantine", "/queue"}
"""Sorted where they are (`test_web_queue`, `test_web_virus`)."""
SOUGHT = sorted(LISTS.keys() - OF_SERVICES - WHOLE)


async def fill(web: Web, root: Browser) -> None:
    """Let most lists have rows."""
    for at in range(4):
        made = [
            await root.ask("POST /bans", {"value": f"b{at}.example"}),
            await root.ask(
                "POST /filters", {"pattern": f"10.0.{9 - at}.*", "kind": "banned"}
            ),
            await root.ask("POST /keys", {"name": f"K{at}", "scopes": ["bans:read"]}),
            await root.ask("POST /system-groups", {"name": f"Group {at}"}),
            await root.ask("POST /connections", {"address": f"127.0.0.{at + 2}"}),
            await root.ask(
                "POST /aliases", {"address": f"n{at}@a.test", "user": "tim@a.test"}
            ),
            await root.ask(
                "POST /systems",
                {
                    "name": f"s{at}",
                    "host": "h.test",
                    "port": at + 1,
                    "password": PASSWORD,
                },
            ),
        ]
        for where in ("", "/domains/a.test", "/users/tim@a.test"):
            rule = {"name": f"Rule {3 - at}", "conditions": [ANY]}
            rule["actions"] = [JUNK]
            made.append(await root.ask(f"POST {where}/rules", rule))
        assert {one.status for one in made} == {201}, [one.octets for one in made]
        await web.signed_in("tim@a.test")


async def rows_of(root: Browser, way: str, limit: int) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    cursor = ""
    rows: list[dict[str, Any]] = []
    for _ in range(100):
        told = await root.ask(f"GET {way}&limit={limit}&cursor={quote(cursor)}")
        assert told.status == 200, (way, told.octets)
        assert len(told.json["rows"]) <= limit
        rows += told.json["rows"]
        cursor = told.json["next"]
        if not cursor:
            return rows
    raise AssertionError(f"{way} has no end")


def counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def test_every_list_is_sought_or_named_here():
    assert LISTS.keys() >= OF_SERVICES | WHOLE
    for path in LISTS.keys() - WHOLE:
        assert set(Asked.__struct_fields__) <= set(
            LISTS[path].query.__struct_fields__
        ), path


async def test_lists_are_sorted_by_each_column_and_lose_and_double_no_row(web: Web):
    root = await web.signed_in("root@a.test")
    await fill(web, root)

    for path in SOUGHT:
        way = path.format(**NAMES)
        refused = await root.ask(f"GET {way}?sort=odd")
        assert (refused.status, refused.json["field"]) == (422, "sort"), path
        columns = refused.json["hint"].split(", ")
        assert set(LISTS[path].sorts) <= set(columns), path
        if path == AWAY:
            continue
        plain = await rows_of(root, f"{way}?sort=", 3)
        for sort in (columns[0], f"-{columns[-1]}"):
            found = await rows_of(root, f"{way}?sort={sort}", 3)
            assert counted(found) == counted(plain), (path, sort)
        column = columns[0]
        if plain and isinstance(plain[0].get(column), int):
            ordered = await rows_of(root, f"{way}?sort=-{column}", 500)
            keys = [row[column] for row in ordered]
            assert keys == sorted(keys, reverse=True), path


async def test_lists_are_searched(web: Web):
    root = await web.signed_in("root@a.test")
    await fill(web, root)

    for path in SOUGHT:
        way = path.format(**NAMES)
        if path == AWAY:
            continue
        nothing = await root.ask(f"GET {way}?q=none+has+this")
        assert nothing.status == 200, (path, nothing.octets)
        assert nothing.json["rows"] == [], path

    async def found(query: str, name: str) -> list[Any]:
        return [row[name] for row in await rows_of(root, f"/{query}", 2)]

    assert await found("rules?q=rULE&sort=name", "place") == [4, 3, 2, 1]
    assert await found("rules?q=rule+", "place") == [1, 2, 3, 4]
    assert await found("keys?q=k2", "name") == ["K2"]
    assert await found("bans?q=b3", "value") == ["b3.example"]
    assert await found("bans?q=example&sort=-value", "value") == [
        f"b{at}.example" for at in (3, 2, 1, 0)
    ]
    assert await found("system-groups?q=group+1", "name") == ["Group 1"]
    assert await found("connections?q=0.0.3", "address") == ["127.0.0.3"]
    assert await found("filters?q=10.0.7", "place") == [3]
    assert await found("filters?q=BANNED&sort=pattern", "place") == [4, 3, 2, 1]
    assert await found("audit?q=b3.example", "request") == ["AddBan"]
    assert await found("systems?q=S1&sort=host", "name") == ["s1"]


async def test_the_audit_log_is_sorted_by_time_and_by_who_did_what(web: Web):
    root = await web.signed_in("root@a.test")
    await fill(web, root)

    newest = await rows_of(root, "/audit?q=b", 3)
    oldest = await rows_of(root, "/audit?q=b&sort=at", 2)
    subjects = await rows_of(root, "/audit?q=b&sort=-subject", 2)

    assert [row["number"] for row in newest] == sorted(
        (row["number"] for row in newest), reverse=True
    )
    assert oldest == newest[::-1]
    keys = [(row["subject"].lower(), row["number"]) for row in subjects]
    assert keys == sorted(keys, reverse=True)
    assert counted(subjects) == counted(newest)
    cursor = quote((await root.ask("GET /audit?limit=1")).json["next"])
    refused = await root.ask(f"GET /audit?limit=1&sort=at&cursor={cursor}")
    assert (refused.status, refused.json["field"]) == (422, "cursor")


async def test_who_searches_and_sorts_sees_only_the_own(web: Web):
    """TRUST I2: what is another's is missing."""
    root = await web.signed_in("root@a.test")
    tim = await web.signed_in("tim@a.test")
    await root.ask("POST /keys", {"name": "K", "scopes": ["bans:read"]})

    sessions = (await tim.ask("GET /sessions?sort=-name&q=a.test")).json["rows"]
    keys = (await tim.ask("GET /keys?sort=name")).json["rows"]

    assert {row["name"] for row in sessions} == {"tim@a.test"}
    assert keys == []
    assert (await tim.ask("GET /bans?sort=value")).status == 404

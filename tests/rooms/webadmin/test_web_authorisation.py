"""Every route, whoever asks, whosever it is: nobody sees or changes what is not theirs.

Theory:
    `RULES` says of each route of the router whose it is; a route that is not in it
    fails. `expected` is written from the manual, not from `authorize`. What is asked
    carries a body that nobody takes, and a body is read of whoever may only: so 400
    and 422 stand for "may", and nothing is changed.
"""

from collections.abc import Mapping

import pytest

from fix_web import PASSWORD, Browser, Web
from mailmax.hub.contract.access import AddBan, AddFilter
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.aliases import AddAlias
from mailmax.hub.contract.bindings import AddBinding
from mailmax.hub.contract.cluster import AddClusterMember
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.systems import AddSystem, AddSystemGroup
from mailmax.hub.contract.users import AddUser, ChangeUser
from mailmax.hub.contract.web import AddApiKey, ApiKeyAdded
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.rest.routes import Route

ROUTES = all_routes()
JUNK = {"nobody takes this": 1}
RULE = {
    "name": "a rule",
    "conditions": [{"kind": "any_message"}],
    "actions": [{"kind": "discard"}],
}


def _rules(place: str, rule: str) -> dict[str, str]:
    one = f"{place}/{{number}}"
    ways = (
        f"GET {place}", f"POST {place}", f"POST {place}/test", f"GET {one}",
        f"PUT {one}", f"DELETE {one}", f"GET {one}/standing", f"PUT {one}/enabled",
        f"POST {one}/move",
    )  # fmt: skip
    return dict.fromkeys(ways, rule)


RULES: Mapping[str, str] = {
    **dict.fromkeys(("GET /session", "POST /session", "DELETE /session"), "everybody"),
    "GET /settings/schema": "signed in",
    "GET /settings": "system",
    "GET /settings/{key}": "system",
    "PATCH /settings": "system",
    **dict.fromkeys(
        (
            "GET /systems",
            "POST /systems",
            "POST /systems/try",
            "GET /systems/{system}",
            "PATCH /systems/{system}",
            "DELETE /systems/{system}",
            "GET /system-groups",
            "GET /system-groups/{group}",
            "POST /system-groups",
            "PUT /system-groups/{group}",
            "DELETE /system-groups/{group}",
            "GET /cluster-members",
            "GET /cluster-members/{member}",
            "POST /cluster-members",
            "PATCH /cluster-members/{member}",
            "DELETE /cluster-members/{member}",
            "GET /connected",
            "GET /logins",
            "GET /findings",
        ),
        "system",
    ),
    "GET /domains": "administered",
    "GET /domains/{name}": "domain",
    "POST /domains": "system",
    "PATCH /domains/{name}": "domain, open",
    "DELETE /domains/{name}": "domain, shown",
    "GET /users": "administered",
    "GET /users/{address}": "user",
    "POST /users": "administered",
    "PATCH /users/{address}": "user",
    "DELETE /users/{address}": "user, administered",
    "PUT /users/{address}/password": "user",
    "POST /users/{address}/rename": "user, administered",
    "POST /users/{address}/forwards": "user",
    "DELETE /users/{address}/forwards/{target}": "user",
    "GET /users/{address}/aliases": "user",
    "DELETE /users/{address}/second_factor": "user, administered",
    "GET /aliases": "administered",
    "POST /aliases": "administered",
    "GET /aliases/{address}": "user, administered",
    "DELETE /aliases/{address}": "user, administered",
    "GET /connections": "system",
    "GET /connections/{connection}": "system",
    "POST /connections": "system",
    "PATCH /connections/{connection}": "system",
    "DELETE /connections/{connection}": "system",
    "GET /connections/{connection}/services/{service}/{port}": "system",
    "POST /connections/{connection}/services": "system",
    "PATCH /connections/{connection}/services/{service}/{port}": "system",
    "DELETE /connections/{connection}/services/{service}/{port}": "system",
    "GET /housekeeping": "system",
    "GET /housekeeping/deeds": "system",
    "POST /housekeeping/runs": "system",
    "GET /local": "system",
    "GET /database": "system",
    "GET /filters": "system",
    "GET /filters/try": "system",
    "GET /filters/preview": "system",
    "POST /filters": "system",
    "GET /filters/{number}": "system",
    "PATCH /filters/{number}": "system",
    "DELETE /filters/{number}": "system",
    "POST /filters/{number}/move": "system",
    "GET /bans": "system",
    "POST /bans": "system",
    "GET /bans/{sender}": "system",
    "DELETE /bans/{sender}": "system",
    "GET /block_lists": "system",
    "GET /block_lists/try": "system",
    "GET /blocked_clients": "system",
    "DELETE /blocked_clients/{client}": "system",
    "GET /administrators": "system",
    "GET /administrators/{address}": "system",
    "PUT /administrators/{address}": "system",
    "GET /sessions": "signed in",
    "DELETE /sessions/{number}": "signed in",
    "POST /sessions/end_others": "signed in",
    "GET /keys": "signed in",
    "POST /keys": "signed in",
    "DELETE /keys/{number}": "signed in",
    "POST /second_factor": "signed in",
    "POST /second_factor/confirm": "signed in",
    "POST /second_factor/codes": "signed in",
    "POST /second_factor/end": "signed in",
    "GET /audit": "system",
    "GET /queue": "system",
    "GET /queue/counts": "system",
    "GET /queue/etrn": "system",
    "POST /queue/etrn/{domain}/release": "system",
    "POST /queue/deeds": "system",
    "GET /queue/{entry}": "system",
    "GET /queue/{entry}/text": "system",
    "GET /queue/{entry}/file": "system",
    "GET /dead-mail": "system",
    "POST /dead-mail/deeds": "system",
    "GET /dead-mail/{entry}": "system",
    "GET /dead-mail/{entry}/text": "system",
    "GET /dead-mail/{entry}/file": "system",
    "GET /quarantine": "system",
    "GET /quarantine/{item}": "system",
    "GET /quarantine/{item}/text": "system",
    "GET /quarantine/{item}/file": "system",
    "POST /quarantine/deeds": "system",
    "GET /virus": "system",
    "POST /virus/test": "system",
    "POST /virus/update": "system",
    "POST /virus/switch": "system",
    "GET /programs/trial": "system",
    "POST /programs/trial": "system",
    "GET /logs/{service}": "system",
    "GET /logs/{service}/{file}": "system",
    "GET /about": "system",
    "GET /activity": "system",
    "GET /activity/table": "system",
    "GET /events": "system",
    "GET /host-password": "system",
    "PUT /host-password": "system",
    "GET /status": "system",
    "POST /services": "system",
    "GET /traces": "system",
    "POST /traces": "system",
    "DELETE /traces/{trace}": "system",
    "POST /domains/bulk": "system",
    "GET /domains/{name}/extent": "domain",
    "GET /domains/{name}/names": "domain",
    "POST /domains/{name}/names": "domain, shown",
    "DELETE /domains/{name}/names/{other}": "domain, shown",
    "POST /users/bulk": "administered",
    "POST /users/import": "administered",
    "GET /users/{address}/administration": "user, administered",
    "PUT /users/{address}/administration": "user, administered",
    "GET /users/{address}/lock": "user, administered",
    "POST /users/{address}/unlock": "user, administered",
    "POST /users/{address}/test-messages": "user",
    "GET /users/{address}/test-messages/{item}": "user",
    "PUT /users/{address}/apop-secret": "user",
    "DELETE /users/{address}/apop-secret": "user",
    "GET /preferences/{key}": "signed in",
    "PUT /preferences/{key}": "signed in",
    "DELETE /preferences/{key}": "signed in",
    **_rules("/rules", "system"),
    **_rules("/domains/{name}/rules", "domain, open"),
    **_rules("/users/{address}/rules", "user"),
}

PEOPLE: Mapping[str, tuple[str, frozenset[str] | None]] = {
    "nobody": ("", frozenset()),
    "tim@a.test": ("tim@a.test", frozenset()),
    "disabled@a.test": ("", frozenset()),
    "trap@a.test": ("", frozenset()),
    "chief@a.test": ("chief@a.test", frozenset({"a.test"})),
    "boss@b.test": ("boss@b.test", frozenset({"b.test"})),
    "guest@a.test": ("guest@a.test", frozenset({"b.test"})),
    "both@b.test": ("both@b.test", frozenset({"a.test", "b.test"})),
    "root@a.test": ("root@a.test", None),
}
"""Who that is for the web, and what they administer; None: the system. Whoever was
disabled, or made a spam trap, is nobody, whatever cookie they have."""

SYSTEM_NAMES = {
    "key": "hostname",
    "connection": "192.0.2.7",
    "service": "smtp",
    "port": "0",
    "number": "1",
    "sender": "far.test",
    "client": "192.0.2.9",
    "target": "far@far.test",
    "domain": "a.test",
    "entry": "999999",
    "item": "999999",
    "trace": "999999",
    "other": "other.test",
    "file": "smtp.log",
    "system": "beta",
    "member": "gamma",
    "group": "north",
}


def expected(rule: str, person: str, owner: str) -> str:
    """Say what becomes of it: may, 401, 403 or 404.

    Args:
        rule: Of the route.
        person: Who asks.
        owner: The address or domain that stands in the path.
    """
    address, domains = PEOPLE[person]
    if rule == "everybody":
        return "may"
    if not address:
        return "401"
    if rule == "signed in" or domains is None:
        return "may"
    theirs = owner.rpartition("@")[2] in domains
    may = {
        "administered": bool(domains),
        "system": False,
        "user": theirs or owner == address,
        "user, administered": theirs,
        "domain": theirs,
        "domain, open": theirs,
        "domain, shown": theirs,
    }[rule]
    return ("403" if rule == "domain, shown" else "may") if may else "404"


def owners(route: Route, person: str) -> list[str]:
    """Return what stands in the path: of oneself, the same domain, another's."""
    if "name" in route.parameters:
        return ["a.test", "b.test"]
    if "address" in route.parameters:
        own = person if "@" in person else "tim@a.test"
        return sorted({own, "tim@a.test", "bob@b.test"})
    return [""]


def way_of(route: Route, owner: str, rules: Mapping[str, str]) -> str:
    names = dict.fromkeys(("name", "address"), owner) | SYSTEM_NAMES
    if "/rules/" in route.path:
        names["number"] = rules[owner]
    if route.path.startswith("/aliases/"):
        names["address"] = f"also.{owner}"
    return f"{route.method} " + route.path.format_map(names)


def test_every_route_has_a_rule_here():
    """TRUST I1: a route without a rule fails the build."""
    assert {f"{one.method} {one.path}" for one in ROUTES.all} == set(RULES)


async def _people(web: Web) -> dict[str, Browser]:
    for address in set(PEOPLE) - {"nobody", "tim@a.test", "chief@a.test"}:
        if address != "root@a.test":
            answer = await web.desk.ask(AddUser(address, Secret(PASSWORD)))
            assert isinstance(answer, Changed), answer
    for address, (_, domains) in PEOPLE.items():
        if domains:
            await web.administers(address, *domains)
    found = {
        person: web.browser() if person == "nobody" else await web.signed_in(person)
        for person in PEOPLE
    }
    for address, kind in (
        ("disabled@a.test", "disabled"),
        ("trap@a.test", "trap"),
    ):
        answer = await web.desk.ask(ChangeUser(address, {"kind": kind}))
        assert isinstance(answer, Changed), answer
    for made in (
        AddBinding("192.0.2.7", services=("smtp",)),
        AddFilter("198.51.100.7", "banned"),
        AddBan("far.test"),
        AddSystemGroup("north"),
        *(AddAlias(f"also.{one}", one) for one in {"bob@b.test", *PEOPLE} - {"nobody"}),
        AddSystem("beta", "192.0.2.7:4600", Secret("host-password")),
        AddClusterMember(
            "gamma", "127.0.0.1:9", "127.0.0.1:9", Secret("gamma-password")
        ),
    ):
        answer = await web.desk.ask(made)
        assert isinstance(answer, Changed), answer
    return found


async def _rules_of_all(root: Browser) -> dict[str, str]:
    """Make a rule in every list; return their numbers by whose they are."""
    found = {}
    places = {"": "", "a.test": "/domains/a.test", "b.test": "/domains/b.test"}
    places |= {one: f"/users/{one}" for one in ("bob@b.test", *PEOPLE) if "@" in one}
    for owner, place in places.items():
        told = await root.ask(f"POST {place}/rules", RULE)
        assert told.status == 201, told.octets
        found[owner] = str(told.json["number"])
    return found


OF_SERVICES = (
    "/queue",
    "/dead-mail",
    "/quarantine",
    "/housekeeping",
    "/logs",
    "/users/{address}/lock",
    "/users/{address}/test-messages",
    "/virus",
    "/programs",
)
"""Told by services that do not run here: who may is told so (404 or 503)."""


def is_away(route: Route, status: int) -> bool:
    return route.path.startswith(OF_SERVICES) and status in {404, 503}


def outcome(status: int) -> str:
    return str(status) if status in {401, 403, 404} else "may"


async def test_nobody_may_what_is_not_theirs(web: Web):
    """TRUST I1: every route, whoever asks, whosever it is."""
    people = await _people(web)
    rules = await _rules_of_all(people["root@a.test"])
    wrong = []
    count = 0
    for route in ROUTES.all:
        rule = RULES[f"{route.method} {route.path}"]
        for person, browser in people.items():
            for owner in owners(route, person):
                way = way_of(route, owner, rules)
                told = await browser.ask(way, None if route.method == "GET" else JUNK)
                wanted = expected(rule, person, owner)
                count += 1
                if wanted == "may" and is_away(route, told.status):
                    continue
                if outcome(told.status) != wanted or told.status >= 500:
                    wrong.append((way, person, told.status, wanted))

    assert wrong == []
    assert count > 700


async def test_a_key_opens_nothing_beside_its_scopes(web: Web):
    added = await web.desk.ask(AddApiKey("narrow", ("metrics:read",), "root@a.test"))
    assert isinstance(added, ApiKeyAdded)
    program = Browser(web.port, key=added.key.value)
    wrong = []
    for route in ROUTES.all:
        [owner, *_] = owners(route, "tim@a.test")
        way = way_of(route, owner, {owner: "999999"})
        told = await program.ask(way, None if route.method == "GET" else JUNK)
        is_public = RULES[f"{route.method} {route.path}"] == "everybody"
        if (told.status == 403 and told.code == "scope") is is_public:
            wrong.append((way, told.status))

    assert wrong == []


@pytest.mark.parametrize("asks", ["chief@a.test", "tim@a.test"])
async def test_what_is_anothers_is_missing_in_query_body_and_path(web: Web, asks: str):
    """TRUST I2: the same answer as for what is not there at all."""
    bob = await web.signed_in("bob@b.test")
    made = await bob.ask("POST /keys", {"name": "bob's", "scopes": ["*"]})
    [session] = (await bob.ask("GET /sessions")).json["rows"]
    browser = await web.signed_in(asks)
    ways = [
        ("GET /sessions?user=bob@b.test", None),
        ("GET /sessions?user=nobody@missing.test", None),
        (f"DELETE /sessions/{session['id']}", None),
        ("DELETE /sessions/999999", None),
        (f"DELETE /keys/{made.json['id']}", None),
        ("DELETE /keys/999999", None),
        ("POST /users", {"address": "eve@b.test", "password": "secret-1"}),
        ("POST /users", {"address": "eve@missing.test", "password": "secret-1"}),
        ("POST /aliases", {"address": "x@a.test", "user": "bob@b.test"}),
        ("POST /aliases", {"address": "x@b.test", "user": "tim@a.test"}),
    ]

    for way, body in ways:
        told = await browser.ask(way, body)
        assert told.status == 404, (way, told.octets)
    assert (await bob.ask("GET /sessions")).status == 200
    assert len((await bob.ask("GET /keys")).json["rows"]) == 1


async def test_lists_of_ones_own_show_nothing_of_others(web: Web):
    bob = await web.signed_in("bob@b.test")
    await bob.ask("POST /keys", {"name": "bob's", "scopes": ["*"]})
    chief = await web.signed_in("chief@a.test")
    root = await web.signed_in("root@a.test")

    seen = (await chief.ask("GET /sessions")).json["rows"]
    assert [row["name"] for row in seen] == ["chief@a.test"]
    assert (await chief.ask("GET /keys")).json["rows"] == []
    everybody = (await root.ask("GET /sessions")).json["rows"]
    assert {row["name"] for row in everybody} == {
        "bob@b.test", "chief@a.test", "root@a.test",
    }  # fmt: skip
    assert [row["owner"] for row in (await root.ask("GET /keys")).json["rows"]] == [
        "bob@b.test"
    ]

"""Other systems, administered through this web: who may, what comes, when one is away.

`web` is here (root@a.test administers it), `beta` is another system of this computer
that listens with TLS.
"""

import asyncio
import time

import pytest

from event_stream import listening
from fix_cluster import ClusterHouse, until_async
from fix_hub import HOST_PASSWORD
from fix_web import Browser, Web
from mailmax.hub.contract.audit import ListAudit
from mailmax.hub.contract.host_password import SetHostPassword
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.spying import TraceWanted
from mailmax.hub.contract.users import ShowUser
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.elsewhere import link, others
from waiting import until

THERE = "/s/Beta%20one"
AT_HOME = [one for one in all_routes().all if one.is_at_home]
ELSEWHERE = [one for one in all_routes().all if not one.is_at_home]
PLACES = dict.fromkeys(
    ("name", "address", "key", "connection", "service", "port", "number", "sender",
     "client", "target", "domain", "entry", "item", "trace", "other", "file",
     "system", "group", "member"),
    "999999",
)  # fmt: skip
JUNK = {"nobody takes this": 1}
ON = SetSetting("remote_administration", "on")
OFF = SetSetting("remote_administration", "off")


def body_of(beta: ClusterHouse, **more) -> dict:
    place = {"name": "Beta one", "host": "127.0.0.1", "port": beta.port}
    return place | {"password": HOST_PASSWORD} | more


@pytest.fixture
async def root(web: Web, beta: ClusterHouse) -> Browser:
    """Give an administrator here; the connection to beta is saved."""
    await beta.open("bob", kind="normal")
    browser = await web.signed_in("root@a.test")
    told = await browser.ask("POST /systems", body_of(beta))
    assert told.status == 201, told.octets
    return browser


def way_of(route, prefix: str = THERE) -> str:
    return f"{route.method} {prefix}{route.path.format_map(PLACES)}"


async def test_it_is_as_here_and_acts_there(web: Web, beta: ClusterHouse, root):
    rows = (await root.ask(f"GET {THERE}/domains")).json["rows"]
    assert [row["name"] for row in rows] == ["shared.test"]

    new = {"address": "eve@shared.test", "password": "a-pass-word"}
    made = await root.ask(f"POST {THERE}/users", new)
    assert made.status == 201, made.octets
    where = made.headers["location"]
    assert where == "/api/v1/s/Beta%20one/users/eve%40shared.test"
    seen = await root.ask(f"GET /{where}")
    patched = await root.ask(
        f"PATCH {THERE}/users/eve@shared.test",
        {"settings": {"first_name": "Eve"}},
        etag=seen.headers["etag"],
    )
    assert patched.status == 200, patched.octets

    assert (await beta.desk.ask(ShowUser("eve@shared.test"))).name == "eve@shared.test"
    assert (await root.ask("GET /users/eve@shared.test")).status == 404
    assert (await root.ask(f"POST {THERE}/users", new)).status == 409
    log = [row for row in (await beta.desk.ask(ListAudit())).rows if row.system]
    assert [(row.request, row.actor_kind, row.actor, row.peer) for row in log[-2:]] == [
        ("ChangeUser", "elsewhere", "root@a.test", "127.0.0.1"),
        ("AddUser", "elsewhere", "root@a.test", "127.0.0.1"),
    ]
    assert {row.system for row in log} == {"here"}
    shown = (await root.ask(f"GET {THERE}/audit")).json["rows"]
    assert (shown[0]["actor"], shown[0]["system"]) == ("root@a.test", "here")


async def test_nobody_else_gets_anything_through_it(web: Web, root):
    """TRUST I1: each route below the prefix; root shows that they are there."""
    nobody = web.browser()
    tim, chief = [await web.signed_in(one) for one in ("tim@a.test", "chief@a.test")]
    wrong = []
    for route in ELSEWHERE:
        body = None if route.method == "GET" else JUNK
        for person, browser, wanted in (
            ("nobody", nobody, 401), ("tim", tim, 404), ("chief", chief, 404),
        ):  # fmt: skip
            told = await browser.ask(way_of(route), body)
            if told.status != wanted or b"Beta" in told.octets:
                wrong.append((way_of(route), person, told.status))
        if "{" not in route.path and route.path != "/events":
            told = await root.ask(way_of(route), body)
            if told.status in {401, 403, 404, 500}:
                wrong.append((way_of(route), "root", told.status))
    assert wrong == []
    assert len(ELSEWHERE) > 90


async def test_what_is_about_oneself_stays_at_home(root):
    for route in AT_HOME:
        told = await root.ask(way_of(route), None if route.method == "GET" else JUNK)
        assert (told.status, route.path) == (404, route.path)
    twice = await root.ask(f"GET {THERE}{THERE}/domains")
    missing = await root.ask("GET /s/none/domains")
    assert (twice.status, missing.status) == (404, 404)


async def test_a_key_needs_the_scope_of_systems_and_of_the_thing(root, web: Web):
    wanted = {"domains:read": 403, "systems:read": 403, "*": 200}
    for number, (scope, status) in enumerate(wanted.items()):
        made = await root.ask("POST /keys", {"name": f"k{number}", "scopes": [scope]})
        program = Browser(web.port, key=made.json["key"])
        assert (await program.ask(f"GET {THERE}/domains")).status == status, scope
    made = await root.ask(
        "POST /keys", {"name": "both", "scopes": ["domains:read", "systems:read"]}
    )
    program = Browser(web.port, key=made.json["key"])
    assert (await program.ask(f"GET {THERE}/domains")).status == 200
    assert (await program.ask(f"GET {THERE}/users")).status == 403


async def test_no_answer_shows_a_password(root, beta: ClusterHouse):
    assert (await root.ask("GET /systems")).json["rows"] == [
        {"name": "Beta one", "host": "127.0.0.1", "port": beta.port, "group": ""}
    ]
    told = await root.ask("GET /audit")
    assert b"AddSystem" in told.octets
    assert HOST_PASSWORD.encode() not in told.octets
    path = "/systems/Beta%20one"
    moved = await root.change(f"PATCH {path}", {"port": 9})
    assert (moved.status, moved.json["field"]) == (422, "password")
    trial = {"host": "127.0.0.1", "port": 9, "name": "Beta one"}
    told = await root.ask("POST /systems/try", trial)
    assert (told.status, told.json["field"]) == (422, "password")


async def test_a_place_is_tried_before_it_is_saved(root, beta: ClusterHouse):
    trial = {"host": "127.0.0.1", "port": beta.port}
    found = await root.ask("POST /systems/try", trial | {"name": "Beta one"})
    assert (found.json["system_name"], found.json["users"]) == ("beta", 1)
    found = await root.ask("POST /systems/try", trial | {"password": HOST_PASSWORD})
    assert found.status == 200
    wrong = await root.ask("POST /systems/try", trial | {"password": "wrong"})
    assert (wrong.status, wrong.code) == (503, "system_password")
    for host in ("unix:/run/x", "http://127.0.0.1", "a b"):
        told = await root.ask(
            "POST /systems/try", {**trial, "host": host, "password": "x"}
        )
        assert (told.status, told.json["field"]) == (422, "host")


async def test_a_stranger_is_told_nothing_and_tells_nothing(root):
    """TRUST I: only the hub's words are said, and no banner comes back."""
    heard = bytearray()

    async def serve(reader, writer) -> None:
        writer.write(b"220 secret-banner.internal ready\r\n")
        heard.extend(await reader.read(3))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    trial = {"host": "127.0.0.1", "port": port, "password": "saved-secret"}

    told = await root.ask("POST /systems/try", trial)

    assert (told.status, told.code) == (503, "system_away")
    assert b"secret-banner" not in told.octets
    assert heard[:2] == b"\x16\x03"  # a TLS handshake, and nothing else
    server.close()


async def test_one_that_is_away_is_told_in_time_and_slows_no_other(
    web: Web, beta: ClusterHouse, root, monkeypatch
):
    monkeypatch.setattr(others, "OPEN_S", 0.5)
    assert (await root.ask(f"GET {THERE}/domains")).status == 200
    await beta.stop()

    begin = time.monotonic()
    away = asyncio.create_task(root.ask(f"GET {THERE}/domains"))
    here = await root.ask("GET /domains")
    assert here.status == 200
    told = await away
    assert time.monotonic() - begin < 15  # it waits for an answer for twenty
    assert (told.status, told.code) == (503, "system_away")
    assert told.headers["content-type"] == "application/problem+json"
    assert "Beta one does not answer" in told.json["detail"]
    assert told.json["hint"]

    await beta.start()

    async def is_back() -> bool:
        return (await root.ask(f"GET {THERE}/domains")).status == 200

    end = time.monotonic() + 60
    while not await is_back():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_one_that_lets_nobody_in_from_elsewhere_says_so(
    root, alpha: ClusterHouse, beta: ClusterHouse, monkeypatch
):
    """GEN-2: before it is saved, and through it; what else is administered goes on."""
    monkeypatch.setattr(
        "mailmax.datamax.doors.is_own_computer", lambda peer, own: False
    )
    monkeypatch.setattr(others, "AGAIN_S", 0.1)
    await alpha.open("ann", kind="normal")
    await alpha.do(ON)
    saved = body_of(alpha, name="Alpha")
    assert (await root.ask("POST /systems", saved)).status == 201

    trial = await root.ask("POST /systems/try", body_of(beta))
    through = await root.ask(f"GET {THERE}/domains")
    for told in (trial, through):
        assert (told.status, told.code) == (503, "system_closed"), told.octets
        assert "nobody administer it from another computer" in told.json["detail"]
        assert "switch remote administration on there" in told.json["hint"]

    async def is_so(status: int, code: str = "") -> bool:
        told = await root.ask(f"GET {THERE}/domains")
        return told.status == status and (not code or told.code == code)

    await beta.do(ON)
    await until_async(lambda: is_so(200))
    await beta.do(OFF)  # those who are in are put out a moment later
    await until_async(lambda: is_so(503, "system_closed"))
    assert (await root.ask("GET /s/Alpha/domains")).status == 200
    assert (await root.ask("GET /domains")).status == 200


async def test_a_changed_or_removed_connection_holds_no_longer(root, web: Web):
    assert (await root.ask(f"GET {THERE}/domains")).status == 200
    path = "/systems/Beta%20one"
    changed = await root.change(f"PATCH {path}", {"password": "wrong-one"})
    assert changed.status == 200
    told = await root.ask(f"GET {THERE}/domains")
    assert (told.status, told.code) == (503, "system_password")
    await root.change(f"PATCH {path}", {"password": HOST_PASSWORD, "name": "B"})
    assert (await root.ask("GET /s/B/domains")).status == 200
    assert (await root.change("DELETE /systems/B")).status == 200
    assert (await root.ask("GET /s/B/domains")).status == 404


async def test_a_new_host_password_is_learned_whoever_sets_it(
    web: Web, beta: ClusterHouse, root
):
    told = await root.ask(f"PUT {THERE}/host-password", {"password": "second-one-1"})
    assert told.status == 200, told.octets
    assert (await root.ask(f"GET {THERE}/domains")).status == 200
    await beta.desk.ask(SetHostPassword(Secret("third-one-123")))

    async def door() -> str:
        made = {"host": "127.0.0.1", "port": beta.port, "name": "Beta one"}
        return (await root.ask("POST /systems/try", made)).octets.decode()

    end = time.monotonic() + 60
    while "system_name" not in (said := await door()):
        assert time.monotonic() < end, said
        await asyncio.sleep(0.05)
    assert (await root.ask(f"GET {THERE}/domains")).status == 200


async def test_spy_and_news_are_told_through_it(web: Web, beta: ClusterHouse, root):
    wanted = []
    smtp = await beta.client("smtpmax")
    smtp.on_notice(TraceWanted, wanted.append)
    made = await root.ask(
        f"POST {THERE}/traces", {"service": "smtpmax", "events": ["commands"]}
    )
    assert made.status == 201, made.octets
    await until(lambda: wanted and wanted[-1].wants)

    async with listening(root, "topics=presence", place=THERE) as stream:
        said = await stream.next()

    assert said is not None
    assert (said.kind, said.data["system_name"]) == ("presence", "beta")
    assert (await root.ask("GET /traces")).json["rows"] == []
    [trace] = (await root.ask(f"GET {THERE}/traces")).json["rows"]
    assert trace["id"] == made.json["id"]
    ended = await root.ask(f"DELETE {THERE}/traces/{trace['id']}")
    assert ended.status < 300


async def test_links_are_few_and_idle_ones_close(web: Web, root, beta, monkeypatch):
    monkeypatch.setattr(others, "LOOK_S", 0.02)
    monkeypatch.setattr(others, "IDLE_S", 0.05)
    assert (await root.ask(f"GET {THERE}/domains")).status == 200
    pool = web.service._others
    await until(lambda: not pool._links)
    assert (await root.ask(f"GET {THERE}/domains")).status == 200

    monkeypatch.setattr(others, "MOST", 1)
    monkeypatch.setattr(others, "IDLE_S", 60.0)
    other = body_of(beta, name="other", host="localhost")
    assert (await root.ask("POST /systems", other)).status == 201
    assert (await root.ask("GET /s/other/domains")).status == 200
    assert list(pool._links) == ["other"]
    monkeypatch.setattr(link.Link, "idle_s", 0.0)
    busy = await root.ask(f"GET {THERE}/domains")
    assert (busy.status, busy.code) == (503, "systems_busy")


async def test_members_of_the_cluster_are_set_by_the_web(web: Web, root, beta):
    """CLU-1: joined, changed by who has seen it, gone; the password stays in."""
    place = body_of(beta, name="Beta two", smtp_address="127.0.0.1:25")
    told = await root.ask("POST /cluster-members", place)
    assert told.status == 201, told.octets
    one = told.headers["location"].removeprefix("/api/v1")

    async def is_in_sync() -> bool:
        rows = (await root.ask("GET /cluster-members")).json["rows"]
        return [row["state"] for row in rows] == ["in_sync"]

    await until_async(is_in_sync)
    shown = await root.ask(f"GET {one}")
    assert shown.json == {
        "name": "Beta two",
        "host": "127.0.0.1",
        "port": beta.port,
        "smtp_address": "127.0.0.1:25",
    }
    assert (await root.ask(f"PATCH {one}", {"smtp_address": "mx.b.test"})).status == 428
    told = await root.change(f"PATCH {one}", {"smtp_address": "mx.b.test"})
    assert told.status == 200, told.octets
    stale = await root.ask(f"DELETE {one}", etag=shown.headers["etag"])
    assert stale.status == 412
    assert (await root.change(f"DELETE {one}")).status == 200
    assert (await root.ask("GET /cluster-members")).json["rows"] == []
    assert (await root.ask(f"GET {one}")).status == 404

    noted = (await root.ask("GET /audit")).octets
    assert b"ChangeClusterMember" in noted
    assert HOST_PASSWORD.encode() not in noted

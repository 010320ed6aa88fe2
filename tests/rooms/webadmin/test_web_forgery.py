"""No other site and no proxy makes a change or a name of ours (TRUST I7, I9)."""

import json
import socket

import pytest

from fix_hub import HubHouse
from fix_web import Browser, Web
from mailmax.hub.client import HubClient
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.proxies import networks_of
from mailmax.webadmin.rest.routes import Route
from mailmax.webadmin.service import Options, WebService

CHANGING = [one for one in all_routes().all if one.changes]
READING = [one for one in all_routes().all if not one.changes]
FORGED = (
    {"X-CSRF-Token": ""},
    {"Origin": "http://evil.test"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
)
NAMES = {
    "name": "b.test", "address": "tim@a.test", "key": "hostname", "service": "smtp",
    "connection": "192.0.2.7", "port": "0", "number": "1", "sender": "far.test",
    "client": "192.0.2.9", "target": "far@far.test", "domain": "b.test",
    "entry": "1", "item": "1", "trace": "1", "other": "other.test", "file": "smtp.log",
    "system": "far", "member": "far", "group": "far",
}  # fmt: skip


def way_of(route: Route) -> str:
    return f"{route.method} {route.path.format_map(NAMES)}"


async def test_no_change_is_made_for_another_site(web: Web):
    """TRUST I7: each route that changes something; who signs in, too."""
    root = await web.signed_in("root@a.test")
    wrong = []

    for route in CHANGING:
        for headers in FORGED:
            told = await root.ask(way_of(route), {}, headers, etag="*")
            if (told.status, told.code) != (403, "csrf"):
                wrong.append((way_of(route), headers, told.status))

    assert wrong == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_form_can_send_is_never_taken(web: Web, kind: str):
    """TRUST I7: JSON under another name, even with our own token."""
    root = await web.signed_in("root@a.test")
    taking = [one for one in CHANGING if one.takes is not None]
    headers = {"Content-Type": f"{kind}; charset=utf-8"}

    for route in taking:
        told = await root.ask(way_of(route), b"{}", headers, etag="*")
        assert told.status == 415, (way_of(route), told.octets)

    assert len(taking) > 30


async def test_reading_changes_nothing(web: Web, monkeypatch: pytest.MonkeyPatch):
    """TRUST I7: no GET has the hub act on behalf of somebody, nor notes a change."""
    root = await web.signed_in("root@a.test")
    before = (await root.ask("GET /audit?limit=500")).json["rows"]
    asked = []
    ask = HubClient.ask

    async def note(client, request):
        asked.append(type(request).__name__)
        return await ask(client, request)

    monkeypatch.setattr(HubClient, "ask", note)

    for route in READING:
        if "text/event-stream" not in route.media_type:
            told = await root.ask(way_of(route))
            assert told.status < 500 or told.code == "later", (way_of(route), told)

    assert "OnBehalf" not in asked
    assert len(asked) > 30
    assert (await root.ask("GET /audit?limit=500")).json["rows"] == before


def browser_of(port: int, forwarded: dict[str, str]) -> Browser:
    class Forwarded(Browser):
        async def ask(self, way, body=None, headers=None, etag=""):
            return await super().ask(way, body, {**forwarded, **(headers or {})}, etag)

    return Forwarded(port)


async def test_a_proxy_that_is_listed_says_whence_its_clients_come(
    web: Web, house: HubHouse
):
    """TRUST I9: who is delayed and who is written down is the client."""
    hub = await house.client("webadmin", frozenset({"settings", "domains"}))
    bound = socket.create_server(("127.0.0.1", 0))
    ours = networks_of(("127.0.0.0/8",))
    service = WebService(hub, Options([(bound, False)], None, frozenset, ours))
    await service.start()
    forwarded = {"X-Forwarded-For": "203.0.113.66, 192.0.2.9"}
    browser = browser_of(bound.getsockname()[1], forwarded)

    assert (await browser.sign_in("root@a.test")).status == 201
    [row] = (await browser.ask("GET /sessions")).json["rows"]
    stranger = browser_of(bound.getsockname()[1], forwarded)
    metrics = await stranger.ask("GET //metrics")
    await service.stop()

    assert row["peer"] == "192.0.2.9"
    assert metrics.status == 401


async def test_what_a_client_says_of_proxies_is_believed_from_nobody(web: Web):
    """TRUST I9: neither whence it comes, nor how it came, nor under which name."""
    forwarded = {
        "X-Forwarded-For": "203.0.113.66",
        "X-Real-IP": "203.0.113.66",
        "Forwarded": "for=203.0.113.66;host=evil.test;proto=https",
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "https",
        "X-Original-URL": "/api/v1/session",
        "X-HTTP-Method-Override": "GET",
    }
    browser = browser_of(web.port, forwarded)

    signed_in = await browser.sign_in("root@a.test")
    added = await browser.ask("POST /domains", {"name": "new.test"})
    seen = await browser.ask("GET /sessions")
    [row] = (await browser.ask("GET /audit?q=new.test")).json["rows"]

    assert signed_in.status == 201
    assert "Secure" not in signed_in.cookies[0]
    assert added.headers["location"] == "/api/v1/domains/new.test"
    assert {one["peer"] for one in seen.json["rows"]} == {"127.0.0.1"}
    assert row["peer"] == "127.0.0.1"
    for told in (signed_in, added, seen):
        text = told.octets.decode() + json.dumps(dict(told.headers))
        assert "evil.test" not in text
        assert "203.0.113.66" not in text

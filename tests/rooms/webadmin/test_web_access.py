"""Connections, IP control, bans and block lists by the REST API."""

import pytest

from fix_web import Web
from mailmax.hub.contract.access import AddFilter
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.block_lists import (
    BlockListsTried,
    BlockListVerdict,
    TryBlockLists,
)
from mailmax.settings.local import STANDARD_PORTS


async def test_a_connection_is_added_changed_and_deleted(web: Web):
    """CNX-1."""
    root = await web.signed_in("root@a.test")
    new = {"address": "192.0.2.7", "settings": {"default_domain": "b.test"}}

    added = await root.ask("POST /connections", new)
    again = await root.ask("POST /connections", new)
    patch = {"settings": {"default_domain": None, "display_name": "mx.a.test"}}
    changed = await root.change("PATCH /connections/192.0.2.7", patch)
    [row] = (await root.ask("GET /connections")).json["rows"]
    deleted = await root.change("DELETE /connections/192.0.2.7")

    assert added.status == 201
    assert added.headers["location"] == "/api/v1/connections/192.0.2.7"
    assert (again.status, again.json["field"]) == (409, "address")
    assert changed.status == 200
    assert (row["display_name"], row["default_domain"]) == ("mx.a.test", "")
    assert {one["service"] for one in row["services"]} == STANDARD_PORTS.keys()
    assert deleted.status == 200
    assert (await root.ask("GET /connections/192.0.2.7")).status == 404


async def test_a_service_is_added_changed_closed_and_removed(web: Web):
    """CNX-2: its port is its name; 0 is the system's default."""
    root = await web.signed_in("root@a.test")
    await root.ask("POST /connections", {"address": "::1", "services": ["smtp"]})
    base = "/connections/%3A%3A1/services"

    new = {"service": "smtp", "settings": {"port": 2526, "high_water": 50}}
    bad = await root.ask(f"POST {base}", new)
    new["settings"] |= {"low_water": 40}
    added = await root.ask(f"POST {base}", new)
    taken = await root.ask(f"POST {base}", new)
    patch = {"settings": {"port": 2527}, "is_open": False}
    changed = await root.change(f"PATCH {base}/smtp/2526", patch)
    shown = (await root.ask(f"GET {base}/smtp/2527")).json
    default = (await root.ask(f"GET {base}/smtp/0")).json
    removed = await root.change(f"DELETE {base}/smtp/2527")

    assert (bad.status, bad.json["field"]) == (422, "low_water")
    assert added.headers["location"] == f"/api/v1{base}/smtp/2526"
    assert (added.status, taken.status, changed.status) == (201, 409, 200)
    assert (shown["is_open"], shown["high_water"]) == (False, 50)
    assert (default["port"], default["default_port"]) == (0, 25) or default[
        "default_port"
    ]
    assert removed.status == 200
    for missing in ("smtp/2527", "smtp/x", "smtp/99999999", "imap/0"):
        assert (await root.ask(f"GET {base}/{missing}")).status == 404, missing


async def _filters(root, connection: str = "") -> list[dict]:
    told = await root.ask(f"GET /filters?connection={connection}")
    return told.json["rows"]


async def test_filters_are_added_moved_changed_and_removed(web: Web):
    """CON-1, IPF-1: and told which of them never match."""
    root = await web.signed_in("root@a.test")
    for pattern in ("10.0.0.0/8", "147.89.8-15.*", "10.1.2.3"):
        told = await root.ask("POST /filters", {"pattern": pattern, "kind": "banned"})
        assert told.status == 201, told.octets
    rows = await _filters(root)
    hidden = [row["hidden_by"] for row in rows]

    await root.ask(f"POST /filters/{rows[2]['id']}/move", {"place": 1})
    moved = await _filters(root)
    flags = {"kind": "custom", "flags": ["may_relay", "no_relay_check"]}
    changed = await root.change(f"PATCH /filters/{rows[1]['id']}", flags)
    removed = await root.change(f"DELETE /filters/{rows[0]['id']}")
    after = (await root.ask("GET /filters")).json

    assert hidden == [None, None, 1]
    assert [row["pattern"] for row in moved] == [
        "10.1.2.3", "10.0.0.0/8", "147.89.8-15.*",
    ]  # fmt: skip
    assert [row["hidden_by"] for row in moved] == [None, None, None]
    assert (changed.status, removed.status) == (200, 200)
    assert sorted(after["rows"][1]["flags"]) == ["may_relay", "no_relay_check"]
    assert (after["total"], after["hidden"]) == (2, 0)


async def test_a_filter_and_a_ban_are_changed_only_as_they_were_seen(web: Web):
    """What another has changed meanwhile is not lost; its place in the list, too."""
    one, other = [await web.signed_in("root@a.test") for _ in range(2)]
    for pattern in ("10.0.0.0/8", "10.1.2.3"):
        new = {"pattern": pattern, "kind": "permitted"}
        assert (await one.ask("POST /filters", new)).status == 201
    first, last = await _filters(one)
    way = f"/filters/{last['id']}"
    seen = await one.ask(f"GET {way}")
    assert seen.json == last
    etag = seen.headers["etag"]

    blind = await one.ask(f"PATCH {way}", {"comment": "mine"})
    await other.change(f"PATCH {way}", {"comment": "the other's"})
    late = await one.ask(f"PATCH {way}", {"comment": "mine"}, etag=etag)
    gone = await one.ask(f"DELETE {way}", etag=etag)
    again = (await one.ask(f"GET {way}")).headers["etag"]
    await other.ask(f"POST /filters/{first['id']}/move", {"place": 2})
    moved = await one.ask(f"DELETE {way}", etag=again)

    assert (blind.status, late.status, gone.status, moved.status) == (
        428, 412, 412, 412,
    )  # fmt: skip
    assert (await one.ask(f"GET {way}")).json["comment"] == "the other's"
    assert (await one.ask("GET /filters/999999")).status == 404
    await one.ask("POST /connections", {"address": "192.0.2.7"})
    for of in ("", "192.0.2.7"):
        body = {"value": "bad.test", "comment": of, "connection": of}
        assert (await one.ask("POST /bans", body)).status == 201
    of = "?connection=192.0.2.7"
    theirs = (await one.ask(f"GET /bans/bad.test{of}")).headers["etag"]
    refused = await one.ask("DELETE /bans/bad.test", etag=theirs)
    done = await one.ask(f"DELETE /bans/bad.test{of}", etag=theirs)
    assert (refused.status, done.status) == (412, 200)
    assert (await one.ask(f"GET /bans/bad.test{of}")).status == 404
    assert (await one.ask("GET /bans/bad.test")).status == 200


async def test_an_open_relay_is_made_by_nobody_who_did_not_say_so(web: Web):
    """IPF-2."""
    root = await web.signed_in("root@a.test")
    new = {"pattern": "*", "kind": "trusted"}

    refused = await root.ask("POST /filters", new)
    told = await root.ask("POST /filters", new | {"confirmed": True})

    assert (refused.status, refused.json["field"]) == (409, "ip")
    assert "open relay" in refused.json["detail"]
    assert (told.status, "open relay" in told.json["note"]) == (201, True)


async def test_nobody_shuts_out_the_address_they_come_from(web: Web):
    """SCREENS 3.4; where a filter above lets it in, no ban below does."""
    root = await web.signed_in("root@a.test")
    others = {"pattern": "203.0.113.9", "kind": "banned", "place": 1}
    ours = {"pattern": "127.0.0.0/8", "kind": "banned"}

    seen = (await root.ask("GET /filters/preview?pattern=127.0.0.1")).json
    theirs = (await root.ask("GET /filters/preview?pattern=203.0.113.9")).json
    refused = [
        await root.ask("POST /filters", body)
        for body in (ours, ours | {"place": 1}, ours | {"pattern": "*"})
    ]
    let_in = {"pattern": "127.0.0.1", "kind": "permitted"}
    assert (await root.ask("POST /filters", let_in)).status == 201
    above = await root.ask("POST /filters", ours | {"place": 1})
    below = await root.ask("POST /filters", ours)
    added = await root.ask("POST /filters", others)

    assert (seen["you"], seen["is_yours"]) == ("127.0.0.1", True)
    assert (theirs["you"], theirs["is_yours"]) == ("127.0.0.1", False)
    for told in (*refused, above):
        assert (told.status, told.code) == (409, "own_address"), told.octets
    assert (below.status, added.status) == (201, 201)
    rows = await _filters(root)
    assert [(row["place"], row["pattern"]) for row in rows] == [
        (1, "203.0.113.9"), (2, "127.0.0.1"), (3, "127.0.0.0/8"),
    ]  # fmt: skip
    tried = await root.ask("GET /filters/try?address=203.0.113.9")
    assert tried.json["kind"] == "banned"


@pytest.mark.parametrize("connection", ["", "192.0.2.7"])
async def test_no_change_of_a_list_shuts_out_who_makes_it(web: Web, connection: str):
    """Whatever takes away, moves or turns the filter that lets one in; others may."""
    root = await web.signed_in("root@a.test")
    await root.ask("POST /connections", {"address": "192.0.2.7"})
    of = {"connection": connection}
    for pattern, kind in (
        ("127.0.0.1", "permitted"), ("127.0.0.0/8", "banned"),
        ("203.0.113.9", "trusted"), ("203.0.113.*", "banned"),
    ):  # fmt: skip
        body = {"pattern": pattern, "kind": kind} | of
        assert (await root.ask("POST /filters", body)).status == 201
    us, below, other, _ = [row["id"] for row in await _filters(root, connection)]

    refused = [
        await root.change(f"DELETE /filters/{us}"),
        await root.change(f"PATCH /filters/{us}", {"kind": "banned"}),
        await root.change(f"PATCH /filters/{us}", {"pattern": "127.0.0.2"}),
        await root.ask(f"POST /filters/{us}/move", {"place": 2}),
        await root.ask(f"POST /filters/{us}/move", {"place": 4}),
        await root.ask(f"POST /filters/{below}/move", {"place": 1}),
        await root.change(f"PATCH /filters/{other}", {"pattern": "*"}),
    ]
    assert [told.status for told in refused[:-1]] == [409] * 6
    for told in refused[:-1]:
        assert (told.code, told.json["field"]) == ("own_address", "ip")
        assert "127.0.0.1" in told.json["detail"]
    assert (refused[-1].status, refused[-1].code) == (409, "conflict")  # open relay

    allowed = [
        await root.ask(f"POST /filters/{other}/move", {"place": 1}),
        await root.change(f"DELETE /filters/{other}"),
        await root.change(f"PATCH /filters/{us}", {"kind": "trusted"}),
        await root.change(f"DELETE /filters/{below}"),
        await root.change(f"DELETE /filters/{us}"),
    ]
    assert [told.status for told in allowed] == [200] * 5
    [left] = await _filters(root, connection)
    assert left["pattern"] == "203.0.113.*"


async def test_at_the_server_everything_may_be_said(web: Web):
    """Whom the list bans already changes what they like of it."""
    root = await web.signed_in("root@a.test")
    added = await web.desk.ask(AddFilter("*", "banned"))
    assert isinstance(added, Changed), added

    more = await root.ask("POST /filters", {"pattern": "127.0.0.1", "kind": "banned"})

    assert more.status == 201, more.octets
    log = (await root.ask("GET /audit")).octets
    assert b"asker" not in log


async def test_an_address_is_tried_in_both_lists(web: Web):
    """DECISIONS 9: a ban of either wins, else the connection's."""
    root = await web.signed_in("root@a.test")
    await root.ask("POST /connections", {"address": "192.0.2.7"})
    for pattern, kind, connection in (
        ("10.0.0.*", "trusted", ""),
        ("10.0.0.1", "permitted", "192.0.2.7"),
        ("10.0.0.2", "banned", "192.0.2.7"),
    ):
        body = {"pattern": pattern, "kind": kind, "connection": connection}
        assert (await root.ask("POST /filters", body)).status == 201

    async def tried(address: str, connection: str = "") -> dict:
        way = f"GET /filters/try?address={address}&connection={connection}"
        told = await root.ask(way)
        assert told.status == 200, told.octets
        return told.json

    assert (await tried("10.0.0.1"))["kind"] == "trusted"
    own = await tried("10.0.0.1", "192.0.2.7")
    assert (own["kind"], own["system"]["place"], own["own"]["place"]) == (
        "permitted", 1, 1,
    )  # fmt: skip
    assert (await tried("10.0.0.2", "192.0.2.7"))["kind"] == "banned"
    nothing = await tried("203.0.113.9", "192.0.2.7")
    assert (nothing["kind"], nothing["system"], nothing["own"]) == (
        "permitted", None, None,
    )  # fmt: skip
    bad = await root.ask("GET /filters/try?address=nonsense")
    assert (bad.status, bad.json["field"]) == (422, "address")


@pytest.mark.parametrize(
    ("pattern", "written", "count", "is_single"),
    [
        ("147.89.8.*", "147.89.8.*", "256", False),
        ("10.0.0.0/8", "10.0.0.0/8", str(1 << 24), False),
        ("147.89.8-15.0-255", "147.89.8-15.*", "2048", False),
        ("192.0.2.1", "192.0.2.1", "1", True),
        ("2001:DB8::/48", "2001:db8::/48", str(1 << 16), False),
        ("2001:db8::1", "2001:db8::1", "1", True),
    ],
)
async def test_a_pattern_is_previewed(web: Web, pattern, written, count, is_single):
    root = await web.signed_in("root@a.test")

    told = (await root.ask(f"GET /filters/preview?pattern={pattern}")).json

    assert (told["pattern"], told["count"], told["is_single"]) == (
        written, count, is_single,
    )  # fmt: skip


async def test_bans_are_added_found_and_removed(web: Web):
    """BAN-1, BAN-2."""
    root = await web.signed_in("root@a.test")
    until = "2999-01-01T00:00:00Z"
    for body in (
        {"value": "bad.test", "comment": "spam all week"},
        {"value": "eve@far.test", "expires_at": until},
        {"value": "*.worse.test"},
    ):
        assert (await root.ask("POST /bans", body)).status == 201

    async def found(query: str) -> list[str]:
        rows = (await root.ask(f"GET /bans?{query}")).json["rows"]
        return [row["value"] for row in rows]

    assert await found("") == ["*.worse.test", "bad.test", "eve@far.test"]
    assert await found("filter[kind]=address") == ["eve@far.test"]
    assert await found("filter[kind]=domain") == ["*.worse.test", "bad.test"]
    assert await found("q=ALL%20week") == ["bad.test"]
    assert await found("q=%25") == []
    [row] = (await root.ask("GET /bans?q=eve")).json["rows"]
    assert (row["expires_at"], row["source"]) == (until, "administrator")
    assert (row.pop("hits"), row.pop("last_hit_at")) == (0, None)
    assert (await root.ask("GET /bans/eve%40far.test")).json == row
    assert (await root.change("DELETE /bans/eve%40far.test")).status == 200
    assert (await root.ask("DELETE /bans/eve%40far.test", etag="*")).status == 404
    own = await root.ask("POST /bans", {"value": "b.test"})
    assert "domain here" in own.json["note"]
    past = {"value": "x.test", "expires_at": "2001-01-01T00:00:00Z"}
    assert (await root.ask("POST /bans", past)).json["field"] == "expires"


async def test_an_address_is_tried_with_the_block_lists(web: Web, house):
    root = await web.signed_in("root@a.test")
    client = house.make_client("smtpmax")
    asked: list[TryBlockLists] = []

    async def answer(request: TryBlockLists) -> BlockListsTried:
        asked.append(request)
        row = BlockListVerdict("a.test", "listed", "spam", 0.0124)
        return BlockListsTried("one", False, (row,))

    client.on_request(TryBlockLists, answer)
    await client.start(10)

    told = (await root.ask("GET /block_lists/try?address=192.0.2.9")).json

    await client.stop()
    assert asked == [TryBlockLists("192.0.2.9")]
    row = {"entry": "a.test", "verdict": "listed", "words": "spam", "took_ms": 12}
    assert told == {"node": "one", "is_on": False, "answers": [row]}
    assert (await root.ask("GET /block_lists/try?address=")).status == 400


async def test_block_lists_and_blocked_clients_are_listed(web: Web):
    """ORL-1: of no SMTPMax there is nothing to tell."""
    root = await web.signed_in("root@a.test")

    assert (await root.ask("GET /block_lists")).json["rows"] == []
    assert (await root.ask("GET /blocked_clients")).json["rows"] == []
    gone = await root.ask("DELETE /blocked_clients/192.0.2.9")
    assert gone.status == 404

"""Queue and dead mail by the REST API, before a real hub and a real QueueMax."""

from urllib.parse import quote

import pytest

from fix_outbound import Office
from fix_web import Web
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import ReadQuarantine
from mailmax.hub.contract.queue import MessagePiece
from mailmax.hub.contract.settings import SetSetting
from mailmax.policy.retry import Stage
from waiting import until


@pytest.fixture
async def office(web: Web, house, tmp_path):
    """Give a QueueMax that has joined; nobody listens where its mail goes."""
    for key, value in (("smart_host", "127.0.0.1:9"), ("smart_host_on", "yes")):
        changed = await web.desk.ask(SetSetting(key, value))
        assert isinstance(changed, Changed), changed
    client = house.make_client("queuemax")
    await client.start(10)
    office = Office(tmp_path / "office", hub=client)
    await office.open()
    yield office
    await office.close(0.2)
    await client.stop()


async def put_off(office: Office, *addresses: str) -> None:
    """Post one message and wait until it was tried in vain."""
    office.post(*addresses)

    def is_put_off() -> bool:
        found = office.targets()
        return all(
            one in found and found[one].stage is Stage.RETRY for one in addresses
        )

    await until(is_put_off)


async def test_what_waits_is_counted_listed_found_and_shown(web: Web, office: Office):
    root = await web.signed_in("root@a.test")
    await put_off(office, "x@one.test", "y@two.test")

    counts = (await root.ask("GET /queue/counts?top=5")).json
    rows = (await root.ask("GET /queue")).json["rows"]
    found = (await root.ask("GET /queue?q=y@two.test")).json["rows"]
    by_part = [
        len((await root.ask(f"GET /queue?q={quote(words)}")).json["rows"])
        for words in ("Wo.Te", "to:@", "to:one", "to:*.test", "from:@", "from:nobody")
    ]
    narrowed = (await root.ask("GET /queue?filter[destination]=one.test")).json["rows"]
    entry = (await root.ask(f"GET /queue/{rows[0]['entry_id']}")).json

    assert counts["total"]["recipients"] == 2
    assert {one["domain"] for one in counts["destinations"]} == {"one.test", "two.test"}
    assert {one["recipient"] for one in rows} == {"x@one.test", "y@two.test"}
    assert [one["recipient"] for one in found] == ["y@two.test"]
    assert by_part == [1, 2, 1, 2, 2, 0]
    assert [one["recipient"] for one in narrowed] == ["x@one.test"]
    assert rows[0]["last_reply"]
    assert [one["tries"] for one in entry["recipients"]] == [1, 1]


async def test_a_list_of_what_waits_comes_in_pages(web: Web, office: Office):
    root = await web.signed_in("root@a.test")
    await put_off(office, "x@one.test", "y@two.test", "z@three.test")

    first = (await root.ask("GET /queue?limit=2")).json
    second = (await root.ask(f"GET /queue?limit=2&cursor={first['next']}")).json

    assert (len(first["rows"]), first["total"], len(second["rows"])) == (2, 3, 1)
    assert second["next"] == ""


async def test_what_waits_is_sorted_by_a_column(web: Web, office: Office):
    root = await web.signed_in("root@a.test")
    await put_off(office, "b@one.test", "c@two.test", "A@three.test")

    first = (await root.ask("GET /queue?limit=2&sort=-recipient")).json
    way = f"GET /queue?limit=2&sort=-recipient&cursor={first['next']}"
    second = (await root.ask(way)).json
    refused = await root.ask("GET /queue?sort=odd")
    of_dead = await root.ask("GET /dead-mail?sort=odd")
    elsewhere = await root.ask(f"GET /queue?sort=tries&cursor={first['next']}")

    names = [row["recipient"] for row in first["rows"] + second["rows"]]
    assert names == ["c@two.test", "b@one.test", "A@three.test"]
    assert (first["total"], second["total"], second["next"]) == (3, None, "")
    columns = refused.json["hint"].split(", ")
    assert (refused.status, refused.json["field"]) == (422, "sort")
    assert (of_dead.status, of_dead.json["field"]) == (422, "sort")
    assert (elsewhere.status, elsewhere.json["field"]) == (422, "cursor")
    for column in columns:
        told = await root.ask(f"GET /queue?sort={column}")
        assert (told.status, len(told.json["rows"])) == (200, 3), column


async def test_mail_is_held_released_sent_elsewhere_and_deleted(
    web: Web, office: Office
):
    root = await web.signed_in("root@a.test")
    await put_off(office, "x@one.test", "y@two.test")

    async def do(deed: str, selection: dict, **more) -> dict:
        order = {"deed": deed, "selection": selection, **more}
        told = await root.ask("POST /queue/deeds", order)
        assert told.status == 200, told.octets
        return told.json

    async def state(recipient: str) -> list[str]:
        told = await root.ask(f"GET /queue?q={recipient}")
        return [one["state"] for one in told.json["rows"]]

    asked = await do("delete", {"everything": True}, dry_run=True)
    assert (asked["messages"], asked["recipients"]) == (1, 2)
    assert (await do("hold", {"recipient": "x@one.test"}))["recipients"] == 1
    assert await state("x@one.test") == ["held"]
    assert (await do("release", {"destination": "one.test"}))["recipients"] == 1
    assert await state("x@one.test") != ["held"]
    await do("hold", {"everything": True})
    await do("edit", {"recipient": "x@one.test"}, recipient="new@one.test")
    assert await state("new@one.test") == ["held"]
    assert (await do("delete", {"everything": True}))["recipients"] == 2
    assert (await root.ask("GET /queue")).json["rows"] == []


async def test_an_order_that_means_nobody_is_refused_with_its_reason(
    web: Web, office: Office
):
    root = await web.signed_in("root@a.test")

    told = await root.ask("POST /queue/deeds", {"deed": "delete", "selection": {}})

    assert told.status == 422
    assert told.json["field"] == "selection"
    assert told.json["hint"]


async def test_a_message_is_read_as_text_and_saved_as_a_file(web: Web, office: Office):
    root = await web.signed_in("root@a.test")
    await put_off(office, "x@one.test")
    entry = (await root.ask("GET /queue")).json["rows"][0]["entry_id"]

    text = (await root.ask(f"GET /queue/{entry}/text")).json
    file = await root.ask(f"GET /queue/{entry}/file")

    assert any(one["name"].lower() == "subject" for one in text["header"])
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == "application/octet-stream"
    assert b"Subject:" in file.octets
    assert (await root.ask("GET /queue/999999/text")).status == 404


async def test_dead_mail_is_listed_sent_again_and_deleted(web: Web, office: Office):
    root = await web.signed_in("root@a.test")
    await put_off(office, "x@one.test")
    order = {"deed": "return", "selection": {"everything": True}}
    assert (await root.ask("POST /queue/deeds", order)).status == 200
    await until(lambda: len(office.dead.entries) == 1)

    (row,) = (await root.ask("GET /dead-mail")).json["rows"]
    shown = (await root.ask(f"GET /dead-mail/{row['entry_id']}")).json
    text = (await root.ask(f"GET /dead-mail/{row['entry_id']}/text")).json
    chosen = {"ids": [row["entry_id"]]}
    again = await root.ask(
        "POST /dead-mail/deeds", {"deed": "resend", "selection": chosen}
    )
    waiting = (await root.ask("GET /queue?q=x@one.test")).json["rows"]

    assert row["recipient"] == "x@one.test"
    assert shown["recipients"][0]["recipient"] == "x@one.test"
    assert text["header"]
    assert again.json["messages"] == 1
    assert [one["recipient"] for one in waiting] == ["x@one.test"]


@pytest.mark.parametrize(
    "way",
    [
        "GET /queue", "GET /queue/counts", "GET /queue/etrn", "GET /queue/1",
        "GET /queue/1/text", "GET /queue/1/file", "GET /dead-mail",
        "GET /dead-mail/1/file", "GET /quarantine", "GET /quarantine/1",
        "GET /quarantine/1/text",
        "GET /logs/smtp", "GET /logs/smtp/smtp-events.log",
    ],
)  # fmt: skip
async def test_only_administrators_of_the_system_look(web: Web, way: str):
    """TRUST I2."""
    chief = await web.signed_in("chief@a.test")
    tim = await web.signed_in("tim@a.test")

    assert (await chief.ask(way)).status == 404
    assert (await tim.ask(way)).status == 404
    assert (await web.browser().ask(way)).status == 401


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("POST /queue/deeds", {"deed": "delete", "selection": {"everything": True}}),
        (
            "POST /dead-mail/deeds",
            {"deed": "delete", "selection": {"everything": True}},
        ),
        ("POST /quarantine/deeds", {"deed": "delete", "ids": ["1"]}),
        ("POST /virus/switch", {"is_on": False}),
        ("POST /queue/etrn/a.test/release", None),
    ],
)
async def test_only_administrators_of_the_system_act(web: Web, way: str, body):
    """TRUST I3."""
    chief = await web.signed_in("chief@a.test")

    assert (await chief.ask(way, body)).status == 404
    assert (await web.browser().ask(way, body)).status == 401


EVIL = "<script>ran=1</script>"
HOSTILE = f"""\
From: =?utf-8?q?=3Cscript=3Eran=3D1=3C/script=3E?= <eve@far.test>
Subject: =?utf-8?b?RMO8cmVy?=\a\u202e {EVIL}
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>Look: <a href="javascript:ran=1">here</a>{EVIL}<img src=x></p>
--b
Content-Type: application/x-msdownload; name="{EVIL}.exe"

MZ
--b--
""".encode()


async def test_a_message_in_quarantine_is_read_as_text_alone(web: Web, house):
    """TRUST I5: decoded, bounded, and never anything but text."""
    filer = await house.client("filer")
    octets = {"1": HOSTILE, "2": b"Subject: long\n\n" + b"word " * 60_000}

    def give(asked: ReadQuarantine) -> MessagePiece | Denied:
        if asked.item_id not in octets:
            return Denied("not_found", "item_id", "there is no such message", "")
        whole = octets[asked.item_id]
        piece = whole[asked.offset : asked.offset + 262_144]
        return MessagePiece(piece, len(whole))

    filer.on_request(ReadQuarantine, give)
    root = await web.signed_in("root@a.test")

    told = await root.ask("GET /quarantine/1/text")
    long = (await root.ask("GET /quarantine/2/text")).json

    header = {one["name"]: one["value"] for one in told.json["header"]}
    assert header["From"] == f"{EVIL} <eve@far.test>"
    assert header["Subject"] == f"Dürer\\x07\\u202e {EVIL}"
    assert told.json["text"].split() == ["Look:", "here"]
    assert told.json["is_html"]
    assert told.json["files"] == ["application/x-msdownload"]
    assert told.headers["content-type"] == "application/json"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert (len(long["text"]), long["is_cut"]) == (65_536, True)
    assert (await root.ask("GET /quarantine/3/text")).status == 404


async def test_a_service_that_is_away_is_said_so(web: Web):
    root = await web.signed_in("root@a.test")

    told = await root.ask("GET /queue")

    assert told.status == 503
    assert "QueueMax" in told.json["detail"]


async def test_what_is_held_for_etrn_is_counted_and_let_go(web: Web, office: Office):
    """Manual 6.5.2."""
    root = await web.signed_in("root@a.test")
    kind = {"kind": "etrn", "delivery_address": "127.0.0.1"}
    added = await root.ask("POST /domains", {"name": "late.test", "settings": kind})
    assert added.status == 201, added.octets
    office.post("x@late.test")

    async def held() -> list[tuple[str, int]]:
        rows = (await root.ask("GET /queue/etrn")).json["rows"]
        return [(one["domain"], one["amount"]["messages"]) for one in rows]

    await until(lambda: "x@late.test" in office.targets())
    before = await held()
    told = await root.ask("POST /queue/etrn/late.test/release")
    other = await root.ask("POST /queue/etrn/a.test/release")

    assert before == [("late.test", 1)]
    assert (told.status, told.json["messages"]) == (200, 1)
    assert other.status == 404

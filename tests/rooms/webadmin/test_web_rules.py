"""Rules by the REST API: made, ordered, tried; and what is left to whom."""

import json
from pathlib import Path

import msgspec
import pytest

from fix_hub import HubHouse
from fix_web import Browser, Web
from mailmax.cli.rules.actions import read_action
from mailmax.cli.rules.conditions import read_condition
from mailmax.filer.trying import try_rule
from mailmax.hub.codec import OnBehalf
from mailmax.hub.contract import rules
from mailmax.hub.contract.rules import RuleOwner, Sample
from mailmax.hub.contract.web import Actor
from mailmax.queuemax.programs import NoPrograms
from mailmax.store.mailboxes.memory.store import MemoryStore

pytestmark = pytest.mark.manual("8")

BUILT = Path(__file__).parents[3] / "web" / "tests" / "rules_built.json"
ANY = {"kind": "any_message"}
JUNK = {"kind": "store", "mailbox": "Junk"}
RUN = {"kind": "run_program", "command": "/bin/true %M"}
FILE = {"kind": "respond_file", "path": "/etc/motd"}
TEST = {"kind": "external_test", "command": "/bin/true %F"}
LISTS = ("/rules", "/domains/a.test/rules", "/users/tim@a.test/rules")


def rule(name="a rule", *actions, conditions=(ANY,), **more):
    doing = list(actions) or [JUNK]
    return {"name": name, "conditions": list(conditions), "actions": doing, **more}


async def added(browser: Browser, where: str, *what, **more) -> int:
    told = await browser.ask(f"POST {where}", rule(*what, **more))
    assert told.status == 201, told.octets
    assert told.headers["location"] == f"/api/v1{where.replace('@', '%40')}/" + str(
        told.json["number"]
    )
    return told.json["number"]


async def names(browser: Browser, where: str) -> list[str]:
    rows = (await browser.ask(f"GET {where}")).json["rows"]
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["name"] for row in rows]


@pytest.mark.parametrize("where", LISTS)
async def test_a_rule_is_made_changed_ordered_switched_and_deleted(web: Web, where):
    """RUL-1, RUL-4, DOM-9, USR-8."""
    root = await web.signed_in("root@a.test")

    one = await added(root, where, "one")
    two = await added(root, where, "two", enabled=False)
    await added(root, where, "zero", place=1)
    at = f"{where}/{one}"
    new = rule("first", {"kind": "discard"}, {"kind": "terminate"})
    changed = await root.ask(
        f"PUT {at}", new, etag=(await root.ask(f"GET {at}")).headers["etag"]
    )
    last = f"{where}/{two}"
    seen = (await root.ask(f"GET {last}")).headers["etag"]
    unseen = await root.ask(f"POST {last}/move", {"place": 1})
    moved = await root.ask(f"POST {last}/move", {"place": 1}, etag=seen)
    on = {"enabled": True}
    switched = await root.ask(f"PUT {last}/enabled", on, etag=seen)
    outdated = await root.ask(f"PUT {last}/enabled", on, etag=seen)
    standing = (await root.ask(f"GET {at}/standing")).json
    shown = (await root.ask(f"GET {at}")).json
    rows = (await root.ask(f"GET {where}")).json["rows"]

    assert (changed.status, moved.status, switched.status) == (200, 200, 200)
    assert (unseen.status, outdated.status) == (428, 412)
    assert [row["name"] for row in rows] == ["two", "zero", "first"]
    assert rows[0]["enabled"] is True
    assert (rows[2]["actions"], rows[2]["hits"]) == (new["actions"], 0)
    assert rows[2]["last_hit_at"] is None
    assert standing == {"place": 3, "hits": 0, "last_hit_at": None}
    assert {key: shown[key] for key in new} == new
    assert (await root.change(f"DELETE {at}")).status == 200
    assert (await root.ask(f"GET {at}")).status == 404
    assert await names(root, where) == ["two", "zero"]


async def test_what_the_page_builds_is_taken_and_comes_back_the_same(web: Web):
    """Every condition and action, in each of its forms; and as the CLI reads it."""
    root = await web.signed_in("root@a.test")
    built = json.loads(BUILT.read_text())
    kinds = {part["part"]["kind"] for side in built.values() for part in side}
    assert len(kinds) == 20

    for side, read in (("conditions", read_condition), ("actions", read_action)):
        other = {"conditions": [ANY], "actions": [JUNK]}
        for one in built[side]:
            sent = {"name": "a", **other, side: [one["part"]]}
            told = await root.ask("POST /rules", sent)
            assert told.status == 201, (one, told.octets)
            shown = (await root.ask(f"GET /rules/{told.json['number']}")).json
            assert shown[side] == [one["part"]]
            read_back = msgspec.json.encode(read("--x", one["words"]))
            assert json.loads(read_back) == one["part"]


async def test_an_unfinished_rule_is_refused_at_its_field(web: Web):
    root = await web.signed_in("root@a.test")
    unfinished = [
        (rule(""), "name"),
        (rule("a", conditions=()), "conditions"),
        (rule("a", {"kind": "forward", "addresses": []}), "actions.0.addresses"),
        (rule("a", conditions=(ANY, {"kind": "body"})), "conditions.1.text"),
        (rule("a", conditions=({"kind": "body", "txet": "x"},)), "conditions.0.txet"),
        (
            rule("a", conditions=({"kind": "size", "octets": "x"},)),
            "conditions.0.octets",
        ),
    ]

    for body, field in unfinished:
        told = await root.ask("POST /rules", body)
        assert (told.status, told.json["field"]) == (422, field), told.octets
        assert told.json["hint"]


async def test_each_has_the_lists_that_are_theirs(web: Web):
    """TRUST I2: what is another's is missing, by any number."""
    root = await web.signed_in("root@a.test")
    bobs = await added(root, "/users/bob@b.test/rules", "Bob's")
    systems = await added(root, "/rules", "the system's")
    chief, tim = await web.signed_in("chief@a.test"), await web.signed_in("tim@a.test")

    for where in LISTS[1:]:
        await added(chief, where, "chief's")
        for number in (bobs, systems):
            assert (await chief.ask(f"GET {where}/{number}")).status == 404
            way = f"POST {where}/{number}/move"
            assert (await chief.ask(way, {"steps": 1}, etag="*")).status == 404
    await added(tim, LISTS[2], "Tim's")
    assert await names(tim, LISTS[2]) == ["chief's", "Tim's"]
    hidden = [("/rules", chief), ("/domains/b.test/rules", chief)]
    hidden += [("/users/bob@b.test/rules", chief), ("/users/chief@a.test/rules", tim)]
    hidden += [("/rules", tim), ("/domains/a.test/rules", tim)]
    for where, who in hidden:
        for way in (f"GET {where}", f"POST {where}", f"POST {where}/test"):
            body = None if way.startswith("GET") else rule()
            assert (await who.ask(way, body)).status == 404, way
    for way in ("GET /rules", "POST /rules", "POST /rules/test"):
        assert (await web.browser().ask(way)).status in {401, 403}
    above = "/users/root@a.test/rules"
    assert (await chief.ask(f"POST {above}", rule())).status == 403  # TRUST I3


@pytest.mark.parametrize("part", [{"actions": [RUN]}, {"actions": [FILE]},
                                  {"conditions": [TEST]}])  # fmt: skip
@pytest.mark.parametrize("login", ["chief@a.test", "tim@a.test"])
async def test_programs_and_files_of_the_server_are_its_administrators(
    web: Web, login: str, part
):
    """DECISIONS 25: such a rule is neither made nor touched by anybody else."""
    root, who = await web.signed_in("root@a.test"), await web.signed_in(login)
    where = LISTS[2]
    body = {**rule("the server's"), **part}
    number = (await root.ask(f"POST {where}", body)).json["number"]
    own = await added(who, where, "own")
    at = f"{where}/{number}"

    refused = [
        await who.ask(f"POST {where}", body),
        await who.change(f"PUT {where}/{own}", body),
        await who.change(f"PUT {at}", rule()),
        await who.ask(f"PUT {at}/enabled", {"enabled": False}, etag="*"),
        await who.ask(f"POST {at}/move", {"steps": 1}, etag="*"),
        await who.change(f"DELETE {at}"),
    ]
    trial = {"rule": body, "message": "Subject: x\n\nx\n"}
    refused.append(await who.ask(f"POST {where}/test", trial))

    assert [one.status for one in refused] == [403] * 7
    assert await names(who, where) == ["the server's", "own"]
    moved = await root.change(f"POST {at}/move", {"steps": 1}, of=at)
    assert moved.status == 200
    assert (await root.change(f"PUT {at}", rule())).status == 200


async def test_the_hub_itself_limits_whoever_is_no_system_administrator(
    web: Web, house: HubHouse
):
    """A web that says the opposite is not believed: the session's rank holds."""
    await web.signed_in("chief@a.test")
    await web.signed_in("root@a.test")
    mine = await house.client("webadmin")
    text = json.dumps(rule("p", RUN))
    said = rules.AddRule(RuleOwner("domain", "a.test"), text, is_limited=False)

    answers = [
        await mine.ask(OnBehalf(Actor(session_id=number), said)) for number in (1, 2)
    ]

    assert sorted(type(one).__name__ for one in answers) == ["Changed", "Denied"]
    denied = next(one for one in answers if type(one).__name__ == "Denied")
    assert denied.kind == "not_allowed"


async def test_a_rule_is_tried_on_a_message_that_is_pasted(web: Web, house: HubHouse):
    """RUL-5."""
    filer = await house.client("filer")
    filer.on_request(Sample, lambda one: try_rule(one, MemoryStore, NoPrograms(), 60))
    tim = await web.signed_in("tim@a.test")
    header = {"kind": "header", "name": "Subject", "text": "offer"}
    size = {"kind": "size", "comparison": "greater", "octets": 1000}
    draft = rule("a", conditions=(header, size))
    trial = {"rule": draft, "message": "Subject: an offer\n\nbuy\n"}

    told = (await tim.ask(f"POST {LISTS[2]}/test", trial)).json

    assert told["fires"] is False
    assert [one["held"] for one in told["conditions"]] == [True, False]
    assert told["conditions"][1]["why"] == "the message has 26 octets"
    assert len(told["actions"]) == 1
    bad = [
        ({"message": "x"}, "rule"),
        ({"rule": rule()}, "message"),
        ({**trial, "number": 1}, "rule"),
        ({**trial, "runs_programs": True}, "runs_programs"),
    ]
    for body, field in bad:
        refused = await tim.ask(f"POST {LISTS[2]}/test", body)
        assert (refused.status, refused.json["field"]) in {(422, field), (403, field)}


async def test_nobody_tries_rules_on_the_mail_of_others(web: Web):
    tim, chief = await web.signed_in("tim@a.test"), await web.signed_in("chief@a.test")

    def trial(address: str):
        stored = {"address": address, "mailbox": "INBOX", "uid": 1}
        return {"rule": rule(), "stored": stored}

    where = f"POST {LISTS[2]}/test"
    assert (await tim.ask(where, trial("chief@a.test"))).status == 404
    assert (await chief.ask(where, trial("bob@b.test"))).status == 404
    assert (await chief.ask(where, trial("root@a.test"))).status == 403

"""The running hub on both engines: rules are kept in order, checked, and pushed."""

import json
from typing import Any

import pytest

from mailmax.hub.contract import rules
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import DeleteDomain
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rules import RuleOwner
from mailmax.hub.contract.tables import FILER_TOPICS
from mailmax.hub.contract.users import ChangeUser, DeleteUser, RenameUser
from mailmax.hub.tables import Tables

pytestmark = pytest.mark.manual("8")

SYSTEM = RuleOwner("system")
DEMO = RuleOwner("domain", "demo.test")
TIM = RuleOwner("user", "tim@demo.test")
EVE = RuleOwner("user", "eve@demo.test")
ANY = {"kind": "any_message"}
JUNK = {"kind": "store", "mailbox": "Junk"}


def definition(name: str = "a rule", *actions: Any, conditions: Any = (ANY,)) -> str:
    doing = list(actions) or [JUNK]
    return json.dumps({"name": name, "conditions": list(conditions), "actions": doing})


def forward(*addresses: str) -> dict[str, Any]:
    return {"kind": "forward", "addresses": list(addresses)}


@pytest.fixture
async def desk(any_house):
    return await any_house.begin("tim@demo.test", "eve@demo.test")


@pytest.fixture
async def tables(any_house, desk) -> Tables:
    """Give the tables as the filer has them."""
    return (await any_house.client("filer", FILER_TOPICS)).tables


async def add(desk, name="a rule", *actions, owner=SYSTEM, **more) -> int:
    request = rules.AddRule(owner, definition(name, *actions), **more)
    answer = await desk.ask(request)
    assert isinstance(answer, Changed), answer
    assert answer.waiting_for == ()
    return answer.item_id


async def listed(desk, owner=SYSTEM) -> list[str]:
    page = await desk.ask(rules.ListRules(owner))
    assert [row.place for row in page.rows] == list(range(1, len(page.rows) + 1))
    return [row.name for row in page.rows]


def pushed(tables: Tables, **owner: int) -> list[str]:
    return [row.name for row in tables.rules.of(**owner)]


async def test_each_list_has_an_order_of_its_own_and_the_filer_has_it_at_once(
    any_house, desk, tables
):
    """RUL-1, DOM-9, USR-8, HUB-8: an answered change is one that the filer acts by."""
    tim = tables.find("tim@demo.test").user_id
    domain = tables.domain("demo.test").domain_id
    one = await add(desk, "one")
    two = await add(desk, "two")
    await add(desk, "zero", place=1)
    await add(desk, "of the domain", owner=DEMO)
    await add(desk, "of Tim", owner=TIM)

    assert await listed(desk) == pushed(tables) == ["zero", "one", "two"]
    assert pushed(tables, domain_id=domain) == ["of the domain"]
    assert pushed(tables, user_id=tim) == await listed(desk, TIM) == ["of Tim"]
    moved = await desk.ask(rules.MoveRule(two, steps=-1))
    assert moved.note == "it is in place 2 of 3"
    assert pushed(tables) == ["zero", "two", "one"]
    await desk.ask(rules.MoveRule(one, place=1))
    assert pushed(tables) == ["one", "zero", "two"]
    await desk.ask(rules.SwitchRule(one, is_enabled=False))
    assert pushed(tables) == ["zero", "two"]
    assert await listed(desk) == ["one", "zero", "two"]
    await desk.ask(rules.SwitchRule(one, is_enabled=True))
    await desk.ask(rules.DeleteRule(two))
    assert pushed(tables) == await listed(desk) == ["one", "zero"]
    later = await any_house.client("filer", FILER_TOPICS)
    assert pushed(later.tables) == ["one", "zero"]
    assert pushed(later.tables, user_id=tim) == ["of Tim"]


async def test_only_the_filer_holds_rules(any_house, desk):
    service = await any_house.client()
    await add(desk)

    assert not service.tables.rules


async def test_a_rule_is_changed_in_place_and_shown(desk, tables):
    number = await add(desk, "old", owner=TIM)
    await add(desk, "second", owner=TIM)
    await desk.ask(
        rules.ChangeRule(number, definition("new", {"kind": "discard"}), owner=TIM)
    )

    shown = await desk.ask(rules.ShowRule(number))

    assert (shown.owner, shown.view.name, shown.view.place) == (TIM, "new", 1)
    assert json.loads(shown.definition) == {
        "name": "new",
        "conditions": [ANY],
        "actions": [{"kind": "discard"}],
    }
    assert "discard it" in shown.view.summary
    assert await listed(desk, TIM) == ["new", "second"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (definition(""), "name"),
        (definition(conditions=()), "conditions"),
        ('{"name": "x", "conditions": [{"kind": "any_message"}]}', "actions"),
        (definition("x", {"kind": "forward", "addresses": []}), "actions.0.addresses"),
        (
            definition(conditions=[{"kind": "header", "name": "To:", "text": "x"}]),
            "conditions.0.name",
        ),
        (definition("x", {"kind": "burn"}), "actions.0.kind"),
        (definition(conditions=[{"kind": "body", "txt": "x"}]), "conditions.0.txt"),
        ('{"name": "x", "when": []}', "when"),
        ('{"name": "x", "enabled": false}', "enabled"),
        ("[]", "rule"),
        ("{" * 100_000, "rule"),
        (definition("x" * 40_000), "rule"),
        (
            definition("x", {"kind": "run_program", "command": "/no/such %F"}),
            "actions.0.command",
        ),
        (
            definition(conditions=[{"kind": "external_test", "command": "/no/x %F"}]),
            "conditions.0.command",
        ),
        (
            definition("x", {"kind": "run_program", "command": "/bin/true %D"}),
            "actions.0.command",
        ),
        (
            definition("x", {"kind": "respond_file", "path": "a.txt"}),
            "actions.0.path",
        ),
    ],
)
async def test_a_rule_that_is_not_whole_is_refused(house, text, field):
    """RUL-4: the field, the reason and the cure."""
    desk = await house.begin()

    answer = await desk.ask(rules.AddRule(SYSTEM, text))

    assert isinstance(answer, Denied)
    assert (answer.field, bool(answer.reason), bool(answer.cure)) == (field, True, True)
    assert await listed(desk) == []


async def test_who_answers_has_the_address(desk):
    """DECISIONS 26."""

    def letter(address: str) -> dict[str, str]:
        return {"kind": "respond_text", "text": "Hi.", "reply_address": address}

    async def is_taken(owner: RuleOwner, address: str) -> bool:
        request = rules.AddRule(owner, definition("x", letter(address)))
        return isinstance(await desk.ask(request), Changed)

    assert await is_taken(TIM, "TIM@demo.test")
    assert not await is_taken(TIM, "eve@demo.test")
    assert await is_taken(DEMO, "eve@demo.test")
    assert not await is_taken(DEMO, "eve@away.test")
    assert not await is_taken(SYSTEM, "nobody@demo.test")
    shown = (await desk.ask(rules.ListRules(TIM))).rows[0]
    kept = (await desk.ask(rules.ShowRule(shown.rule_id))).definition
    assert "tim@demo.test" in kept


async def test_without_rights_over_the_server_no_programs_and_no_files(house):
    """DECISIONS 25: the seam for remote administrators and users."""
    desk = await house.begin("tim@demo.test")
    file = {"kind": "respond_file", "path": "/etc/motd"}
    run = {"kind": "run_program", "command": "/bin/true %M"}
    program = definition("p", run)
    test = [{"kind": "external_test", "command": "/bin/true %F"}]
    for text in (program, definition(conditions=test)):
        refused = await desk.ask(rules.AddRule(TIM, text, is_limited=True))
        assert refused.kind == "not_allowed"
    trial = await desk.ask(
        rules.TryRule(definition=definition(), is_limited=True, runs_programs=True)
    )
    assert (trial.kind, trial.field) == ("not_allowed", "runs_programs")
    mine = await add(desk, "mine", owner=TIM, is_limited=True)
    theirs = await add(desk, "theirs", file, owner=TIM)

    added = await desk.ask(rules.AddRule(TIM, definition("x", file), is_limited=True))
    changed = await desk.ask(
        rules.ChangeRule(mine, definition("x", file), is_limited=True)
    )
    taken = await desk.ask(rules.ChangeRule(theirs, definition(), is_limited=True))

    assert [one.kind for one in (added, changed, taken)] == ["not_allowed"] * 3
    assert await listed(desk, TIM) == ["mine", "theirs"]


async def test_an_administrator_of_the_system_lets_rules_run_programs(desk):
    """Manual 8.1.8, 8.2.6, on each level; what fails may count (DECISIONS 28)."""
    test = {"kind": "external_test", "command": "/bin/true %F", "failing": "true"}
    run = {"kind": "run_program", "command": "/bin/true %M"}

    for owner in (SYSTEM, DEMO, TIM):
        text = definition("p", run, conditions=[test])
        number = (await desk.ask(rules.AddRule(owner, text))).item_id
        shown = await desk.ask(rules.ShowRule(number))
        assert '"failing":"true"' in shown.definition
        assert "/bin/true %M" in shown.view.summary


async def test_a_rule_of_another_list_is_not_there(desk):
    number = await add(desk, owner=TIM)

    for request in (
        rules.ShowRule(number, EVE),
        rules.ChangeRule(number, definition(), SYSTEM),
        rules.SwitchRule(number, is_enabled=False, owner=DEMO),
        rules.MoveRule(number, 1, owner=EVE),
        rules.DeleteRule(number, EVE),
        rules.TryRule(number, message=b"x", owner=EVE),
        rules.ShowRule(99),
        rules.ListRules(RuleOwner("user", "nobody@demo.test")),
        rules.AddRule(RuleOwner("domain", "away.test"), definition()),
    ):
        answer = await desk.ask(request)
        assert isinstance(answer, Denied), request
        assert answer.kind == "not_found"
    assert await listed(desk, TIM) == ["a rule"]


async def test_rules_go_with_their_users_and_domains(desk, tables):
    kept = await add(desk, "kept")
    await add(desk, "of the domain", owner=DEMO)
    await add(desk, "of Tim", owner=TIM)
    await add(desk, "of Eve", owner=EVE)
    tim = tables.find("tim@demo.test").user_id

    await desk.ask(DeleteUser("tim@demo.test"))
    assert pushed(tables, user_id=tim) == []
    await desk.ask(DeleteDomain("demo.test", with_users=True))

    assert [row.rule_id for row in tables.rules._by_id.values()] == [kept]


async def test_what_forwards_to_a_user_follows_a_new_name(desk, tables):
    number = await add(desk, "copies", forward("eve@demo.test", "x@away.test"))
    await add(desk, "of Tim", owner=TIM)
    tim = tables.find("tim@demo.test").user_id

    await desk.ask(RenameUser("eve@demo.test", "eva@demo.test"))
    await desk.ask(RenameUser("tim@demo.test", "tom@demo.test"))

    shown = await desk.ask(rules.ShowRule(number))
    assert "eva@demo.test" in shown.definition
    assert b"eva@demo.test" in tables.rules.of()[0].definition
    assert pushed(tables, user_id=tim) == ["of Tim"]
    assert await listed(desk, RuleOwner("user", "tom@demo.test")) == ["of Tim"]


async def test_a_user_whom_rules_forward_to_is_deleted_when_that_is_confirmed(
    desk, tables
):
    """DECISIONS 23: one rule loses an address, the other would lead nowhere."""
    two = await add(desk, "two", forward("eve@demo.test", "x@away.test"))
    one = await add(desk, "one", forward("EVE@demo.test"), owner=TIM)

    refused = await desk.ask(DeleteUser("eve@demo.test"))
    await desk.ask(DeleteUser("eve@demo.test", confirmed=True))

    assert isinstance(refused, Denied)
    assert f"rule {two} of the system" in refused.reason
    assert f"rule {one} of tim@demo.test" in refused.reason
    assert b"eve" not in tables.rules.of()[0].definition
    assert [row.rule_id for row in tables.rules._by_id.values()] == [two]
    shown = await desk.ask(rules.ShowRule(one))
    assert not shown.view.is_enabled


async def test_the_filer_knows_daily_limits_of_who_forwards_nothing(desk, tables):
    """TRUST K7: a rule may send on for anybody."""
    tim = tables.find("tim@demo.test").user_id
    assert tables.forwards_of(tim) is None

    await desk.ask(ChangeUser("tim@demo.test", {"daily_messages": "5"}))
    limited = tables.forwards_of(tim)
    await desk.ask(ChangeUser("tim@demo.test", {"daily_messages": ""}))

    assert (limited.addresses, limited.day.most_messages) == ((), 5)
    assert tables.forwards_of(tim) is None


async def test_hits_are_counted(any_house, desk):
    filer = await any_house.client("filer", FILER_TOPICS)
    number = await add(desk)
    gone = await add(desk)
    await desk.ask(rules.DeleteRule(gone))

    for hits, at in ((3, 50.0), (4, 40.0)):
        rows = (rules.RuleHit(number, hits, at), rules.RuleHit(gone, 1, at))
        await filer.ask(rules.CountRuleHits(rows))

    [row] = (await desk.ask(rules.ListRules(SYSTEM))).rows
    assert (row.hits, row.last_hit_at) == (7, 50.0)


async def test_lists_come_in_pages(desk):
    for number in range(5):
        await add(desk, f"{number}")

    page = await desk.ask(rules.ListRules(SYSTEM, limit=2))
    assert ([row.name for row in page.rows], page.next) == (["0", "1"], "2")
    page = await desk.ask(rules.ListRules(SYSTEM, after="4"))
    assert ([row.name for row in page.rows], page.next) == (["4"], "")
    bad = await desk.ask(rules.ListRules(SYSTEM, after="x"))
    assert bad.field == "after"

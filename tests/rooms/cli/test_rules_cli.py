"""Rules at the command line (RUL-1 to RUL-5, DOM-9, USR-8)."""

import json

import pytest

from mailmax.filer.trying import try_rule
from mailmax.hub.contract.rules import SAMPLE_OCTETS, Sample
from mailmax.queuemax.programs import NoPrograms
from mailmax.store.mailboxes.memory.store import MemoryStore

pytestmark = pytest.mark.manual("8")

TIM = ("--user", "tim@demo.test")
OFFER = ("--if", 'header Subject contains "offer"', "--do", "store Junk")


async def test_a_rule_is_added_shown_changed_moved_and_taken_away(running):
    code, out, err = await running.type("rule", "add", "offers", *TIM, *OFFER)
    assert (code, out, err) == (0, "rule 1 is added\n", "")
    more = ("--if", "any", "--do", "forward eve@demo.test", "--do", "stop")
    _, out, _ = await running.type("rule", "add", "more", *TIM, *more, "--place", "1")
    assert out == "rule 2 is added (there is no eve@demo.test here)\n"

    _, out, _ = await running.type("rule", "list", *TIM)
    names = [line.split("\t")[:3] for line in out.splitlines()]
    assert names == [["2", "more", "on"], ["1", "offers", "on"]]
    _, out, _ = await running.type("rule", "move", "1", "up")
    assert out == "rule 1 is moved (it is in place 1 of 2)\n"
    await running.type("rule", "disable", "1")
    change = ("--if", "size > 1M", "--name", "large")
    _, out, _ = await running.type("rule", "change", "1", *change)
    assert out == "rule 1 is changed\n"

    _, out, _ = await running.type("rule", "show", "1")
    rows = [line.split("\t") for line in out.splitlines()]
    assert ["--if", "size > 1048576"] in rows
    assert ["--do", 'store "Junk"'] in rows
    assert ["state", "off"] in rows
    assert ["of", "user tim@demo.test"] in rows
    _, out, _ = await running.type("rule", "show", "2", "--json")
    assert json.loads(out)["definition"]["actions"][1] == {"kind": "terminate"}
    _, out, _ = await running.type("rule", "enable", "1")
    assert out == "rule 1 acts\n"
    _, out, _ = await running.type("rule", "delete", "1", "--system")
    assert out == ""
    _, out, _ = await running.type("rule", "delete", "1", *TIM)
    assert out == "rule 1 is no more\n"


async def test_a_rule_is_given_as_json_as_it_is_shown(running, tmp_path):
    file = tmp_path / "rule.json"
    definition = {
        "name": "night",
        "conditions": [{"kind": "time", "comparison": "after", "time": "22:00"}],
        "actions": [{"kind": "discard"}],
    }
    file.write_text(json.dumps(definition))

    code, _, err = await running.type(
        "rule", "add", "--domain", "demo.test", "--json-rule", str(file)
    )
    assert (code, err) == (0, "")
    _, out, _ = await running.type("rule", "show", "1", "--json")
    shown = json.loads(out)["definition"]
    file.write_text(json.dumps(shown))
    code, _, _ = await running.type("rule", "change", "1", "--json-rule", str(file))

    assert code == 0
    assert shown["name"] == "night"
    assert shown["conditions"][0]["time"] == "22:00"
    _, out, _ = await running.type("rule", "list", "--domain", "demo.test")
    assert out.split("\t")[:3] == ["1", "night", "on"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "x", *OFFER), 2, "whose rules is not said"),
        (("list", "--system", *TIM), 2, "several lists are named"),
        (("add", "x", *TIM, "--if", "burns", "--do", "stop"), 2, "--if 1: "),
        (("add", "x", *TIM, "--if", "any", "--do", "stop", "--do", "x"), 2, "--do 2"),
        (("add", "x", *TIM, "--if", "time on 25:00", "--do", "stop"), 2, "25:00"),
        (("add", "x", *TIM, "--do", "stop"), 2, "conditions: "),
        (("add", "", *TIM, *OFFER), 2, "name: "),
        (("add", "x", *TIM, "--json-rule", "/nosuch"), 2, "/nosuch: "),
        (("add", "x", *TIM, "--json-rule", "/nosuch", *OFFER), 2, "in two ways"),
        (("show", "9"), 3, "there is no rule 9; look at: mailmax rule list"),
        (("list", "--user", "eve@demo.test"), 3, "there is no user"),
        (("move", "1", "sideways"), 2, "up or down"),
        (("test", "1"), 2, "there is not one message"),
        (("test", "--message", "-"), 2, "there is not one rule"),
        (("test", "1", "--user", "tim@demo.test", "--uid", "5"), 3, "no rule 1"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_told_with_a_cure(running, words, code, said):
    found, out, err = await running.type("rule", *words)

    assert (found, out) == (code, "")
    assert said in err
    assert ";" in err


async def test_a_sample_that_is_too_long_is_not_sent(running, tmp_path):
    file = tmp_path / "long.eml"
    file.write_bytes(b"x" * (SAMPLE_OCTETS + 1))

    code, _, err = await running.type("rule", "test", *OFFER, "--message", str(file))

    assert (code, "it is too long" in err) == (2, True)


async def test_a_rule_is_tried_by_the_filer(running, tmp_path):
    """RUL-5: which condition held, and what would be done."""
    file = tmp_path / "sample.eml"
    file.write_bytes(b"Subject: an offer\r\n\r\nbuy\r\n")
    test = ("test", *OFFER, "--if", "size > 1M", "--message", str(file))
    code, _, err = await running.type("rule", *test)
    assert (code, "filer is not running" in err) == (75, True)

    filer = running.client("filer")
    filer.on_request(
        Sample, lambda sample: try_rule(sample, MemoryStore, NoPrograms(), 60)
    )
    await filer.start(60)
    _, out, _ = await running.type("rule", *test)
    assert out == (
        "the rule does not fire\n"
        "  holds: has “offer” in its Subject header (an offer)\n"
        "  does not hold: is larger than 1 MB (the message has 26 "
        "octets)\n"
        "  would not: store it in “Junk”\n"
    )
    await running.type("rule", "add", "offers", "--system", *OFFER)
    _, out, _ = await running.type(
        "rule", "test", "1", "--message", str(file), "--json"
    )
    tried = json.loads(out)
    assert (tried["fires"], tried["actions"]) == (True, ["store it in “Junk”"])
    stored = ("--user", "tim@demo.test", "--uid", "1")
    code, _, err = await running.type("rule", "test", "1", *stored)
    assert (code, "mailbox: the user has no mail" in err) == (3, True)
    await filer.stop()

"""Every message of the manual's last chapter: who says it here, or why nobody does.

Theory:
    `web/tests/messages.json` has a row for each, named by what is the matter, with its
    numbers (the chapter has 117 messages; some stand there twice). A row has what to
    ask, and which refusal comes; or a refusal that other tests bring about; or the
    words of pages; or why there is no cause any more. That all of it is said in German
    as well, `web/tests/messages.test.ts` shows.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from fix_web import Browser, Told, Web

pytestmark = pytest.mark.manual("12")

ROOT = Path(__file__).parents[3]
TABLE = json.loads((ROOT / "web" / "tests" / "messages.json").read_text())
MESSAGES = TABLE["messages"]
ALL = set(range(1, 118))


async def asked(root: Browser, row: dict[str, Any]) -> Told:
    body = row.get("body")
    if row["ask"].startswith("POST"):
        return await root.ask(row["ask"], body)
    return await root.change(row["ask"], body)


async def test_each_is_answered_by_what_is_refused_and_why(web: Web):
    """ADM-6: status, code, field, reason and cure, as the pages get them."""
    root = await web.signed_in("root@a.test")
    for row in TABLE["given"]:
        told = await asked(root, row)
        assert told.status in {200, 201}, (row, told.octets)

    for row in filter(lambda row: "ask" in row, MESSAGES):
        told = await asked(root, row)
        problem = told.json["refused"][0] if told.status == 200 else told.json
        found = {key: problem[key] for key in ("code", "field", "detail", "hint")}
        wanted = {key: row[key] for key in found}
        assert (told.status, found) == (row["status"], wanted), row["says"]


def test_none_is_left_out():
    numbers = [number for row in MESSAGES for number in row["entries"]]

    assert set(numbers) == ALL
    for row in MESSAGES:
        ways = {"ask", "test", "words", "gone"} & row.keys()
        assert len(ways) == 1, row["says"]


def test_what_others_bring_about_is_looked_for_by_their_tests():
    for row in filter(lambda row: "test" in row, MESSAGES):
        text = (ROOT / row["test"]).read_text()
        assert f'"{row.get("field", row["code"])}"' in text, row["says"]

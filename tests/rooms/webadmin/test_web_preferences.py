"""What somebody made of the pages is found again, by nobody else."""

import pytest

from fix_web import Web

COLUMNS = [{"key": "name", "width": 200, "hidden": False}]


async def test_a_preference_is_kept_and_forgotten(web: Web):
    tim = await web.signed_in("tim@a.test")
    other = await web.signed_in("tim@a.test")
    way = "/preferences/columns.users"

    before = await tim.ask(f"GET {way}")
    kept = await tim.ask(f"PUT {way}", {"value": COLUMNS})
    again = (await other.ask(f"GET {way}")).json
    gone = await tim.ask(f"DELETE {way}")
    after = (await other.ask(f"GET {way}")).json

    assert (before.status, before.json) == (200, {"value": None})
    assert (kept.status, again) == (200, {"value": COLUMNS})
    assert (gone.status, after) == (204, {"value": None})


async def test_null_forgets_too(web: Web):
    tim = await web.signed_in("tim@a.test")

    await tim.ask("PUT /preferences/view", {"value": {"dense": True}})
    await tim.ask("PUT /preferences/view", {"value": None})

    assert (await tim.ask("GET /preferences/view")).json == {"value": None}


async def test_each_has_the_own_preferences(web: Web):
    tim = await web.signed_in("tim@a.test")
    root = await web.signed_in("root@a.test")
    await tim.ask("PUT /preferences/view", {"value": 1})

    assert (await root.ask("GET /preferences/view")).json == {"value": None}
    assert (await web.browser().ask("GET /preferences/view")).status == 401


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("a%20b", 1, "key"),
        ("view", "x" * 20_000, "value"),
    ],
)
async def test_what_cannot_be_kept_is_told(web: Web, key: str, value, field: str):
    tim = await web.signed_in("tim@a.test")

    told = await tim.ask(f"PUT /preferences/{key}", {"value": value})

    assert (told.status, told.json["field"]) == (422, field)
    assert told.json["hint"]

"""The host password by the REST API (HUB-4): told, kept, joined again."""

import asyncio

import pytest

from fix_web import Web

NEW = "a-new-one-for-everybody"


async def test_a_new_one_is_told_and_the_web_joins_again(web: Web):
    root = await web.signed_in("root@a.test")
    (before,) = (await root.ask("GET /host-password")).json["services"]

    told = await root.ask("PUT /host-password", {"password": NEW})

    assert told.status == 200
    assert before["service"] in told.json["told"]  # and the command that stands by
    assert (told.json["untold"], told.json["note"]) == ([], "")
    async with asyncio.timeout(60):
        while True:
            now = await root.ask("GET /host-password")
            if now.status == 200 and now.json["services"] not in ([], [before]):
                break
            await asyncio.sleep(0.02)
    (after,) = now.json["services"]
    assert after["service"] == before["service"]
    assert after["joined_at"] > before["joined_at"]


@pytest.mark.parametrize("bad", ["", "a b", "x" * 1_025])
async def test_a_bad_one_is_refused_at_its_field(web: Web, bad):
    root = await web.signed_in("root@a.test")

    told = await root.ask("PUT /host-password", {"password": bad})

    assert told.status in {400, 422}
    assert "password" in told.json["field"]


async def test_a_short_one_is_taken_with_a_caution(web: Web):
    root = await web.signed_in("root@a.test")

    told = await root.ask("PUT /host-password", {"password": "short"})

    assert "can be guessed" in told.json["note"]


@pytest.mark.parametrize("who", ["chief@a.test", "tim@a.test", ""])
async def test_it_is_the_system_administrators_alone(web: Web, who):
    browser = await web.signed_in(who) if who else web.browser()

    shown = await browser.ask("GET /host-password")
    told = await browser.ask("PUT /host-password", {"password": NEW})

    assert {shown.status, told.status} <= {401, 403, 404}

"""Keys, links, second factors and the audit log at the command line (RAD)."""

import json

import pytest

from mailmax.cli.exits import Exit
from mailmax.hub.contract.logins import LoginRefused
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.web import RedeemSignInLink, WebSessionOpened, WhoIs

ADMIN, TIM = "admin@demo.test", "tim@demo.test"


@pytest.fixture
async def shell_web(running):
    web = running.client("webadmin")
    await web.start(10)
    yield web
    await web.stop()


async def test_keys_are_made_listed_and_removed(running, shell_web):
    code, out, _ = await running.type(
        "token", "add", "backup", "--scopes", "users:read, domains:*", "--owner", TIM
    )
    assert code == 0
    number, key = out.split()[1].rstrip(","), out.splitlines()[-1]
    assert key.startswith("mmx_")
    assert (await shell_web.ask(WhoIs(Secret(key)))).name == TIM

    _, out, _ = await running.type("token", "list")
    assert out.startswith(f"{number}\tbackup\t{TIM}\tdomains:* users:read\tnever\t")
    assert key not in out
    assert (await running.type("token", "list", "--owner", ADMIN))[1] == ""
    code, _, err = await running.type("token", "add", "x", "--scopes", "nonsense")
    assert code == Exit.USAGE
    assert "scopes" in err
    code, _, err = await running.type(
        "token", "add", "x", "--scopes", "*", "--expires", "soon"
    )
    assert (code, "expires" in err) == (Exit.USAGE, True)

    assert (await running.type("token", "remove", number))[0] == 0
    assert (await running.type("token", "remove", number))[0] == Exit.NOT_FOUND


async def test_a_link_signs_in_once(running, shell_web):
    code, out, _ = await running.type("admin", "link", "--url", "https://m.test/")
    assert code == 0
    place, _, token = out.strip().partition("#link=")
    assert place == "https://m.test/admin/login"

    opened = await shell_web.ask(RedeemSignInLink(Secret(token), "127.0.0.1"))

    assert isinstance(opened, WebSessionOpened)
    again = await shell_web.ask(RedeemSignInLink(Secret(token), "127.0.0.1"))
    assert isinstance(again, LoginRefused)
    _, out, _ = await running.type("admin", "link", "--json")
    assert json.loads(out)["url"].startswith("http://127.0.0.1:")


async def test_a_second_factor_that_is_not_there_is_said(running):
    code, _, err = await running.type("user", "totp", "off", TIM)

    assert code == Exit.NOT_FOUND
    assert "no second factor" in err


async def test_what_was_changed_is_listed(running):
    await running.type("config", "set", "postmaster", TIM)
    await running.type("user", "password", TIM, "--password", "n0t-to-be-seen")

    _, out, _ = await running.type("audit", "list", "--limit", "2")
    password, setting = out.splitlines()
    assert "\thost password\t" in setting
    assert "\tSetSetting\tpostmaster\tdone\t" in setting
    assert f"\tSetPassword\t{TIM}\tdone\t" in password
    assert "n0t-to-be-seen" not in out
    _, out, _ = await running.type(
        "audit", "list", "--request", "SetPassword", "--within", "1h"
    )
    assert len(out.splitlines()) == 1
    code, _, err = await running.type("audit", "list", "--within", "soon")
    assert (code, "within" in err) == (Exit.USAGE, True)

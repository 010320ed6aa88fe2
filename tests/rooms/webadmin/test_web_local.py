"""Computers and the accounts database by the REST API (LOC-1, LOC-2, HUB-5)."""

import dataclasses
import shlex

import pytest

from fix_web import Web
from mailmax.bootstrap.node import Node
from mailmax.store.accounts import schema


async def test_the_computer_of_datamax_is_told(web: Web, house):
    root = await web.signed_in("root@a.test")

    told = (await root.ask("GET /local")).json

    assert told["node"] == "here"
    assert told["nodes"] == ["here"]
    assert told["file"] == str(house.root / "mailmax.toml")
    values = {one["key"]: one for one in told["values"]}
    assert values["dir"]["value"] == str(house.root)
    assert values["directories.mail"]["value"] == str(house.root / "mail")
    assert values["directories.mail"]["is_changed"] is False
    mail = next(one for one in told["places"] if one["key"] == "directories.mail")
    assert mail["free_octets"] > 0


async def test_another_computer_is_told_by_a_service_that_runs_there(web: Web, house):
    there = dataclasses.replace(house.local, node="there")
    hub = Node(there).hub("smtpmax")
    await hub.start(10)
    root = await web.signed_in("root@a.test")
    file = house.root / "mailmax.toml"
    file.write_text("")
    file.chmod(0o666)

    told = (await root.ask("GET /local?node=there")).json
    await hub.stop()

    assert told["node"] == "there"
    assert told["nodes"] == ["here", "there"]
    found = {one["field"]: one for one in told["findings"]}
    assert found["mailmax.toml"]["kind"] == "contradiction"
    assert found["mailmax.toml"]["cure"] == f"chmod go-w {file}"


async def test_a_computer_without_services_is_not_found(web: Web):
    root = await web.signed_in("root@a.test")

    told = await root.ask("GET /local?node=nowhere")

    assert told.status == 404
    assert told.json["field"] == "node"
    assert "here" in told.json["hint"]


async def test_the_database_is_told_and_its_backup_can_be_used(web: Web, house):
    root = await web.signed_in("root@a.test")

    told = (await root.ask("GET /database")).json

    counts = {one["kind"]: one["rows"] for one in told["counts"]}
    assert (counts["domains"], counts["users"]) == (2, 4)
    assert told["schema"] == schema.HEAD
    assert told["is_newest_schema"] is True
    assert told["octets"] > 0
    assert 0 < told["latency_s"] < 30
    assert told["version"][0].isdigit()
    assert "secret" not in str(told)
    if told["engine"] == "postgresql":
        assert told["backup"].startswith("pg_dump --format=custom ")
        return
    assert told["place"] == str(house.root / "data" / "mailmax.db")
    program, source, act = shlex.split(told["backup"])
    assert (program, source) == ("sqlite3", told["place"])
    assert act == ".backup '/var/backups/mailmax.db'"


@pytest.mark.parametrize("path", ["/local", "/database"])
@pytest.mark.parametrize("who", ["chief@a.test", "tim@a.test", ""])
async def test_others_are_told_nothing_of_it(web: Web, path, who):
    browser = await web.signed_in(who) if who else web.browser()

    assert (await browser.ask(f"GET {path}")).status in {401, 403, 404}

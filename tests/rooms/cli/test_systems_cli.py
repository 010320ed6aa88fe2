"""Saved connections at the command line (ADM-1)."""

import json

from mailmax.cli.exits import Exit

ADD = ("system", "add", "beta", "mx.beta.test:4600", "--password", "s3cret-of-beta")


async def test_connections_and_groups_are_added_shown_changed_and_forgotten(running):
    assert await running.type("system", "group", "add", "South") == (
        0, "there is a group South\n", "",
    )  # fmt: skip
    code, out, _ = await running.type(*ADD, "--group", "South")
    assert (code, out) == (0, "the connection to beta is saved\n")
    _, out, _ = await running.type("system", "list")
    assert out == "beta\tmx.beta.test:4600\tSouth\n"
    _, out, _ = await running.type("system", "list", "--json")
    assert json.loads(out)["rows"] == [
        {"name": "beta", "address": "mx.beta.test:4600", "group": "South"}
    ]

    moved = ("system", "edit", "beta", "--address", "192.0.2.7:4600")
    code, _, err = await running.type(*moved)
    assert code == Exit.USAGE
    assert "password: another computer is to be asked" in err
    code, _, _ = await running.type(*moved, "--password", "x", "--rename", "gamma")
    assert code == 0
    _, out, _ = await running.type("system", "group", "list")
    assert out == "South\t1\n"

    code, _, err = await running.type("system", "group", "delete", "South")
    assert code == Exit.CONFLICT
    assert "1 saved connection is in South" in err
    await running.type("system", "group", "rename", "South", "North")
    code, out, _ = await running.type("system", "group", "delete", "North", "--yes")
    assert (code, out) == (0, "the group North is forgotten\n")
    assert (await running.type("system", "list"))[1] == ""
    assert (await running.type("system", "delete", "gamma"))[0] == Exit.NOT_FOUND

    await running.type(*ADD)
    _, out, _ = await running.type("audit", "list", "--json")
    assert "s3cret-of-beta" not in out

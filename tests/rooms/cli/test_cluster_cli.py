"""Members of the cluster at the command line (CLU-1)."""

import json

from mailmax.cli.exits import Exit

BETA = ("beta", "--datamax", "127.0.0.1:9", "--smtp", "mx.beta.test:2525")


async def test_a_member_is_added_shown_changed_and_removed(running):
    code, out, _ = await running.type("cluster", "add", *BETA, "--password", "s3cret")
    assert (code, out) == (0, "beta is a member of the cluster\n")

    _, out, _ = await running.type("cluster", "list")
    assert out == "beta\t127.0.0.1:9\tmx.beta.test:2525\tnever seen\n"
    code, out, _ = await running.type("cluster", "status")
    assert code == Exit.LATER
    assert "beta is never seen: mail for unknown names in clustered domains" in out
    code, out, _ = await running.type("cluster", "status", "--json")
    [row] = json.loads(out)["rows"]
    assert (row["name"], row["is_in_sync"], row["addresses"]) == ("beta", False, 0)
    assert "s3cret" not in out
    _, out, _ = await running.type("status")
    assert "beta\tnever seen" in out
    _, out, _ = await running.type("config", "check")
    assert "[member_never_seen]" in out

    changed = ("--rename", "gamma", "--smtp", "192.0.2.1")
    code, out, _ = await running.type("cluster", "change", "beta", *changed)
    assert (code, out) == (0, "beta is changed\n")
    _, out, _ = await running.type("cluster", "list")
    assert out == "gamma\t127.0.0.1:9\t192.0.2.1\tnever seen\n"

    code, out, _ = await running.type("cluster", "remove", "gamma")
    assert (code, out) == (0, "gamma is no member any more\n")
    assert (await running.type("cluster", "remove", "gamma"))[0] == Exit.NOT_FOUND
    assert (await running.type("cluster", "status"))[0] == Exit.DONE


async def test_what_makes_no_sense_is_refused(running):
    await running.type("cluster", "add", *BETA, "--password", "s3cret")
    for words, field in (
        (("", *BETA[1:]), "name"),
        (("beta", "--datamax", "b:1", "--smtp", "b"), "name"),
        (("c", "--datamax", "127.0.0.1:9", "--smtp", "b"), "datamax"),
        (("c", "--datamax", "nowhere", "--smtp", "b"), "datamax"),
        (("c", "--datamax", "no host:1", "--smtp", "b"), "datamax"),
        (("c", "--datamax", "b:1", "--smtp", "no host"), "smtp"),
    ):
        code, _, err = await running.type(
            "cluster", "add", *words, "--password", "s3cret"
        )
        assert code in (Exit.USAGE, Exit.CONFLICT), words
        assert f"mailmax: {field}:" in err, (words, err)
    code, _, err = await running.type(
        *("cluster", "add", "c", "--datamax", "b:1", "--smtp", "b"),
        *("--password", "with space"),
    )
    assert code == Exit.USAGE
    assert "space" in err

    await running.type("config", "set", "system_name", "alpha")
    code, _, err = await running.type("config", "set", "system_name", "beta")
    assert code == Exit.CONFLICT
    assert "a member of the cluster is called beta" in err
    code, _, err = await running.type("cluster", "change", "beta", "--rename", "alpha")
    assert code == Exit.CONFLICT

"""APOP at the command line (POP-1)."""

from mailmax.cli.exits import Exit

WORDS = ("user", "add", "jo@demo.test", "--password", "a-word")


async def test_where_apop_is_required_a_new_user_is_given_a_secret(running):
    for address in ("tim@demo.test", "admin@demo.test"):
        await running.type("user", "apop", address, "--secret", "own-secret")
    assert (await running.type("config", "set", "apop_required", "on"))[0] == 0

    code, _, err = await running.type(*WORDS)
    assert code == Exit.CONFLICT
    assert "apop_required: " in err
    assert "--apop-secret" in err

    code, out, _ = await running.type(*WORDS, "--apop-secret", "another")

    assert (code, out) == (0, "jo@demo.test is a user here\n")
    code, _, err = await running.type("user", "apop", "jo@demo.test", "--remove")
    assert (code, "apop_required" in err) == (Exit.CONFLICT, True)

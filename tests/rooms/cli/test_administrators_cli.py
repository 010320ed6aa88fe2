"""Administrators at the command line (USR-7)."""

import json

from fix_shell import ANSWERS
from mailmax.cli.exits import Exit

ADMIN, TIM = "admin@demo.test", "tim@demo.test"


async def test_an_administrator_of_domains(running):
    await running.type("domain", "add", "new.test")
    assert (await running.type("user", "admin", TIM))[1] == (
        f"{TIM} administers nothing\n"
    )

    code, out, _ = await running.type(
        "user", "admin", TIM, "--domains", "demo.test,new.test"
    )

    assert (code, out) == (0, f"{TIM} administers demo.test, new.test\n")
    assert (await running.type("user", "admin", TIM))[1] == out
    _, out, _ = await running.type("user", "admin", TIM, "--json")
    assert json.loads(out) == {
        "name": TIM,
        "system_administrator": False,
        "administers": ["demo.test", "new.test"],
    }
    _, out, _ = await running.type("user", "show", TIM)
    assert "administers\tdemo.test, new.test\tset here\n" in out
    assert "system_administrator\toff\tnot set here\n" in out
    _, out, _ = await running.type("user", "list", "--admins")
    assert out == f"{TIM}\t\t\tnormal\tnone\t\t\tnever\t2 domains\n"
    _, out, _ = await running.type("user", "list", "--no-admins")
    assert out.startswith(f"{ADMIN}\t")
    _, out, _ = await running.type("user", "list", "--may-administer", "new.test")
    assert out.startswith(f"{TIM}\t")
    code, _, err = await running.type("domain", "delete", "new.test")
    assert code == Exit.CONFLICT
    assert f"administrator {TIM}" in err

    code, out, _ = await running.type("user", "admin", TIM, "--none")

    assert (code, out) == (0, f"{TIM} administers nothing any more\n")
    assert (await running.type("user", "list", "--admins"))[1] == ""
    assert (await running.type("domain", "delete", "new.test"))[0] == 0


async def test_the_whole_system_needs_a_yes(running):
    code, _, err = await running.type("user", "admin", ADMIN, "--system")
    assert code == Exit.CONFLICT
    assert "CAUTION" in err
    assert "--yes" in err
    assert (await running.type("user", "list", "--admins"))[1] == ""

    code, out, _ = await running.type("user", "admin", ADMIN, "--system", "--yes")

    assert (code, out) == (0, f"{ADMIN} administers the system\n")
    assert (await running.type("user", "admin", ADMIN))[1] == out
    assert (await running.type("user", "list", "--admins"))[1].endswith("\tsystem\n")


async def test_what_makes_no_sense_is_said(running):
    for words in (
        ("--domains", "demo.test", "--system"),
        ("--system", "--none"),
        ("--domains", ","),
    ):
        code, _, err = await running.type("user", "admin", TIM, *words)
        assert code == Exit.USAGE, err
    code, _, err = await running.type("user", "admin", TIM, "--domains", "no.test")
    assert (code, "no.test" in err) == (Exit.NOT_FOUND, True)
    code, _, err = await running.type("user", "set", TIM, "administers=demo.test")
    assert code == Exit.USAGE


async def test_a_first_user_may_be_an_administrator(shell):
    """As the demo's admin is (DESIGN 8)."""
    await shell.setup(f"{ANSWERS}administrator = true\n")
    await shell.start()

    _, out, _ = await shell.type("user", "list", "--admins")

    assert out == f"{ADMIN}\t\t\tnormal\tnone\t\t\tnever\tsystem\n"

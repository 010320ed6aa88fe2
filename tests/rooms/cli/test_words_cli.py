"""What commands say: lists without rows, wrong words, and the way out of them."""

import asyncio
import os
import pty
import subprocess
import sys

import pytest

from fix_shell import ANSWERS

LISTS = (
    ("alias", "list"),
    ("ban", "list"),
    ("dnsbl", "list"),
    ("filter", "list"),
    ("sessions",),
    ("tarpit", "list"),
    ("user", "list", "--search", "zzz"),
)


@pytest.mark.parametrize("words", LISTS)
async def test_an_empty_list_says_so_and_has_no_row(running, words):
    code, out, err = await running.type(*words)
    _, in_json, silent = await running.type(*words, "--json")

    assert (code, out) == (0, "")
    assert err == "there is nothing in this list\n"
    assert "nothing in this list" not in in_json + silent


def on_a_terminal(*words: str) -> str:
    """Run a command whose standard output is a terminal; return what it shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "mailmax", *words],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "140", "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                octets = os.read(ours, 4096)
            except OSError:  # the other end was closed
                break
            if not octets:
                break
            seen += octets
    os.close(ours)
    assert process.returncode in {0, 75}, seen
    return seen.decode()


async def test_lists_have_headings_on_a_terminal(running):
    where = ("--dir", str(running.root))
    wanted = {
        ("service", "list"): ("Address", "Service", "Port", "State", "Sessions"),
        ("status",): ("Address", "Service", "Port", "State", "Sessions"),
        ("user", "list"): ("Address", "First name", "Type"),
        ("user", "show", "tim@demo.test"): ("Setting", "Value", "Where"),
    }
    for words, headings in wanted.items():
        shown = await asyncio.to_thread(on_a_terminal, *words, *where)
        for heading in headings:
            assert heading in shown, (words, shown)
    empty = await asyncio.to_thread(on_a_terminal, "ban", "list", *where)
    assert empty.strip() == "there is nothing in this list"


async def test_every_value_says_where_it_is_set(running):
    await running.type("user", "set", "tim@demo.test", "first_name=Tim")

    _, out, _ = await running.type("user", "show", "tim@demo.test")

    assert "first_name\tTim\tset here\n" in out
    assert "last_name\t\tnot set here\n" in out


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (("user", "show"), "ADDRESS is missing; see: mailmax user show --help"),
        (
            ("user", "add", "a@demo.test", "--set", "first_name=a", "last_name=b"),
            "last_name=b: it has no option; write --set before each KEY=VALUE",
        ),
        (("ban", "list", "x"), "x: the command does not take that; see: mailmax ban"),
        (("filter", "remove", "x"), "NUMBER: 'x' is no whole number"),
        (("filter", "edit", "1"), "options: there are none; give --ip, --kind"),
        (("service", "set", "127.0.0.1", "smtp"), "values: there are none; write KEY"),
        (("ban", "add", "*@x.test"), "value: *@x.test would be one address"),
        (
            ("user", "set", "tim@demo.test", "box_limit=5M"),
            "box_limit: there is no such setting here; did you mean box_limit_octets?",
        ),
        (("domain", "alias", "x.test"), "domain: it is not said what x.test is to"),
        (("user", "reply", "tim@demo.test", "/no"), "/no: No such file or directory;"),
        (("user", "reply", "tim@demo.test", "/bin/true"), "/bin/true: it is not UTF-8"),
    ],
)
async def test_what_is_wrong_is_said_with_the_cure(running, words, say):
    code, _, err = await running.type(*words)

    assert code == 2
    assert err.startswith(f"mailmax: {say}")


@pytest.mark.parametrize(
    ("words", "again", "cure"),
    [
        (
            ("filter", "add", "192.0.2.1", "trusted"),
            ("filter", "add", "192.0.2.1", "banned"),
            "change that one: mailmax filter edit 1",
        ),
        (
            ("ban", "add", "*.x.test", "--connection", "127.0.0.1"),
            ("ban", "add", "*.x.test", "--connection", "127.0.0.1"),
            "first: mailmax ban remove '*.x.test' --connection 127.0.0.1",
        ),
        (
            ("domain", "alias", "mail.demo.test", "demo.test"),
            ("domain", "add", "mail.demo.test"),
            "demo.test; take it away: mailmax domain alias mail.demo.test --remove",
        ),
        (
            ("user", "add", "trap@demo.test", "--set", "kind=trap"),
            ("user", "enable", "trap@demo.test"),
            "if that is meant: mailmax user set trap@demo.test kind=normal",
        ),
        (
            ("user", "add", "trap@demo.test", "--set", "kind=trap"),
            ("user", "disable", "trap@demo.test"),
            "if that is meant: mailmax user set trap@demo.test kind=disabled",
        ),
    ],
)
async def test_what_is_there_already_is_named_with_the_way_to_change_it(
    running, words, again, cure
):
    assert (await running.type(*words))[0] == 0

    code, _, err = await running.type(*again)

    assert code == 4
    assert err.endswith(f"{cure}\n")


async def test_a_misspelt_setting_of_the_system_is_told_the_one_that_was_meant(running):
    code, _, err = await running.type("config", "set", "smtp_prt", "26")

    assert code == 3
    assert "did you mean smtp_port?" in err
    assert len(err) < 200


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("user", "show", "nobody@demo.test"), "user list"),
        (("domain", "show", "else.test"), "domain list"),
        (("domain", "alias", "x.test", "--remove"), "domain list"),
        (("alias", "delete", "x@demo.test"), "alias list"),
        (("ban", "remove", "x@y.test"), "ban list"),
        (("filter", "remove", "77"), "filter list"),
        (("connection", "show", "192.0.2.77"), "connection list"),
        (("service", "list", "192.0.2.77"), "connection list"),
        (("tarpit", "pardon", "192.0.2.77"), "tarpit list"),
    ],
)
async def test_what_is_not_there_names_the_list(running, words, command):
    code, _, err = await running.type(*words)

    assert code == 3
    assert err.endswith(f"; look at: mailmax {command}\n")


@pytest.mark.parametrize(
    ("old", "new", "say"),
    [
        (
            "base_port = 3000",
            'base_port = "x"',
            "base_port: it is text in quotes, and must be a whole number",
        ),
        (
            "trust_loopback = true",
            "trust_loopback = 1",
            "trust_loopback: it is a whole number, and must be true or false",
        ),
        (
            "base_port = 3000",
            'hub_listen = "tls:mail.test:4600"',
            "hub_listen: 'tls:mail.test:4600' is how others find it",
        ),
        (
            'ip = "127.0.0.1"',
            'ip = "192.0.2.7"',
            "ip: this computer does not have 192.0.2.7; give one that it has (ip ",
        ),
    ],
)
async def test_a_wrong_answer_is_told_in_words(shell, old, new, say):
    code, _, err = await shell.setup(ANSWERS.replace(old, new))

    assert code == 2
    assert say in err
    if new.startswith("hub_listen"):
        assert "leave tls: away: mail.test:4600" in err


async def test_the_cure_for_a_hub_elsewhere_is_not_for_this_computer(shell):
    await shell.setup()
    file = shell.root / "mailmax.toml"
    file.write_text('node = "here"\n[hub]\naddress = "tls:127.0.0.1:9"\n')

    code, _, err = await shell.type("status")

    assert code == 69
    assert "look whether it runs there and listens at 127.0.0.1:9" in err
    assert "mailmax serve" not in err


async def test_a_trap_needs_no_password(running, monkeypatch):
    """Nobody logs in to it."""

    def ask(*_words):
        raise AssertionError("it was asked for one")

    monkeypatch.setattr("mailmax.cli.users.read_secret", ask)

    code, _, err = await running.type(
        "user", "add", "trap@demo.test", "--set", "kind=trap"
    )

    assert (code, err) == (0, "")
    _, found, _ = await running.type("config", "check")
    assert "blank_passwords" not in found


async def test_a_filter_is_of_the_list_that_is_named(running):
    _, added, _ = await running.type("filter", "add", "10.1.1.1", "banned")
    assert added == "10.1.1.1 is banned: filter 1\n"
    for ip in ("10.1.1.2", "10.1.1.3"):
        await running.type("filter", "add", ip, "banned", "--connection", "127.0.0.1")
    of = ("--connection", "127.0.0.1")

    strange, _, err = await running.type("filter", "remove", "1", *of)
    moved, _, _ = await running.type("filter", "up", "3", *of)
    edited, _, _ = await running.type("filter", "edit", "3", "--ip", "10.1.1.4", *of)
    removed, _, _ = await running.type("filter", "remove", "2", *of)

    assert strange == 3
    assert "there is no filter 1 of 127.0.0.1" in err
    assert (moved, edited, removed) == (0, 0, 0)
    _, out, _ = await running.type("filter", "list", *of)
    assert out == "3\t10.1.1.4\tbanned\t\t\n"
    _, out, _ = await running.type("filter", "list")
    assert out.startswith("1\t10.1.1.1\tbanned")


async def test_what_others_point_to_goes_only_with_yes(running):
    """One word says that something is meant, in every command."""
    for address in ("ann@demo.test", "joe@demo.test"):
        await running.type("user", "add", address, "--password", "pw")
    await running.type("domain", "set", "demo.test", "catch_all=ann@demo.test")

    code, _, err = await running.type("user", "delete", "ann@demo.test")
    assert code == 4
    assert "confirm with --yes" in err
    assert (await running.type("user", "delete", "ann@demo.test", "--yes"))[0] == 0

    await running.type("domain", "add", "far.test")
    await running.type("user", "add", "eve@far.test", "--password", "pw")
    await running.type("user", "forward", "joe@demo.test", "add", "eve@far.test")
    go = ("domain", "delete", "far.test", "--with-users")
    assert (await running.type(*go))[0] == 4
    assert (await running.type(*go, "--yes"))[0] == 0

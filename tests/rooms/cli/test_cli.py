"""The commands as an operator types them: words, JSON and exit codes."""

import asyncio
import io
import json
import os
import pwd
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fix_ports import free_port
from fix_shell import ANSWERS, Shell
from mailmax.cli import service_user
from mailmax.cli.status import NEEDED
from mailmax.hub.client import HubClient
from mailmax.hub.contract.logins import LoginAccepted, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.settings.local import STANDARD_PORTS, load_local

# Setup


async def test_setup_from_answers_makes_a_node_that_can_be_logged_in_to(shell):
    code, out, _ = await shell.setup()
    assert code == 0
    assert "admin@demo.test has the password" in out
    local = load_local(shell.root)
    assert local.trust_loopback
    assert local.base_port == 3000

    await shell.start()
    client = shell.client("imapmax")
    await client.start(60)
    answer = await client.ask(
        VerifyLogin("tim", Secret("demo"), "imap", "127.0.0.1", False)
    )

    assert isinstance(answer, LoginAccepted)
    assert client.tables.setting("hostname") == "mail.demo.test"
    doors = client.tables.doors
    assert [row.address for row in doors.bindings.values()] == ["127.0.0.1"]
    listeners = doors.listeners.values()
    assert {(row.service, row.port) for row in listeners} == {
        (service, 0) for service in STANDARD_PORTS
    }
    assert client.tables.setting("name_servers") == ["127.0.0.1:5353"]
    assert client.tables.setting("smart_host") == "127.0.0.1:2526"
    assert client.tables.setting("smart_host_on") is True
    assert client.tables.setting("default_domain") == "demo.test"
    assert client.tables.setting("postmaster") == "tim@demo.test"
    await client.stop()


async def test_setup_lets_nobody_else_look_in(shell):
    await shell.setup()

    for path in (shell.root, *shell.root.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, path
    assert (shell.root / "secrets/host-password").read_text() == "hostpw\n"


async def test_what_is_somebody_elses_is_not_touched(shell):
    """Not its mode, not its owner; root would have made its home the services'."""
    shell.root.mkdir(mode=0o755)
    (shell.root / "photos").mkdir()
    before = shell.root.stat()

    code, _, err = await shell.setup()

    assert code == 2
    assert f"dir: {shell.root} is not empty: there is photos" in err
    assert f"--dir {shell.root}/mailmax" in err
    after = shell.root.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert [path.name for path in shell.root.iterdir()] == ["photos"]


async def test_an_empty_directory_keeps_its_mode_and_owner(shell):
    shell.root.mkdir()
    shell.root.chmod(0o711)
    (shell.root / "lost+found").mkdir()  # as on a disk of its own

    code, _, err = await shell.setup()

    assert (code, err) == (0, "")
    after = shell.root.stat()
    assert stat.S_IMODE(after.st_mode) == 0o711
    assert (after.st_uid, after.st_gid) == (os.geteuid(), os.getegid())


@pytest.mark.parametrize("octets", [93, 94])
async def test_a_place_too_deep_for_sockets_is_refused_at_the_setup(
    tmp_path, capsys, octets
):
    run = tmp_path / "r"
    run = run.with_name("r" * (octets - len(str(run)) + 1))
    shell = Shell(tmp_path / "D", capsys)

    code, _, err = await shell.setup(f'directories = {{run = "{run}"}}\n{ANSWERS}')

    if octets == 93:
        assert code == 0, err
        with socket.socket(socket.AF_UNIX) as longest:
            longest.bind(str(run / "queuemax.sock"))
    else:
        assert code == 2
        assert "directories.run: " in err
        assert not shell.root.exists()
        assert not run.exists()


async def test_a_node_that_is_set_up_is_not_set_up_again(shell):
    await shell.setup()
    before = (shell.root / "mailmax.toml").read_bytes()

    code, _, err = await shell.setup()

    assert code == 4
    assert "set up already" in err
    assert (shell.root / "mailmax.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('domain = "Demo.test"', 'domain = "-x"', "domain"),
        ('domain = "Demo.test"', "", "domain"),
        ("base_port = 3000", "base_port = 65000", "base_port"),
        ("base_port = 3000", 'base_port = "x"', "base_port"),
        ('ip = "127.0.0.1"', 'ip = "300.1.1.1"', "ip"),
        ('"127.0.0.1:5353"', '"ns.example"', "name_servers"),
        ('"127.0.0.1:2526"', '"a b"', "smart_host"),
        ('"hostpw"', '"host pw"', "host_password"),
        ('"mail.demo.test"', '"mail demo"', "hostname"),
        ('name = "tim"', 'name = "t m"', "users[0].name"),
        ('name = "tim"', 'name = "tim@other.test"', "users[0].name"),
        ('name = "tim"', 'nam = "tim"', "nam"),
        ('password = "demo"', 'password = "de mo"', "password"),
        ('password = "demo"', 'password = "$2b$12$x"', "password"),
    ],
)
async def test_a_bad_answer_is_named_and_nothing_can_be_started(shell, old, new, field):
    code, out, err = await shell.setup(ANSWERS.replace(old, new))

    assert code == 2
    assert out == ""
    assert field in err
    assert not (shell.root / "mailmax.toml").exists()


async def test_after_a_refused_setup_a_good_one_succeeds(shell):
    await shell.setup(ANSWERS.replace('password = "demo"', 'password = "de mo"'))

    code, _, _ = await shell.setup()

    assert code == 0


async def test_setup_on_postgresql(shell, postgres_url):
    code, _, err = await shell.setup(f'database_url = "{postgres_url}"\n' + ANSWERS)
    assert (code, err) == (0, "")

    await shell.start()
    code, out, _ = await shell.type("user", "list")

    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == [
        "admin@demo.test",
        "tim@demo.test",
    ]
    assert not (shell.root / "data/mailmax.db").exists()


async def test_setup_refuses_a_foreign_database(shell):
    (shell.root / "data").mkdir(parents=True)
    (shell.root / "data/mailmax.db").write_text("a letter" * 1000)

    code, _, err = await shell.setup()

    assert code == 2
    assert "not a database of MailMax" in err


@pytest.fixture
def public_shell(shell):
    """A shell whose node directory other users can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        shell.root = Path(place) / "D"
        if bad := service_user.check("nobody", [shell.root]):
            pytest.skip(str(bad))
        yield shell


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_setup_gives_what_services_write_to_the_user_they_become(public_shell):
    code, _, err = await public_shell.setup('run_as = "nobody"\n' + ANSWERS)

    assert (code, err) == (0, "")
    root, nobody = public_shell.root, pwd.getpwnam("nobody")
    for path in {root, *root.rglob("*")}:
        owner = path.stat()
        is_roots = path in {root, root / "mailmax.toml"}
        assert owner.st_uid == (0 if is_roots else nobody.pw_uid), path
        assert owner.st_gid == nobody.pw_gid, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody")
async def test_setup_for_a_user_who_does_not_exist_says_how_to_make_one(shell):
    code, _, err = await shell.setup('run_as = "no-such-user"\n' + ANSWERS)

    assert code == 2
    assert "useradd --system" in err
    assert not shell.root.exists()


async def test_a_hub_for_other_computers_listens_with_tls(shell):
    port = free_port()
    await shell.setup(f'hub_listen = "127.0.0.1:{port}"\n' + ANSWERS)
    await shell.start()
    password = PasswordFile(shell.root / "secrets/host-password")
    far = HubClient(f"tls:127.0.0.1:{port}", password, Identity("popmax", "far"))

    await far.start(60)

    assert far.may_serve
    await far.stop()


async def test_a_host_password_that_others_may_read_is_refused(shell):
    await shell.setup()
    (shell.root / "secrets/host-password").chmod(0o644)

    code, _, err = await shell.type("domain", "list")

    assert code == 5
    assert "chmod 600" in err


# Commands


async def test_filters_come_move_and_go(running):
    steps = [
        (("add", "192.168.*.*", "banned"), 0, "192.168.*.* is banned"),
        (("add", "192.168.1.20", "trusted", "--comment", "printer"), 0, "is trusted"),
        (("add", "10.0.0.0/8", "custom", "--relay", "--no-auth"), 0, "is custom"),
        (("up", "2"), 0, "it is in place 1 of 3"),
        (("move", "3", "1"), 0, "it is in place 1 of 3"),
        (("down", "3"), 0, "it is in place 2 of 3"),
        (("edit", "3", "--local-only", "--comment", "lab"), 0, "filter 3 is changed"),
        (("edit", "3", "--comment", "lab 2"), 0, "filter 3 is changed"),
        (("add", "192.168.1.20", "banned"), 4, "ip: 192.168.1.20 is in this list"),
        (("add", "192.168.1", "banned"), 2, "ip: "),
        (("add", "1.2.3.4", "friend"), 2, "give one of: permitted, trusted"),
        (("add", "1.2.3.4", "trusted", "--relay"), 2, "flags: "),
        (("add", "1.2.3.4", "banned", "--connection", "192.0.2.1"), 3, "connection: "),
        (("edit", "99", "--kind", "banned"), 3, "filter: "),
        (("move", "3", "0"), 2, "place: "),
        (("remove", "1"), 0, "filter 1 is no more"),
    ]
    for words, code, said in steps:
        found, out, err = await running.type("filter", *words)
        assert (found, said in out + err) == (code, True), (words, out, err)

    code, out, _ = await running.type("filter", "list")
    assert out.splitlines() == [
        "2\t192.168.1.20\ttrusted\t\tprinter",
        "3\t10.0.0.0/8\tcustom\tlocal-only\tlab 2",
    ]  # fmt: skip
    code, out, _ = await running.type("filter", "list", "--json")
    assert [row["place"] for row in json.loads(out)["rows"]] == [1, 2]


async def test_bans_come_and_go(running):
    steps = [
        (
            ("add", "Bob@Far.test", "--expires", "30d", "--comment", "x"),
            0,
            "is refused",
        ),
        (("add", "*.far.test", "--expires", "2090-01-31 18:00"), 0, "is refused"),
        (("add", "demo.test"), 0, "caution: this is a domain here"),
        (("add", "demo.test"), 4, "value: demo.test is banned already"),
        (("add", "a b@far.test"), 2, "value: "),
        (("add", "far..test"), 2, "domain: "),
        (("add", "far.test", "--expires", "soon"), 2, "expires: 'soon' is no time"),
        (
            ("add", "far.test", "--expires", "2001-01-01"),
            2,
            "expires: it is not in the future",
        ),
        (("remove", "demo.test"), 0, "is taken again"),
        (("remove", "demo.test"), 3, "value: "),
    ]
    for words, code, said in steps:
        found, out, err = await running.type("ban", *words)
        assert (found, said in out + err) == (code, True), (words, out, err)

    _, out, _ = await running.type("ban", "list")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [(row[0], row[3], row[5]) for row in rows] == [
        ("*.far.test", "0", "by an administrator"),
        ("bob@far.test", "0", "by an administrator: x"),
    ]  # fmt: skip
    assert rows[0][2] == "2090-01-31 18:00:00"
    _, out, _ = await running.type("ban", "list", "--json")
    assert 29 < (json.loads(out)["rows"][1]["expires_at"] - time.time()) / 86_400 <= 30


async def test_domains_users_and_aliases_come_and_go(running):
    steps = [
        ("domain", "add", "new.test"),
        ("user", "add", "joe@new.test", "--password", "pw", "--first", "Joe"),
        ("alias", "add", "j@new.test", "joe@new.test"),
    ]
    for step in steps:
        assert (await running.type(*step))[0] == 0, step

    assert (await running.type("domain", "list"))[1] == (
        "demo.test\tnormal\t2\t0\tany\tnone\t\t\t\n"
        "new.test\tnormal\t1\t1\tany\tnone\t\t\t\n"
    )
    assert (await running.type("user", "list", "new.test"))[1] == (
        "joe@new.test\tJoe\t\tnormal\tnone\t\t\tnever\t\n"
    )
    assert (await running.type("alias", "list"))[1] == "j@new.test\tjoe@new.test\n"
    for step in (
        ("alias", "delete", "j@new.test"),
        ("user", "disable", "joe@new.test"),
        ("user", "enable", "joe@new.test"),
        ("user", "delete", "joe@new.test"),
        ("domain", "delete", "new.test"),
    ):
        assert (await running.type(*step))[0] == 0, step
    assert (await running.type("domain", "list"))[1] == (
        "demo.test\tnormal\t2\t0\tany\tnone\t\t\t\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "say"),
    [
        (("frobnicate",), 2, "frobnicate"),
        (("user", "add"), 2, "ADDRESS is missing"),
        (("domain", "add", "a_b"), 2, "domain"),
        (("user", "add", "a..b@demo.test", "--password", "x"), 2, "dot"),
        (("user", "add", "a@demo.test", "--password", "$1$x"), 2, "form 1 cannot"),
        (("config", "set", "datamax_timeout_s", "x"), 2, "give 5 to"),
        (("user", "delete", "nobody@demo.test"), 3, "there is no user"),
        (("domain", "delete", "nowhere.test"), 3, "there is no domain"),
        (("alias", "delete", "a@demo.test"), 3, "there is no alias"),
        (("domain", "set", "demo.test", "max_users"), 2, "write KEY=VALUE"),
        (("domain", "set", "demo.test"), 2, "there are none"),
        (("user", "set", "tim@demo.test"), 2, "write KEY=VALUE, one at least"),
        (
            ("domain", "set", "demo.test", "suspended=smtp", "suspended=imap"),
            2,
            "suspended: it is given twice",
        ),
        (("domain", "set", "demo.test", "max_users=x"), 2, "give 0 to"),
        (("domain", "show", "nowhere.test"), 3, "there is no domain"),
        (("user", "set", "tim@demo.test", "nose=red"), 2, "no such setting"),
        (("config", "get", "colour"), 3, "there is no setting"),
        (("domain", "add", "demo.test"), 4, "already"),
        (("user", "add", "tim@demo.test", "--password", "x"), 4, "already"),
        (("alias", "add", "tim@demo.test", "tim@demo.test"), 4, "already"),
        (("domain", "delete", "demo.test"), 4, "default domain"),
        (("queue", "list"), 75, "QueueMax is not running"),
    ],
)
async def test_what_cannot_be_done_has_its_code_and_words(running, words, code, say):
    got, out, err = await running.type(*words)

    assert (got, out) == (code, "")
    assert say in err
    assert err.startswith("mailmax: ")
    assert err.count("\n") == 1


async def test_a_value_of_the_domain_holds_where_the_user_has_none(running):
    async def box_limit():
        _, out, _ = await running.type("user", "show", "tim@demo.test", "--json")
        return json.loads(out)["box_limit_octets"]

    await running.type("domain", "set", "demo.test", "box_limit_octets=5M")

    assert await box_limit() == 5 * 1024**2
    await running.type("user", "set", "tim@demo.test", "box_limit_octets=0")
    assert await box_limit() == 0
    await running.type("user", "set", "tim@demo.test", "box_limit_octets=")
    assert await box_limit() == 5 * 1024**2
    _, out, _ = await running.type("domain", "show", "demo.test")
    assert "box_limit_octets\t5242880\tset here\n" in out
    assert "max_users\t0\tnot set here\n" in out


async def test_errors_in_json_have_field_reason_and_cure(running):
    code, _, err = await running.type("domain", "add", "demo.test", "--json")

    assert code == 4
    assert json.loads(err)["error"] == {
        "kind": "conflict",
        "field": "domain",
        "reason": "demo.test is a domain here already",
        "cure": "choose another",
    }


async def test_answers_in_json(running):
    _, out, _ = await running.type("user", "list", "--json")

    first = json.loads(out)["rows"][0]
    assert first["address"] == "admin@demo.test"
    assert first["kind"] == "normal"
    _, out, _ = await running.type("config", "get", "--json")
    assert json.loads(out)["name_servers"] == ["127.0.0.1:5353"]


@pytest.mark.parametrize(
    "words",
    [
        *(("user", "list"), ("domain", "list"), ("alias", "list"), ("ban", "list")),
        *(("filter", "list"), ("connection", "list"), ("sessions",)),
    ],
)
async def test_every_list_in_json_has_rows_and_where_it_goes_on(running, words):
    await running.type("alias", "add", "a@demo.test", "tim@demo.test")
    _, out, _ = await running.type(*words, "--json")

    whole = json.loads(out)
    assert set(whole) - {"total"} == {"rows", "next"}
    assert whole["next"] == ""

    _, out, _ = await running.type(*words, "--json", "--limit", "1")
    part = json.loads(out)
    assert part["rows"] == whole["rows"][:1]
    assert (part["next"] != "") == (len(whole["rows"]) > 1)


async def test_settings_are_shown_as_they_are_typed(running):
    await running.type("config", "set", "message_limit_octets", "10M")
    await running.type("config", "set", "smart_host_on", "off")

    assert (await running.type("config", "get", "message_limit_octets"))[1] == (
        "10485760\n"
    )
    assert (await running.type("config", "get", "smart_host_on"))[1] == "off\n"
    assert (await running.type("config", "get", "name_servers"))[1] == (
        "127.0.0.1:5353\n"
    )


async def test_forwards_and_replies_are_set_by_a_word_each(running, tmp_path):
    text = tmp_path / "away.txt"
    text.write_text("Ich bin im März zurück.\n")
    user = "tim@demo.test"
    for target in ("far@away.test", "more@away.test"):
        await running.type("user", "forward", user, "add", target)
    await running.type("user", "forward", user, "remove", "more@away.test")
    twice, _, _ = await running.type("user", "forward", user, "add", "far@away.test")
    await running.type("user", "reply", user, str(text))
    await running.type("user", "reply", user, "--off")
    nothing, _, words = await running.type("user", "reply", user, "/nowhere")

    _, out, _ = await running.type("user", "show", user, "--json")
    shown = json.loads(out)
    assert (twice, nothing) == (4, 2)
    assert "/nowhere" in words
    assert shown["forwards"] == ["far@away.test"]
    assert shown["reply_text"] == "Ich bin im März zurück.\n"
    assert shown["reply_on"] is False


async def test_without_a_hub_the_code_is_69(shell):
    await shell.setup()

    code, _, err = await shell.type("domain", "list")

    assert code == 69
    assert "DataMax does not answer" in err


async def test_without_a_node_the_words_say_how_to_make_one(shell):
    code, _, err = await shell.type("domain", "list")

    assert code == 2
    assert f"mailmax setup --dir {shell.root}" in err


async def test_with_the_wrong_host_password_the_code_is_5(running):
    PasswordFile(running.root / "secrets/host-password").save("guess")

    code, _, err = await running.type("domain", "list")

    assert code == 5
    assert "wrong password" in err


async def test_the_host_password_is_changed_and_services_stay(running):
    service = running.client("popmax")
    await service.start(60)

    code, out, _ = await running.type("hostpassword", "--password", "an0ther")

    assert code == 0
    assert "told: popmax@here" in out
    assert "is changed (caution: a host password of fewer than 12 characters" in out
    assert (await running.type("domain", "list"))[0] == 0
    code, _, err = await running.type("hostpassword", "--password", "a b")
    assert code == 2
    assert "space" in err
    await service.stop()


# Status


async def test_status_waits_until_every_service_is_ready(running):
    code, out, _ = await running.type("status")
    assert code == 75
    assert f"not ready: {', '.join(NEEDED)}" in out
    clients = [running.client(role) for role in NEEDED]

    waiting = asyncio.create_task(running.type("status", "--wait", "10", "--json"))
    for client in clients:
        await client.start(60)
        client.set_ready()
    code, out, _ = await waiting

    assert code == 0
    seen = json.loads(out)
    assert seen["ready"] is True
    assert {one["role"] for one in seen["services"]} == set(NEEDED)
    for client in clients:
        await client.stop()


async def test_status_waits_for_the_hub_itself(shell):
    await shell.setup()
    waiting = asyncio.create_task(shell.type("status", "--wait", "6"))
    await asyncio.sleep(0.3)

    await shell.start()
    code, out, _ = await waiting

    assert code == 75
    assert "not ready" in out


async def test_status_says_which_system_it_is(running):
    """GEN-1: the computer's name, until the system has one."""
    node = load_local(running.root).node
    _, out, _ = await running.type("status")
    assert out.startswith(f"{node}: DataMax ")

    await running.type("config", "set", "system_name", "north 1")

    _, out, _ = await running.type("status")
    assert out.startswith("north 1: DataMax ")
    _, out, _ = await running.type("status", "--json")
    assert json.loads(out)["system_name"] == "north 1"
    code, _, err = await running.type("config", "set", "system_name", "a\x07b")
    assert (code, err.partition(":")[2].split(":")[0]) == (2, " system_name")


# Import


async def test_users_are_imported_from_a_file(running, tmp_path):
    file = tmp_path / "users.csv"
    file.write_text(
        "address,password,first,last\n"
        "a@demo.test,pw,Anna,Müller\n"
        "\n"
        'b@demo.test,"p,w",Bob\n'
        "tim@demo.test,pw,Tim,Taken\n"
        "c@nowhere.test,pw\n"
    )

    code, out, err = await running.type("user", "import", str(file))

    assert code == 4
    assert out == "2 users added, 2 not\n"
    assert f"{file}, line 5: address: tim@demo.test is a user" in err
    assert f"{file}, line 6: address: there is no domain 'nowhere.test'" in err
    assert "Anna\tMüller" in (await running.type("user", "list"))[1]


@pytest.mark.parametrize(
    ("octets", "say"),
    [
        (b"x@demo.test,\xff", "it is not UTF-8"),
        (b"x@demo.test", "it has 1 field;"),
        (b"x@demo.test,1,2,3,4", "it has 5 fields;"),
        (b'x@demo.test,"x', "it is not CSV"),
        (b'"x"@demo.test,x', "it is not CSV"),
        (b"x@demo.test," + b"x" * 2001, "a field is too long"),
    ],
)
async def test_a_line_that_is_no_user_keeps_no_other_from_being_taken(
    running, tmp_path, octets, say
):
    file = tmp_path / "users.csv"
    file.write_bytes(b"a@demo.test,pw\r\n" + octets + b"\nb@demo.test,pw,B\n")

    code, out, err = await running.type("user", "import", str(file))

    assert (code, out) == (2, "2 users added, 1 not\n")
    assert f"{file}, line 2: {say}" in err
    users = (await running.type("user", "list"))[1]
    assert "a@demo.test" in users
    assert "b@demo.test" in users
    assert "x@demo.test" not in users


async def test_refused_lines_are_named_in_their_order(running, tmp_path):
    file = tmp_path / "users.csv"
    file.write_bytes(b"tim@demo.test,pw\nnothing\nc@nowhere.test,pw\n")

    code, out, _ = await running.type("user", "import", str(file), "--json")

    assert code == 4
    answer = json.loads(out)
    assert answer["added"] == 0
    assert [one["line"] for one in answer["refused"]] == [1, 2, 3]


@pytest.mark.timed
async def test_ten_thousand_users_are_imported_in_seconds_by_the_command(
    running, tmp_path
):
    file = tmp_path / "users.csv"
    file.write_text("".join(f"u{n}@demo.test,password{n},F,L\n" for n in range(10_000)))

    begin = time.perf_counter()
    code, out, _ = await running.type("user", "import", str(file))

    assert code == 0
    assert out == "10000 users added\n"
    assert time.perf_counter() - begin < 10


# As processes


def run_command(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


async def test_a_password_may_be_a_line_of_standard_input(running, monkeypatch):
    for words in (
        ("user", "add", "ann@demo.test", "--password", "-"),
        ("user", "password", "ann@demo.test", "--password", "-"),
        ("user", "apop", "ann@demo.test", "--secret", "-"),
        ("config", "set", "smart_host_password", "-"),
        ("domain", "set", "demo.test", "smart_host_password=-"),
        ("hostpassword", "--password", "-"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO("by-standard-input\n"))
        code, _, err = await running.type(*words)
        assert (code, err) == (0, ""), words


@pytest.mark.parametrize("line", ["\n", ""])
async def test_an_empty_line_is_no_password(running, monkeypatch, line):
    """Nor does it take the one away that is set."""
    await running.type("config", "set", "smart_host_password", "geheim")

    for words in (
        ("user", "add", "ann@demo.test", "--password", "-"),
        ("user", "add", "ann@demo.test", "--password", "x", "--apop-secret", "-"),
        ("user", "password", "tim@demo.test", "--password", "-"),
        ("config", "set", "smart_host_password", "-"),
        ("domain", "set", "demo.test", "smart_host_password=-"),
        ("hostpassword", "--password", "-"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        code, out, err = await running.type(*words)
        assert (code, out) == (2, ""), words
        assert err.endswith(": it is blank; give at least one character\n"), words

    _, shown, _ = await running.type("config", "get", "smart_host_password")
    assert "********" in shown
    assert (await running.type("user", "show", "ann@demo.test"))[0] == 3


async def test_a_smart_host_s_password_is_shown_to_nobody(running):
    """GEN-8, DOM-2: in no list and no detail, for programs neither."""
    await running.type("config", "set", "smart_host_password", "geheim")
    await running.type("domain", "set", "demo.test", "smart_host_password=geheim")

    for words in (("config", "get"), ("domain", "show", "demo.test")):
        for more in ((), ("--json",)):
            _, out, _ = await running.type(*words, *more)
            assert "********" in out, words
            assert "geheim" not in out, words


def test_a_roles_process_imports_nothing_of_the_command_line():
    """POPMax must not carry SQLAlchemy, cyclopts or rich."""
    code = (
        "import sys; sys.argv = ['mailmax', 'run', 'popmax', '--dir', '/nowhere'];"
        "import mailmax.cli.main as m, mailmax.hub.client, mailmax.settings.system;"
        "m.run = m.serve = lambda *a: None;"
        "\ntry: m.main()\nexcept SystemExit as e: assert e.code == 0, e.code\n"
        "print([n for n in ('cyclopts', 'rich', 'sqlalchemy', 'alembic', 'argon2',"
        " 'cryptography', 'tomlkit', 'scramp') if n in sys.modules])"
    )

    done = run_command("-c", code)

    assert done.stdout == "[]\n", done.stderr


def test_the_program_says_its_version_and_helps():
    assert run_command("-m", "mailmax", "--version").stdout.strip() == "0.1.0"
    helped = run_command("-m", "mailmax", "user", "--help")
    assert helped.returncode == 0
    assert "import" in helped.stdout


@pytest.mark.parametrize(
    "words",
    [("run", "nobody"), ("serve", "more"), ("run",), ("run", "popmax", "--dir")],
)
def test_a_misspelt_start_is_a_usage_error(words):
    done = run_command("-m", "mailmax", *words)

    assert done.returncode == 2
    assert done.stderr.startswith("mailmax: ")


def test_the_wizard_without_a_terminal_asks_for_a_file(tmp_path):
    done = run_command(
        "-m", "mailmax", "setup", "--dir", str(tmp_path / "D"), stdin=subprocess.DEVNULL
    )

    assert done.returncode == 2
    assert "--answers" in done.stderr


def test_the_directory_may_come_from_the_environment(tmp_path):
    done = run_command(
        "-m", "mailmax", "domain", "list",
        env={**os.environ, "MAILMAX_DIR": str(tmp_path / "E")},
    )  # fmt: skip

    assert str(tmp_path / "E") in done.stderr

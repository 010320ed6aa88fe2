"""``mailmax config check`` over a node and its hub (manual 12)."""

import json
import os
import time

import pytest

from mailmax.cli.certificate import make_certificate
from mailmax.cli.exits import Exit
from mailmax.net.children import cage
from mailmax.net.children.job import Means
from mailmax.settings.local import load_local

TIM, ADMIN = "tim@demo.test", "admin@demo.test"


async def found(shell, *words: str) -> dict[str, str]:
    """Return what each check said, by its name; the exit code must fit."""
    code, out, _ = await shell.type("config", "check", "--json", *words)
    findings = json.loads(out)["findings"]
    assert code == (Exit.FOUND if findings else Exit.DONE)
    for one in findings:
        assert one["kind"] in {"contradiction", "risk"}
        assert one["field"]
        assert one["reason"]
        assert one["cure"]
    return {one["check"]: f"{one['field']}: {one['reason']}" for one in findings}


async def do(shell, *steps: str) -> None:
    for step in steps:
        code, _, err = await shell.type(*step.split())
        assert code == 0, (step, err)


async def test_a_fresh_set_up_is_clean(running):
    code, out, err = await running.type("config", "check")

    assert (code, err) == (0, "")
    assert out.endswith(": nothing to look at\n")
    assert len(out.splitlines()) == 1


async def test_what_came_about_later_is_named_with_its_cure(running):
    await do(
        running,
        f"domain set demo.test catch_all={ADMIN} monitor={ADMIN}",
        f"user forward {TIM} add {ADMIN}",
        f"user set {TIM} forwarding_on=on",
        f"user admin {ADMIN} --system --yes",
    )
    assert await found(running) == {}

    await do(running, f"user disable {ADMIN}")

    assert await found(running) == {
        "catch_all": f"domain demo.test: catch_all: {ADMIN} takes no mail",
        "monitor": f"domain demo.test: monitor: {ADMIN} takes no mail",
        "forwards": f"user {TIM}: forwards: {ADMIN} is disabled and takes no mail",
        "administrators": f"user {ADMIN}: it administers, and is disabled: nobody "
        "logs in there",
    }
    _, out, _ = await running.type("config", "check")
    lines = out.splitlines()
    assert lines[0] == (
        f"contradiction: domain demo.test: catch_all: {ADMIN} takes no mail; mailmax "
        "domain set demo.test catch_all=ADDRESS, or catch_all= for none [catch_all]"
    )
    assert lines[-1].endswith(": 4 to look at")


async def test_what_is_meant_so_is_left_out_by_name(running):
    await do(running, "filter add * trusted --yes", "config set password_keeping clear")
    assert set(await found(running)) == {"open_relay", "passwords_in_clear"}

    left = await found(running, "--skip", "open_relay")

    assert set(left) == {"passwords_in_clear"}
    assert await found(running, "--skip=open_relay", "--skip=passwords_in_clear") == {}
    code, _, err = await running.type("config", "check", "--skip", "nonsense")
    assert (code, "nonsense" in err) == (Exit.USAGE, True)


async def test_what_contradicts_itself_is_found_over_the_whole_system(running):
    """Everything that the reader must find, once over a real database."""
    await do(
        running,
        "domain add two.test",
        "domain set two.test box_limit_octets=1M housekeeping=users_by_age",
        "domain alias zwei.test two.test",
        "user add eve@two.test --blank",
        "user add trap@two.test --password x",
        "domain set two.test blank_passwords=fill catch_all=trap@two.test",
        "user set trap@two.test kind=trap",
        "alias add info@two.test eve@two.test",
        f"user forward {TIM} add nobody@two.test",
        f"user set {TIM} forwarding_on=on",
        "user set eve@two.test reply_text=away reply_from=info@two.test reply_on=on",
        "user admin eve@two.test --domains two.test",
        "config set housekeeping_way remove",
        "config set delete_grace_days 0",
        "config set remote_administration on",
        "config set hostname mail",
        "config set dnsbl_on on",
        "connection set 127.0.0.1 default_domain=two.test",
        "domain set demo.test message_limit_octets=200M",
        "filter add 10.0.0.0/8 trusted",
        "filter add 10.1.2.3 permitted --connection 127.0.0.1",
        "filter add 10.1.0.0/16 banned",
        "ban add two.test",
        f"config set smart_host 127.0.0.1:{3000 + 25}",
        "service close 127.0.0.1 pop3",
    )
    seen = await found(running)

    assert {
        key: seen[key].partition(": ")[0]
        for key in seen
        if key != "housekeeping_without_days"
    } == {
        "blank_passwords": "domain two.test",
        "catch_all": "domain two.test",
        "administrators": "user eve@two.test",
        "users_removed_at_once": "delete_grace_days",
        "remote_administration": "remote_administration",
        "short_host_password": "remote_administration",
        "hostname": "hostname",
        "block_lists": "dnsbl_zones",
        "message_limit": "domain demo.test",
        "filter_without_effect": "filter 3 (10.1.0.0/16)",
        "own_domain_banned": "ban (two.test)",
        "smart_host": "smart_host",
        "certificate": "certificate",
    }
    assert "domain two.test" in seen["housekeeping_without_days"]
    await do(running, "domain set two.test catch_all=", "alias delete info@two.test")
    seen = await found(running)
    assert seen["forwards"].endswith(": nobody@two.test is nobody here")
    assert "info@two.test" in seen["replies"]


async def test_filters_are_named_by_their_own_numbers_so_that_the_cure_can_be_typed(
    running,
):
    await do(
        running,
        "filter add 192.0.2.9 permitted",
        "filter add 10.1.0.0/16 banned",
        "filter add 10.0.0.0/8 banned",
        "filter move 3 1",
    )
    _, out, _ = await running.type("config", "check")
    [line] = [line for line in out.splitlines() if "filter_without_effect" in line]

    assert "filter 2 (10.1.0.0/16): it never matches: filter 3 (10.0.0.0/8)" in line
    cure = line.partition("; or take it away: mailmax ")[2].partition(" [")[0]
    await do(running, cure)
    _, left, _ = await running.type("filter", "list")
    assert [row.split("\t")[1] for row in left.splitlines()] == [
        "10.0.0.0/8",
        "192.0.2.9",
    ]


# This computer


async def test_this_computer_is_looked_at(running):
    local = load_local(running.root)
    local.paths.queue.chmod(0o777)
    local.paths.etrn.rmdir()
    (running.root / "mailmax.toml").chmod(0o666)
    local.paths.private_key.chmod(0o644)

    code, out, _ = await running.type("config", "check")

    assert code == Exit.FOUND
    for words in (
        f"directories.queue: others may write in {local.paths.queue}; chmod go-w",
        f"directories.etrn: {local.paths.etrn} is not there",
        "mailmax.toml: others than its owner may write",
        f"certificate: others may read {local.paths.private_key}; chmod 600",
    ):
        assert words in out
    assert out.endswith(": 4 to look at\n")


async def test_the_certificate_is_looked_at(running):
    paths = load_local(running.root).paths
    make_certificate(["other.test"], paths.certificate, paths.private_key)
    seen = await found(running)
    assert "is not for mail.demo.test, but for other.test" in seen["certificate"]
    assert (await found(running, "--skip", "certificate")) == {}

    paths.certificate.unlink()

    seen = await found(running)
    assert seen["certificate"].startswith("certificate: ")


async def test_one_directory_for_two_is_a_contradiction(running):
    toml = running.root / "mailmax.toml"
    text = toml.read_text()
    assert "[directories]" not in text
    toml.write_text(f'{text}\n[directories]\netrn = "queue"\n')

    seen = await found(running)

    assert seen["same_directory"].startswith("directories.etrn: queue and etrn are")


async def test_without_datamax_this_computer_is_looked_at_all_the_same(shell):
    await shell.setup()
    local = load_local(shell.root)
    local.paths.queue.chmod(0o777)

    code, out, err = await shell.type("config", "check")

    assert code == Exit.HUB_UNREACHABLE
    assert "directories.queue" in out
    assert "DataMax does not answer" in err


async def test_a_file_that_cannot_be_read_is_what_is_found(shell):
    await shell.setup()
    (shell.root / "mailmax.toml").write_text("base_port = 'x'\n")

    code, out, _ = await shell.type("config", "check")

    assert (code, "base_port" in out) == (Exit.FOUND, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_a_directory_of_somebody_else_is_found(running):
    queue = load_local(running.root).paths.queue
    os.chown(queue, 65534, 65534)

    seen = await found(running)

    assert f"{queue} does not belong to" in seen["directories"]


async def test_the_checks_of_ten_thousand_filters_end_soon(running):
    rows = [f"10.{n // 2500}.{n // 250 % 10}.{n % 250 + 1}" for n in range(10_000)]

    def write(tx) -> None:
        from mailmax.store.accounts.schema import access_rules  # noqa: PLC0415

        values = {"kind": "permitted", "flags": 0, "comment": ""}
        tx.execute(
            access_rules.insert(),
            [
                {"pattern": pattern, "position": place, **values}
                for place, pattern in enumerate(rows, 1)
            ],
        )

    await running.hub._common.database.write(write)
    begin = time.monotonic()

    assert await found(running) == {}

    assert time.monotonic() - begin < 10


async def test_what_programs_cannot_be_contained_with_is_named_once_they_run(
    running, monkeypatch
):
    monkeypatch.setattr(cage, "look", lambda: Means(namespaces=True))
    assert await found(running) == {}

    (running.root / "working" / "smtpmax").mkdir(parents=True)

    assert await found(running) == {
        "programs": "directories.working: external programs run here, and to contain "
        "them this computer lacks Landlock and a filter of system calls"
    }


async def test_a_virus_check_that_cannot_work_is_said_at_once_and_later(
    running, tmp_path
):
    away = tmp_path / "clamd.sock"
    await do(running, f"config set clamd_address {away}")
    assert await found(running) == {}

    code, out, err = await running.type("config", "set", "virus_check", "on")

    assert (code, "is set" in out) == (Exit.DONE, True)
    assert f"caution: clamd_address: clamd does not answer at {away}" in err
    assert f"clamd does not answer at {away}" in (await found(running))["clamd"]

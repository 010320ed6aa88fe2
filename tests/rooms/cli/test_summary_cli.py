"""The summary of a system in ``mailmax status`` (HUB-6, manual 2.2)."""

import json

import pytest

from mailmax.datamax import summary_desk
from mailmax.datamax.plan import plan_hub
from mailmax.datamax.service import DataMax
from mailmax.settings.local import load_local
from waiting import until


async def test_what_is_set_is_shown(running):
    local = load_local(running.root)
    _, before, _ = await running.type("status")
    for key, value in (
        ("name_servers", ""),
        ("local_sender_needed", "on"),
        ("smtp_auth", "required"),
        ("dnsbl_zones", "bl.demo.test"),
        ("dnsbl_on", "on"),
    ):
        code, _, err = await running.type("config", "set", key, value)
        assert code == 0, err

    _, after, _ = await running.type("status")

    lines = before.splitlines()
    assert lines[0].startswith(f"{local.node}: DataMax ")
    assert "1 domain, 2 users" in lines[0]
    assert lines[1] == "virus checker: none, 2 users with the check"
    assert lines[2] == f"host {local.node}, queue directory {local.paths.queue}"
    assert lines[3] == (
        "own name servers on, sending needs a local sender off, SMTP authorization"
        " allowed, remote administration off, open-relay check off"
    )
    assert after.splitlines()[3] == (
        "own name servers off, sending needs a local sender on, SMTP authorization"
        " required, remote administration off, open-relay check on"
    )


async def test_limits_are_shown_one_by_one_as_used_of_allowed(running):
    clients = [running.client(role) for role in ("smtpmax", "smtpmax", "imapmax")]
    for client in clients:
        await client.start(60)

    _, out, _ = await running.type("status")
    _, told, _ = await running.type("status", "--json")
    for client in clients:
        await client.stop()

    rows = [line.split("\t") for line in out.splitlines() if "unlimited" in line]
    assert rows == [
        ["users", "2", "unlimited"],
        ["SMTPMax instances", "2", "unlimited"],
        ["POPMax instances", "0", "unlimited"],
        ["IMAPMax instances", "1", "unlimited"],
        ["QueueMax instances", "0", "unlimited"],
        ["users with the virus check", "2", "unlimited"],
    ]
    summary = json.loads(told)["summary"]
    assert summary["limits"]["users"] == 0
    assert summary["flags"]["smtp_authorization"] == "allowed"
    assert summary["stopped"] == []


async def test_what_no_supervisor_runs_is_not_started_or_stopped(running):
    for deed in ("stop", "start", "restart"):
        code, _, err = await running.type("service", deed, "popmax")

        assert code == 5
        assert f"systemctl {deed} mailmax@popmax" in err


async def test_datamax_itself_cannot_be_stopped(running):
    code, _, err = await running.type("service", "stop", "datamax")

    assert code == 2
    assert "datamax" in err


@pytest.fixture
async def supervised(shell, monkeypatch):
    """Give a shell whose hub believes that a supervisor looks."""
    monkeypatch.setattr(summary_desk, "END_S", 0.3)
    monkeypatch.setattr(summary_desk, "START_S", 0.3)
    await shell.setup()
    plan = plan_hub(load_local(shell.root), is_supervised=True)
    shell.hub = DataMax(plan, shell.broken.append)
    await shell.hub.start()
    return shell


async def test_a_service_that_does_not_end_is_named(supervised):
    node = load_local(supervised.root).node
    here = supervised.client("popmax")
    here._me = type(here._me)("popmax", node)
    elsewhere = supervised.client("popmax")  # on another computer
    for client in (here, elsewhere):
        await client.start(60)

    code, out, err = await supervised.type("service", "stop", "popmax")
    stopped = (load_local(supervised.root).paths.stopped / "popmax").exists()
    await here.stop()
    again, _, late = await supervised.type("service", "stop", "popmax")
    await elsewhere.stop()

    assert (code, again, stopped) == (0, 0, True)
    assert "popmax is stopped (it runs on here, too)" in out
    assert f"not yet acting by it: popmax@{node}" in err
    assert late == ""


async def test_a_service_that_was_stopped_is_shown_so(supervised):
    await supervised.type("service", "stop", "housekeeping")
    await supervised.type("service", "stop", "popmax")

    code, out, _ = await supervised.type("status")
    _, told, _ = await supervised.type("status", "--json")
    client = supervised.client("popmax")
    await client.start(60)
    client.set_ready()
    await until(lambda: supervised.hub._common.book.has_ready("popmax"))
    await supervised.type("service", "start", "popmax")
    _, after, _ = await supervised.type("status")
    await client.stop()

    assert code == 75
    assert "popmax\t\tstopped" in out
    assert "popmax was stopped; start it with: mailmax service start popmax" in out
    assert json.loads(told)["summary"]["stopped"] == ["popmax", "housekeeping"]
    assert "popmax was stopped" not in after
    assert "housekeeping was stopped" in after


async def test_a_service_that_is_down_is_shown_so_and_since_when(supervised):
    node = load_local(supervised.root).node
    here, elsewhere = supervised.client("popmax"), supervised.client("popmax")
    here._me = type(here._me)("popmax", node)
    for client in (here, elsewhere):
        await client.start(60)
    await supervised.type("service", "stop", "housekeeping")
    _, before, _ = await supervised.type("status")
    for client in (here, elsewhere):
        await client.stop()
    await until(lambda: not supervised.hub._common.book.services())

    _, after, _ = await supervised.type("status")
    _, told, _ = await supervised.type("status", "--json")

    assert f"smtpmax\t{node}\tdown\t\t\t20" in before
    assert f"popmax\t{node}\tdown" not in before
    assert f"popmax\t{node}\tdown\t\t\t20" in after
    assert f"webadmin on {node} is down; why, is in " in after
    down = json.loads(told)["summary"]["down"]
    names = sorted(one["role"] for one in down)
    mail = ["filer", "imapmax", "popmax", "popmax", "queuemax", "smtpmax"]
    assert names == [*mail, "webadmin"]
    since = {(one["role"], one["node"]): one["since"] for one in down}
    assert since["popmax", node] > since["smtpmax", node]


async def test_where_no_supervisor_runs_them_who_was_never_here_is_not_missed(running):
    client = running.client("imapmax")
    await client.start(60)
    _, before, _ = await running.type("status")
    await client.stop()
    await until(lambda: not running.hub._common.book.services())

    _, after, _ = await running.type("status")

    assert "\tdown\t" not in before
    assert [
        line.split("\t")[0] for line in after.splitlines() if "\tdown\t" in line
    ] == ["imapmax"]

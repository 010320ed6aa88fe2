"""``mailmax activity`` as an operator types it (ACT-1, manual 2.6)."""

import io
import json
import sys

import pytest

from mailmax.hub.activity import ActivityReports
from mailmax.observe.counters import Counters


@pytest.fixture
async def busy(running):
    """Give a shell whose hub was told of some activity."""
    for role in ("popmax", "smtpmax"):
        client = running.client(role)
        await client.start(60)
        client.set_ready()
        counters = Counters()
        counters.connections += 12
        counters.failed_logins += 3
        counters.messages_in += 4
        counters.octets_in += 3_000_000
        reports = ActivityReports(client, counters)
        await reports.tell()
        running.clients = [*getattr(running, "clients", []), client]
    yield running
    for client in running.clients:
        await client.stop()


async def test_the_manuals_graphs_are_drawn(busy):
    code, out, err = await busy.type("activity")

    assert (code, err) == (0, "")
    titles = [line.partition(":")[0] for line in out.splitlines() if " in all" in line]
    assert titles == [
        "POP3 connections",
        "POP3 failed logins",
        "IMAP4 connections",
        "IMAP4 failed logins",
        "SMTP connections",
        "SMTP messages in",
        "SMTP size of messages in",
    ]
    assert "popmax runs on here, 0 connected" in out
    assert "POP3 connections: 12 in all, at most 12 in 10 s" in out
    assert "SMTP size of messages in: 2.9 MiB in all" in out
    assert "█" in out
    assert len(out.splitlines()) == 2 + 7 * 2 + 5 * 5  # of nothing there is no graph


async def test_one_service_is_drawn_whole_for_any_range(busy):
    for name in ("smtp", "smtpmax"):
        code, out, _ = await busy.type("activity", name, "--range", "week")

        assert code == 0
        assert "SMTP logins: 0 in all, at most 0 in 15 min" in out
        assert "SMTP failed logins: 3 in all" in out
        assert "POP3" not in out


async def test_programs_get_every_value(busy):
    code, out, _ = await busy.type("activity", "pop", "--range", "day", "--json")

    assert code == 0
    told = json.loads(out)
    [popmax] = told["activity"]
    assert popmax["service"] == "popmax"
    assert popmax["step_s"] == 60
    assert len(popmax["series"]["connections"]) == 1_440
    assert sum(popmax["series"]["failed_logins"]) == 3
    assert {"service": "popmax", "host": "here"} in told["running"]


async def test_where_there_is_ascii_alone_graphs_are_ascii(busy, monkeypatch):
    paper = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", paper)
    monkeypatch.setenv("COLUMNS", "40")

    code, _, _ = await busy.type("activity", "pop")
    paper.flush()
    drawn = paper.buffer.getvalue().decode("ascii").splitlines()

    assert code == 0
    assert sum(line.rstrip().endswith("#") for line in drawn) >= 4
    assert max(map(len, drawn)) <= 80


async def test_a_range_that_there_is_not_is_refused(busy):
    code, _, err = await busy.type("activity", "--range", "year")

    assert code == 2
    assert "year" in err

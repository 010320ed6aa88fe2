"""The summary and the graphs by the REST API (HUB-6, HUB-7, ACT-1)."""

import csv
import io

import pytest

from fix_cluster import until_async
from fix_web import Web
from mailmax.hub.contract.activity import ReportActivity, Slot
from mailmax.hub.contract.logins import LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import ServiceView, SessionOpened, Status
from mailmax.hub.contract.summary import DownService, Flags, Limits, Summary
from mailmax.webadmin.live.health import health_of
from mailmax.webadmin.live.state import services_of


async def test_the_summary_holds_all_that_the_manual_shows(web: Web, house):
    root = await web.signed_in("root@a.test")
    await house.client("imapmax")

    told = await root.ask("GET /status")

    state = told.json
    assert told.status == 200
    assert (state["domains"], state["users"]) == (2, 4)
    assert state["queue_directory"].startswith("/")
    assert state["disk_octets"] > state["free_octets"] > 0
    assert set(state["flags"]) == {
        "dns_overrides", "local_sender_needed", "smtp_authorization",
        "remote_administration", "open_relay_check",
    }  # fmt: skip
    assert {row["name"] for row in state["limits"]} >= {"users", "imapmax"}
    assert {"role": "imapmax", "software": state["version"]}.items() <= next(
        row for row in state["services"] if row["role"] == "imapmax"
    ).items()


async def test_where_no_supervisor_runs_them_it_is_said_who_does(web: Web):
    root = await web.signed_in("root@a.test")

    told = await root.ask("POST /services", {"role": "popmax", "deed": "stop"})

    assert told.status == 403
    assert "systemctl stop mailmax@popmax" in told.json["hint"]


async def test_logins_are_counted_service_by_service(web: Web, house):
    root = await web.signed_in("root@a.test")
    pop = await house.client("popmax")
    asked = VerifyLogin(
        "tim@a.test", Secret("wrong"), "pop3", "192.0.2.7", encrypted=True
    )
    assert isinstance(await pop.ask(asked), LoginRefused)

    told = (await root.ask("GET /logins")).json

    rows = {one["service"]: one for one in told["rows"]}
    assert (rows["popmax"]["logins"], rows["popmax"]["failed"]) == (0, 1)
    assert rows["imapmax"]["failed"] == 0
    assert told["since"]
    [failing] = [one for one in told["failing"] if one["service"] == "popmax"]
    assert failing["peers"] == [{"peer": "192.0.2.7", "failed": 1}]


async def test_graphs_and_table_hold_the_same(web: Web, house):
    root = await web.signed_in("root@a.test")
    pop = await house.client("popmax")
    await pop.ask(ReportActivity(b"r" * 16, 1, (Slot(0, 7, 5, 2),)))

    graph = (await root.ask("GET /activity?range=hour")).json
    table = await root.ask("GET /activity/table?range=hour")

    lines = {one["service"]: one["series"] for one in graph["services"]}
    assert (graph["step_s"], len(lines["popmax"]["connections"])) == (10, 360)
    assert sum(lines["popmax"]["connections"]) == 7
    assert sum(lines["popmax"]["failed_logins"]) == 2
    rows = list(csv.DictReader(io.StringIO(table.octets.decode())))
    assert len(rows) == 360
    assert sum(int(row["popmax.connections"]) for row in rows) == 7
    assert table.headers["content-type"].startswith("text/csv")
    assert "attachment" in table.headers["content-disposition"]


@pytest.mark.parametrize(
    ("asked", "step_s", "steps"),
    [("hour", 10, 360), ("12h", 60, 720), ("day", 60, 1440), ("week", 900, 672)],
)
async def test_each_range_has_its_steps(web: Web, asked, step_s, steps):
    root = await web.signed_in("root@a.test")

    told = (await root.ask(f"GET /activity?range={asked}")).json

    assert told["step_s"] == step_s
    assert {len(o["series"]["connections"]) for o in told["services"]} == {steps}
    assert (await root.ask("GET /activity?range=year")).status == 400


VIEW = ServiceView("imapmax", "n1", "5.1", 1.0, True, 3, 1)
STATUS = Status("5.1", 1.0, b"", 1, 2, 4, (VIEW,), "SQLite")
SUMMARY = Summary(
    "Mail", "n1", "/q", Flags(False, False, "none", False, False), Limits(), ()
)


def changed(thing, **fields):
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(thing, **fields)


@pytest.mark.parametrize(
    ("view", "summary", "found"),
    [
        ({}, {}, []),
        ({"ready": False}, {}, [("warn", "not_ready")]),
        ({"trouble": "no disk"}, {}, [("warn", "trouble")]),
        ({"software": "5.0"}, {}, [("warn", "other_version")]),
        ({}, {"stopped": ("popmax",)}, [("warn", "stopped")]),
        (
            {"trouble": "x"},
            {"down": (DownService("smtpmax", "n1", 2.0),)},
            [("bad", "down"), ("warn", "trouble")],
        ),
        ({}, {"disk_octets": 100, "free_octets": 9}, [("warn", "disk")]),
        ({}, {"disk_octets": 100, "free_octets": 4}, [("bad", "disk")]),
    ],
)
def test_troubles_are_told_the_worst_first(view, summary, found):
    status = changed(STATUS, services=(changed(VIEW, **view),))

    told = health_of(status, changed(SUMMARY, **summary))

    assert [(one.state, one.code) for one in told] == found
    assert all(one.text and one.cure for one in told)


def test_nobody_can_connect_without_a_connection():
    (told,) = health_of(STATUS, SUMMARY, has_connections=False)

    assert (told.state, told.code) == ("bad", "no_connection")


def test_what_does_not_run_is_among_the_services_and_since_when():
    down = (DownService("smtpmax", "n2", 2.0),)
    summary = changed(SUMMARY, stopped=("popmax",), down=down)

    told = [
        (o.role, o.node, o.state, o.is_steered) for o in services_of(STATUS, summary)
    ]

    assert told == [
        ("imapmax", "n1", "running", True),
        ("popmax", "n1", "stopped", True),
        ("smtpmax", "n2", "down", False),
    ]


async def test_who_is_connected_is_told(web: Web, house):
    """HUB-3."""
    root = await web.signed_in("root@a.test")
    service = await house.client("imapmax")
    service.tell(SessionOpened(7, "imap", "192.0.2.9", "tim@a.test"))

    async def is_told() -> bool:
        rows = (await root.ask("GET /connected")).json["rows"]
        found = [(row["service"], row["user"], row["client"]) for row in rows]
        return found == [("imap", "tim@a.test", "192.0.2.9")]

    await until_async(is_told)


async def test_what_contradicts_itself_is_found(web: Web):
    """Manual 12: the checks of all that is set, with field, reason and cure."""
    root = await web.signed_in("root@a.test")

    told = (await root.ask("GET /findings")).json

    assert told["total"] == len(told["rows"]) > 0
    assert {one["kind"] for one in told["rows"]} <= {"contradiction", "risk"}
    assert all(one["field"] and one["reason"] for one in told["rows"])

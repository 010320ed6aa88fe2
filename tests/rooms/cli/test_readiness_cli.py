"""``mailmax status``: a system that nobody can reach is not ready."""

import json

import pytest

from mailmax.cli.status import NEEDED
from mailmax.hub.contract.bindings import DoorStates, DoorView
from mailmax.hub.contract.presence import AskStatus

TAKEN = "another program has that port"


@pytest.fixture
async def ready(running):
    """All roles are ready; gives SMTPMax, which may tell of its doors."""
    clients = {role: running.client(role) for role in NEEDED}
    for client in clients.values():
        await client.start(60)
        client.set_ready()
    yield clients["smtpmax"]
    for client in clients.values():
        await client.stop()


async def tell(smtpmax, **states):
    """Say how the services of the first connection are; the others are open."""
    doors = smtpmax.tables.doors.listeners.values()
    smtpmax.tell(
        DoorStates(
            tuple(
                DoorView(
                    one.listener_id,
                    3025,
                    states.get(one.service, "open"),
                    "" if one.service not in states else TAKEN,
                )
                for one in doors
            )
        )
    )
    await smtpmax.ask(AskStatus())


async def test_a_service_that_could_be_opened_nowhere_is_not_ready(running, ready):
    await tell(ready, smtp="trouble", submission="elsewhere")

    code, out, _ = await running.type("status", "--wait", "0.3")

    assert code == 75
    assert f"smtp does not listen on 127.0.0.1:3025: {TAKEN}, on here" in out
    assert "not ready: smtp, submission: no port of it could be opened" in out
    code, out, _ = await running.type("status", "--json")
    seen = json.loads(out)
    assert code == 75
    assert (seen["ready"], seen["missing"], seen["shut"]) == (
        False, [], ["smtp", "submission"],
    )  # fmt: skip

    await tell(ready)
    code, out, _ = await running.type("status")
    assert (code, "not ready" in out) == (0, False)


async def test_one_that_is_open_at_another_address_is_ready(running, ready):
    await running.type("connection", "add", "127.0.0.2", "--service", "smtp")
    first, *_ = ready.tables.doors.listeners.values()
    other = max(ready.tables.doors.listeners)
    ready.tell(
        DoorStates(
            (
                DoorView(first.listener_id, 3025, "trouble", TAKEN),
                DoorView(other, 3025, "open"),
            )
        )
    )
    await ready.ask(AskStatus())

    code, out, _ = await running.type("status")

    assert first.service == "smtp"
    assert code == 0
    assert "does not listen" in out


async def test_one_that_was_closed_on_purpose_is_ready(running, ready):
    await tell(ready, smtp="trouble")
    await running.type("service", "close", "127.0.0.1", "smtp")

    code, _, _ = await running.type("status")

    assert code == 0


async def test_without_a_connection_nothing_is_ready(running, ready):
    await running.type("connection", "delete", "127.0.0.1")

    code, out, _ = await running.type("status")

    assert code == 75
    assert "not ready: there is no connection" in out
    assert "mailmax connection add ADDRESS" in out


async def test_the_check_names_what_could_not_be_opened(running, ready):
    await tell(ready, pop3="trouble")

    code, out, _ = await running.type("config", "check")

    assert code == 6
    assert f"risk: pop3 does not listen on 127.0.0.1:3025: {TAKEN}" in out
    assert "[service_closed]" in out


async def test_a_change_tells_only_of_its_own_troubles(running, ready):
    """The others are shown by the lists."""
    await tell(ready, smtp="trouble")

    _, _, added = await running.type("connection", "add", "127.0.0.9")
    _, _, other = await running.type("service", "open", "127.0.0.1", "pop3")
    _, _, own = await running.type("service", "open", "127.0.0.1", "smtp")

    assert TAKEN not in added
    assert TAKEN not in other
    assert TAKEN in own

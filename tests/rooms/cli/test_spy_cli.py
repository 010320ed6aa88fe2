"""``mailmax spy`` as an operator types it, and how its processes end (manual 9.2)."""

import asyncio
import json
import signal
import sys

import pytest

from mailmax.hub import spying
from mailmax.hub.contract.logins import VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import SessionOpened
from mailmax.hub.spying import TraceReports
from mailmax.observe.events import sessions
from mailmax.observe.events.kinds import Kind, Who
from mailmax.observe.trace import Trace
from waiting import until

TIM = Who("popmax", "7.1", "192.0.2.7", "tim@demo.test")


@pytest.fixture
async def pop(running, monkeypatch):
    """Give the trace of a POPMax that has joined."""
    monkeypatch.setattr(spying, "PERIOD_S", 0.01)
    client = running.client("popmax")
    reports = TraceReports(client, Trace(), "popmax", "here")
    await client.start(60)
    await reports.start()
    yield reports
    await reports.stop()
    await client.stop()


@pytest.fixture
async def spy(running):
    """Give a function that starts ``mailmax spy`` as a process of its own."""
    begun = []

    async def start(*words: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailmax", "spy", *words),
            *("--dir", str(running.root)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_lines_are_words_and_the_text(pop, spy):
    watcher = await spy("trace", "pop", "--events", "commands, errors")
    await until(lambda: pop._tap.is_open)

    pop._tap._trace.emit(sessions.CommandHeard(TIM, "RETR 1", is_valid=True))
    pop._tap._trace.emit(sessions.SessionFailed(Who("popmax"), "no room"))
    first = (await watcher.stdout.readline()).decode().rstrip("\n").split(" ", 5)
    second = (await watcher.stdout.readline()).decode().rstrip("\n").split(" ", 5)

    assert first[1:] == ["popmax", "here", "7.1", TIM.user, "192.0.2.7 > RETR 1"]
    assert second[1:] == ["popmax", "here", "-", "-", ": no room"]
    assert "T" in first[0]
    assert first[0].count(":") == 3  # a moment with its offset


async def test_programs_get_an_object_a_line(pop, spy):
    watcher = await spy("trace", "popmax", "--events", "connections", "--json")
    await until(lambda: pop._tap.is_open)

    for number in range(7_000):
        who = Who("popmax", str(number), "192.0.2.7")
        pop._tap._trace.emit(sessions.ClientConnected(who, "pop3"))
    lines, lost = 0, 0
    while lines + lost < 7_000:
        told = json.loads(await watcher.stdout.readline())
        lost += told.get("lost", 0)
        lines += "text" in told

    assert lost == 5_000
    assert lines == 2_000


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_watcher_that_ends_ends_the_watch(pop, spy, end):
    watcher = await spy("trace", "pop", "--events", "connections")
    await until(lambda: pop._tap.is_open)

    watcher.send_signal(end)
    _, err = await watcher.communicate()

    await until(lambda: not pop._tap.is_open)
    assert not pop._tap._trace.wants(Kind.CONNECTIONS)
    assert b"Traceback" not in err
    if end == signal.SIGINT:
        assert watcher.returncode == 0


async def test_a_watcher_whose_reader_is_gone_ends(pop, spy):
    watcher = await spy("trace", "pop", "--events", "connections")
    await until(lambda: pop._tap.is_open)

    watcher._transport.get_pipe_transport(1).close()
    while watcher.returncode is None:
        pop._tap._trace.emit(sessions.ClientConnected(TIM, "pop3"))
        await asyncio.sleep(0.02)

    await until(lambda: not pop._tap.is_open)


async def test_no_events_are_refused_with_those_that_there_are(running):
    code, out, err = await running.type("spy", "trace", "imapmax")

    assert (code, out) == (2, "")
    assert "events: none is chosen" in err
    assert "connections, commands, errors, logins, transfers" in err


async def test_a_bad_address_or_service_is_refused(running):
    words = ("--events", "errors", "--address", "nowhere")
    code, _, err = await running.type("spy", "trace", "smtp", *words)
    odd, _, _ = await running.type("spy", "trace", "filer", "--events", "errors")

    assert (code, odd) == (2, 2)
    assert "address:" in err


async def test_it_says_that_the_service_does_not_run(running, spy):
    watcher = await spy("trace", "queue", "--events", "errors")

    told = await watcher.stderr.readline()

    assert told == b"mailmax: queuemax is not running; its lines come when it does\n"


async def test_totals_of_logins_and_then_each_as_it_happens(running, spy):
    client = running.client("imapmax")
    await client.start(60)
    client.tell(SessionOpened(1, "imap", "192.0.2.7"))

    code, out, _ = await running.type("spy", "logins")
    _, told, _ = await running.type("spy", "logins", "--json")
    watcher = await spy("logins", "--follow")
    lines = [await watcher.stdout.readline() for _ in range(2)]
    await until(running.hub._logins.spy._watches.of_logins)
    for password in ("s3cret-guess", "demo"):
        await client.ask(
            VerifyLogin(
                *("tim@demo.test", Secret(password), "imap", "192.0.2.7"),
                encrypted=True,
            )
        )
    lines += [await watcher.stdout.readline() for _ in range(2)]
    await client.stop()

    assert code == 0
    assert out.splitlines() == ["popmax\t0\t0\t0\t0\t0", "imapmax\t1\t0\t1\t0\t0"]
    assert json.loads(told)["rows"][1]["connections"] == 1
    assert lines[1] == b"imapmax\t1\t0\t1\t0\t0\n"
    assert b"failed to log in as tim@demo.test" in lines[2]
    assert b"- tim@demo.test 192.0.2.7 logged in as tim@demo.test" in lines[3]
    assert b"s3cret-guess" not in b"".join(lines)

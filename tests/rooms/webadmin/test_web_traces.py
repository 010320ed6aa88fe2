"""Services watched over the web: who may, what is told, its cost (SPY-1, SPY-2)."""

import asyncio
import contextlib
import socket

import pytest

from event_stream import listening
from fix_web import API, Web
from mailmax.hub.contract.logins import VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import SessionOpened
from mailmax.hub.contract.spying import TappedLine, TellTrace, TraceLine, TraceWanted
from mailmax.webadmin import guarded
from mailmax.webadmin.live import streams, traces
from waiting import until

LONG = "x" * 1000
SMTP = {"service": "smtpmax", "events": ["commands"]}


class Smtp:
    """A service that is told what is wanted, and tells lines."""

    def __init__(self, house) -> None:
        self._house = house
        self.wanted = TraceWanted(())

    async def join(self) -> "Smtp":
        self.client = await self._house.client("smtpmax")
        self.client.on_notice(TraceWanted, self._hear)
        return self

    def _hear(self, said: TraceWanted) -> None:
        self.wanted = said

    async def tell(self, *texts: str, lost: int = 0) -> None:
        await until(lambda: self.wanted.wants)
        watches = tuple(one.watch_id for one in self.wanted.wants)
        lines = tuple(
            TappedLine(
                watches,
                TraceLine(1e9, "smtpmax", "n1", "s1", "192.0.2.9", "", "Command", text),
            )
            for text in texts
        )
        missing = tuple((one, lost) for one in watches) if lost else ()
        await self.client.ask(TellTrace(lines, missing))


@pytest.fixture
async def smtp(house, web: Web) -> Smtp:
    return await Smtp(house).join()


async def begin(browser, body=None) -> str:
    told = await browser.ask("POST /traces", SMTP if body is None else body)
    assert told.status == 201, told.octets
    return told.json["id"]


async def test_lines_are_told_as_they_come_and_go_on_where_one_was(web: Web, smtp):
    root = await web.signed_in("root@a.test")
    trace = await begin(root)

    async with listening(root, f"trace={trace}") as stream:
        await smtp.tell("one", "two")
        first = await stream.lines("two")
        said = stream._last_id
    await smtp.tell("three")
    async with listening(root, f"trace={trace}", said) as stream:
        rest = await stream.lines("three")

    assert "content-type: text/event-stream" in stream.head
    assert [one["text"] for one in first] == ["one", "two"]
    assert (first[0]["peer"], first[0]["session"]) == ("192.0.2.9", "s1")
    assert [one["text"] for one in rest] == ["three"]


async def test_several_traces_and_readers_share_a_service(web: Web, smtp):
    root = await web.signed_in("root@a.test")
    one, other = await begin(root), await begin(root)
    await until(lambda: len(smtp.wanted.wants) == 2)

    async with (
        listening(root, f"trace={one},{other}") as both,
        listening(root, f"trace={other}") as single,
    ):
        await smtp.tell("hello")
        told = [(await both.next()).data["trace"] for _ in range(2)]
        await single.lines("hello")

    assert sorted(told) == sorted([one, other])


async def test_what_is_lost_is_counted(web: Web, smtp, monkeypatch):
    monkeypatch.setattr(traces, "MOST_LINES", 3)
    root = await web.signed_in("root@a.test")
    trace = await begin(root)

    await smtp.tell(*(f"line {number}" for number in range(10)), lost=132)
    await until(lambda: _told(web_live(web), trace) == 142)
    async with listening(root, f"trace={trace}") as stream:
        said = await stream.next()

    assert [one["text"] for one in said.data["lines"]] == ["line 7", "line 8", "line 9"]
    assert said.data["dropped"] == 139


async def test_logins_are_tracked_and_no_password_is_shown(web: Web, house):
    root = await web.signed_in("root@a.test")
    trace = await begin(root, {"service": "logins"})
    imap = await house.client("imapmax")

    async with listening(root, f"trace={trace}") as stream:
        imap.tell(SessionOpened(1, "imap", "192.0.2.7"))
        request = VerifyLogin(
            "tim@a.test", Secret("hunter2"), "imap", "192.0.2.7", encrypted=True
        )
        await imap.ask(request)
        lines = await stream.lines("tim@a.test")

    assert "hunter2" not in str(lines)
    activity = (await root.ask("GET /activity")).json
    assert activity["failed_logins"] == [
        {
            "service": "imapmax",
            "failed": 1,
            "peers": [{"address": "192.0.2.7", "failed": 1}],
        }
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"service": "smtpmax", "events": []}, "events"),
        ({"service": "smtpmax", "events": ["logins"]}, "events"),
        ({"service": "nothing", "events": ["errors"]}, "service"),
        (SMTP | {"filter": {"address": "no address"}}, "address"),
        (SMTP | {"filter": {"user": "x" * 400}}, "filter.user"),
    ],
)
async def test_a_trace_of_nothing_is_refused(web: Web, body, field):
    """Manual 12: "No events were selected"."""
    root = await web.signed_in("root@a.test")

    told = await root.ask("POST /traces", body)

    assert (told.status, told.json["field"]) == (422, field), told.octets


@pytest.mark.parametrize("who", ["chief@a.test", "tim@a.test"])
async def test_only_who_administers_the_system_may_watch(web: Web, smtp, who):
    root = await web.signed_in("root@a.test")
    trace = await begin(root)
    other = await web.signed_in(who)

    ways = ("GET /traces", f"GET /events?trace={trace}", "GET /events?topics=queue")
    for way in (*ways, "GET /status", "GET /activity", "GET /activity/table"):
        assert (await other.ask(way)).status == 404, way
        assert (await web.browser().ask(way)).status == 401, way
    assert (await other.ask("POST /traces", SMTP)).status == 404
    assert (await other.ask(f"DELETE /traces/{trace}")).status == 404
    stop = {"role": "popmax", "deed": "stop"}
    assert (await other.ask("POST /services", stop)).status == 404


async def test_a_trace_that_nobody_reads_ends_and_costs_nothing(
    web: Web, smtp, monkeypatch
):
    """TRUST I11."""
    monkeypatch.setattr(traces, "UNREAD_S", 2.0)
    root = await web.signed_in("root@a.test")
    trace = await begin(root)
    await until(lambda: smtp.wanted.wants)

    async with listening(root, f"trace={trace}") as stream:
        await asyncio.sleep(2.2)  # it is read: it lives longer than that
        monkeypatch.setattr(traces, "UNREAD_S", 0.2)
        await smtp.tell("still here")
        await stream.lines("still here")

    await until(lambda: not smtp.wanted.wants)
    assert (await root.ask("GET /traces")).json["rows"] == []
    assert (await root.ask(f"GET /events?trace={trace}")).status == 404


async def test_who_signs_out_is_told_nothing_more(web: Web, smtp, monkeypatch):
    monkeypatch.setattr(streams, "PING_S", 0.1)
    root = await web.signed_in("root@a.test")
    other = await web.signed_in("root@a.test")
    trace = await begin(other)

    async with listening(root, f"trace={trace}") as stream:
        await smtp.tell("before")
        await stream.lines("before")
        assert (await root.ask("DELETE /session")).status < 300
        assert await stream.next() is None

    assert stream.pings >= 0
    await other.ask(f"DELETE /traces/{trace}")


async def test_an_ended_trace_is_told_and_its_stream_ends(web: Web, smtp):
    root = await web.signed_in("root@a.test")
    trace = await begin(root)

    async with listening(root, f"trace={trace}") as stream:
        assert (await root.ask(f"DELETE /traces/{trace}")).status == 204
        said = await stream.next()
        assert (said.kind, said.data) == ("ended", {"trace": trace})
        assert await stream.next() is None
    await until(lambda: not smtp.wanted.wants)


async def test_too_many_who_listen_are_refused_and_the_rest_served(
    web: Web, monkeypatch
):
    """TRUST I11."""
    monkeypatch.setattr(streams, "MOST_OF_ONE", 3)
    root = await web.signed_in("root@a.test")

    async with contextlib.AsyncExitStack() as open_ones:
        for _ in range(3):
            query = "topics=presence"
            stream = await open_ones.enter_async_context(listening(root, query))
            assert (await stream.next()).kind == "presence"
        refused = await root.ask("GET /events?topics=presence")
        assert (refused.status, refused.code) == (503, "too_many")
        assert (await root.ask("GET /status")).status == 200

    await until_answered(root, "GET /traces", 200)
    async with listening(root, "topics=presence") as stream:
        assert stream.status in {200, 503}
    live = web_live(web)
    await until(lambda: not live._streams.total())


def deaf(browser, query: str) -> socket.socket:
    """Ask for events and take none of them."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", browser.port))
    sock.sendall(
        f"GET {API}/events?{query} HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {browser.cookie}\r\n\r\n".encode()
    )
    return sock


async def test_viewers_who_take_nothing_are_gone_and_hold_nobody_up(
    web: Web, smtp, monkeypatch
):
    """TRUST I11: who reads sees all that is told meanwhile."""
    monkeypatch.setattr(guarded, "STALLED_S", 0.3)
    monkeypatch.setattr(traces, "MOST_LINES", 50)
    root = await web.signed_in("root@a.test")
    trace = await begin(root)
    live = web_live(web)

    async with listening(root, f"trace={trace}") as stream:
        with contextlib.ExitStack() as open_ones:
            for _ in range(3):
                open_ones.enter_context(deaf(root, f"trace={trace}"))
            await until(lambda: live._streams.total() == 4)
            told = 0
            while live._streams.total() > 1:
                told += 1
                assert told < 5_000, "they are still there"
                await smtp.tell(*(f"{told} {number} {LONG}" for number in range(5)))
                await stream.lines(f"{told} 4 ")
        kept = live.traces.find(trace)

    assert told > 10
    assert len(kept._lines) <= 50


async def test_topics_tell_at_once_and_what_is_no_topic_is_refused(web: Web):
    root = await web.signed_in("root@a.test")

    async with listening(root, "topics=presence,activity") as stream:
        kinds = {(await stream.next()).kind for _ in range(2)}

    assert kinds == {"presence", "activity"}
    assert (await root.ask("GET /events?topics=weather")).status == 400
    assert (await root.ask("GET /events")).status == 400
    assert (await root.ask("HEAD /events?topics=presence")).status == 200
    await until(lambda: not web_live(web)._streams.total())


async def until_answered(browser, way: str, status: int) -> None:
    assert (await browser.ask(way)).status == status


def web_live(web: Web):
    return web.service._live


def _told(live, trace: str) -> int:
    return live.traces.find(trace).last

"""The threshold: order, back-pressure, time-outs, upgrades and good-byes."""

import asyncio
import contextlib
import socket

import pytest

from mailmax.net.listener import Admission, Listener
from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED
from waiting import until


class EchoMachine:
    """Lines in, lines out; one open command at a time."""

    def __init__(self) -> None:
        self.inbox = b""
        self.outbox: list[bytes] = []
        self.open = False
        self.eof = False
        self.expects_close = False

    @property
    def backlog(self) -> int:
        return len(self.inbox)

    def receive(self, octets: bytes) -> None:
        self.inbox += octets

    def receive_eof(self) -> None:
        self.eof = True

    def next_event(self):
        if self.open:
            return PAUSED
        line, end, rest = self.inbox.partition(b"\n")
        if not end:
            return CLOSED if self.eof else NEED_DATA
        self.inbox, self.open = rest, True
        return line

    def reply(self, octets: bytes) -> None:
        self.open = False
        self.outbox.append(octets + b"\n")

    def take_output(self) -> bytes:
        octets, self.outbox = b"".join(self.outbox), []
        return octets

    def tls_started(self) -> None:
        self.inbox = b""


class EchoSession:
    context = None

    def __init__(self) -> None:
        self.machine = EchoMachine()
        self.conversation = None
        self.closed = False
        self.heard: list[bytes] = []

    def on_open(self, conversation):
        self.conversation = conversation
        self.machine.reply(b"hello")

    def on_event(self, event):
        self.heard.append(event)
        if event == b"slow":
            return self.slow()
        if event == b"endless":
            return asyncio.sleep(30)
        if event == b"stored":
            return None
        if event == b"big":
            return self.big()
        if event == b"starttls":
            return self.starttls()
        if event == b"bug":
            raise RuntimeError("planted")
        self.machine.reply(event)
        return None

    async def slow(self):
        await asyncio.sleep(0.05)
        self.machine.reply(b"slow done")

    async def big(self):
        for _ in range(64):
            self.machine.outbox.append(b"x" * 65536)
            await self.conversation.drain()
        self.machine.reply(b"")

    async def starttls(self):
        self.machine.reply(b"go ahead")
        await self.conversation.start_tls(self.context)

    def on_crash(self):
        self.machine.reply(b"sorry")

    def on_timeout(self):
        self.machine.reply(b"too slow")

    def on_shutdown(self):
        self.machine.reply(b"stopping")

    def on_closed(self):
        self.closed = True


@contextlib.asynccontextmanager
async def serving(
    idle_s=30.0, admission=None, tls=None, session=EchoSession, refusal=b""
):
    sock = socket.create_server(("127.0.0.1", 0))
    listener = Listener(
        sock, session, idle_s=idle_s, tls=tls, admission=admission, refusal=refusal
    )
    listener.start()
    try:
        yield listener, sock.getsockname()[1]
    finally:
        await listener.stop(grace_s=0.2)


async def connect(port, **options):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    assert await reader.readline() == b"hello\n"
    return reader, writer


async def heard(listener, line):
    """Wait until the one client's command is carried out; return its conversation."""
    (conversation,) = listener._open
    await until(lambda: line in conversation.session.heard)
    return conversation


async def close(writer):
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_pipelined_commands_are_answered_in_order_past_a_slow_one():
    async with serving() as (_, port):
        reader, writer = await connect(port)

        writer.write(b"one\nslow\ntwo\n")

        answers = [await reader.readline() for _ in range(3)]
        assert answers == [b"one\n", b"slow done\n", b"two\n"]
        await close(writer)


async def test_a_silent_client_is_told_and_closed():
    async with serving(idle_s=0.1) as (_, port):
        reader, writer = await connect(port)

        assert await reader.read() == b"too slow\n"
        await close(writer)


async def test_a_bug_costs_one_session_only():
    seen = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    async with serving() as (_, port):
        other_reader, other = await connect(port)
        reader, writer = await connect(port)

        writer.write(b"bug\n")

        assert await reader.read() == b"sorry\n"
        other.write(b"alive\n")
        assert await other_reader.readline() == b"alive\n"
        assert [str(e) for e in seen] == ["planted"]
        await close(writer)
        await close(other)


async def test_a_reader_that_does_not_read_holds_the_answer_back():
    async with serving() as (listener, port):
        reader, writer = await connect(port)
        writer.write(b"big\nafter\n")
        conversation = await heard(listener, b"big")
        await until(lambda: conversation.held_back)
        assert conversation.transport.get_write_buffer_size() < 1024 * 1024

        octets = await reader.readexactly(64 * 65536)

        assert octets == b"x" * (64 * 65536)
        assert await reader.readline() == b"\n"
        assert await reader.readline() == b"after\n"
        await close(writer)


@pytest.mark.rfc("3207", "4.2")
async def test_what_was_said_in_the_clear_behind_starttls_is_dropped(loopback_tls):
    class Session(EchoSession):
        context = loopback_tls.server

    async with serving(session=Session) as (_, port):
        reader, writer = await connect(port)
        writer.write(b"starttls\ninjected\n")
        assert await reader.readline() == b"go ahead\n"

        await writer.start_tls(loopback_tls.client, server_hostname="localhost")
        writer.write(b"clean\n")

        assert await reader.readline() == b"clean\n"
        await close(writer)


async def test_implicit_tls_greets_inside(loopback_tls):
    async with serving(tls=loopback_tls.server) as (listener, port):
        _, writer = await connect(
            port, ssl=loopback_tls.client, server_hostname="localhost"
        )

        assert next(iter(listener._open)).encrypted
        await close(writer)


async def test_stopping_waits_for_the_command_boundary():
    async with serving() as (listener, port):
        reader, writer = await connect(port)
        writer.write(b"slow\n")
        await heard(listener, b"slow")

        await listener.stop(grace_s=5)

        assert await reader.read() == b"slow done\nstopping\n"
        await close(writer)


async def test_a_shutdown_bound_in_time_cuts_a_task_off():
    async with serving() as (listener, port):
        reader, writer = await connect(port)
        writer.write(b"endless\n")
        conversation = await heard(listener, b"endless")

        conversation.shut_down(0.02)

        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        await close(writer)


async def test_what_is_being_stored_is_answered_and_nothing_behind_it():
    async with serving() as (listener, port):
        reader, writer = await connect(port)
        writer.write(b"stored\nanother\n")
        conversation = await heard(listener, b"stored")
        conversation.shut_down(0.01)
        await asyncio.sleep(0.05)

        conversation.session.machine.reply(b"it is")
        conversation.wake()

        assert await reader.read() == b"it is\nstopping\n"
        await close(writer)


async def test_the_clock_of_a_shutdown_ends_with_the_client():
    async with serving() as (listener, port):
        _, writer = await connect(port)
        writer.write(b"stored\n")
        conversation = await heard(listener, b"stored")
        conversation.shut_down(30)

        conversation.abort()
        await asyncio.wait_for(listener._empty.wait(), 20)

        assert conversation._cut_off.cancelled()
        await close(writer)


async def test_one_too_many_hears_the_line_of_refusal():
    admission = Admission(max_per_address=1)
    async with serving(admission=admission, refusal=b"too many\n") as (_, port):
        _, writer = await connect(port)

        reader, second = await asyncio.open_connection("127.0.0.1", port)

        assert await reader.read() == b"too many\n"
        await close(second)
        await close(writer)


async def test_trusted_addresses_are_not_counted():
    admission = Admission(max_per_address=1, is_trusted=lambda a, _: a == "127.0.0.1")
    async with serving(admission=admission) as (_, port):
        _, first = await connect(port)
        _, second = await connect(port)

        await close(first)
        await close(second)


@pytest.mark.parametrize("said", [b"x", b"a whole line\nx"])
async def test_an_octet_now_and_then_does_not_hold_a_session(said):
    """TRUST M1: a command must be whole within the time that silence may last."""
    async with serving(idle_s=0.4) as (_, port):
        reader, writer = await connect(port)
        writer.write(said)

        octets = b""
        async with asyncio.timeout(3):
            while not octets.endswith(b"too slow\n"):
                writer.write(b"x")
                with contextlib.suppress(TimeoutError):
                    octets += await asyncio.wait_for(reader.read(100), 0.02)

        await close(writer)


@pytest.mark.parametrize("stops", [False, True])
async def test_a_client_that_takes_nothing_is_cut_off(monkeypatch, stops):
    """Neither an answer that is being written nor a good-bye waits for ever."""
    monkeypatch.setattr("mailmax.net.stall.STALL_S", 0.2)
    async with serving(idle_s=0.1) as (listener, port):
        sock = socket.create_connection(("127.0.0.1", port))
        await until(lambda: listener._open)
        sock.sendall(b"big\n")
        conversation = await heard(listener, b"big")
        if stops:
            conversation.close()

        await asyncio.wait_for(listener._empty.wait(), 20)

        sock.close()


async def test_a_client_that_takes_little_is_not_cut_off(monkeypatch):
    monkeypatch.setattr("mailmax.net.stall.STALL_S", 0.1)
    async with serving() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        assert await reader.readline() == b"hello\n"
        writer.write(b"big\nafter\n")

        left = 64 * 65536
        while left:  # slower than the looks, in steps far below the buffers
            left -= len(await reader.read(min(left, 160_000)))
            await asyncio.sleep(0.005)

        assert await reader.readline() == b"\n"
        assert await reader.readline() == b"after\n"
        await close(writer)

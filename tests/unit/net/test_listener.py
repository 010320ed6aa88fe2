"""Doors over a real socket: water marks, step, who may not enter, no descriptors."""

import asyncio
import contextlib
import errno
import logging
import os
import resource
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from mailmax.net.acceptor import REST_S, Acceptor
from mailmax.net.listener import Admission, Listener, WaterMarks
from mailmax.wire.machine import NotNow


class Machine:
    """Says hello and good-bye; understands nothing."""

    encrypted = False
    expects_close = False
    backlog = 0

    def __init__(self):
        self.out = b""

    def receive(self, octets): ...

    def receive_eof(self):
        self.expects_close = True

    def next_event(self):
        return NotNow.NEED_DATA

    def take_output(self):
        out, self.out = self.out, b""
        return out


class Session:
    def __init__(self):
        self.machine = Machine()

    def on_open(self, conversation):
        self.machine.out = b"hello from %d\n" % conversation.binding_id

    def on_event(self, event): ...

    def on_crash(self): ...

    def on_timeout(self): ...

    def on_shutdown(self):
        self.machine.out = b"bye\n"

    def on_closed(self): ...


@contextlib.asynccontextmanager
async def door(**options):
    sock = socket.create_server(("127.0.0.1", 0), backlog=64)
    listener = Listener(sock, Session, idle_s=30, binding_id=7, **options)
    place = sock.getsockname()
    listener.start()
    try:
        yield listener, place
    finally:
        await listener.stop(grace_s=0.2)


async def come(place):
    return await asyncio.open_connection(*place)


async def greeted(place):
    reader, writer = await come(place)
    assert await asyncio.wait_for(reader.readline(), 20) == b"hello from 7\n"
    return writer


async def leave(writer):
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def until(true):
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.005)


async def test_from_the_high_mark_on_clients_wait_until_the_low_one():
    """CNX-3: nobody is refused, and who waits is served in the end."""
    async with door(marks=WaterMarks(low=1, high=3)) as (listener, place):
        inside = [await greeted(place) for _ in range(3)]
        reader, waiting = await come(place)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.2)
        assert listener.is_paused
        assert listener.connections == 3

        await leave(inside.pop())
        await until(lambda: listener.connections == 2)
        assert listener.is_paused, "two are more than the low mark"
        await leave(inside.pop())

        assert await asyncio.wait_for(reader.readline(), 20) == b"hello from 7\n"
        assert not listener.is_paused
        for writer in (*inside, waiting):
            await leave(writer)


async def test_new_marks_act_on_a_door_that_is_paused():
    async with door(marks=WaterMarks(low=0, high=1)) as (listener, place):
        first = await greeted(place)
        assert listener.is_paused

        listener.set_marks(WaterMarks(low=4, high=5))

        second = await greeted(place)
        assert not listener.is_paused
        await leave(first)
        await leave(second)


@pytest.mark.parametrize("step", [1, 3])
async def test_so_many_are_taken_in_one_turn(step):
    sock = socket.create_server(("127.0.0.1", 0), backlog=64)
    clients = [socket.create_connection(sock.getsockname()) for _ in range(7)]
    loop = asyncio.get_running_loop()
    turns = [0]
    taken = []

    def count():
        turns[0] += 1
        loop.call_soon(count)

    def welcome(client, address):
        assert address == client.getpeername()[0]
        taken.append(turns[0])
        client.close()

    acceptor = Acceptor(sock, welcome, step)
    loop.call_soon(count)
    acceptor.resume()
    await until(lambda: len(taken) == 7)

    assert max(taken.count(turn) for turn in taken) == step
    acceptor.close()
    for client in clients:
        client.close()


async def test_who_may_not_enter_hears_nothing_and_makes_no_session():
    judged = []

    def may_enter(address, binding_id):
        judged.append((address, binding_id))
        return False

    admission = Admission(may_enter=may_enter)
    async with door(admission=admission) as (listener, place):
        reader, writer = await come(place)

        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        assert judged == [("127.0.0.1", 7)]
        assert listener.connections == 0
        await leave(writer)


async def test_limits_count_over_all_doors_that_share_them():
    admission = Admission(max_connections=2)
    options = {"admission": admission, "refusal": b"too many\n"}
    async with door(**options) as (_, one), door(**options) as (_, other):
        first = await greeted(one)
        second = await greeted(other)

        reader, third = await come(one)

        assert await asyncio.wait_for(reader.read(), 20) == b"too many\n"
        for writer in (first, second, third):
            await leave(writer)
        await until(lambda: admission._open == 0)
        await leave(await greeted(one))


async def test_a_closed_door_says_good_bye_and_refuses():
    async with door() as (listener, place):
        reader, writer = await come(place)
        assert await reader.readline() == b"hello from 7\n"

        listener.close()

        assert await asyncio.wait_for(reader.read(), 20) == b"bye\n"
        with pytest.raises(ConnectionRefusedError):
            await come(place)
        await leave(writer)


class Exhausted:
    """A listening socket of a process without descriptors."""

    def __init__(self, sock):
        self._sock = sock
        self.tries = 0
        self.is_over = False

    def accept(self):
        if self.is_over:
            return self._sock.accept()
        self.tries += 1
        raise OSError(errno.EMFILE, "Too many open files")

    def fileno(self):
        return self._sock.fileno()

    def setblocking(self, flag):
        self._sock.setblocking(flag)

    def close(self):
        self._sock.close()


async def test_without_descriptors_accepting_rests_and_recovers(caplog):
    """TRUST M3: no spin, one line in the log, and it goes on by itself."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=64)
    sock = Exhausted(bound)
    taken = []
    acceptor = Acceptor(sock, lambda client, *_: taken.append(client), 16)
    client = socket.create_connection(bound.getsockname())
    begin = time.monotonic()
    with caplog.at_level(logging.WARNING):
        acceptor.resume()
        await until(lambda: sock.tries == 3)

    assert time.monotonic() - begin >= 2 * REST_S - 0.01
    assert [record.message for record in caplog.records] == [
        "new clients have to wait: Too many open files"
    ]
    sock.is_over = True
    await until(lambda: taken)
    acceptor.close()
    taken[0].close()
    client.close()


def test_a_process_at_its_limit_of_descriptors_serves_again(tmp_path):
    """TRUST M3 with the system's own limit: 64 descriptors, 100 clients."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 256:
        pytest.skip("too few descriptors for the clients")
    program = textwrap.dedent("""
        import asyncio, resource, socket, sys
        import uvloop
        sys.path.insert(0, sys.argv[1])
        import test_listener as here
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        async def main():
            sock = socket.create_server(("127.0.0.1", 0), backlog=256)
            listener = here.Listener(sock, here.Session, idle_s=30)
            listener.start()
            print(sock.getsockname()[1], flush=True)
            await asyncio.sleep(60)

        uvloop.run(main())
    """)
    here = os.path.dirname(__file__)  # noqa: PTH120 - for the child's path
    with subprocess.Popen(
        [sys.executable, "-c", program, here], stdout=subprocess.PIPE, text=True
    ) as server:
        place = ("127.0.0.1", int(server.stdout.readline()))
        crowd = [socket.create_connection(place, timeout=5) for _ in range(100)]
        assert crowd[0].recv(100)
        crowd[99].settimeout(0.3)
        with pytest.raises(TimeoutError):
            crowd[99].recv(100)
        before = _cpu_s(server.pid)
        crowd[98].settimeout(1.0)
        with pytest.raises(TimeoutError):
            crowd[98].recv(100)
        assert _cpu_s(server.pid) - before < 0.3, "it spins"

        for client in crowd[:70]:
            client.close()

        crowd[99].settimeout(5)
        assert crowd[99].recv(100) == b"hello from 0\n"
        for client in crowd[70:]:
            client.close()
        server.kill()


def _cpu_s(pid):
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a kernel file
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

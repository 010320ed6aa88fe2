"""Silent strangers at the TLS port keep out neither administrators nor services.

The hub is a process of its own with 300 descriptors, as by ``ulimit -n 300``.
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_ports import free_port
from mailmax.cli.certificate import make_certificate
from mailmax.datamax import tls_door
from mailmax.datamax.strangers import MOST, MOST_OF_ADDRESS
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.presence import AskStatus, Status
from waiting import until

DESCRIPTORS = 300
SILENT = 400
ADDRESSES = [f"127.0.1.{number}" for number in range(1, 41)]
AT_ONCE_S = 5.0
"""Alone it is some milliseconds; a stranger's time is longer."""


@pytest.fixture
def port(house) -> int:
    """Give the port where the hub is to listen."""
    make_certificate(
        ["localhost"], house.root / "tls/cert.pem", house.root / "tls/key.pem"
    )
    number = free_port()
    toml = house.root / "mailmax.toml"
    toml.write_text(f'{toml.read_text()}[hub]\nlisten = "127.0.0.1:{number}"\n')
    return number


@contextlib.contextmanager
def cramped_hub(root: Path) -> Iterator[None]:
    command = (sys.executable, "-m", "mailmax", "run", "datamax", "--dir", str(root))
    with subprocess.Popen(("prlimit", f"--nofile={DESCRIPTORS}", *command)) as hub:
        try:
            yield
        finally:
            hub.terminate()
            hub.wait(60)


def come(port: int, address: str = "127.0.0.1") -> socket.socket:
    """Connect, and say nothing."""
    client = socket.create_connection(("127.0.0.1", port), 10, (address, 0))
    client.setblocking(False)
    return client


def is_there(client: socket.socket) -> bool:
    try:
        return bool(client.recv(1))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def count(crowd: list[socket.socket]) -> int:
    return sum(map(is_there, crowd))


async def joins_within(client, seconds: float) -> None:
    begin = time.monotonic()
    await client.start(seconds)
    assert client.is_joined
    assert time.monotonic() - begin < seconds


async def test_beside_silent_strangers_administrators_and_services_come_in(house, port):
    with cramped_hub(house.root), contextlib.ExitStack() as stack:
        desk = house.make_client("admin", frozenset())
        await desk.start(30)
        crowd = [
            stack.enter_context(come(port, ADDRESSES[number % len(ADDRESSES)]))
            for number in range(SILENT)
        ]
        await until(lambda: count(crowd) <= MOST)
        assert count(crowd) > MOST - 20, "they are there"

        for _ in range(5):
            late = house.make_client("admin", frozenset())
            await joins_within(late, AT_ONCE_S)
            assert isinstance(await late.ask(AskStatus()), Status)
        service = house.make_client(
            "popmax", frozenset(), address=f"tls:127.0.0.1:{port}"
        )
        await joins_within(service, AT_ONCE_S)

        assert isinstance(await desk.ask(AddDomain("demo.test")), Changed)
        assert count(crowd) > MOST - 20, "they are there still"


async def test_strangers_of_one_address_put_out_their_own(house, port):
    await house.start()
    door = house.hub._plan.tls
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(come(port, "127.0.1.1"))
        crowd = [stack.enter_context(come(port)) for _ in range(50)]
        await until(lambda: count(crowd) == MOST_OF_ADDRESS)
        await until(lambda: len(door.strangers) == MOST_OF_ADDRESS + 1)
        assert count(crowd[-MOST_OF_ADDRESS:]) == MOST_OF_ADDRESS, "the slowest go"

        service = house.make_client(address=f"tls:127.0.0.1:{port}")
        await joins_within(service, AT_ONCE_S)

        assert is_there(other)
        assert count(crowd) == MOST_OF_ADDRESS - 1
        assert len(door.strangers) == MOST_OF_ADDRESS, "who joined is no stranger"
    await until(lambda: len(door.strangers) == 0)
    assert service.is_joined


async def test_who_joins_and_leaves_is_counted_out(house, port):
    await house.start()
    door = house.hub._plan.tls

    for _ in range(3):
        client = house.make_client(address=f"tls:127.0.0.1:{port}")
        await client.start(60)
        assert len(door.strangers) == 0
        await client.stop()

    assert not door._entering


async def test_a_handshake_has_its_time(house, port, monkeypatch):
    monkeypatch.setattr(tls_door, "HANDSHAKE_S", 0.2)
    await house.start()
    with come(port) as silent:
        begin = time.monotonic()
        await until(lambda: not is_there(silent))
        assert time.monotonic() - begin >= 0.1
    await until(lambda: len(house.hub._plan.tls.strangers) == 0)


async def test_a_hub_that_stops_leaves_nobody_in_the_handshake(house, port):
    await house.start()
    with come(port) as silent:
        await until(lambda: len(house.hub._plan.tls.strangers) == 1)
        await asyncio.wait_for(house.stop(), 5)
        await until(lambda: not is_there(silent))

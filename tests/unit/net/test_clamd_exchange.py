"""One stream to clamd, given up at whatever moment (TRUST J10)."""

import asyncio
from types import SimpleNamespace

import pytest

from mailmax.net import clamd
from mailmax.net.clamd import Exchange
from mailmax.wire.clamd.reply import Outcome


@pytest.fixture
async def scanner(tmp_path):
    """Give a scanner that says nothing, and which of its clients have hung up."""
    gone: asyncio.Queue[bytes] = asyncio.Queue()

    async def meet(reader, writer):
        gone.put_nowait(await reader.read())
        writer.close()

    path = tmp_path / "clamd.sock"
    server = await asyncio.start_unix_server(meet, path)
    yield str(path), gone
    server.close()


async def test_what_is_given_up_while_it_connects_leaves_no_connection(
    scanner, monkeypatch
):
    address, gone = scanner
    exchange = Exchange()
    dial = clamd._dialer.dial

    async def dial_and_dawdle(*given, **more):
        await dial(*given, **more)
        exchange.abort()  # whoever wanted it leaves before `open` is back

    monkeypatch.setattr(clamd, "_dialer", SimpleNamespace(dial=dial_and_dawdle))
    await exchange.open(address, 5)

    async with asyncio.timeout(60):
        await gone.get()
    assert exchange.has_failed
    assert (await exchange.finish()).outcome is Outcome.TROUBLE


async def test_what_was_given_up_before_it_connects_is_closed_at_once(scanner):
    address, gone = scanner
    exchange = Exchange()
    opening = asyncio.create_task(exchange.open(address, 5))

    exchange.abort()  # before the task has run
    await opening
    await exchange.send(b"nobody wants to know")

    async with asyncio.timeout(60):
        assert await gone.get() == b""

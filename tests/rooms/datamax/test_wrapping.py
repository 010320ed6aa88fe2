"""The chore that wraps imported hashes stops at once."""

import asyncio
import threading
from types import SimpleNamespace

from mailmax.datamax import schemes
from mailmax.datamax.wrapping import wrap_imported


async def test_a_stop_does_not_wait_for_a_hash(monkeypatch):
    loop = asyncio.get_running_loop()
    begun, may_end = asyncio.Event(), threading.Event()

    def wrap(_) -> str:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(60)
        return "wrapped"

    async def read(*_):
        return [SimpleNamespace(user_id=1, password_hash="bare")]

    async def idle() -> None:
        return None

    monkeypatch.setattr(schemes, "wrap", wrap)
    database, pool = SimpleNamespace(read=read), SimpleNamespace(wait_idle=idle)
    chore = asyncio.create_task(wrap_imported(database, pool, asyncio.Event()))
    await begun.wait()

    try:
        chore.cancel()
        before = loop.time()
        await asyncio.gather(chore, return_exceptions=True)
        assert loop.time() - before < 5
    finally:
        may_end.set()

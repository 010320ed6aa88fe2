"""Sessions that wait: ``python -m bench.idle '{…}'``.

With ``push`` it measures how long watchers wait for a new message; without, it holds
its sessions until its input ends, so that memory can be looked at from outside.
"""

import asyncio
import json
import statistics
import sys
import time

import uvloop

from bench import dialogues, mail
from bench.client import speak

_AT_ONCE = 20


class Watcher:
    """One session in IDLE."""

    def __init__(self) -> None:
        """Connect with `open`."""
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def open(self, job: dict, *, idle: bool) -> None:
        """Log in, select and wait."""
        host, port = job["address"]
        self.reader, self.writer = await asyncio.open_connection(host, port)
        await self.reader.readline()
        await self._ask(f"LOGIN {job['user']} {dialogues.PASSWORD}")
        await self._ask("SELECT INBOX")
        if idle:
            self.writer.write(b"w IDLE\r\n")
            while not (await self.reader.readline()).startswith(b"+"):
                pass

    async def _ask(self, command: str) -> None:
        self.writer.write(f"w {command}\r\n".encode())
        while not (line := await self.reader.readline()).startswith(b"w "):
            if not line:
                raise ConnectionError("closed by the server")
        if not line.startswith(b"w OK"):
            raise ConnectionError(line.decode(errors="replace"))

    async def told(self) -> None:
        """Wait for EXISTS."""
        while line := await self.reader.readline():
            if b"EXISTS" in line:
                return
        raise ConnectionError("closed by the server")


async def _open_all(job: dict) -> list[Watcher]:
    watchers = [Watcher() for _ in range(job["sessions"])]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(watcher: Watcher) -> None:
        async with gate:
            await watcher.open(job, idle=job["idle"])

    await asyncio.gather(*map(one, watchers))
    return watchers


async def push(job: dict) -> None:
    """Append now and then; print the median and the last watcher's milliseconds."""
    watchers = await _open_all(job)
    medians: list[float] = []
    lasts: list[float] = []
    content = mail.message(1, 2000)
    for _ in range(job["push"]):
        done: list[float] = []
        ends: list[float] = []

        async def wait(watcher: Watcher, ends: list[float] = ends) -> None:
            await watcher.told()
            ends.append(time.perf_counter())

        # From the sending of APPEND: some tell the watchers before they say OK.
        def note(_: int, spent: float, __: bytes, done: list[float] = done) -> None:
            done.append(time.perf_counter() - spent)

        waits = [asyncio.create_task(wait(watcher)) for watcher in watchers]
        await asyncio.sleep(0.1)
        address = (job["address"][0], job["address"][1])
        await speak(address, dialogues.append(job["user"], "INBOX", [content], note))
        await asyncio.gather(*waits)
        ends.sort()
        medians.append((statistics.median(ends) - done[0]) * 1e3)
        lasts.append((ends[-1] - done[0]) * 1e3)
    print(
        json.dumps(
            {"median": statistics.median(medians), "last": statistics.median(lasts)}
        )
    )


async def hold(job: dict) -> None:
    """Hold the sessions until the input ends."""
    watchers = await _open_all(job)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for watcher in watchers:
        watcher.writer.close()


def main() -> None:
    job = json.loads(sys.argv[1])
    work = push(job) if job.get("push") else hold(job)
    try:
        uvloop.run(asyncio.wait_for(work, job["timeout_s"]))
    except (OSError, TimeoutError) as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")


if __name__ == "__main__":
    main()

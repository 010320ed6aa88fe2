"""Running the program that fetches virus definitions.

Theory:
    It is named in mailmax.toml by whoever owns this computer, and needs the network
    and a directory of its own, so it is not contained as programs for mail are. It has
    no shell, a clean environment, a time limit, and what it starts ends with it.

Rules:
    Nobody else can have changed the program (`children.executable`).
    Nothing is raised: there are words for what went wrong.
    One that the kernel does not let go, since its disk does not answer, is waited for
    five seconds; until it is gone no other is started.

Limits:
    2,000 octets of its output are kept.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mailmax.net.children import executable
from mailmax.policy.programs import Program

OUTPUT_OCTETS: Final = 2_000
BURY_S: Final = 5.0
_HELD: Final = "its disk does not answer"
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}


class Updater:
    """One program and its directory."""

    def __init__(self, command: Sequence[str], directory: Path) -> None:
        """Prepare; nothing is run yet.

        Args:
            command: The program's whole path, and its arguments; ``%d`` in them is the
                directory.
            directory: Of the definitions.
        """
        self._words = [word.replace("%d", str(directory)) for word in command]
        self._directory = directory
        self._held: asyncio.subprocess.Process | None = None
        """The kernel does not let it go."""

    async def run(self, timeout_s: float) -> str:
        """Run it; return what went wrong, in a line; empty: nothing.

        Args:
            timeout_s: Then it is ended.
        """
        name = self._words[0]
        if self._held is not None and self._held.returncode is None:
            return f"{name} of the last time has not ended: {_HELD}"
        program = Program(tuple(self._words))
        bad = await asyncio.to_thread(executable.check, "command", program)
        if bad is not None:
            return bad.reason
        try:
            process = await self._start()
        except OSError as error:
            return f"{name} cannot be started: {error.strerror}"
        output = bytearray()
        try:
            async with asyncio.timeout(timeout_s):
                await _read(process.stdout, output)
                status = await process.wait()
        except TimeoutError:
            text = f"{name} took longer than {timeout_s:.0f} seconds"
            is_ended = await self._end(process)
            return f"{text} and was ended" if is_ended else f"{text}: {_HELD}"
        finally:
            await self._end(process)
        return "" if status == 0 else _said(name, status, output)

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._directory,
            env={**_ENVIRONMENT, "HOME": str(self._directory)},
            start_new_session=True,
        )

    async def _end(self, process: asyncio.subprocess.Process) -> bool:
        """End it with all that it started; False: it does not end."""
        if self._held is process:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        try:
            async with asyncio.timeout(BURY_S):
                await process.wait()
        except TimeoutError:
            self._held = process
            return False
        return True


def _said(name: str, status: int, output: bytearray) -> str:
    """Return how it ended, with its last words."""
    said = output.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(said) if line.strip()), "")
    shown = "".join(c for c in last if c.isprintable())[:200]
    return f"{name} ended with {status}" + (f": {shown}" if shown else "")


async def _read(stream: asyncio.StreamReader | None, output: bytearray) -> None:
    """Read all there is; keep the end of it."""
    while stream is not None and (piece := await stream.read(4096)):
        output += piece
        del output[:-OUTPUT_OCTETS]

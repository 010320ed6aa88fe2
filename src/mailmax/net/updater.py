"""Running the program that fetches virus definitions.

Theory:
    It is named in mailmax.toml by whoever owns this computer, and needs the network
    and a directory of its own, so it is not contained as programs for mail are. It has
    no shell, a clean environment, a time limit, and what it starts ends with it.

Rules:
    Nobody else can have changed the program (`children.executable`).
    Nothing is raised: there are words for what went wrong.

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
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}


async def run_updater(command: Sequence[str], directory: Path, timeout_s: float) -> str:
    """Run it; return what went wrong, in a line; empty: nothing.

    Args:
        command: The program's whole path, and its arguments; ``%d`` in them is the
            directory.
        directory: Of the definitions.
        timeout_s: Then it is ended.
    """
    words = [word.replace("%d", str(directory)) for word in command]
    bad = await asyncio.to_thread(executable.check, "command", Program(tuple(words)))
    if bad is not None:
        return bad.reason
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=directory,
            env={**_ENVIRONMENT, "HOME": str(directory)},
            start_new_session=True,
        )
    except OSError as error:
        return f"{words[0]} cannot be started: {error.strerror}"
    output = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            await _read(process.stdout, output)
            status = await process.wait()
    except TimeoutError:
        return f"{words[0]} took longer than {timeout_s:.0f} seconds and was ended"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if status == 0:
        return ""
    said = output.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(said) if line.strip()), "")
    shown = "".join(c for c in last if c.isprintable())[:200]
    return f"{words[0]} ended with {status}" + (f": {shown}" if shown else "")


async def _read(stream: asyncio.StreamReader | None, output: bytearray) -> None:
    """Read all there is; keep the end of it."""
    while stream is not None and (piece := await stream.read(4096)):
        output += piece
        del output[:-OUTPUT_OCTETS]

"""The external virus check: a program looks at the files of a message (manual 4.10).

Theory:
    The attached files go into a directory of the run, under names of ours; the program
    gets the directory for ``%d`` and says that a file is infected by removing it. It
    runs contained (`net.children`), beside everything else: only the client whose
    message it is waits.

Rules:
    A removed file counts after a normal end only (DECISIONS 27). A program that hangs,
    crashes, cannot be started, or ends with a status other than 0 while all files are
    there has said nothing: that is trouble (TRUST J4).
    What it was not shown, or cannot read, it has not found clean: the message counts
    as one that could not be looked at (`scannable.hidden_from_programs`).

Limits:
    Four messages at a time; a minute until one's turn comes, then it is put off.

Manual: 4.10; DECISIONS 27, 28.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from mailmax.base.virus import CLEAN, Finding
from mailmax.message import attachments, scannable
from mailmax.message.part import scan
from mailmax.net.children.directory import Given
from mailmax.net.children.runner import Programs
from mailmax.policy import programs as policy
from mailmax.policy.programs import NoAnswer
from mailmax.settings.field import BadValue
from mailmax.smtpmax.body import Body
from mailmax.smtpmax.scanning import Places, Trouble

WAIT_S: Final = 60.0
"""A client waits ten minutes for the answer to its content (RFC 5321 §4.5.3.2.6)."""


async def look(
    body: Body, line: str, timeout_s: float, programs: Programs, places: Places
) -> Finding:
    """Let the program look at a message.

    Args:
        body: All of it.
        line: Its command line.
        timeout_s: How long it may take.
        programs: Runs it.
        places: How many messages may be taken apart at a time.

    Raises:
        Trouble: It said nothing.
        TemporaryFailure: The body cannot be read.
    """
    program = policy.parse("external_command", line, policy.CHECKER)
    if isinstance(program, BadValue):
        raise Trouble(program.reason)
    async with _a_place(places):
        files, hidden = await asyncio.to_thread(_files_of, await body.whole())
        unseen = Finding("unscanned", hidden) if hidden else CLEAN
        if not files:
            return unseen
        limits = programs.limits.lasting(timeout_s)
        outcome = await programs.run(program, files, limits)
    if isinstance(outcome, NoAnswer):
        raise Trouble(f"the program failed: {outcome.reason}")
    if not outcome.gone and outcome.status:
        raise Trouble(f"the program ended with status {outcome.status}")
    if not outcome.gone:
        return unseen
    names = ", ".join(_shown(files[one].name) for one in outcome.gone[:3])
    return Finding("infected", f"external check: {names}", is_external=True)


@contextlib.asynccontextmanager
async def _a_place(places: Places) -> AsyncIterator[None]:
    """Wait for a turn, but not for ever: the client would leave before."""
    try:
        async with asyncio.timeout(WAIT_S):
            await places.programs.acquire()
    except TimeoutError:
        raise Trouble("too many messages wait for the program") from None
    try:
        yield
    finally:
        places.programs.release()


def _files_of(octets: bytes) -> tuple[Sequence[Given], str]:
    """Return the files of a message, and why they are not all there is to look at."""
    tree = scan(octets)
    found = attachments.find(tree)
    contents = [attachments.decode(tree, one) for one in found]
    files = [Given(*one) for one in zip(contents, (f.name for f in found), strict=True)]
    return files, scannable.hidden_from_programs(tree, contents)


def _shown(name: str) -> str:
    """Return a name that words may have in them: printable ASCII, short."""
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in name)
    return plain[:60] or "a file without a name"

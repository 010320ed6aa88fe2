"""Letting a maildrop go that a session has, by an administrator's order (USR-11).

Theory:
    A claim dies with its process, so a lock is a *ghost* only as a note that was left
    in the file, which keeps nobody out and is wiped out here. What does keep out is a
    session whose client is gone without a word: it is ended.

Rules:
    What QUIT has promised is finished first. IMAP goes on beside it.

Limits:
    The session has five seconds to let go.

Manual: 10 (Unlock Box), 12.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mailmax.hub.contract.maildrops import FreeMaildrop, MaildropView
from mailmax.hub.contract.message import Denied
from mailmax.popmax.claim import Holder, left_note, look_at_maildrop

PATIENCE_S = 5.0
LOOK_S = 0.05


class Unlocking:
    """Answers the hub."""

    def __init__(self, claims: Path, end_sessions: Callable[[int], int]) -> None:
        """Take what is needed.

        Args:
            claims: Directory of the maildrop locks.
            end_sessions: Ends a user's sessions; returns how many.
        """
        self._claims = claims
        self._end_sessions = end_sessions

    async def free(self, asked: FreeMaildrop) -> MaildropView | Denied:
        """Let a maildrop go, or only say who has it.

        Raises:
            TemporaryFailure: The lock file cannot be used.
        """
        note = left_note(self._claims, asked.user_id)
        if note is None:
            return MaildropView("free")
        holder = look_at_maildrop(self._claims, asked.user_id)
        if holder is None:
            return _view("ghost", note)
        if asked.only_show:
            return _view("held", holder)
        self._end_sessions(asked.user_id)
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE_S
        while look_at_maildrop(self._claims, asked.user_id) is not None:
            if loop.time() > end:
                words = f"process {holder.pid} does not let go yet"
                return Denied("later", "maildrop", words, "try again in a moment")
            await asyncio.sleep(LOOK_S)
        return _view("freed", holder)


def _view(state: Literal["held", "ghost", "freed"], holder: Holder) -> MaildropView:
    return MaildropView(state, holder.address, holder.since, holder.pid)

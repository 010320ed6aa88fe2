"""Dead mail that goes back into the queue: fresh, for all its recipients.

Theory:
    The copy in the folder becomes an entry of the queue by a step of its own, so by
    keys of its own; the step has the number of the copy, so the same copy is the same
    entry::

        killed before it is kept in the queue     still dead mail
        killed before it is gone from the folder  in both; sent again, it is known
        gone from the folder                      the queue's

    What its sender set as times has passed, and is left out.
"""

import asyncio
import zlib
from typing import Final

from msgspec.structs import replace

from mailmax.base.envelope import Envelope
from mailmax.base.errors import PermanentFailure
from mailmax.base.ids import NOBODY
from mailmax.base.pieces import pieces
from mailmax.queuemax.checkpoint import Checkpoints
from mailmax.queuemax.dead_mail import DeadMail
from mailmax.queuemax.dispatch import Dispatch
from mailmax.store.queue.entry import Body, QueueEntry
from mailmax.store.queue.store import QueueStore

_WORD: Final = "resent "


class Resending:
    """Gives dead mail to the queue again."""

    def __init__(
        self,
        folder: DeadMail,
        main: QueueStore,
        checkpoints: Checkpoints,
        dispatch: Dispatch,
    ) -> None:
        """Prepare.

        Args:
            folder: Where the mail is.
            main: The queue.
            checkpoints: Keeps what the queue has of it.
            dispatch: Tries it.
        """
        self._folder = folder
        self._main = main
        self._checkpoints = checkpoints
        self._dispatch = dispatch
        self._unsure: dict[int, QueueEntry] = {}
        """In the queue, but perhaps not durably yet; by number in the folder."""

    async def resend(self, number: int) -> bool:
        """Send a message of the folder again; durable on return.

        Returns:
            False where there is no such message.

        Raises:
            TemporaryFailure: It is tried, and lost by no crash: it is in the folder.
            PermanentFailure: It is damaged, and stays where it is.
        """
        async with self._folder.turn:
            dead = self._folder.entries.get(number)
            if dead is None:
                return False
            if number not in self._unsure:
                await self._begin(dead)
            if number in self._unsure:
                await self._checkpoints.keep([self._unsure[number]])
                del self._unsure[number]
            await self._folder.delete([number])
        return True

    async def _begin(self, dead: QueueEntry) -> None:
        """Give a message to the queue, unless that knows it already."""
        envelope, body = _envelope_for(dead), self._folder.body_of(dead)
        if envelope.origin is None:
            raise PermanentFailure("the message has no origin")
        if await asyncio.to_thread(_crc_of, body) != dead.crc:
            raise PermanentFailure("the message is damaged")
        entry = self._main.admit(envelope, envelope.origin, body, dead.crc)
        if entry is not None:
            self._unsure[dead.number] = entry
            self._checkpoints.admitted(entry)
            self._dispatch.begin(entry, entry.targets)


def _envelope_for(dead: QueueEntry) -> Envelope:
    wishes = dead.envelope.wishes
    if wishes is not None:
        wishes = replace(wishes, hold_until_ms=0, deliver_by_ms=0, by_mode="")
    return replace(
        dead.envelope,
        recipients=tuple(
            replace(target.recipient, user_id=NOBODY, folder="")
            for target in dead.targets
        ),
        step=f"{_WORD}{dead.number}",
        wishes=wishes,
    )


def _crc_of(body: Body) -> int:
    crc = 0
    for offset, length in pieces(0, body.size):
        crc = zlib.crc32(body.read(offset, length), crc)
    return crc

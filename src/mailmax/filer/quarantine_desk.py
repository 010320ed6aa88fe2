"""The quarantine, looked after: shown, released, deleted, and kept in its limits.

Theory:
    Requests come over the hub (`hub.contract.quarantine`); the disk is read and
    written by a thread that nobody waits for without end (`hand`). What is released is
    handed to QueueMax under a name derived from the message's, as mail for its
    recipients by their addresses; for those here QueueMax gives it back to the filer
    (`base.homeward`). It leaves the quarantine once that is durable; released again
    after a crash it is known.

Rules:
    What is released is not looked at again; what cannot be read stays. Deleting by age
    waits while the clock has jumped (TRUST D14).

Limits:
    256 messages, or 16 MiB of them, are released at a time; 256 are swept.

Manual: 4.11.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import msgspec

from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.errors import Failure
from mailmax.base.units import DAY_S, KIB, MIB
from mailmax.base.virus import without_finding
from mailmax.filer.whole import derived_origin
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import (
    MOST_IDS,
    MOST_RECIPIENTS,
    ListQuarantine,
    QuarantinePage,
    QuarantineSteered,
    QuarantineView,
    ReadQuarantine,
    SteerQuarantine,
)
from mailmax.hub.contract.queue import MessagePiece
from mailmax.net.hand import Hand
from mailmax.store.quarantine import (
    SWEPT_AT_ONCE,
    UNCAPPED,
    Caps,
    Kept,
    Quarantine,
)
from mailmax.store.spool.port import Entry

PIECE_OCTETS: Final = 256 * KIB
MOST_PAGE_OCTETS: Final = 2 * MIB
"""Of the rows of a list: a frame takes 8 MiB (`wire.hub.frames`)."""
AT_ONCE: Final = 256
"""Are released or deleted together: the filer hands them over with one sync."""
HELD_OCTETS: Final = 16 * MIB
"""Of what is released together; a larger message goes alone."""
LOOK_S: Final = 600.0
JUMP_S: Final = DAY_S

_log = logging.getLogger("mailmax.filer")

T = TypeVar("T")


def caps_of(setting: Callable[[str], Any]) -> Caps:
    """Return how much is kept; `setting` gives values of the system."""
    return Caps(setting("quarantine_octets"), setting("quarantine_messages"))


class HandingOver(Protocol):
    """Who gives mail to QueueMax: `filer.service.Filer`."""

    async def hand_out(self, entry: Entry) -> None:
        """Give it, durably on return.

        Raises:
            TemporaryFailure: It may or may not be there.
        """


class Hub(Protocol):
    """What is needed of `hub.client.HubClient`."""

    @property
    def tables(self) -> Any:
        """With the settings."""

    def on_request(self, kind: Any, handler: Callable[[Any], Any]) -> None:
        """Answer requests of that type."""

    def on_tables(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        """Call back after each version of the tables."""


class QuarantineDesk:
    """Of one filer."""

    def __init__(self, quarantine: Quarantine, filer: HandingOver, hub: Hub) -> None:
        """Prepare, on the running loop.

        Args:
            quarantine: What is kept.
            filer: Gives released mail to QueueMax.
            hub: Asks, and has the settings.
        """
        self._quarantine = quarantine
        self._filer = filer
        self._hub = hub
        self._hand = Hand("the quarantine")
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._limits = (0, UNCAPPED)
        self._begun = time.time() - time.monotonic()

    async def start(self) -> None:
        """Answer, and sweep now and then."""
        self._hub.on_request(ListQuarantine, self._list)
        self._hub.on_request(ReadQuarantine, self._read)
        self._hub.on_request(SteerQuarantine, self._steer)
        self._hub.on_tables(self._follow)
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Sweep no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def trouble(self) -> str:
        """Return what fails here, for people; empty: nothing."""
        return self._hand.trouble

    def on_trouble(self, tell: Callable[[], object]) -> None:
        """Have it told, by any thread, when `trouble` has come or gone."""
        self._hand.on_change = tell

    async def _do_there(self, work: Callable[..., T], *given: Any) -> T:
        """Do something on the disk.

        Raises:
            TemporaryFailure: It does not answer.
        """
        return await asyncio.to_thread(self._hand.do, partial(work, *given))

    # Answers

    async def _list(self, request: ListQuarantine) -> QuarantinePage | Denied:
        if request.item_id:
            kept = await self._do_there(self._quarantine.find, request.item_id)
            if kept is None:
                return _missing(request.item_id)
            return QuarantinePage((_view(kept),))
        limit = max(1, min(request.limit, PAGE_ROWS))
        rows, after = await self._do_there(self._quarantine.page, request.after, limit)
        views: list[QuarantineView] = []
        room = MOST_PAGE_OCTETS
        for kept in rows:
            view = _view(kept)
            room -= len(msgspec.msgpack.encode(view))
            if views and room < 0:
                return QuarantinePage(tuple(views), views[-1].item_id)
            views.append(view)
        return QuarantinePage(tuple(views), after)

    async def _read(self, request: ReadQuarantine) -> MessagePiece | Denied:
        kept = await self._do_there(self._quarantine.find, request.item_id)
        if kept is None:
            return _missing(request.item_id)
        begin = max(0, request.offset)
        octets = await self._do_there(
            self._quarantine.read, request.item_id, begin, PIECE_OCTETS
        )
        return MessagePiece(octets, kept.size)

    async def _steer(self, request: SteerQuarantine) -> QuarantineSteered | Denied:
        if len(request.ids) > MOST_IDS:
            words = f"{len(request.ids)} are too many"
            return Denied("bad_value", "ids", words, f"give at most {MOST_IDS}")
        rest = list(dict.fromkeys(request.ids))
        done: set[str] = set()
        while rest:
            some: Sequence[str] = rest[:AT_ONCE]
            leaving = some
            if request.deed == "release":
                some, leaving = await self._release_some(rest)
            gone = await self._do_there(self._delete_all, leaving)
            for item_id in gone:
                _log.warning("quarantine: %s: %s by %s", *_said(request, item_id))
            done.update(gone)
            rest = rest[len(some) :]
        missing = [one for one in dict.fromkeys(request.ids) if one not in done]
        return QuarantineSteered(len(done), tuple(missing))

    async def _release_some(
        self, ids: Sequence[str]
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Give the first of these to QueueMax, durably.

        Returns:
            Which they were, and which of them were given.

        Raises:
            TemporaryFailure: Some may have been given.
        """
        read = await self._do_there(self._read_some, ids)
        given = {item_id: entry for item_id, entry in read if entry is not None}
        await asyncio.gather(*map(self._filer.hand_out, given.values()))
        return [item_id for item_id, _ in read], list(given)

    # On the disk

    def _read_some(self, ids: Sequence[str]) -> Sequence[tuple[str, Entry | None]]:
        """Read the first of these, not more than is held at once; None: it cannot."""
        found: list[tuple[str, Entry | None]] = []
        room = HELD_OCTETS
        for item_id in ids[:AT_ONCE]:
            entry = None
            kept = self._quarantine.find(item_id)
            if kept is not None:
                room -= kept.size
                if found and room < 0:
                    break
                octets = self._quarantine.read(item_id)
                entry = Entry(_released(kept), chunks=(octets,))
            found.append((item_id, entry))
        return found

    def _delete_all(self, ids: Sequence[str]) -> Sequence[str]:
        """Remove these; return which were here."""
        return [one for one in ids if self._quarantine.delete(one)]

    # Limits

    def _follow(self) -> None:
        if self._limits != self._set():
            self._wake.set()

    def _set(self) -> tuple[int, Caps]:
        setting = self._hub.tables.setting
        return setting("quarantine_days"), caps_of(setting)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            self._limits = days, caps = self._set()
            try:
                await self._sweep(days, caps)
            except Failure as failure:
                _log.error("the quarantine is not swept: %s", failure)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()

    async def _sweep(self, days: int, caps: Caps) -> None:
        """Remove all that is to go, some at a time: others want the disk, too."""
        swept = SWEPT_AT_ONCE
        while swept >= SWEPT_AT_ONCE:
            oldest_ms = self._oldest_ms(days)
            swept = await self._do_there(self._quarantine.sweep, oldest_ms, caps)

    def _oldest_ms(self, days: int) -> int | None:
        now = time.time()
        if abs(now - time.monotonic() - self._begun) > JUMP_S:
            _log.warning("the clock has jumped: nothing leaves quarantine by its age")
            return None
        return int((now - days * DAY_S) * 1000)


def _released(kept: Kept) -> Envelope:
    """Return the envelope of what is released, for QueueMax."""
    envelope = kept.envelope
    wishes = envelope.wishes
    if wishes is not None:
        wishes = msgspec.structs.replace(
            wishes, hold_until_ms=0, deliver_by_ms=0, by_mode=""
        )
    return msgspec.structs.replace(
        envelope,
        recipients=tuple(
            Recipient(one.address, notify=one.notify, original=one.original)
            for one in envelope.recipients
        ),
        origin=derived_origin(kept.origin, b"released"),
        facts=without_finding(envelope.facts),
        wishes=wishes,
    )


def _view(kept: Kept) -> QuarantineView:
    addresses = [one.address for one in kept.envelope.recipients]
    return QuarantineView(
        kept.item_id,
        kept.kept_at_ms / 1000,
        kept.verdict,
        kept.words,
        kept.envelope.reverse_path,
        tuple(addresses[:MOST_RECIPIENTS]),
        len(addresses),
        kept.envelope.client.address,
        kept.size,
    )


def _missing(item_id: str) -> Denied:
    return Denied(
        "not_found",
        "id",
        f"there is no {item_id[:40]!r} in quarantine",
        "look at: mailmax quarantine list",
    )


def _said(request: SteerQuarantine, item_id: str) -> tuple[str, str, str]:
    word = "released" if request.deed == "release" else "deleted"
    return item_id, word, request.by

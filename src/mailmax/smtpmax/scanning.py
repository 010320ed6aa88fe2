"""The virus check of one message, while it comes and when it is here.

Theory:
    The octets go to clamd as they come, in blocks, so that little is left to be done
    at the end. What went wrong on the way (clamd was begun anew, the client was slower
    than clamd waits) is done once more from the body when that is whole. What clamd
    may see otherwise than a reader is shown to it part by part
    (`message.scannable`), and so is everything where not all of it is wanted.

Rules:
    A message is clean only when each look at it said so (TRUST J4); infected, once one
    did.
    Clients that are slow hold no place at clamd that others wait for: there are places
    for messages that come, and others for messages that are here. Where none of the
    former is free a message is looked at when it is here.

Limits:
    32 messages at a time while they come, 32 looks at what is here; 4 large messages
    that are taken apart, in threads, and 4 for a program.

Manual: 4.10; TRUST J4, J7, J10.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, ParamSpec, TypeVar

from mailmax.base.errors import TemporaryFailure
from mailmax.base.units import KIB
from mailmax.base.virus import CLEAN, Finding
from mailmax.hub.port import SettingTable
from mailmax.message import scannable
from mailmax.message.cleaning import cleaned
from mailmax.message.part import Tree, scan
from mailmax.message.scannable import Files, Piece
from mailmax.net.clamd import Exchange
from mailmax.smtpmax.body import Body
from mailmax.wire.clamd.reply import Answer, Outcome

COMING: Final = 32
HERE: Final = 32
APART: Final = 4
BLOCK_OCTETS: Final = 64 * KIB
IN_LOOP_OCTETS: Final = 64 * KIB
"""A message of that size is taken apart within ten milliseconds, however hostile; a
usual one within a twentieth of one, and the way to a thread and back costs thrice that.
"""
LARGE_OCTETS: Final = 256 * KIB

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looking:
    """What is set for the check, as it was when the message began."""

    address: str
    files: Files
    depth: int
    timeout_s: float
    most_octets: int
    disinfects: bool


def looking(settings: SettingTable) -> Looking:
    """Return what is set now."""
    setting = settings.setting
    return Looking(
        setting("clamd_address"),
        setting("virus_files"),
        setting("virus_depth"),
        setting("virus_timeout_s"),
        setting("virus_size_octets"),
        setting("virus_disinfect"),
    )


class Places:
    """What all scans of a process share."""

    __slots__ = ("apart", "coming", "here", "programs", "ready")

    def __init__(self) -> None:
        """Begin with all places free."""
        self.coming = asyncio.Semaphore(COMING)
        self.here = asyncio.Semaphore(HERE)
        self.apart = asyncio.Semaphore(APART)
        self.programs = asyncio.Semaphore(APART)
        self.ready = asyncio.Event()
        """The definitions are those that the first look is to wait for."""
        self.ready.set()


class _View(NamedTuple):
    """What there is to know of a message that is here."""

    tree: Tree
    is_shown_in_parts: bool
    blind_spot: str
    """Why not all of it can be looked at; empty: it can."""


class Trouble(Exception):
    """No answer that counts; the words say why."""


class Scan:
    """The check of one message."""

    __slots__ = (
        "_exchange",
        "_infected",
        "_is_late",
        "_looking",
        "_octets",
        "_pile",
        "_piled",
        "_places",
    )

    def __init__(self, places: Places, how: Looking) -> None:
        """Begin.

        Args:
            places: At clamd.
            how: What is set.
        """
        self._places = places
        self._looking = how
        self._pile: list[bytes] = []
        self._piled = 0
        self._octets = 0
        self._exchange: Exchange | None = None
        self._infected: Finding | None = None
        """What no trouble later takes back."""
        self._is_late = how.files != "all"
        """It is looked at when it is here, not while it comes."""

    def add(self, octets: bytes) -> bool:
        """Take octets; True when `push` must be awaited before the next."""
        self._octets += len(octets)
        if self._is_late:
            return False
        if self._octets > self._looking.most_octets:
            self._stop_early()
            return False
        self._pile.append(octets)
        self._piled += len(octets)
        return self._piled >= BLOCK_OCTETS

    async def push(self) -> None:
        """Send what is piled up; what fails is done again at the end."""
        exchange = self._exchange
        if exchange is None:
            if self._places.coming.locked() or not self._places.ready.is_set():
                self._stop_early()
                return
            await self._places.coming.acquire()
            exchange = self._exchange = Exchange()
            await exchange.open(self._looking.address, self._looking.timeout_s)
        exchange.extend(self._looking.timeout_s)
        await exchange.send(self._take())
        if exchange.has_failed:
            self._stop_early()

    async def finish(self, body: Body) -> Finding:
        """Return what was found, now that all is here.

        Args:
            body: The message.

        Raises:
            Trouble: The scanner gave no answer that counts.
            TemporaryFailure: The body cannot be read again.
        """
        how = self._looking
        if self._octets > how.most_octets:
            return Finding("unscanned", "it is larger than what is checked")
        await self._places.ready.wait()
        try:
            async with asyncio.timeout(2 * how.timeout_s):
                return await self._finish(body)
        except (Trouble, TimeoutError, TemporaryFailure) as trouble:
            if self._infected is not None:
                return self._infected  # which parts could be dropped is not known
            if isinstance(trouble, TimeoutError):
                raise Trouble("it does not answer in time") from None
            raise

    def discard(self) -> None:
        """Nobody wants to know any more."""
        self._pile.clear()
        self._close()

    # Inside

    async def _finish(self, body: Body) -> Finding:
        answer = await self._end_stream()
        if answer is not None and answer.outcome is Outcome.FOUND:
            self._infected = _finding(answer)
            if not self._looking.disinfects:
                return self._infected
        if self._octets <= LARGE_OCTETS:
            return await self._look_apart(answer, body)
        async with self._places.apart:
            return await self._look_apart(answer, body)

    async def _look_apart(self, answer: Answer | None, body: Body) -> Finding:
        view = await self._beside(_view, await body.whole(), self._looking)
        return await self._look_again(answer, view)

    async def _look_again(self, answer: Answer | None, view: _View) -> Finding:
        """Look at what is here, as far as that was not done while it came."""
        how = self._looking
        if answer is None and how.files == "all":
            answer = await self._look_at(view.tree.octets)
        found = CLEAN if answer is None else _finding(answer)
        if found.verdict == "clean":
            found = await self._look_closer(view)
        if found.verdict == "infected":
            self._infected = found
            if how.disinfects:
                found = found._replace(parts=await self._parts_to_drop(view.tree))
        return found

    async def _end_stream(self) -> Answer | None:
        """Send the rest and ask; None where it must be done anew."""
        if self._is_late:
            return None
        exchange = self._exchange
        if exchange is None:
            try:
                return await self._look_at(self._take())
            except Trouble:
                return None
        exchange.extend(self._looking.timeout_s)
        await exchange.send(self._take())
        answer = await exchange.finish()
        self._close()
        return None if answer.outcome is Outcome.TROUBLE else answer

    async def _look_closer(self, view: _View) -> Finding:
        """Look at the parts of a message, where the whole does not do."""
        how = self._looking
        if view.is_shown_in_parts:
            pieces = scannable.pieces(view.tree, how.files, how.depth)
            while (piece := await self._beside(_following, pieces)) is not None:
                found = _finding(await self._look_at(piece.octets))
                if found.verdict != "clean":
                    return found
        why = view.blind_spot
        return Finding("unscanned", why) if why else CLEAN

    async def _parts_to_drop(self, tree: Tree) -> Sequence[int]:
        """Return the parts without which nothing is found; none where that fails."""
        infected = []
        pieces = scannable.pieces(tree, "all", self._looking.depth)
        while (piece := await self._beside(_following, pieces)) is not None:
            answer = await self._look_at(piece.octets)
            if answer.outcome is not Outcome.CLEAN:
                infected.append(piece.place)
        rest = await self._beside(cleaned, tree.octets, infected)
        if rest is None:
            return ()
        found = _finding(await self._look_at(rest))
        if found.verdict == "clean":  # then as a whole message is looked at
            found = await self._look_closer(
                await self._beside(_view, rest, self._looking)
            )
        return infected if found.verdict == "clean" else ()

    async def _beside(
        self, work: Callable[P, T], *given: P.args, **named: P.kwargs
    ) -> T:
        """Do something about the message: beside the loop, where it may take long."""
        if self._octets <= IN_LOOP_OCTETS:
            return work(*given, **named)
        return await asyncio.to_thread(work, *given, **named)

    async def _look_at(self, octets: bytes) -> Answer:
        """Have some octets looked at.

        Raises:
            Trouble: There is no answer that counts.
        """
        async with self._places.here:
            exchange = Exchange()
            try:
                await exchange.open(self._looking.address, self._looking.timeout_s)
                for begin in range(0, len(octets), BLOCK_OCTETS):
                    await exchange.send(octets[begin : begin + BLOCK_OCTETS])
                answer = await exchange.finish()
            finally:
                exchange.abort()
        if answer.outcome is Outcome.TROUBLE:
            raise Trouble(answer.words)
        return answer

    def _take(self) -> bytes:
        octets = b"".join(self._pile)
        self._pile.clear()
        self._piled = 0
        return octets

    def _stop_early(self) -> None:
        """Look at it when it is here, from the body."""
        self._is_late = True
        self._pile.clear()
        self._close()

    def _close(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abort()
            self._places.coming.release()


def _view(octets: bytes, how: Looking) -> _View:
    tree = scan(octets, counts_lines=False)
    in_parts = how.files != "all" or scannable.is_odd(tree)
    return _View(tree, in_parts, scannable.blind_spot(tree, how.depth))


def _following(pieces: Iterator[Piece]) -> Piece | None:
    return next(pieces, None)


def _finding(answer: Answer) -> Finding:
    if answer.outcome is Outcome.FOUND:
        return Finding("infected", answer.words)
    if answer.outcome is Outcome.UNSCANNED:
        return Finding("unscanned", answer.words)
    return CLEAN

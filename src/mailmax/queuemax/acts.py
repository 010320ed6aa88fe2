"""What administrators order, carried out on whom they mean (`steering`).

Theory:
    An order is read and judged, whom it means is found slice by slice, `PART` at most,
    and the deed is done on those. Whoever ends meanwhile is none of them any more.

Rules:
    Who acts on all says so: an empty selection is a mistake.
    The answer comes when it is durable; what was done is in the log, with who did it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from msgspec import structs

from mailmax.base.errors import PermanentFailure
from mailmax.base.ports import Clock
from mailmax.base.units import counted
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import Selection
from mailmax.hub.contract.steering import (
    PART,
    Deed,
    SteerDead,
    Steered,
    SteerQueue,
)
from mailmax.policy.outcome import permanent
from mailmax.queuemax import steering
from mailmax.queuemax.checkpoint import Checkpoints
from mailmax.queuemax.dead_mail import DeadMail
from mailmax.queuemax.listing import NO_PLACE, place_of, read_place
from mailmax.queuemax.resending import Resending
from mailmax.queuemax.selection import Meant, read_selection
from mailmax.queuemax.slices import Look, behind, cut, finish
from mailmax.queuemax.steering import Chosen, Steering
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.wire.smtp.grammar import parse_mailbox

FEW: Final = 100
"""Whom a deed is done on at once that takes a sync each."""
LONGEST_NAME: Final = 100
LONGEST_WORDS: Final = 500

_ONE_BY_ONE: Final = frozenset({"edit", "resend"})
_GIVEN_UP: Final = permanent("5.7.1", "given up by the administrator of this server")
_NOBODY: Final = Denied(
    "bad_value", "selection", "it means nobody", "name entries, or say --all"
)
_BOTH: Final = Denied(
    "bad_value", "all", "it says all and something besides", "say one of them"
)
_WITHOUT_AIM: Final = Denied(
    "bad_value", "recipient", "nothing is to change", "give an address, or else a time"
)
_TWO_AIMS: Final = Denied(
    "bad_value",
    "recipient",
    "an address and a time cannot change at once",
    "give one of them; the other in a second command",
)

_log = logging.getLogger("queuemax")


@dataclass(frozen=True, slots=True)
class _Part:
    """Whom an order means, as far as it is carried out at once."""

    rows: list[Meant]
    missing: tuple[str, ...]
    next: str


class Acts:
    """Carries orders out."""

    def __init__(
        self,
        do: Steering,
        folder: DeadMail,
        resending: Resending,
        waiting: Checkpoints,
        clock: Clock,
    ) -> None:
        """Prepare.

        Args:
            do: Changes what waits.
            folder: The dead mail.
            resending: Gives dead mail to the queue.
            waiting: Knows all that waits.
            clock: The time.
        """
        self._steering = do
        self.folder = folder
        self._resending = resending
        self.entries = waiting.all_unfinished
        self.find = waiting.find
        self.clock = clock

    async def steer(self, order: SteerQueue) -> Steered | Denied:
        """Carry out an order about what waits.

        Raises:
            Failure: It acts, and may or may not be durable.
        """
        bad = _why_not(order)
        if bad is not None:
            return bad
        now = self.clock.now()
        part = await finish(_find(order, self.entries(), now, _MAY[order.deed]))
        if isinstance(part, Denied):
            return part
        chosen = [Chosen(one.entry, one.target) for one in part.rows]
        if order.dry_run or not chosen:
            later = sum(one.target.tried_since > 0 for one in part.rows)
            return _answer(part, len(chosen), later)
        done = await self._do(order, chosen, now)
        answer = _answer(part, done.done + done.later, done.later)
        _note(order.deed, order, answer)
        return answer

    async def steer_dead(self, order: SteerDead) -> Steered | Denied:
        """Carry out an order about dead mail.

        Raises:
            Failure: Some of it may be done.
        """
        bad = _why_no_selection(order.selection)
        if bad is not None:
            return bad
        entries = dict(self.folder.entries)
        part = await finish(_find(order, entries, self.clock.now(), lambda _: True))
        if isinstance(part, Denied):
            return part
        part = _whole_messages(part, order.after)
        if order.dry_run or not part.rows:
            return _answer(part, len(part.rows))
        numbers = dict.fromkeys(one.entry.number for one in part.rows)
        if order.deed == "delete":
            await self.folder.delete(numbers)
        else:
            part = await self._resend(part, numbers)
        answer = _answer(part, len(part.rows))
        _note(f"{order.deed} dead mail", order, answer)
        return answer

    async def _do(
        self, order: SteerQueue, chosen: list[Chosen], now: float
    ) -> steering.Steered:
        do = self._steering
        match order.deed:
            case "retry":
                return await do.retry(chosen)
            case "flush":
                return await do.flush(chosen)
            case "hold":
                return await do.hold(chosen)
            case "release":
                return await do.release(chosen)
            case "delete" | "return":
                with_report = order.deed == "return"
                return await do.give_up(chosen, _GIVEN_UP, with_report=with_report)
            case "edit" if order.recipient:
                return await self._redirect(chosen, order.recipient)
            case "edit":
                return await do.put_off(chosen, max(0.0, order.next_try_at - now))

    async def _redirect(self, chosen: list[Chosen], address: str) -> steering.Steered:
        given = str(parse_mailbox(address.strip().encode()))
        done = later = 0
        for one in chosen:
            steered = await self._steering.redirect(one, given)
            done, later = done + steered.done, later + steered.later
        return steering.Steered(done, later)

    async def _resend(self, part: _Part, numbers: Iterable[int]) -> _Part:
        """Resend messages; return the part without those that are damaged."""
        damaged: set[int] = set()
        for number in numbers:
            try:
                await self._resending.resend(number)
            except PermanentFailure as failure:
                _log.error("dead mail %d is not sent again: %s", number, failure)
                damaged.add(number)
        rows = [one for one in part.rows if one.entry.number not in damaged]
        return replace(part, rows=rows)


def _whole_messages(part: _Part, after: str) -> _Part:
    """Add the other recipients of who is meant: dead mail goes as a whole.

    A message that began in the part before was counted there.
    """
    begun = read_place(after)
    entries = {one.entry.number: one.entry for one in part.rows}
    rows = [
        Meant(entry, place, target)
        for number, entry in entries.items()
        if begun is None or number != begun[0]
        for place, target in enumerate(entry.targets, 1)
    ]
    return replace(part, rows=rows)


def _is_waiting(target: Target) -> bool:
    return target.state.stage.is_waiting and not target.state.is_ordered


def _is_planned(target: Target) -> bool:
    is_held = target.is_held or target.state.is_held
    return _is_waiting(target) and not (is_held or target.tried_since)


_MAY: Final[Mapping[Deed, Callable[[Target], bool]]] = {
    "retry": _is_planned,
    "flush": _is_planned,
    "hold": lambda target: _is_waiting(target) and not target.state.is_held,
    "release": lambda target: _is_waiting(target) and target.state.is_held,
    "delete": _is_waiting,
    "return": _is_waiting,
    "edit": _is_waiting,
}
"""On whom a deed acts of those who are meant."""


def _find(
    order: SteerQueue | SteerDead,
    entries: Mapping[int, QueueEntry],
    now: float,
    may: Callable[[Target], bool],
) -> Look[_Part | Denied]:
    """Return whom an order is carried out on at once."""
    begin = read_place(order.after)
    selector = read_selection(order.selection, now)
    if begin is None:
        return NO_PLACE
    if isinstance(selector, Denied):
        return selector
    limit = FEW if order.deed in _ONE_BY_ONE else PART
    named: list[Meant] = []
    rows: list[Meant] = []
    for part in cut(entries, selector, begin):
        found = behind(selector.pick(part), begin)
        if order.selection.ids:
            named += found
        rows += [one for one in found if may(one.target)]
        if len(rows) > limit and not order.selection.ids:
            break
        yield
    is_first = not order.after
    return _Part(
        rows[:limit],
        selector.missing(named) if is_first else (),
        place_of(rows[limit - 1]) if len(rows) > limit else "",
    )


def _why_not(order: SteerQueue) -> Denied | None:
    """Return why an order cannot be carried out, or None."""
    if order.deed == "edit":
        if order.recipient and order.next_try_at:
            return _TWO_AIMS
        if not (order.recipient or order.next_try_at):
            return _WITHOUT_AIM
        if order.recipient and parse_mailbox(order.recipient.strip().encode()) is None:
            words = f"{order.recipient[:60]!r} is no mail address"
            return Denied("bad_value", "recipient", words, "give name@domain")
    return _why_no_selection(order.selection)


def _why_no_selection(selection: Selection) -> Denied | None:
    is_empty = structs.replace(selection, everything=False) == Selection()
    if selection.everything:
        return None if is_empty else _BOTH
    return _NOBODY if is_empty else None


def _answer(part: _Part, recipients: int, later: int = 0) -> Steered:
    messages = len({one.entry.number for one in part.rows}) if recipients else 0
    return Steered(messages, recipients, later, part.missing, part.next)


def _note(deed: str, order: SteerQueue | SteerDead, answer: Steered) -> None:
    said = structs.asdict(order.selection)
    words = ", ".join(f"{name} {value}" for name, value in said.items() if value)
    _log.info(
        "%s by %s: %s of %s (%s)",
        deed,
        order.by[:LONGEST_NAME] or "nobody in particular",
        counted(answer.recipients, "recipient"),
        counted(answer.messages, "message"),
        words[:LONGEST_WORDS],
    )

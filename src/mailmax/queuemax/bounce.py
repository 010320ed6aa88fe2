"""Telling the sender: reports of failure, of delay and of success, as new mail.

Theory:
    A report is written into QueueMax's own journal, where the filer reads it like any
    other mail. Its origin is made from what it reports on, so the report that a
    restart makes again is the same report to the filer, and is filed once (TRUST D5).

    Who asked for SUCCESS, or for a trace (BY=…T), is told ``relayed`` here where the
    next server takes that duty over from nobody (`Outcome.is_told_on`); what a server
    took by LMTP is ``delivered``. Where `is_copied` is on the postmaster gets a copy
    of each failure, and word of those that no sender can be told (`base.postmaster`).

Rules:
    What came with the null reverse-path is never reported on (RFC 5321 §4.5.5), and
    what the sender did not ask for is not (`policy.notification`).
    The whole message comes back only in a report of failure, where RET=FULL asks for
    it and it is small (`message.dsn.write`).

Standards:
    RFC 3464, RFC 3461 §5.2, RFC 5321 §6.1, RFC 3834 §5.

Manual: §4.4 (bounces, soft errors, copies to postmaster).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from mailmax.base import postmaster
from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.base.errors import Failure
from mailmax.base.ports import Clock, Random
from mailmax.base.postmaster import is_copy
from mailmax.message.dsn.report import Action, RecipientStatus, Report
from mailmax.message.dsn.write import write
from mailmax.policy.notification import NEVER, Event, hears_of_relaying, wants
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import Entry

AGAIN_S = 5.0
HEADER_OCTETS = 64 * 1024
"""More of a message is not read."""
NULL_RETURN_PATH = b"Return-Path: <>\r\n"

Told = Sequence[tuple[Target, State]]
"""Recipients, and what became of them."""

_log = logging.getLogger("queuemax")

_EVENTS = {
    Action.FAILED: Event.FAILURE,
    Action.DELAYED: Event.DELAY,
    Action.DELIVERED: Event.SUCCESS,
}
_SUCCESS = frozenset({Action.RELAYED, Action.DELIVERED})
_CLASSES = {
    Action.FAILED: "5",
    Action.DELAYED: "4",
    **dict.fromkeys(_SUCCESS, "2"),
}


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes reports."""

    hostname: str
    clock: Clock
    random: Random
    limits: RetryLimits
    """How long is tried."""
    is_copied: bool = False
    """The postmaster hears of failures."""

    def make_reports(
        self, store: QueueStore, entry: QueueEntry, told: Told, action: Action
    ) -> list[Entry]:
        """Return the reports that are due, as entries for the journal; may be none.

        Args:
            store: Where the message's header is read.
            entry: What it is about.
            told: The recipients it is about.
            action: What became of them.
        """
        envelope = entry.envelope
        is_told = bool(envelope.reverse_path)
        due = [
            one
            for one in told
            if not is_told or _is_wanted(envelope, one[0].recipient, action)
        ]
        if not due:
            return []
        report = self._report(store, entry, due, action)
        entries = []
        if is_told:
            origin = _origin(due, action)
            entries.append(self._entry(report, envelope.reverse_path, origin))
        if action is Action.FAILED and self.is_copied and not is_copy(envelope):
            copy = replace(report, postmaster=postmaster.ADDRESS, return_full=False)
            origin = _origin(due, action, b"postmaster")
            entries.append(
                self._entry(copy, postmaster.ADDRESS, origin, postmaster.MARK)
            )
        return entries

    def _report(
        self, store: QueueStore, entry: QueueEntry, told: Told, action: Action
    ) -> Report:
        envelope = entry.envelope
        wishes = envelope.wishes or Wishes()
        now_s = int(self.clock.now())
        until_s = self._until_s(now_s, wishes) if action is Action.DELAYED else None
        content, is_whole = _read(store, entry)
        return Report(
            host=self.hostname,
            sender=f"mailer-daemon@{self.hostname}",
            reverse_path=envelope.reverse_path,
            token=self.random.token(12).hex(),
            now_s=now_s,
            arrived_s=envelope.received_at_ms // 1000,
            recipients=[
                RecipientStatus(
                    target.address,
                    action,
                    _status(state, action),
                    state.text,
                    state.host,
                    target.recipient.original,
                    until_s,
                )
                for target, state in told
            ],
            content=content,
            envelope_id=wishes.envelope_id,
            return_full=wishes.returns == "FULL" and is_whole,
        )

    def _until_s(self, now_s: int, wishes: Wishes) -> int:
        """Return when the last try is, or the time that the sender has set."""
        last_s = now_s + int(self.limits.resends * self.limits.wait_s(Stage.SOFT))
        if wishes.deliver_by_ms and wishes.by_mode.startswith("R"):
            return min(last_s, wishes.deliver_by_ms // 1000)
        return last_s

    def _entry(
        self,
        report: Report,
        to: str,
        origin: Origin,
        facts: Mapping[str, str] | None = None,
    ) -> Entry:
        return Entry(
            Envelope(
                reverse_path="",
                recipients=(Recipient(to, notify=NEVER),),
                received_at_ms=report.now_s * 1000,
                origin=origin,
                facts=dict(facts or {}),
                return_path_octets=len(NULL_RETURN_PATH),
            ),
            chunks=(NULL_RETURN_PATH + write(report),),
        )


def _is_wanted(envelope: Envelope, recipient: Recipient, action: Action) -> bool:
    if action is Action.RELAYED:
        return hears_of_relaying(envelope, recipient)
    return wants(recipient, _EVENTS[action])


async def commit(journal: GroupCommit, report: Entry) -> None:
    """Make a report durable, however long the disk refuses."""
    while True:
        try:
            await journal.commit(report)
            break
        except Failure as failure:
            _log.error("a report cannot be written: %s", failure)
            await asyncio.sleep(AGAIN_S)


def _origin(told: Told, action: Action, purpose: bytes = b"") -> Origin:
    """Return an origin that is the same whenever the same is reported."""
    keys = b"".join(sorted(state.key for _, state in told))
    digest = blake2b(action.value.encode() + keys + purpose, digest_size=16).digest()
    return Origin(digest, len(told))


def _status(state: State, action: Action) -> str:
    """Return the status in the class that the action must have (RFC 3464 §2.3.4)."""
    first = _CLASSES[action]
    if state.status[:1] == first:
        return state.status
    if action in _SUCCESS:
        return "2.0.0"
    if state.status.startswith("4.2.") and not state.host:  # one of our mailboxes
        return first + state.status[1:]
    if state.status:  # tried too often: it has become permanent
        return "5.4.7" if state.stage is Stage.FAILED else first + state.status[1:]
    return f"{first}.0.0"


def _read(store: QueueStore, entry: QueueEntry) -> tuple[bytes, bool]:
    """Return the beginning of a message, and whether that is all of it."""
    skip = entry.envelope.return_path_octets
    length = min(HEADER_OCTETS, entry.size - skip)
    try:
        return bytes(store.body_of(entry).read(skip, length)), length < HEADER_OCTETS
    except Failure:
        return b"", False

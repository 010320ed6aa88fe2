"""Telling the sender: reports of failure and of delay, as new mail.

Theory:
    A report is written into QueueMax's own journal, where the filer reads it like any
    other mail. Its origin is made from what it reports on, so the report that a
    restart makes again is the same report to the filer, and is filed once (TRUST D5).

Rules:
    What came with the null reverse-path is never reported on (RFC 5321 §4.5.5).

Standards:
    RFC 3464, RFC 5321 §6.1, RFC 3834 §5.

Manual: §4.4 (bounces, soft errors).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.errors import Failure
from mailmax.base.ports import Clock, Random
from mailmax.message.dsn import Action, RecipientStatus, Report, write
from mailmax.policy.retry import Stage
from mailmax.store.queue.entry import QueueEntry
from mailmax.store.queue.records import State
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.port import Entry

HEADER_OCTETS = 64 * 1024
NULL_RETURN_PATH = b"Return-Path: <>\r\n"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes reports."""

    hostname: str
    clock: Clock
    random: Random

    def make_report(
        self,
        store: QueueStore,
        entry: QueueEntry,
        told: Sequence[tuple[str, State]],
        *,
        is_final: bool,
    ) -> Entry:
        """Return a report as an entry for the journal.

        Args:
            store: Where the message's header is read.
            entry: What it is about; has a reverse-path.
            told: Addresses and states of the recipients it is about.
            is_final: Failure, or only delay.
        """
        action = Action.FAILED if is_final else Action.DELAYED
        envelope = entry.envelope
        now_ms = int(self.clock.now() * 1000)
        report = Report(
            host=self.hostname,
            sender=f"mailer-daemon@{self.hostname}",
            reverse_path=envelope.reverse_path,
            token=self.random.token(12).hex(),
            now_s=now_ms // 1000,
            arrived_s=envelope.received_at_ms // 1000,
            recipients=[
                RecipientStatus(
                    address, action, _status(state, action), state.text, state.host
                )
                for address, state in told
            ],
            content=_header(store, entry),
        )
        octets = NULL_RETURN_PATH + write(report)
        return Entry(
            Envelope(
                reverse_path="",
                recipients=(Recipient(envelope.reverse_path),),
                received_at_ms=now_ms,
                origin=_origin(told, action),
                return_path_octets=len(NULL_RETURN_PATH),
            ),
            chunks=(octets,),
        )


def _origin(told: Sequence[tuple[str, State]], action: Action) -> Origin:
    """Return an origin that is the same whenever the same is reported."""
    keys = b"".join(sorted(state.key for _, state in told))
    digest = blake2b(action.value.encode() + keys, digest_size=16).digest()
    return Origin(digest, len(told))


def _status(state: State, action: Action) -> str:
    """Return the status in the class that the action must have (RFC 3464 §2.3.4)."""
    first = "5" if action is Action.FAILED else "4"
    if state.status[:1] == first:
        return state.status
    if state.status.startswith("4.2.") and not state.host:  # one of our mailboxes
        return first + state.status[1:]
    if state.status:  # tried too often: it has become permanent
        return "5.4.7" if state.stage is Stage.FAILED else first + state.status[1:]
    return f"{first}.0.0"


def _header(store: QueueStore, entry: QueueEntry) -> bytes:
    skip = entry.envelope.return_path_octets
    length = min(HEADER_OCTETS, entry.size - skip)
    try:
        return bytes(store.body_of(entry).read(skip, length))
    except Failure:
        return b""

"""Mail for users who are locked just now, or whose mailbox is in trouble.

Theory:
    What a store cannot file at once lies aside and is tried again in a moment. No
    checkpoint passes what lies aside, so it may not lie for long: after a bound it is
    *overdue* and goes to the queue as a delivery to be tried again (`base.again`).
    The bound counts from the first failure of that user: once it has passed, further
    mail for the same user has one try and does not lie aside at all.

    A mailbox that could not be recovered after a crash is filed into by `recover`
    alone, one batch at a time: it makes whole what a message left half done, and goes
    on above the numbers that were seen.

Rules:
    One damaged user holds up nobody else. Nothing is dropped here: what is overdue
    stays until `forget`.
"""

import logging
import time
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from mailmax.base import again
from mailmax.base.envelope import Origin
from mailmax.base.errors import Failure, StorageFull
from mailmax.base.ids import Uid, UserId
from mailmax.filer.directory import Directory
from mailmax.filer.workflow import Filing, changed_octets
from mailmax.hub.contract.rows import MOVING
from mailmax.store.mailboxes.delivery import Outcome
from mailmax.store.mailboxes.port import Locked, Store
from mailmax.store.spool.port import Entry

RETRY_S = 0.05
LOCKED_S = 10.0
TROUBLE_S = 1.0

_log = logging.getLogger("mailmax.filer")


class Stuck(msgspec.Struct):
    """A filing and why it did not come about."""

    filing: Filing
    trouble: str
    """Empty: the user was locked."""


class _Since(msgspec.Struct):
    first: float
    last: float


class Aside:
    """Files, and keeps what is stuck or was refused."""

    def __init__(self, store: Store, directory: Directory) -> None:
        """Begin with nothing.

        Args:
            store: Where mail is filed.
            directory: Says where a user's mail is now.
        """
        self._store = store
        self._directory = directory
        self._stuck: list[Stuck] = []
        self._refused: list[Filing] = []
        self._told: list[Filing] = []
        self._since: dict[str, _Since] = {}
        """By home."""
        self._unrecovered: set[str] = set()
        self._next_try = 0.0

    def __len__(self) -> int:
        """Count what lies aside."""
        return len(self._stuck)

    @property
    def changed_octets(self) -> int:
        """Count what of it lies in no journal, but in memory."""
        return changed_octets(stuck.filing for stuck in self._stuck)

    def file(self, filings: Sequence[Filing]) -> None:
        """File what can be filed; the rest lies aside.

        Raises:
            TemporaryFailure: The disk refuses; to be done again as a whole.
        """
        self._stuck.extend(self._try(filings))

    def retry(self) -> None:
        """Try what lies aside once more, if it is time.

        Raises:
            TemporaryFailure: The disk refuses.
        """
        now = time.monotonic()
        if self._stuck and now >= self._next_try:
            self._next_try = now + RETRY_S
            self._stuck = self._try([stuck.filing for stuck in self._stuck])

    def take_refused(self) -> list[Filing]:
        """Return the copies that full boxes have refused since this was asked."""
        refused, self._refused = self._refused, []
        return refused

    def take_told(self) -> list[Filing]:
        """Return what was filed, since this was asked, of which a sender wants word."""
        told, self._told = self._told, []
        return told

    def overdue(self, *, everything: bool = False) -> list[Stuck]:
        """Return what has lain aside too long (or all): for the queue."""
        now = time.monotonic()
        return [
            stuck for stuck in self._stuck if everything or self._is_overdue(stuck, now)
        ]

    def forget(self, overdue: Sequence[Stuck]) -> None:
        """These are in the queue, durably."""
        gone = {id(stuck) for stuck in overdue}
        self._stuck = [stuck for stuck in self._stuck if id(stuck) not in gone]

    def recover(self, filings: Sequence[Filing]) -> None:
        """Recover all mailboxes; those that cannot be are remembered, not waited for.

        Raises:
            TemporaryFailure: The disk refuses.
        """
        deliveries = [filing.delivery for filing in filings]
        touched = {(d.user_id, d.home) for d in deliveries}
        try:
            self._store.recover(touched, deliveries)
        except StorageFull:
            raise
        except (Failure, Locked):
            for user_id, home in sorted(touched):
                mine = [d for d in deliveries if d.home == home]
                try:
                    self._store.recover([(user_id, home)], mine)
                except StorageFull:
                    raise
                except (Failure, Locked) as trouble:
                    _log.error("%s is not recovered: %s", home, trouble)
                    self._unrecovered.add(home)
            self._store.checkpoint()  # refuses, if it is the disk and not the users

    def entries(self, overdue: Sequence[Stuck]) -> list[Entry]:
        """Return what the queue is given: one entry for each message and reason."""
        keyed = [(_group(stuck), stuck) for stuck in overdue]
        keyed.sort(key=itemgetter(0))
        return [
            self._entry([stuck for _, stuck in group])
            for _, group in groupby(keyed, itemgetter(0))
        ]

    # Inside

    def _entry(self, group: Sequence[Stuck]) -> Entry:
        filing = group[0].filing
        recipients = tuple(stuck.filing.recipient for stuck in group)
        homes = {stuck.filing.delivery.home for stuck in group}
        envelope = again.stuck(
            filing.envelope,
            filing.origin,
            recipients,
            _reason(group[0]),
            mend=not homes.isdisjoint(self._unrecovered),
            instead_of=_instead_of(filing) if filing.is_forward else None,
        )
        for stuck in group:
            _log.warning(
                "%s to user %d goes to the queue: %s",
                filing.origin,
                stuck.filing.recipient.user_id,
                _reason(stuck),
            )
        return Entry(envelope, chunks=filing.chunks, ref=filing.ref)

    def _try(self, filings: Sequence[Filing]) -> list[Stuck]:
        held = [(filing, self._held(filing)) for filing in filings]
        stuck = [(filing, why) for filing, why in held if why]
        if stuck:
            filings = [filing for filing, why in held if not why]
            outcomes = [Outcome(Uid(0), locked=True, trouble=why) for _, why in stuck]
            waiting = self._note([filing for filing, _ in stuck], outcomes)
            return waiting + self._file(filings)
        return self._file(filings)

    def _held(self, filing: Filing) -> str:
        """Say why a message must not be filed now; see that it goes where it should.

        Time has passed since it was planned: the user may be gone, and the mail of a
        domain may be on its way to another directory, or there.
        """
        owner = self._directory.user_by_id(filing.recipient.user_id)
        if owner is None:
            return "the user was deleted"
        if owner.flags & MOVING:
            return "the mail of the domain is being moved"
        if owner.home != filing.delivery.home:
            filing.delivery = msgspec.structs.replace(filing.delivery, home=owner.home)
        return ""

    def _file(self, filings: Sequence[Filing]) -> list[Stuck]:
        self._unrecovered |= {
            filing.delivery.home for filing in filings if filing.is_to_mend
        }
        if not self._unrecovered:
            return self._note(filings, self._deliver(filings))
        late = [f for f in filings if f.delivery.home in self._unrecovered]
        rest = [f for f in filings if f.delivery.home not in self._unrecovered]
        return self._note(rest, self._deliver(rest)) + self._note(
            late, [self._mend(filing) for filing in late]
        )

    def _deliver(self, filings: Sequence[Filing]) -> list[Outcome]:
        if not filings:
            return []
        return self._store.deliver([filing.delivery for filing in filings])

    def _mend(self, filing: Filing) -> Outcome:
        one = filing.delivery
        try:
            self._store.recover([(one.user_id, one.home)], [one])
        except StorageFull:
            raise
        except Locked:
            return Outcome(Uid(0), locked=True)
        except Failure as failure:
            return Outcome(Uid(0), locked=True, trouble=failure.text)
        if one.limit_octets:  # whether it was filed or refused is not known here
            return self._deliver([filing])[0]
        return Outcome(Uid(0), duplicate=True)

    def _note(
        self, filings: Sequence[Filing], outcomes: Sequence[Outcome]
    ) -> list[Stuck]:
        now = time.monotonic()
        stuck: list[Stuck] = []
        for filing, outcome in zip(filings, outcomes, strict=True):
            home = filing.delivery.home
            if outcome.full:
                self._refused.append(filing)
            elif not outcome.locked and filing.asking:
                self._told.append(filing)
            if not outcome.locked:
                self._since.pop(home, None)
                continue
            since = self._since.get(home)
            if since is None or now - since.last > LOCKED_S:  # another trouble
                since = self._since[home] = _Since(now, now)
            since.last = now
            stuck.append(Stuck(filing, outcome.trouble))
        return stuck

    def _is_overdue(self, stuck: Stuck, now: float) -> bool:
        since = self._since.get(stuck.filing.delivery.home)
        bound = TROUBLE_S if stuck.trouble else LOCKED_S
        return since is not None and now - since.first >= bound


def _reason(stuck: Stuck) -> str:
    if stuck.trouble:
        return f"the mailbox is in trouble: {stuck.trouble}"
    return "the mailbox is locked"


def _group(stuck: Stuck) -> tuple[Origin, str, str, str, bool, list[UserId]]:
    filing, envelope = stuck.filing, stuck.filing.envelope
    path = envelope.reverse_path  # a monitor's copy has none
    return (
        filing.origin,
        envelope.step,
        path,
        _reason(stuck),
        filing.is_forward,
        _instead_of(filing),
    )


def _instead_of(filing: Filing) -> list[UserId]:
    return [one.delivery.user_id for one in filing.instead]

"""A message in the queue as it is in memory: one entry, its recipients, its body.

Rules:
    A recipient's `state` is replaced as a whole, never changed in part, so that the
    thread that writes a new log generation reads whole states.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from mailmax.base.again import tries_of
from mailmax.base.asking import concerns_program
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import NOBODY
from mailmax.policy.retry import Stage
from mailmax.store.queue.records import Kept, Place, State, make_key


class Body(Protocol):
    """Octets of a message, read in pieces."""

    @property
    def size(self) -> int:
        """Octets in all."""

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """Return octets; fewer only at the end.

        Raises:
            TemporaryFailure: They cannot be read.
            PermanentFailure: They are damaged.
        """


class Trouble:
    """The last thing that was in the way of a try, shared by all that it is for."""

    __slots__ = ("text",)

    def __init__(self) -> None:
        self.text = ""


_NO_TROUBLE = Trouble()


class Target:
    """One recipient of an entry."""

    __slots__ = ("due", "is_held", "recipient", "state", "tried_since", "trouble")

    def __init__(self, recipient: Recipient, state: State) -> None:
        self.recipient = recipient
        """As the envelope names it, with what its sender wants to hear."""
        self.state = state
        self.is_held = False
        """Its domain's mail waits for a word, not for a time."""
        self.due = 0.0
        """Loop time for which it is on the agenda; 0: it is not."""
        self.tried_since = 0.0
        """Unix time since when it is being tried; 0: it is not."""
        self.trouble = _NO_TROUBLE
        """What its try has met so far."""

    @property
    def address(self) -> str:
        """Whom the message is for."""
        return self.recipient.address

    @property
    def local(self) -> Recipient | None:
        """The user's, for a local delivery that is tried again; else None."""
        return self.recipient if self.recipient.user_id else None

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.state.stage

    @property
    def is_redirected(self) -> bool:
        """Tell whether it is to go to an address where it does not go yet."""
        return self.state.address not in {"", self.address}

    def redirect(self) -> None:
        """Let it go to the address that its state names."""
        if self.is_redirected:
            self.recipient = replace(
                self.recipient, address=self.state.address, user_id=NOBODY, folder=""
            )


class QueueEntry:
    """One message with all its recipients that are the queue's."""

    __slots__ = (
        "body",
        "crc",
        "envelope",
        "is_expired",
        "late_at",
        "number",
        "place",
        "size",
        "targets",
    )

    def __init__(
        self,
        number: int,
        envelope: Envelope,
        targets: Sequence[Target],
        size: int,
        crc: int,
    ) -> None:
        self.number = number
        self.envelope = envelope
        self.targets = tuple(targets)
        self.size = size
        self.crc = crc
        self.place: Place | None = None
        """Where its body is kept; None while it lies in the journal."""
        self.body: Body | None = None
        """The body in the journal, until it is kept."""
        self.is_expired = False
        """Its deadline has passed: no try begins any more."""
        self.late_at = 0.0
        """Loop time of its deadline; 0: it has none."""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to be done for any recipient."""
        return all(target.state.stage.is_over for target in self.targets)

    @property
    def is_for_etrn(self) -> bool:
        """Tell whether something is left, and all of that is held for ETRN."""
        waiting = [one for one in self.targets if not one.state.stage.is_over]
        return bool(waiting) and all(one.is_held for one in waiting)

    @property
    def is_put_off(self) -> bool:
        """Tell whether something is left, and all of that waits for another time."""
        waiting = [one for one in self.targets if not one.state.stage.is_over]
        return bool(waiting) and not any(
            one.tried_since or one.state.stage is Stage.FRESH for one in waiting
        )

    def kept(self, place: Place) -> Kept:
        """Return the record that keeps the entry as it is now."""
        return Kept(
            self.number,
            self.envelope,
            place,
            self.size,
            self.crc,
            tuple(target.state for target in self.targets),
        )


def make_targets(envelope: Envelope, origin: Origin) -> Iterator[Target]:
    """Yield fresh targets of an envelope, once each.

    Those are the recipients that are not local; the others only where the filer gives
    them up for now (`base.again`) or a program has to be run (`base.asking`).
    """
    seen: set[bytes] = set()
    are_ours = tries_of(envelope.step) > 0 or concerns_program(envelope.step)
    for recipient in envelope.recipients:
        if recipient.user_id and not are_ours:
            continue  # the filer's
        name = recipient.address
        if recipient.user_id:
            name = f"{recipient.user_id} {recipient.folder}"
        key = make_key(origin, envelope.step, envelope.reverse_path, name)
        if key not in seen:
            seen.add(key)
            yield Target(recipient, State(key, Stage.FRESH))


def revive(kept: Kept) -> QueueEntry | None:
    """Return the entry that a record kept; None where it does not fit together."""
    envelope = kept.envelope
    if envelope.origin is None:
        return None
    by_key = {state.key: state for state in kept.states}
    try:
        fresh = list(make_targets(envelope, envelope.origin))
    except OverflowError:  # an origin that no journal gave
        return None
    targets = [
        Target(target.recipient, by_key[target.state.key])
        for target in fresh
        if target.state.key in by_key
    ]
    for target in targets:
        target.redirect()
    entry = QueueEntry(kept.number, envelope, targets, kept.size, kept.crc)
    entry.place = kept.place
    return entry

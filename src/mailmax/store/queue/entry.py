"""A message in the queue as it is in memory: one entry, its recipients, its body.

Rules:
    A recipient's `state` is replaced as a whole, never changed in part, so that the
    thread that writes a new log generation reads whole states.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mailmax.base.envelope import Envelope, Origin
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


class OctetsBody:
    """A body in memory, or mapped into it."""

    __slots__ = ("_octets", "size")

    def __init__(self, octets: bytes | memoryview) -> None:
        self._octets = octets
        self.size = len(octets)

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """Return octets; fewer only at the end."""
        return self._octets[offset : offset + length]


class Target:
    """One recipient of an entry."""

    __slots__ = ("address", "is_busy", "state")

    def __init__(self, address: str, state: State) -> None:
        self.address = address
        self.state = state
        self.is_busy = False
        """A try is being made, or waits for a connection."""

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.state.stage


class QueueEntry:
    """One message with all its recipients that are not local."""

    __slots__ = ("body", "crc", "envelope", "number", "place", "size", "targets")

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

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to be done for any recipient."""
        return all(target.state.stage.is_over for target in self.targets)

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
    """Yield fresh targets of an envelope: each recipient that is not local, once."""
    seen: set[bytes] = set()
    for recipient in envelope.recipients:
        if recipient.user_id:
            continue  # the filer's
        key = make_key(origin, envelope.step, envelope.reverse_path, recipient.address)
        if key not in seen:
            seen.add(key)
            yield Target(recipient.address, State(key, Stage.FRESH))


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
        Target(target.address, by_key[target.state.key])
        for target in fresh
        if target.state.key in by_key
    ]
    entry = QueueEntry(kept.number, envelope, targets, kept.size, kept.crc)
    entry.place = kept.place
    return entry

"""What a session sends: one message for some of its recipients.

Rules:
    A body is read through `Mail.read` piece by piece: between two pieces a checkpoint
    may have moved it from the journal into the queue directory.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

from mailmax.base.envelope import Envelope
from mailmax.base.errors import PermanentFailure
from mailmax.base.pieces import PIECE_OCTETS, pieces
from mailmax.policy.routing import Destination
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.store import QueueStore


@dataclass(frozen=True, slots=True)
class Mail:
    """One message on its way to some recipients."""

    entry: QueueEntry
    targets: Sequence[Target]
    destination: Destination
    store: QueueStore
    is_retry: bool = False

    @property
    def envelope(self) -> Envelope:
        """The message's envelope."""
        return self.entry.envelope

    @property
    def size(self) -> int:
        """Octets that are sent: without the Return-Path line."""
        return self.entry.size - self.envelope.return_path_octets

    @property
    def needs_proof(self) -> bool:
        """Tell whether it goes only over TLS that is proved (RFC 8689)."""
        wishes = self.entry.envelope.wishes
        return wishes is not None and wishes.require_tls

    @property
    def priority(self) -> int:
        """How urgent its sender called it, from -9 to 9 (RFC 6710)."""
        wishes = self.entry.envelope.wishes
        return 0 if wishes is None else wishes.priority

    def seconds_left(self, now: float) -> int:
        """Return how long it may still take; less than 0: it is late.

        Args:
            now: Loop time.
        """
        return floor(self.entry.late_at - now)

    def read(self, offset: int, length: int) -> bytes:
        """Return octets of what is sent.

        Raises:
            TemporaryFailure: They cannot be read now.
            PermanentFailure: They are damaged or gone.
        """
        body = self.store.body_of(self.entry)
        return bytes(body.read(offset + self.envelope.return_path_octets, length))

    def read_whole(self) -> bytes:
        """Return all that is sent, checked (TRUST D9); for small messages.

        Raises:
            TemporaryFailure: It cannot be read now.
            PermanentFailure: It is damaged or gone.
        """
        octets = bytes(self.store.body_of(self.entry).read(0, self.entry.size))
        if zlib.crc32(octets) != self.entry.crc:
            raise PermanentFailure("the message is damaged")
        return octets[self.envelope.return_path_octets :]

    def is_seven_bit(self) -> bool:
        """Tell whether all octets are ASCII; reads the whole message.

        Raises:
            TemporaryFailure: It cannot be read now.
            PermanentFailure: It is damaged or gone.
        """
        return all(piece.isascii() for piece in self.pieces())

    def has_nul(self) -> bool:
        """Tell whether there is a NUL in it; reads the whole message.

        Raises:
            TemporaryFailure: It cannot be read now.
            PermanentFailure: It is damaged or gone.
        """
        return any(b"\0" in piece for piece in self.pieces())

    def header(self) -> bytes:
        """Return the header, as far as it stands in the first piece.

        Raises:
            TemporaryFailure: It cannot be read now.
            PermanentFailure: It is damaged or gone.
        """
        head = self.read(0, min(self.size, PIECE_OCTETS))
        return head.partition(b"\r\n\r\n")[0]

    def pieces(self) -> Iterator[bytes]:
        """Yield all octets that are sent, piece by piece.

        That they are damaged shows behind the last one (TRUST D9): before the end of
        the message is sent.

        Raises:
            TemporaryFailure: They cannot be read now.
            PermanentFailure: They are damaged or gone.
        """
        skip = self.envelope.return_path_octets
        crc = zlib.crc32(self.store.body_of(self.entry).read(0, skip))
        for offset, length in pieces(0, self.size):
            piece = self.read(offset, length)
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != self.entry.crc:
            raise PermanentFailure("the message is damaged")

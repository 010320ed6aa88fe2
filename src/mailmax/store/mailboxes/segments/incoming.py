"""Putting new messages into a home: their octets first, then their records.

Rules:
    Octets before records, both under the lock; nothing is synced here. Before a message
    is promised its body and its record must be durable (`syncing`), not its fragment
    (`sealed`).
"""

from collections.abc import Sequence

import msgspec

from mailmax.base.errors import PermanentFailure
from mailmax.store.atomic import Octets
from mailmax.store.mailboxes.segments.heap import HEADER_OCTETS, body_header
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.records import Add
from mailmax.store.mailboxes.segments.sealed import SEAL_OCTETS, seal
from mailmax.store.mailboxes.values import NewMessage

WORDS_OCTETS = 16_384
"""Keywords of one change, all together."""


class Placed(msgspec.Struct, frozen=True):
    """A message whose octets lie in the home."""

    message: NewMessage
    size: int
    place: int
    fragment: int

    def add(self, uid: int, modseq: int) -> Add:
        """Return the record that makes it part of a mailbox."""
        message = self.message
        return Add(
            uid,
            modseq,
            message.flags,
            message.internal_date_ms,
            self.size,
            message.crc,
            self.place,
            self.fragment,
            len(message.fragment) + SEAL_OCTETS,
            message.origin,
            tuple(message.keywords),
        )


def put(
    home: Home, folder_id: int, messages: Sequence[NewMessage], first_uid: int = 0
) -> list[Placed]:
    """Append bodies and fragments, under the lock.

    Args:
        home: Where to.
        folder_id: The mailbox, for the headers.
        messages: What.
        first_uid: UID of the first one, for the headers; 0 when not known yet.

    Raises:
        OSError: Nothing is part of any mailbox.
    """
    chunks: list[Octets] = []
    offsets = []
    sizes = []
    end = 0
    for number, message in enumerate(messages):
        body = message.body
        pieces: Sequence[Octets] = (
            (body,) if isinstance(body, bytes | memoryview) else body
        )
        size = sum(map(len, pieces))
        uid = first_uid + number if first_uid else 0
        chunks.append(
            body_header(
                folder_id,
                uid,
                message.origin,
                message.internal_date_ms,
                size,
                message.crc,
            )
        )
        chunks.extend(pieces)
        offsets.append(end + HEADER_OCTETS)
        sizes.append(size)
        end += HEADER_OCTETS + size
    place, fragment = home.append_octets(
        chunks, [seal(message.fragment) for message in messages]
    )
    placed = []
    for message, offset, size in zip(messages, offsets, sizes, strict=True):
        placed.append(Placed(message, size, place + offset, fragment))
        fragment += len(message.fragment) + SEAL_OCTETS
    return placed


def check_words(words: Sequence[str]) -> None:
    """Refuse keywords that no log could hold.

    Raises:
        PermanentFailure: They are too long, or not what a keyword may be.
    """
    if sum(len(word) + 1 for word in words) > WORDS_OCTETS or any(
        not word or not word.isprintable() for word in words
    ):
        raise PermanentFailure("those keywords cannot be stored")

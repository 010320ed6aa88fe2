"""What a mailbox answers to those who seek a text in it."""

from collections.abc import Sequence
from typing import NamedTuple


class Run(NamedTuple):
    """Bodies that were read together, as they lie: there may be gaps between them."""

    octets: bytes
    indexes: Sequence[int]
    """Which of the messages asked for, in the order of `starts`."""
    starts: Sequence[int]
    """Ascending; no two bodies overlap."""
    ends: Sequence[int]


class Candidates(NamedTuple):
    """What an index says of a text."""

    uids: set[int]
    """Of those below, only these may hold it."""
    below: int
    """UIDs from here on are not in the index."""

"""A long message is read and sent in pieces, so that it is never in memory whole.

Limits:
    256 KiB a piece: at most 1 MiB held for a client (TRUST 3).
"""

from collections.abc import Iterator

from mailmax.base.units import KIB

PIECE_OCTETS = 256 * KIB


def pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut an extent into pieces: (offset, length)."""
    for offset in range(start, end, PIECE_OCTETS):
        yield offset, min(PIECE_OCTETS, end - offset)

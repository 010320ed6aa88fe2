"""An extent is cut into pieces without a gap."""

import pytest

from mailmax.base.pieces import PIECE_OCTETS, pieces


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (7, []),
        (8, [(7, 1)]),
        (7 + PIECE_OCTETS, [(7, PIECE_OCTETS)]),
        (8 + PIECE_OCTETS, [(7, PIECE_OCTETS), (7 + PIECE_OCTETS, 1)]),
    ],
)
def test_the_last_piece_is_what_is_left(end, expected):
    assert list(pieces(7, end)) == expected

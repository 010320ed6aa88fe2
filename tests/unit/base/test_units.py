"""Numbers as people read them."""

import pytest

from mailmax.base.units import counted, shown_octets


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 users"), (1, "1 user"), (2, "2 users")]
)
def test_one_is_not_several(count, words):
    assert counted(count, "user") == words


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 octets"),
        (1, "1 octet"),
        (102, "102 octets"),
        (1024, "1.0 KiB"),
        (5 * 1024 * 1024 // 2, "2.5 MiB"),
        (3 * 1024**3, "3.0 GiB"),
    ],
)
def test_a_size_is_told_in_a_unit_that_shows_it(octets, words):
    assert shown_octets(octets) == words

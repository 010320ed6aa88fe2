"""Which addresses can have the same port, and how they are written."""

import pytest

from mailmax.policy.overlap import canonical_address, overlap


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "*", True),
        ("::1", "*", True),
        ("*", "*", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "::", False),
        ("::1", "::", True),
        ("::1", "127.0.0.1", False),
        ("0.0.0.0", "::", False),
    ],
)
def test_who_is_in_the_way(one, other, expected):
    assert expected == overlap(one, other)
    assert expected == overlap(other, one)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 127.0.0.1 ", "127.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("*", "*"),
        ("::", "::"),
        ("fe80::1%eth0", None),
        ("localhost", None),
        ("127.0.0.1:25", None),
        ("127.1", None),
        ("", None),
    ],
)
def test_an_address_has_one_form(text, expected):
    assert expected == canonical_address(text)

"""A filter that one before it covers never matches; the first that does is named."""

import pytest

from mailmax.policy.access import Pattern, read_pattern
from mailmax.policy.reach import covers
from mailmax.policy.shadow import hidden_by


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        ((), ()),
        (("10.0.0.0/8", "10.1.2.3"), (0, 1)),
        (("10.1.2.3", "10.0.0.0/8"), (0, 0)),
        (("1.2.3.4", "147.89.*.*", "147.89.8-15.*", "147.89.*.1"), (0, 0, 2, 2)),
        (("10.0.0.1-9", "10.0.0.5-10"), (0, 0)),
        (("*", "::1", "10.0.0.1"), (0, 1, 1)),
        (("0.0.0.0/0", "*", "2001:db8::/32", "2001:db8:1::/48"), (0, 0, 2, 2)),
        (("2001:db8::/32", "10.0.0.1", "2001:db8::1"), (0, 0, 1)),
    ],
)
def test_the_first_that_covers_is_named(texts, places):
    assert hidden_by(texts) == places


def test_it_says_what_comparing_each_with_each_says():
    texts = tuple(
        f"10.{low}-{low + span}.{third}.*"
        for low in range(6)
        for span in (3, 0, 1)
        for third in ("*", "1", "0-9")
    )
    patterns = [one for one in map(read_pattern, texts) if isinstance(one, Pattern)]

    slow = tuple(
        next((n + 1 for n in range(at) if covers(patterns[n], one)), 0)
        for at, one in enumerate(patterns)
    )

    assert hidden_by(texts) == slow
    assert any(slow)

"""Daily limits: counted once a message, forgotten at midnight."""

import pytest

from mailmax.policy.sending import DailyLimits, Sent, count_message

NONE = DailyLimits()


@pytest.mark.parametrize(
    ("sent", "limits", "after"),
    [
        (Sent(5), NONE, Sent(5, 1, 100)),
        (Sent(5, 9, 900), NONE, Sent(5, 10, 1000)),
        (Sent(4, 9, 900), NONE, Sent(5, 1, 100)),
        (Sent(5, 9), DailyLimits(10), Sent(5, 10, 100)),
        (Sent(5, 10), DailyLimits(10), None),
        (Sent(5, 11), DailyLimits(10), None),
        (Sent(4, 10), DailyLimits(10), Sent(5, 1, 100)),
        (Sent(5, 1, 900), DailyLimits(0, 1000), Sent(5, 2, 1000)),
        (Sent(5, 1, 901), DailyLimits(0, 1000), None),
        (Sent(9, 10), DailyLimits(10), None),
        (Sent(9, 8), DailyLimits(10), Sent(5, 9, 100)),
        (Sent(6, 8), DailyLimits(10), Sent(6, 9, 100)),
        (Sent(5 + 3650, 8, 5), NONE, Sent(5, 9, 105)),
    ],
)
def test_a_message_is_counted_or_put_off(sent, limits, after):
    """A clock that jumped frees nobody, and keeps nobody for long (TRUST D14)."""
    assert count_message(sent, 5, 100, limits) == after

"""What one connection may bring, at the limit and on either side of it (TRUST 3)."""

import pytest

from mailmax.base.result import Accepted, Reason
from mailmax.policy.session_limits import SessionLimits

YES = "yes"


def words(decision) -> object:
    return YES if isinstance(decision, Accepted) else decision.reason


@pytest.mark.parametrize(
    ("messages", "expected"),
    [(0, YES), (2, YES), (3, Reason.SESSION_OVER), (4, Reason.SESSION_OVER)],
)
def test_messages(messages: int, expected: object) -> None:
    assert words(SessionLimits(messages=3).may_begin(messages, 0, 0)) == expected


@pytest.mark.parametrize(
    ("octets", "size", "expected"),
    [
        (0, 999, YES),
        (0, 1000, YES),
        (0, 1001, Reason.MESSAGE_TOO_LARGE),
        (400, 600, YES),
        (400, 601, Reason.SESSION_LIMIT),
        (400, 0, YES),
        (999, 1, YES),
        (1000, 0, Reason.SESSION_OVER),
        (1001, 1, Reason.SESSION_OVER),
    ],
)
def test_octets(octets: int, size: int, expected: object) -> None:
    assert words(SessionLimits(octets=1000).may_begin(0, octets, size)) == expected


def test_nothing_is_no_limit() -> None:
    assert words(SessionLimits().may_begin(10**6, 10**12, 10**9)) == YES
    assert words(SessionLimits().fits(10**12, 10**9)) == YES

"""Times that the sender set (RFC 4865, RFC 2852)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.envelope import Envelope, Wishes
from mailmax.policy.wishes import (
    is_returned_late,
    wait_for_deadline,
    wait_for_release,
)

RECEIVED_MS = 1_700_000_000_000


def envelope(**wishes):
    return Envelope("me@here.test", (), RECEIVED_MS, wishes=Wishes(**wishes))


def test_who_wishes_nothing_waits_for_nothing():
    plain = Envelope("me@here.test", (), RECEIVED_MS)

    assert wait_for_release(plain, 0) == wait_for_release(envelope(), 0) == 0.0
    assert wait_for_deadline(plain, 0) is wait_for_deadline(envelope(), 0) is None
    assert not is_returned_late(plain)


@pytest.mark.parametrize(
    ("later_ms", "wait_s"),
    [(0, 60.0), (59_999, 0.001), (60_000, 0.0), (60_001, 0.0)],
)
def test_it_waits_until_then_and_no_longer(later_ms, wait_s):
    held = envelope(hold_until_ms=RECEIVED_MS + 60_000)
    due = envelope(deliver_by_ms=RECEIVED_MS + 60_000, by_mode="R")

    assert wait_for_release(held, RECEIVED_MS + later_ms) == wait_s
    assert wait_for_deadline(due, RECEIVED_MS + later_ms) == wait_s


@pytest.mark.parametrize(
    ("mode", "is_returned"), [("R", True), ("RT", True), ("N", False), ("NT", False)]
)
def test_only_mode_r_returns_what_is_late(mode, is_returned):
    assert is_returned_late(envelope(by_mode=mode)) is is_returned


@given(st.integers(-(2**50), 2**50), st.integers(-(2**40), 2**40))
def test_no_clock_makes_it_wait_longer_than_was_asked(now_ms, asked_ms):
    """TRUST D14."""
    one = envelope(
        hold_until_ms=RECEIVED_MS + asked_ms, deliver_by_ms=RECEIVED_MS + asked_ms
    )

    for wait_s in (wait_for_release(one, now_ms), wait_for_deadline(one, now_ms)):
        assert 0.0 <= wait_s <= max(asked_ms, 0) / 1000

"""What senders ask for, as far as it is granted."""

import itertools

import pytest

from mailmax.base.envelope import Recipient
from mailmax.base.result import Accepted, Reason
from mailmax.policy.grants import grant_priority, judge_hold, merge

NOTICES = ["", "NEVER", "SUCCESS", "FAILURE", "DELAY", "SUCCESS,FAILURE,DELAY"]


@pytest.mark.parametrize(
    ("hold_s", "by_s", "by_mode", "is_granted"),
    [
        (100, 0, "", True), (101, 0, "", False), (1, 0, "", True),
        (50, 60, "R", True), (60, 60, "R", False), (70, 60, "RT", False),
        (70, 60, "N", True), (70, -5, "NT", True),
    ],
)  # fmt: skip
def test_holds(hold_s, by_s, by_mode, is_granted):
    decision = judge_hold(hold_s, 100, by_s, by_mode)

    assert isinstance(decision, Accepted) is is_granted
    assert is_granted or decision.reason is Reason.HOLD_TOO_LONG


@pytest.mark.rfc("6710", "4.1")
def test_only_our_own_come_before_others():
    assert [grant_priority(one, is_ours=True) for one in (-9, 0, 9)] == [-9, 0, 9]
    assert [grant_priority(one, is_ours=False) for one in (-9, 0, 9)] == [-9, 0, 0]


def wanted(notify: str) -> set[str]:
    return set(notify.split(",")) if notify else {"FAILURE", "DELAY"}


@pytest.mark.rfc("3461", "5.2")
@pytest.mark.parametrize(("one", "two"), [*itertools.product(NOTICES, NOTICES)])
def test_of_two_names_of_one_user_nothing_that_was_asked_for_is_left_out(one, two):
    first = Recipient("a@x", 7, "", one, "rfc822;a@x")
    second = Recipient("b@x", 7, "", two, "rfc822;b@x")

    both = merge(first, second)

    everything = (wanted(one) | wanted(two)) - {"NEVER"}
    assert wanted(both.notify) == (everything or {"NEVER"})
    # a report never names who was not to be reported of, unless nobody was
    is_second = one == "NEVER" != two
    assert both.original == ("rfc822;b@x" if is_second else "rfc822;a@x")

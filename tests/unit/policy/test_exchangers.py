"""Exchangers: MX order, null MX, ourselves left out (TRUST C4; DOM-10, DOM-11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.dns import Answer, MxRecord
from mailmax.policy.exchangers import (
    MAX_HOSTS,
    Exchangers,
    choose_exchangers,
    order_exchangers,
)
from mailmax.policy.outcome import Outcome, Result
from mailmax.policy.routing import Destination

OURS = frozenset({"mx.here.test"})
SOMEBODY = Destination("d.test")
BACKUP = Destination("d.test", priority=20)
ETRN = Destination("d.test", is_best_other=True)


def low(low, high):
    return low


def mx(*pairs):
    return Answer(tuple(MxRecord(*pair) for pair in pairs))


def hosts(destination, answer, ours=(), uniform=low):
    """Return who is tried: ours by name is mx.here.test, by address those of `ours`."""
    known = order_exchangers(destination, answer, OURS, uniform)
    if isinstance(known, Outcome):
        return known
    found = {one.host for one in known.records}
    return choose_exchangers(destination, known, found.intersection(ours))


def test_lower_preference_is_tried_first():
    answer = mx((20, "b.test"), (10, "a.test"), (30, "c.test"))

    assert hosts(SOMEBODY, answer) == ("a.test", "b.test", "c.test")


def test_equal_preferences_are_shuffled():
    numbers = iter([0.9, 0.1, 0.5])
    answer = mx((10, "a.test"), (10, "b.test"), (10, "c.test"))

    order = hosts(SOMEBODY, answer, uniform=lambda low, high: next(numbers))
    assert order == ("b.test", "c.test", "a.test")


def test_a_host_named_twice_is_tried_once():
    answer = mx((20, "a.test"), (10, "a.test"), (15, "b.test"))

    assert hosts(SOMEBODY, answer) == ("a.test", "b.test")


@pytest.mark.parametrize("destination", [SOMEBODY, BACKUP, ETRN])
def test_without_mx_the_domain_itself_is_the_host(destination):
    assert hosts(destination, Answer()) == ("d.test",)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(exists=False), "5.1.2"),
        (mx((0, "")), "5.1.10"),
        (mx((10, "mx.here.test")), "5.4.6"),
        (mx((10, "mx.here.test"), (10, "b.test"), (20, "c.test")), "5.4.6"),
        (mx((10, "alias.test"), (10, "b.test")), "5.4.6"),
    ],
)
def test_there_may_be_nowhere_to_go(answer, status):
    outcome = hosts(SOMEBODY, answer, ours=("alias.test",))

    assert isinstance(outcome, Outcome)
    assert (Result.PERMANENT, status) == (outcome.result, outcome.status)


@pytest.mark.parametrize("destination", [BACKUP, ETRN])
@pytest.mark.parametrize(
    "answer", [Answer(exists=False), mx((10, "mx.here.test")), mx((5, "alias.test"))]
)
def test_what_we_agreed_to_pass_on_is_not_given_up(destination, answer):
    """The DNS may be mended; only the null MX is the domain's own word."""
    outcome = hosts(destination, answer, ours=("alias.test",))

    assert isinstance(outcome, Outcome)
    assert (outcome.result, outcome.status) == (Result.TRANSIENT, "4.4.4")
    null = hosts(destination, mx((0, "")))
    assert isinstance(null, Outcome)
    assert (null.result, null.status) == (Result.PERMANENT, "5.1.10")


@pytest.mark.parametrize("us", ["mx.here.test", "alias.test"])
@pytest.mark.parametrize("destination", [SOMEBODY, BACKUP])
def test_where_we_are_listed_only_better_hosts_count(destination, us):
    """By name or by address; DNS wins over the domain's priority (DECISIONS 19)."""
    answer = mx((10, "a.test"), (25, "b.test"), (30, us), (30, "c.test"), (40, "e"))

    assert hosts(destination, answer, ours=("alias.test",)) == ("a.test", "b.test")


def test_the_priority_stands_in_where_we_are_not_listed():
    """DOM-11: strictly better ones alone."""
    answer = mx((10, "a.test"), (20, "b.test"), (30, "c.test"))

    assert hosts(BACKUP, answer) == ("a.test",)
    assert isinstance(hosts(Destination("d.test", priority=10), answer), Outcome)


@pytest.mark.parametrize("us", ["mx.here.test", "alias.test"])
def test_an_etrn_domain_s_best_other_exchangers_are_tried(us):
    """DECISIONS 18: better or worse than us, but not those behind them."""
    answer = mx((5, us), (10, "a.test"), (10, "b.test"), (20, "c.test"))

    assert hosts(ETRN, answer, ours=("alias.test",)) == ("a.test", "b.test")


def test_five_hundred_exchangers_are_cut_to_twenty():
    answer = mx(*[(number, f"h{number}.test") for number in range(500)])

    assert len(hosts(SOMEBODY, answer)) == MAX_HOSTS


records = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["a", "b", "c", "mx.here.test", "e"])
    ),
    min_size=1,
    max_size=8,
)


@given(records, st.sets(st.sampled_from(["a", "b", "c", "e"])))
@pytest.mark.parametrize("destination", [SOMEBODY, BACKUP])
def test_nobody_is_tried_who_may_send_to_us(destination, pairs, own):
    """Whatever the DNS says: strictly better than the best of ours, and none of us."""
    known = order_exchangers(destination, mx(*pairs), OURS, low)
    chosen = (
        known
        if isinstance(known, Outcome)
        else choose_exchangers(
            destination, known, own & {one.host for one in known.records}
        )
    )

    ours = [preference for preference, host in pairs if host in own | OURS]
    if isinstance(known, Exchangers) and not isinstance(chosen, Outcome):
        best = {host: min(p for p, h in pairs if h == host) for _, host in pairs}
        assert not own.intersection(chosen)
        assert all(best[host] < min(ours, default=31) for host in chosen)

"""Whom of the queue an administrator means: against the dullest filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.envelope import Envelope, Recipient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import MOST_IDS, Selection
from mailmax.policy.retry import Stage
from mailmax.queuemax.selection import Selector, read_pattern, read_selection
from mailmax.store.queue.entry import QueueEntry, Target
from mailmax.store.queue.records import State

NOW = 1_000.0
DOMAINS = ("a.test", "b.test", "deep.a.test")
ADDRESSES = [f"{name}@{domain}" for name in ("tim", "Anna") for domain in DOMAINS]
PATTERNS = [
    *("", "a.test", "A.TEST", "b.test", "*.a.test", "c.test"),
    *("tim@a.test", "TIM@A.test", "anna@b.test"),
    *("*IM@a*", "*@b*", "*nobody@*"),
]


def make_target(address: str, stage: Stage, where: str) -> Target:
    target = Target(Recipient(address), State(b"k", stage, due_ms=5_000))
    target.is_held = where == "held"
    target.tried_since = 9.0 if where == "trying" else 0.0
    return target


TARGETS = st.builds(
    make_target,
    st.sampled_from(ADDRESSES),
    st.sampled_from(Stage),
    st.sampled_from(["", "held", "trying"]),
)


def make_entry(number: int, sender: str, age_s: int, targets: list[Target]):
    envelope = Envelope(sender, (), int((NOW - age_s) * 1000))
    return QueueEntry(number, envelope, targets, 100, 0)


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["", *ADDRESSES]),
        st.integers(0, 30),
        st.lists(TARGETS, min_size=1, max_size=4),
    ),
    max_size=8,
).map(lambda rows: [make_entry(n, *row) for n, row in enumerate(rows, 1)])

SELECTIONS = st.builds(
    Selection,
    ids=st.lists(
        st.one_of(
            st.integers(1, 9).map(str),
            st.tuples(st.integers(1, 9), st.integers(1, 5)).map("{0[0]}.{0[1]}".format),
        ),
        max_size=3,
    ).map(tuple),
    destination=st.sampled_from([text for text in PATTERNS if "@" not in text]),
    sender=st.sampled_from([*PATTERNS, "<>"]),
    recipient=st.sampled_from(PATTERNS),
    state=st.sampled_from(["", "fresh", "retry", "soft", "failed", "held", "trying"]),
    older_than_s=st.sampled_from([0.0, 0.5, 10.0, 20.0]),
)


def fits(pattern: str, address: str) -> bool:
    """Say it as a person would."""
    pattern, address = pattern.lower(), address.lower()
    domain = address.partition("@")[2]
    if not pattern:
        return True
    if pattern == "<>":
        return not address
    if pattern.endswith("*"):
        return pattern[1:-1] in address
    if pattern.startswith("*."):
        return domain.endswith(pattern[1:])
    return pattern in {address, domain}


def is_meant(asked: Selection, entry: QueueEntry, place: int) -> bool:
    target = entry.targets[place - 1]
    state = target.stage.name.lower()
    if target.tried_since:
        state = "trying"
    if target.is_held:
        state = "held"
    return (
        target.stage not in {Stage.DELIVERED, Stage.RETURNED}
        and (
            not asked.ids
            or str(entry.number) in asked.ids
            or f"{entry.number}.{place}" in asked.ids
        )
        and fits(asked.destination, target.address)
        and fits(asked.recipient, target.address)
        and fits(asked.sender, entry.envelope.reverse_path)
        and asked.state in {"", state}
        and (
            not asked.older_than_s
            or NOW - entry.envelope.received_at_ms / 1000 > asked.older_than_s
        )
    )


@given(ENTRIES, SELECTIONS)
def test_who_is_meant_is_whom_the_dullest_filter_finds(entries, asked):
    selector = read_selection(asked, NOW)

    found = [(one.entry.number, one.place) for one in selector.pick(entries)]

    assert found == [
        (entry.number, place)
        for entry in entries
        for place in range(1, len(entry.targets) + 1)
        if is_meant(asked, entry, place)
    ]


@given(ENTRIES, SELECTIONS)
def test_ids_that_mean_nobody_are_named(entries, asked):
    selector = read_selection(asked, NOW)
    found = selector.pick(entries)

    missing = selector.missing(found)

    shown = {str(x.entry.number) for x in found}
    shown |= {f"{x.entry.number}.{x.place}" for x in found}
    assert set(missing) == set(asked.ids) - shown


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Selection(ids=("x",)), "ids"),
        (Selection(ids=("1.",)), "ids"),
        (Selection(ids=("²",)), "ids"),
        (Selection(ids=("9" * 5000,)), "ids"),
        (Selection(ids=("1",) * (MOST_IDS + 1)), "ids"),
        (Selection(state="asleep"), "state"),
        (Selection(state="delivered"), "state"),
        (Selection(older_than_s=-1.0), "older_than"),
        (Selection(older_than_s=float("nan")), "older_than"),
        (Selection(older_than_s=float("inf")), "older_than"),
        (Selection(sender="a b"), "sender"),
        (Selection(recipient="<>"), "recipient"),
        (Selection(recipient="tim@"), "recipient"),
        (Selection(destination="tim@a.test"), "destination"),
        (Selection(destination="*."), "destination"),
        (Selection(destination="*a*"), "destination"),
        (Selection(sender="*"), "sender"),
        (Selection(sender=" "), "sender"),
        (Selection(recipient="\t"), "recipient"),
        (Selection(destination="\xa0"), "destination"),
        (Selection(recipient="**"), "recipient"),
    ],
)
def test_what_means_nothing_is_refused_with_its_field(asked, field):
    denied = read_selection(asked, NOW)

    assert isinstance(denied, Denied)
    assert (denied.kind, denied.field) == ("bad_value", field)
    assert denied.reason
    assert denied.cure


def test_a_part_is_in_one_spelling_of_an_address():
    found = read_pattern("recipient", "*test\ntim*")

    assert not found("tim@münchen.test")


def test_an_empty_selection_means_all():
    assert read_selection(Selection(), NOW) == Selector()


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("münchen.test", "tim@xn--mnchen-3ya.test"),
        ("xn--mnchen-3ya.test", "tim@münchen.test"),
        ("*.münchen.test", "tim@mail.xn--mnchen-3ya.test"),
        ('"tim"@a.test', "tim@a.test"),
        ("tim@a.test", '"tim"@a.test'),
        ("@a.test", "tim@a.test"),
        ("[192.0.2.1]", "tim@[192.0.2.1]"),
        ("*TIM@München.test*", "tim@xn--mnchen-3ya.test"),
        ("*TIM@xn--mn*", "tim@münchen.test"),
        ("*MÜN*", "tim@münchen.test"),
        ("*ÖR*", "jörg@a.test"),
    ],
)
def test_spelling_does_not_matter(pattern, address):
    found = read_pattern("recipient", pattern)

    assert found(address)
    assert not found("tim@other.test")

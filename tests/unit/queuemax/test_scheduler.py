"""Who may go next: windows, lanes, the agenda."""

from hypothesis import given
from hypothesis import strategies as st

from mailmax.queuemax.scheduler import (
    FIRST_WINDOW,
    LARGEST_WINDOW,
    Agenda,
    LaneState,
    Window,
    choose_lanes,
)

lanes = st.builds(
    LaneState, st.integers(0, 50), st.integers(0, 25), st.integers(1, LARGEST_WINDOW)
)


def test_a_window_opens_by_one_for_each_full_window():
    window = Window()
    for _ in range(FIRST_WINDOW):
        window.succeeded()

    assert FIRST_WINDOW < window.size < FIRST_WINDOW + 1.01


def test_a_window_halves_with_trouble_and_never_shuts():
    window = Window()
    sizes = []
    for _ in range(4):
        window.failed()
        sizes.append(window.size)

    assert sizes == [2.5, 1.25, 1.0, 1.0]
    assert window.strikes == 4
    window.succeeded()
    assert window.strikes == 0


def test_a_window_has_an_end():
    window = Window()
    for _ in range(10_000):
        window.succeeded()

    assert window.size == LARGEST_WINDOW


def test_every_lane_gets_a_connection_before_any_gets_its_second():
    hog = LaneState(waiting=1000, active=0, window=20)
    small = LaneState(waiting=1, active=0, window=5)

    assert choose_lanes([hog, small, small], free=4) == [0, 1, 2, 0]


def test_a_lane_with_connections_waits_for_one_without():
    busy = LaneState(waiting=10, active=3, window=5)
    new = LaneState(waiting=2, active=0, window=5)

    assert choose_lanes([busy, new], free=3) == [1, 1, 0]


@given(st.lists(lanes, max_size=20), st.integers(0, 100))
def test_nobody_gets_more_than_may_be(states, free):
    chosen = choose_lanes(states, free)

    assert len(chosen) <= free
    for index, lane in enumerate(states):
        got = chosen.count(index)
        assert got <= lane.waiting
        assert got == 0 or lane.active + got <= lane.window
    room = sum(min(s.waiting, max(0, s.window - s.active)) for s in states)
    assert len(chosen) == min(free, room)


def test_the_agenda_gives_what_is_due_in_order():
    agenda: Agenda[str] = Agenda()
    for due, item in [(3.0, "c"), (1.0, "a"), (2.0, "b"), (9.0, "z")]:
        agenda.add(due, item)

    assert agenda.take_due(3.0, limit=2) == ["a", "b"]
    assert agenda.take_due(3.0, limit=2) == ["c"]
    assert agenda.take_due(3.0, limit=2) == []
    assert agenda.next_due() == 9.0

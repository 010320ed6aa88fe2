"""Who may go next: windows, lanes, the agenda."""

from hypothesis import given
from hypothesis import strategies as st

from mailmax.policy.retry import RetryLimits, Stage, next_step
from mailmax.queuemax.scheduler import (
    DOWN_S,
    FIRST_WINDOW,
    LARGEST_WINDOW,
    Agenda,
    Turns,
    Window,
)
from mailmax.settings.system import SYSTEM_SETTINGS


def test_a_window_opens_by_one_for_each_full_window():
    window = Window()
    for _ in range(FIRST_WINDOW):
        window.succeeded()

    assert FIRST_WINDOW < window.size < FIRST_WINDOW + 1.01


def test_a_host_is_not_left_alone_for_longer_than_mail_waits_for_the_next_try():
    check = SYSTEM_SETTINGS["retry_minutes"].check
    shortest = next(n for n in range(10) if check("retry_minutes", n) == n)
    step = next_step(Stage.FRESH, 0, RetryLimits(retry_minutes=shortest), 0.0)

    assert step.stage is Stage.RETRY
    assert step.wait_s > DOWN_S


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
    turns: Turns[str] = Turns()
    turns.want("hog", 1)
    turns.want("a", 0)
    turns.want("b", 0)

    assert sorted([turns.take(), turns.take()]) == ["a", "b"]
    assert turns.take() == "hog"
    assert turns.take() is None


def test_the_oldest_and_the_newest_take_turns():
    turns: Turns[int] = Turns()
    for number in range(6):
        turns.want(number, 0)

    assert [turns.take() for _ in range(6)] == [0, 5, 1, 4, 2, 3]


def test_who_wants_a_connection_again_keeps_its_place():
    turns: Turns[str] = Turns()
    for name in ("a", "b", "a"):
        turns.want(name, 0)
    turns.drop("c")

    assert (len(turns), turns.take()) == (2, "a")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-1, 25)), max_size=50))
def test_it_is_always_the_turn_of_one_with_fewest_connections(steps):
    turns: Turns[str] = Turns()
    wanted: dict[str, int] = {}
    for name, active in steps:
        if active < 0:
            turns.drop(name)
            wanted.pop(name, None)
        else:
            turns.want(name, active)
            wanted[name] = min(active, LARGEST_WINDOW)

    while wanted:
        assert len(turns) == len(wanted)
        assert wanted.pop(found := turns.take()) <= min(wanted.values(), default=99), (
            found
        )
    assert turns.take() is None


def test_the_agenda_gives_what_is_due_in_order():
    agenda: Agenda[str] = Agenda()
    for due, item in [(3.0, "c"), (1.0, "a"), (2.0, "b"), (9.0, "z")]:
        agenda.add(due, item)

    assert agenda.take_due(3.0, limit=2) == ["a", "b"]
    assert agenda.take_due(3.0, limit=2) == ["c"]
    assert agenda.take_due(3.0, limit=2) == []
    assert agenda.next_due() == 9.0

"""What a lane sends next: urgent before usual, small beside big, nothing never."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from mailmax.queuemax.waiting import BIG_OCTETS, TURNS, Waiting, room_for_big


@dataclass(frozen=True)
class Letter:
    number: int
    priority: int = 0
    size: int = 100


def drain(waiting, big_room=9):
    found = []
    while (mail := waiting.take(big_room)) is not None:
        found.append(mail.number)
    return found


def test_equals_go_in_the_order_in_which_they_came():
    waiting = Waiting()
    for number in range(10):
        waiting.add(Letter(number))

    assert drain(waiting) == list(range(10))


def test_urgent_mail_goes_first_and_the_oldest_each_fourth_time():
    waiting = Waiting()
    for number in range(4):
        waiting.add(Letter(number, priority=-4))
    for number in range(10, 16):
        waiting.add(Letter(number, priority=6))

    assert drain(waiting) == [10, 11, 12, 0, 13, 14, 15, 1, 2, 3]


def test_small_mail_goes_before_big_mail_of_the_same_priority():
    waiting = Waiting()
    waiting.add(Letter(0, size=BIG_OCTETS + 1))
    waiting.add(Letter(1, size=BIG_OCTETS))
    waiting.add(Letter(2, priority=1, size=BIG_OCTETS + 1))

    assert drain(waiting) == [2, 1, 0]


def test_big_mail_waits_while_there_is_no_room_for_it():
    waiting = Waiting()
    waiting.add(Letter(0, size=BIG_OCTETS + 1))
    waiting.add(Letter(1))

    assert (waiting.count(0), waiting.count(1)) == (1, 2)
    assert drain(waiting, big_room=0) == [1]
    assert drain(waiting) == [0]


def test_half_of_a_window_is_for_big_mail_and_one_at_least():
    assert [room_for_big(window, 0) for window in (1, 2, 3, 5, 20)] == [1, 1, 1, 2, 10]
    assert room_for_big(5, 2) == 0
    assert room_for_big(2, 3) == 0, "the window has become smaller"


def test_what_was_to_go_already_waits_in_front():
    waiting = Waiting()
    waiting.add(Letter(0))
    waiting.add_in_front(Letter(1))

    assert drain(waiting) == [1, 0]


def test_what_is_called_back_is_not_sent():
    waiting = Waiting()
    for number in range(6):
        waiting.add(Letter(number, size=100 if number % 2 else BIG_OCTETS + 1))

    assert [one.number for one in waiting.recall(lambda m: m.number in {2, 3})] == [
        2,
        3,
    ]
    assert not waiting.recall(lambda mail: mail.number == 2)
    assert (len(waiting), waiting.count(0)) == (4, 2)
    assert sorted(drain(waiting)) == [0, 1, 4, 5]


letters = st.builds(
    Letter,
    st.integers(0, 9),
    st.integers(-9, 9),
    st.sampled_from([100, BIG_OCTETS + 1]),
)


@given(st.lists(letters, max_size=60))
def test_nothing_is_lost_and_nothing_waits_for_ever(mails):
    """A message behind k older ones goes within TURNS * (k + 1) turns."""
    waiting = Waiting()
    for mail in mails:
        waiting.add(mail)
    assert waiting.count(99) == len(waiting) == len(mails)
    for _ in range(TURNS * (len(mails) + 1)):
        waiting.add(Letter(99, priority=9))
        waiting.take(99)

    assert all(one.number == 99 for one in waiting)
    waiting.clear()
    assert not waiting

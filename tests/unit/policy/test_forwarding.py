"""Forwards are followed without loops, and nothing is lost (TRUST K6, K7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.policy.forwarding import (
    DEPTH,
    MOST_TARGETS,
    Expansion,
    Nowhere,
    expand,
)


@dataclass(frozen=True)
class User:
    user_id: int
    is_disabled: bool = False


@dataclass(frozen=True)
class Forwards:
    addresses: Sequence[str]
    keeps_copy: bool = True


class Book:
    """Users are named by numbers; anything with a dot is elsewhere."""

    def __init__(self, lists: dict[int, Forwards], users: int = 20_000) -> None:
        self.lists = lists
        self.users = users
        self.over: set[int] = set()
        """Who have sent all that they may today."""

    def forwards_of(self, user: User) -> Forwards | None:
        return self.lists.get(user.user_id)

    def may_send(self, user: User) -> bool:
        return user.user_id not in self.over

    def find(self, address: str) -> User | Nowhere:
        if "." in address:
            return Nowhere.ELSEWHERE
        number = int(address.partition("@")[0])
        if number < 0:
            return Nowhere.DISABLED
        return User(number) if number < self.users else Nowhere.UNKNOWN


def run(
    lists: dict[int, Forwards], *recipients: int, users: int = 20_000, over=()
) -> Expansion:
    start = [(f"{number}@us", User(number)) for number in recipients]
    book = Book(lists, users)
    book.over.update(over)
    return expand(start, book)


def numbers(users: Sequence[User]) -> list[int]:
    return [user.user_id for user in users]


def copies(found: Expansion) -> list[int]:
    return [copy.user.user_id for copy in found.copies]


@pytest.mark.manual("FAQ")
def test_adam_and_eve_who_forward_to_each_other_get_one_copy_each():
    found = run({1: Forwards(["2@us"]), 2: Forwards(["1@us"])}, 1)

    assert copies(found) == [1, 2]
    assert [copy.is_forward for copy in found.copies] == [False, True]


def test_a_copy_is_discarded_where_the_forward_can_be_made():
    found = run({1: Forwards(["2@us", "far@away.test"], keeps_copy=False)}, 1)

    assert copies(found) == [2]
    assert [copy.user.user_id for copy in found.copies[0].instead_of] == [1]
    assert found.elsewhere == ["far@away.test"]


@pytest.mark.parametrize(
    ("address", "why"), [("30@us", Nowhere.UNKNOWN), ("-1@us", Nowhere.DISABLED)]
)
def test_a_forward_that_cannot_be_made_keeps_the_copy_and_is_told_once(address, why):
    discard = Forwards([address, "far@away.test"], keeps_copy=False)

    found = run({1: discard, 2: discard}, 1, 2, users=20)

    assert copies(found) == [1, 2]
    assert found.failed == [(address, why)]
    assert found.elsewhere == ["far@away.test"]


@pytest.mark.manual("7.1")
def test_who_has_sent_enough_today_keeps_the_copy_and_forwards_inside_only():
    """TRUST K7: never a loss."""
    lists = {
        1: Forwards(["2@us", "far@away.test", "near@away.test"], keeps_copy=False),
        2: Forwards(["other@away.test"], keeps_copy=False),
    }

    found = run(lists, 1, over=[1])

    assert copies(found) == [1]
    assert found.elsewhere == ["other@away.test"]
    assert numbers(found.sending) == [2]
    assert numbers(found.held_back) == [1]
    both = run(lists, 1, over=[1, 2])
    assert copies(both) == [1, 2]
    assert both.elsewhere == []


def test_what_others_send_there_anyhow_is_neither_counted_nor_held_back():
    discard = Forwards(["far@away.test"], keeps_copy=False)

    found = run({1: discard, 2: discard}, 1, 2, over=[2])
    turned = run({1: discard, 2: discard}, 1, 2, over=[1])

    assert copies(found) == []
    assert (numbers(found.sending), numbers(found.held_back)) == ([1], [])
    assert turned.elsewhere == ["far@away.test"]
    assert copies(turned) == [1]
    assert (numbers(turned.sending), numbers(turned.held_back)) == ([2], [1])


def test_where_everybody_discards_the_recipient_keeps_a_copy():
    ring = {n: Forwards([f"{(n + 1) % 3}@us"], keeps_copy=False) for n in range(3)}

    assert copies(run(ring, 1)) == [1]
    assert copies(run(ring, 2, 1)) == [2]


def test_users_whose_forwards_lead_round_in_a_side_ring_keep_one_too():
    lists = {
        1: Forwards(["2@us", "far@away.test"], keeps_copy=False),
        2: Forwards(["3@us"], keeps_copy=False),
        3: Forwards(["2@us"], keeps_copy=False),
    }

    assert copies(run(lists, 1)) == [2]


def test_a_forward_to_oneself_is_a_copy():
    assert copies(run({1: Forwards(["1@us"], keeps_copy=False)}, 1)) == [1]


def test_addresses_elsewhere_differ_by_the_case_of_their_names_alone():
    lists = {1: Forwards(["A@far.test", "a@far.test", "a@FAR.test"])}

    assert run(lists, 1).elsewhere == ["A@far.test", "a@far.test"]


@pytest.mark.parametrize(("length", "end"), [(DEPTH, DEPTH), (DEPTH + 1, DEPTH)])
def test_a_chain_is_followed_so_far_and_no_farther(length, end):
    chain = {n: Forwards([f"{n + 1}@us"], keeps_copy=False) for n in range(length)}

    found = run(chain, 0)

    assert copies(found) == [end]
    assert [user.user_id for user in found.not_followed] == (
        [] if length == DEPTH else [DEPTH]
    )


@pytest.mark.parametrize("more", [0, 1])
def test_a_bomb_of_forwards_has_a_bound(more):
    """A hundred and one users forward to a hundred addresses each, and discard."""
    lists = {
        n: Forwards([f"x{n}.{m}@far" for m in range(100)], keeps_copy=False)
        for n in range(MOST_TARGETS // 100)
    }
    if more:
        lists[100] = Forwards(["x@far.test"], keeps_copy=False)

    found = run(lists, *lists)

    assert len(found.elsewhere) == MOST_TARGETS
    assert copies(found) == ([100] if more else [])


addresses = st.one_of(
    st.integers(-1, 12).map("{}@us".format), st.sampled_from(["a@x.y", "b@x.y"])
)
graphs = st.dictionaries(
    st.integers(0, 9),
    st.builds(Forwards, st.lists(addresses, max_size=5), st.booleans()),
)


@given(
    graphs,
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.sets(st.integers(0, 9)),
)
def test_it_ends_without_duplicates_and_nobody_is_lost(lists, recipients, over):
    found = run(lists, *recipients, users=10, over=over)

    kept = copies(found)
    assert len(set(kept)) == len(kept)
    assert len(set(found.elsewhere)) == len(found.elsewhere)
    assert len(set(found.failed)) == len(found.failed)
    assert over.isdisjoint(numbers(found.sending))
    assert over.issuperset(numbers(found.held_back))
    reached = set(recipients)
    while True:  # the dullest walk
        more = {
            int(address[:-3])
            for user in reached
            for address in getattr(lists.get(user), "addresses", ())
            if address.endswith("@us") and 0 <= int(address[:-3]) < 10
        }
        if more <= reached:
            break
        reached |= more
    assert set(kept) <= reached
    for user in reached:
        plain = user not in lists or not lists[user].addresses
        wants = plain or lists[user].keeps_copy
        assert user in kept or not wants
        assert user in kept or user not in numbers(found.held_back)
        assert arrives(lists, user, found)


def arrives(lists: dict[int, Forwards], start: int, found: Expansion) -> bool:
    """Tell whether somebody gets what comes for a user."""
    kept = copies(found)
    seen, ahead = {start}, [start]
    while ahead:
        user = ahead.pop()
        if user in kept:
            return True
        for address in lists[user].addresses:
            if "." in address:
                if address in found.elsewhere:
                    return True
                continue
            number = int(address[:-3])
            if 0 <= number < 10 and number not in seen:
                seen.add(number)
                ahead.append(number)
    return False

"""Forwards are followed without loops, and nothing is lost (TRUST K6, K7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.base.envelope import Recipient
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
    start = [(Recipient(f"{number}@us"), User(number)) for number in recipients]
    book = Book(lists, users)
    book.over.update(over)
    return expand(start, book)


def numbers(users: Sequence[User]) -> list[int]:
    return [user.user_id for user in users]


def away(found: Expansion) -> list[str]:
    return [recipient.address for recipient in found.elsewhere]


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
    assert away(found) == ["far@away.test"]


@pytest.mark.parametrize(
    ("address", "why"), [("30@us", Nowhere.UNKNOWN), ("-1@us", Nowhere.DISABLED)]
)
def test_a_forward_that_cannot_be_made_keeps_the_copy_and_is_told_once(address, why):
    discard = Forwards([address, "far@away.test"], keeps_copy=False)

    found = run({1: discard, 2: discard}, 1, 2, users=20)

    assert copies(found) == [1, 2]
    assert [(one.address, said) for one, said in found.failed] == [(address, why)]
    assert away(found) == ["far@away.test"]


@pytest.mark.manual("7.1")
def test_who_has_sent_enough_today_keeps_the_copy_and_forwards_inside_only():
    """TRUST K7: never a loss."""
    lists = {
        1: Forwards(["2@us", "far@away.test", "near@away.test"], keeps_copy=False),
        2: Forwards(["other@away.test"], keeps_copy=False),
    }

    found = run(lists, 1, over=[1])

    assert copies(found) == [1]
    assert away(found) == ["other@away.test"]
    assert numbers(found.sending) == [2]
    assert numbers(found.held_back) == [1]
    both = run(lists, 1, over=[1, 2])
    assert copies(both) == [1, 2]
    assert away(both) == []


def test_what_others_send_there_anyhow_is_neither_counted_nor_held_back():
    discard = Forwards(["far@away.test"], keeps_copy=False)

    found = run({1: discard, 2: discard}, 1, 2, over=[2])
    turned = run({1: discard, 2: discard}, 1, 2, over=[1])

    assert copies(found) == []
    assert (numbers(found.sending), numbers(found.held_back)) == ([1], [])
    assert away(turned) == ["far@away.test"]
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

    assert away(run(lists, 1)) == ["A@far.test", "a@far.test"]


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

    assert len(away(found)) == MOST_TARGETS
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
    assert len(set(away(found))) == len(away(found))
    failed = [one.address for one, _ in found.failed]
    assert len(set(failed)) == len(failed)
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
                if address in away(found):
                    return True
                continue
            number = int(address[:-3])
            if 0 <= number < 10 and number not in seen:
                seen.add(number)
                ahead.append(number)
    return False


ASKS = "SUCCESS,FAILURE"


def ask(lists: dict[int, Forwards], *recipients: Recipient) -> Expansion:
    """Expand recipients of whom something is asked."""
    start = [(one, User(int(one.address.partition("@")[0]))) for one in recipients]
    return expand(start, Book(lists))


def asks(*recipients: Recipient) -> list[tuple[str, str, str]]:
    return [(one.address, one.notify, one.original) for one in recipients]


@pytest.mark.rfc("3461", "5.2.7.3")
def test_a_kept_copy_answers_for_success_and_the_forwards_do_not():
    found = ask({1: Forwards(["2@us", "far.test"])}, Recipient("1@us", notify=ASKS))

    assert asks(*(copy.recipient for copy in found.copies)) == [
        ("1@us", ASKS, ""),
        ("2@us", "FAILURE", "rfc822;1@us"),
    ]
    assert asks(*found.elsewhere) == [("far.test", "FAILURE", "rfc822;1@us")]
    assert found.expanded == []


@pytest.mark.rfc("3461", "5.2.7.2")
def test_one_forward_without_a_copy_gets_all_that_is_asked():
    chain = {
        1: Forwards(["2@us"], keeps_copy=False),
        2: Forwards(["far.test"], keeps_copy=False),
    }

    found = ask(chain, Recipient("1@us", notify=ASKS, original="rfc822;a@b"))

    assert asks(*found.elsewhere) == [("far.test", ASKS, "rfc822;a@b")]
    assert (found.copies, found.expanded) == ([], [])


@pytest.mark.rfc("3461", "5.2.7.3")
def test_several_forwards_without_a_copy_are_told_as_expanded():
    lists = {1: Forwards(["2@us", "far.test"], keeps_copy=False)}

    found = ask(lists, Recipient("1@us", notify=ASKS))
    silent = ask(lists, Recipient("1@us"))

    assert asks(*found.elsewhere) == [("far.test", "FAILURE", "rfc822;1@us")]
    assert asks(found.copies[0].recipient) == [("2@us", "FAILURE", "rfc822;1@us")]
    assert asks(*found.expanded) == [("1@us", ASKS, "")]
    assert silent.expanded == []


def test_who_wants_to_hear_of_nothing_hears_nothing_of_forwards():
    lists = {1: Forwards(["-1@us", "far.test"])}

    for notify in ("NEVER", "SUCCESS"):
        found = ask(lists, Recipient("1@us", notify=notify))

        (failed, _), *_ = found.failed
        assert {failed.notify, found.elsewhere[0].notify} == {"NEVER"}


def test_an_alias_answers_for_itself():
    found = ask({}, Recipient("1@us"), Recipient("1@alias", notify=ASKS))

    (copy,) = found.copies
    assert asks(copy.recipient, *copy.also) == [("1@us", "", ""), ("1@alias", ASKS, "")]


def test_a_forward_to_who_gets_it_anyhow_is_told_as_expanded():
    lists = {1: Forwards(["2@us"], keeps_copy=False)}

    found = ask(
        lists, Recipient("2@us", notify="NEVER"), Recipient("1@us", notify=ASKS)
    )

    assert asks(found.copies[0].recipient) == [("2@us", "NEVER", "")]
    assert asks(*found.expanded) == [("1@us", ASKS, "")]


def test_an_address_elsewhere_that_is_known_is_not_reached_again():
    lists = {1: Forwards(["a@far.test"], keeps_copy=False)}

    found = expand(
        [(Recipient("1@us", notify=ASKS), User(1))],
        Book(lists),
        frozenset({"a@far.test"}),
    )

    assert (found.elsewhere, found.sending, found.copies) == ([], [], [])
    assert asks(*found.expanded) == [("1@us", ASKS, "")]


@given(graphs, st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_success_is_answered_for_once_for_each_recipient(lists, recipients):
    """By the box, by whom it was passed on to, or as expanded: never twice."""
    named = [
        Recipient(f"{number}@us", notify=ASKS, original=f"rfc822;{place}")
        for place, number in enumerate(recipients)
    ]

    found = ask(lists, *named)

    answering = [
        one.original
        for one in (
            *(one for copy in found.copies for one in (copy.recipient, *copy.also)),
            *found.elsewhere,
            *found.expanded,
            *(recipient for recipient, _ in found.failed),
        )
        if "SUCCESS" in one.notify
    ]
    assert sorted(answering) == sorted(one.original for one in named)

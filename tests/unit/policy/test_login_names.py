"""Login names: four forms and what is ambiguous (manual 5.1, DECISIONS 13)."""

import pytest

from mailmax.policy.login import NOBODY, LoginCandidates, login_candidates

HERE = {"demo.test", "other.test", "xn--mller-kva.test"}


def read(name: str, default: str = "demo.test") -> LoginCandidates:
    return login_candidates(name, default, HERE.__contains__)


@pytest.mark.parametrize(
    ("name", "exact", "splits"),
    [
        ("tim", "tim@demo.test", ()),
        ("TIM", "tim@demo.test", ()),
        ("tim@other.test", "tim@other.test", ()),
        ("tim@OTHER.test", "tim@other.test", ()),
        ("tim@müller.test", "tim@xn--mller-kva.test", ()),
        ("tim%other.test", "tim%other.test@demo.test", ("tim@other.test",)),
        ("tim/other.test", None, ("tim@other.test",)),
        ("other.test/tim", None, ("tim@other.test",)),
        (
            "other.test/demo.test",
            None,
            ("other.test@demo.test", "demo.test@other.test"),
        ),
        ("a%b%other.test", "a%b%other.test@demo.test", ("a%b@other.test",)),
        ("tim+tag", "tim+tag@demo.test", ()),
        ("tim@nowhere.test", None, ()),
        ("tim%nowhere.test", "tim%nowhere.test@demo.test", ()),
        ("a@b@demo.test", None, ()),
        ("tim ", None, ()),
        (" tim", None, ()),
        ("", None, ()),
        ("@demo.test", None, ()),
        ("tim@", None, ()),
        (".tim", None, ()),
        ("t\0im", None, ()),
        ("\N{KELVIN SIGN}im", None, ()),
        ("tım", None, ()),
        ("a" * 64, "a" * 64 + "@demo.test", ()),
        ("a" * 65, None, ()),
        ("x" * 321, None, ()),
        ("%" * 20, "%" * 20 + "@demo.test", ()),
    ],
)
def test_what_a_login_name_may_mean(name, exact, splits):
    assert read(name) == LoginCandidates(exact, splits)


def test_without_a_default_domain_a_bare_name_is_nobody():
    assert read("tim", "") == NOBODY


def test_the_exact_name_wins_over_a_split():
    candidates = read("tim%other.test")

    both = {"tim%other.test@demo.test", "tim@other.test"}
    assert candidates.choose(both) == "tim%other.test@demo.test"
    assert candidates.choose({"tim@other.test"}) == "tim@other.test"


def test_two_fitting_splits_mean_nobody():
    candidates = read("other.test/demo.test")

    assert candidates.choose(set(candidates.splits)) is None
    assert candidates.choose({"demo.test@other.test"}) == "demo.test@other.test"


def test_many_separators_are_not_split_at_all():
    assert read("a%" * 9 + "other.test").splits == ()

"""Wildcards, beside the standard library's."""

import fnmatch
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.policy.rules.wildcard import Wildcard

names = st.text("ab.-ä", max_size=12)
patterns = st.text("ab.*?ä", min_size=1, max_size=8)


@example("ab*ba", "aba")
@example("a*b*b", "ab")
@given(patterns, names)
def test_whole_names_as_the_standard_library(pattern, name):
    assert Wildcard(pattern).matches(name) is fnmatch.fnmatchcase(name, pattern)


@given(patterns, names)
def test_words_as_every_piece_of_the_name(pattern, name):
    places = range(len(name) + 1)
    expected = any(
        fnmatch.fnmatchcase(name[start:end], pattern)
        for start in places
        for end in range(start, len(name) + 1)
        if not name[start - 1 : start].isalpha() and not name[end : end + 1].isalpha()
        if name
    )

    assert not name or Wildcard(pattern).matches_words(name) is expected


@pytest.mark.parametrize("pattern", ["*a" * 500, "*a*b" * 250, "?" * 1000, "*" * 1000])
def test_hostile_patterns_are_linear(pattern):
    """TRUST J8: some thousands of letters, run through as many stars."""
    wildcard = Wildcard(pattern)

    begin = time.thread_time()
    for _ in range(20):
        wildcard.matches("a" * 999 + "c")
        wildcard.matches_words("a" * 999 + "c")

    assert time.thread_time() - begin < 4

"""Sequence sets, mailbox names and patterns against dull oracles."""

import contextlib
from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailmax.imapmax.names import Pattern
from mailmax.wire.imap.types.mailbox_name import (
    decode_modified_utf7,
    encode_modified_utf7,
)
from mailmax.wire.imap.types.malformed import Malformed, Unacceptable
from mailmax.wire.imap.types.sequence import encode_numbers, parse_sequence_set

NUMBERS = st.one_of(st.integers(1, 30).map(str), st.just("*"))
RANGES = st.one_of(NUMBERS, st.tuples(NUMBERS, NUMBERS).map(":".join))
SETS = st.lists(RANGES, min_size=1, max_size=8).map(",".join)


def expand(text: str, largest: int) -> set[int]:
    found: set[int] = set()
    for word in text.split(","):
        ends = [largest if end == "*" else int(end) for end in word.split(":")]
        found |= set(range(min(ends), max(ends) + 1))
    return {number for number in found if number <= largest}


@given(SETS, st.integers(1, 40))
def test_a_set_resolves_like_its_expansion(text: str, largest: int) -> None:
    resolved = parse_sequence_set(text.encode()).resolve(largest)

    numbers = {n for low, high in resolved for n in range(low, high + 1)}
    assert expand(text, largest) == {n for n in numbers if n <= largest}
    assert all(a[1] + 1 < b[0] for a, b in pairwise(resolved))


@given(SETS)
def test_a_set_comes_back(text: str) -> None:
    parsed = parse_sequence_set(text.encode())

    assert parsed == parse_sequence_set(parsed.encode())


@given(st.binary(max_size=40))
def test_no_octets_make_the_set_parser_raise(text: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert parse_sequence_set(text).encode()


@given(st.sets(st.integers(1, 200)))
def test_numbers_come_back(numbers: set[int]) -> None:
    encoded = encode_numbers(sorted(numbers))

    assert numbers == (expand(encoded.decode(), 200) if numbers else set())


TEXTS = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=30
)


@given(TEXTS)
def test_a_name_comes_back(text: str) -> None:
    assert text == decode_modified_utf7(encode_modified_utf7(text))


@given(st.binary(max_size=30))
def test_a_name_has_one_spelling_only(name: bytes) -> None:
    try:
        text = decode_modified_utf7(name)
    except Unacceptable:
        return
    assert name == encode_modified_utf7(text)


def slowly(pattern: str, name: str) -> bool:
    @cache
    def fits(p: int, n: int) -> bool:
        if p == len(pattern):
            return n == len(name)
        if pattern[p] in "*%":
            if fits(p + 1, n):
                return True
            more = n < len(name) and (pattern[p] == "*" or name[n] != "/")
            return more and fits(p, n + 1)
        return n < len(name) and pattern[p] == name[n] and fits(p + 1, n + 1)

    return fits(0, 0)


@given(st.text("ab/*%", max_size=10), st.text("ab/", max_size=10))
def test_a_pattern_matches_like_its_definition(pattern: str, name: str) -> None:
    assert slowly(pattern, name) is Pattern(pattern.encode()).matches(name.encode())

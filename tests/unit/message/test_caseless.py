"""The form in which texts are compared."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message.caseless import caseless


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hELLO"),
        ("a  b\r\n\tc ", "a b c"),
        ("a\u00a0b", "a b"),
        ("Straße", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("café", "cafe\u0301"),
        ("ΐ", "ι\u0308\u0301"),
        ("lot\u00adtery", "lottery"),
        ("lot\u200btery", "lottery"),
        ("\ufeffGrün", "grün"),
        ("ポ", "ホ\u309a"),
        ("각", "\u1100\u1161\u11a8"),
    ],
)
def test_what_people_read_alike_is_alike(one, other):
    assert caseless(one) == caseless(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("é", "e"), ("ab", "a b")])
def test_what_people_tell_apart_is_not_alike(one, other):
    assert caseless(one) != caseless(other)


@given(st.text())
def test_there_are_no_line_ends_and_no_spaces_around(text):
    found = caseless(text)

    assert found.split() == found.split(" ") or not found
    assert "\n" not in found


@given(st.text("aäé\u0301\u0308 ΐß", max_size=50))
def test_composed_or_not_is_the_same(text):
    forms = {caseless(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}

    assert len(forms) == 1


@pytest.mark.parametrize(
    "text", ["a" + "\u0301\u0323" * 250_000, ("a" + "\u0301\u0323" * 95 + " ") * 2_600]
)
def test_heaps_of_accents_are_not_sorted(text):
    """Composing takes the square of a run's length: this one would take minutes."""
    begin = time.thread_time()

    caseless(text)

    assert time.thread_time() - begin < 2

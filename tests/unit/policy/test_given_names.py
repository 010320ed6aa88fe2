"""Files that are given to programs have names of ours (TRUST J1)."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.policy.given_names import KNOWN_EXTENSIONS, name_of

HOSTILE = [
    "; rm -rf x", "$(id)", "`id`", "-rf", "--output=/etc/x", "|id", "a\nb.exe\n",
    "../../etc/cron.d/x", "/abs", "C:\\x", "x\0.exe\0", "x" * 300, "%F", "%n",
    "\u202eexe.txt", ".htaccess", "CON", "", ".", "a.EXE ", "a.e\u212axe",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_hostile_name_is_used(name: str):
    assert name_of(1, name) in {"000001.bin", "000001.txt"}


@pytest.mark.parametrize(
    ("name", "given_name"),
    [
        ("a.pdf", "000007.pdf"),
        ("../a.PDF", "000007.pdf"),
        ("a.pdf.exe", "000007.exe"),
        ("exe", "000007.bin"),
        ("a.unknown", "000007.bin"),
    ],
)
def test_a_known_extension_stays(name: str, given_name: str):
    assert name_of(7, name) == given_name


@given(st.integers(1, 999_999), st.text())
@example(1, "a.tar.gz")
def test_every_name_is_plain_and_says_its_number(number: int, name: str):
    found = name_of(number, name)

    assert re.fullmatch(r"\d{6}\.[a-z0-9]{1,5}", found)
    assert int(found[:6]) == number
    assert found[7:] in KNOWN_EXTENSIONS

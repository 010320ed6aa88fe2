"""Local parts: which of them need quotes."""

import pytest

from mailmax.base.address import Address


@pytest.mark.parametrize("local", ["tim", "t.i.m", "a+b", "!#$%&'*+-/=?^_`{|}~", "zoë"])
def test_a_dot_string_is_written_as_it_is(local: str) -> None:
    assert str(Address(local, "demo.test")) == f"{local}@demo.test"


@pytest.mark.parametrize(
    "local", ["", ".", ".a", "a.", "a..b", "a b", "a@b", "a\n", "a\r\nb", "\u0085", "("]
)
def test_anything_else_is_quoted(local: str) -> None:
    assert str(Address(local, "demo.test")) == f'"{local}"@demo.test'


def test_backslashes_and_quotes_are_escaped() -> None:
    assert str(Address('a"\\', "demo.test")) == r'"a\"\\"@demo.test'

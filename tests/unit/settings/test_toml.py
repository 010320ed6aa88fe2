"""Files written by hand: every key is known, or the one that was meant is named."""

import msgspec
import pytest

from mailmax.settings.field import BadValue
from mailmax.settings.toml import parse_toml


class _User(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    hostname: str = ""
    users: tuple[_User, ...] = ()


def read(text: str) -> _File | BadValue:
    return parse_toml(text.encode(), _File, "answers.toml", "see the manual")


def test_a_key_in_a_list_of_tables_is_found_with_its_place():
    bad = read('[[users]]\nname = "tim"\n[[users]]\nnmae = "ann"\n')

    wanted = BadValue(
        "users[1].nmae", "there is no such key", "did you mean name? see the manual"
    )
    assert wanted == bad


def test_a_key_that_resembles_none_is_refused_all_the_same():
    assert read("colour = 1") == BadValue(
        "colour", "there is no such key", "see the manual"
    )


def test_a_table_where_a_text_belongs_is_named():
    bad = read("[hostname]\nx = 1\n")

    assert isinstance(bad, BadValue)
    assert bad.field == "hostname"


@pytest.mark.parametrize(
    "text",
    ["hostname = ", f"port = {'9' * 5_000}", f"users = {'[' * 50_000}"],
    ids=["half a line", "a number without end", "lists without end"],
)
def test_what_python_cannot_read_is_not_toml(text: str):
    bad = read(text)

    assert isinstance(bad, BadValue)
    assert bad.field == "answers.toml"
    assert bad.reason.startswith("it is not TOML (")


def test_what_is_right_is_read():
    assert read('hostname = "mx"\n[[users]]\nname = "tim"') == _File(
        "mx", (_User("tim"),)
    )

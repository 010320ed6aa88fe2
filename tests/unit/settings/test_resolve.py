"""Which value holds: user, domain, system, default."""

import re

import pytest

from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue, Field
from mailmax.settings.kinds import number
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.resolve import Scope, merged, read_typed, resolve, scope_of
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS


def field(key, default, inherits=""):
    return Field(key, key, default, number(0, 100), "help", inherits=inherits)


SYSTEM = {"days": field("days", 1)}
DOMAIN = {"days": field("days", 2, inherits="days"), "own": field("own", 3)}
USER = {
    "days": field("days", 4, inherits="days"),
    "size": field("size", 5, inherits="own"),
    "alone": field("alone", 6),
}


@pytest.mark.parametrize(
    ("key", "user", "domain", "system", "holds", "scope"),
    [
        ("days", {"days": 10}, {"days": 20}, {"days": 30}, 10, 0),
        ("days", {}, {"days": 20}, {"days": 30}, 20, 1),
        ("days", {}, {}, {"days": 30}, 30, 2),
        ("days", {}, {}, {}, 1, None),
        ("days", {"days": 0}, {"days": 20}, {}, 0, 0),
        ("size", {}, {"own": 9}, {}, 9, 1),
        ("size", {}, {}, {}, 3, None),
        ("alone", {}, {"alone": 9}, {"alone": 9}, 6, None),
    ],
)
def test_the_narrowest_scope_that_says_something_holds(
    key, user, domain, system, holds, scope
):
    scopes = Scope(USER, user), Scope(DOMAIN, domain), Scope(SYSTEM, system)

    assert resolve(key, *scopes) == holds
    assert scope_of(key, *scopes) == scope


def test_what_a_zero_says_is_declared_where_the_help_tells_it():
    every = (SYSTEM_SETTINGS, DOMAIN_SETTINGS, USER_SETTINGS, LISTENER_SETTINGS)
    told = {
        "no limit": "no_limit",
        "the system's": "system",
        "nothing is ever": "never",
        "never": "never",
        "for ever": "for_ever",
        "not at all": "not_at_all",
        "it does not": "not_at_all",
        "keeps none": "not_at_all",
    }

    for one in (field for fields in every for field in fields.values()):
        helped = re.search(r"\b0(?::| keeps none)", one.help)
        words = one.help[helped.start() :] if helped else ""
        said = [
            zero
            for word, zero in told.items()
            if words[1:].lstrip(": ").startswith(word)
        ]
        assert (said or [""])[0] == one.zero, one.key
        assert one.zero != "system" or one.key in {*SYSTEM_SETTINGS, "port"}


def test_every_inherited_key_is_declared_one_scope_above():
    for one in USER_SETTINGS.values():
        assert not one.inherits or one.inherits in DOMAIN_SETTINGS


def test_what_is_typed_is_read_by_its_field_and_nothing_else_is_taken():
    assert read_typed(SYSTEM, {"days": "7"}) == {"days": 7}
    assert read_typed(SYSTEM, {"days": ""}) == {"days": None}
    assert isinstance(read_typed(SYSTEM, {"days": "101"}), BadValue)
    unknown = read_typed(SYSTEM, {"weeks": "1"})
    assert (unknown.field, unknown.cure) == ("weeks", "choose one of: days")


def test_a_value_taken_away_is_gone():
    assert merged({"a": 1, "b": 2}, {"a": None, "c": 3}) == {"b": 2, "c": 3}

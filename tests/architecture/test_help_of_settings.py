"""Help of settings is right where a value is typed, and where its words are shown.

Theory:
    Commands take `fill`; the pages offer words for it. So help has what is typed in
    backquotes, and the pages put their words there (`helpText` in web/src/lib).
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import Field
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS

LOCALES = Path(__file__).parents[2] / "web" / "src" / "locales"
GERMAN = json.loads((LOCALES / "de" / "settings.json").read_text())
SCOPES: Mapping[str, Mapping[str, Field]] = {
    "system": SYSTEM_SETTINGS,
    "domain": DOMAIN_SETTINGS,
    "user": USER_SETTINGS,
    "binding": BINDING_SETTINGS,
    "listener": LISTENER_SETTINGS,
}
FIELDS = [(scope, one) for scope, fields in SCOPES.items() for one in fields.values()]
TYPED = {
    word
    for _, one in FIELDS
    for word in (one.key, *one.choices)
    if "_" in word  # nobody writes a word so
}
MARKED = re.compile("`([^`]*)`")


def texts_of(scope: str, field: Field) -> list[str]:
    """Return the help, and that in German."""
    return [field.help, GERMAN[scope].get(field.key, {}).get("help", "")]


def names(text: str, field: Field) -> list[str]:
    """Return what is typed that stands in a text as if it were a word."""
    plain = MARKED.sub("", text)
    own = [
        one for one in field.choices if re.search(rf"(?<!\w){one}(?::|;| \()", plain)
    ]
    return [*own, *sorted(TYPED & set(re.findall(r"\w+", plain)))]


def is_known(named: str, field: Field) -> bool:
    """Tell whether the pages have words for what is marked."""
    key, _, value = named.partition("=")
    if value:
        return value in SYSTEM_SETTINGS[key].choices
    return key in field.choices or key in SYSTEM_SETTINGS


@pytest.mark.parametrize(
    ("scope", "field"), FIELDS, ids=lambda it: getattr(it, "key", it)
)
def test_what_is_typed_is_marked_and_has_words(scope: str, field: Field):
    for text in texts_of(scope, field):
        assert names(text, field) == []
        assert [one for one in MARKED.findall(text) if not is_known(one, field)] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_choice_has_words(language: str):
    words = json.loads((LOCALES / language / "choices.json").read_text())

    assert {one for _, field in FIELDS for one in field.choices} <= words.keys()


def test_a_value_that_is_no_word_of_the_page_would_be_found():
    field = SYSTEM_SETTINGS["blank_passwords"]

    assert names("What holds. fill: the next one; none (any).", field) == [
        "fill",
        "none",
    ]
    assert names("See smtp_auth; none is taken.", field) == ["smtp_auth"]
    assert names("`fill`: the next one.", field) == []
    assert not is_known("filled", field)

"""What the server says in English has German words where pages show it.

A setting, choice, unit or refusal that is new fails here until
`web/src/locales` has words for it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import Field
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "web" / "src" / "locales"
WEBADMIN = ROOT / "src" / "mailmax" / "webadmin"
SCOPES = {
    "system": SYSTEM_SETTINGS,
    "domain": DOMAIN_SETTINGS,
    "user": USER_SETTINGS,
    "binding": BINDING_SETTINGS,
    "listener": LISTENER_SETTINGS,
}
FIELDS = [
    (scope, field) for scope, fields in SCOPES.items() for field in fields.values()
]
_CODE = re.compile(
    r"(?:Problem\(\s*(?:status|HTTPStatus\.[A-Z_]+),\s*|bad_request\(\s*)\"([a-z_]+)\""
)
_DENIED = re.compile(r"^    \"([a-z_]+)\": HTTPStatus", re.MULTILINE)


def read(language: str, name: str) -> Any:
    """Return the words of a file."""
    return json.loads((LOCALES / language / f"{name}.json").read_text("utf-8"))


def missing_of(field: Field, words: dict[str, str]) -> set[str]:
    """Return what a setting has no words for."""
    wanted = {"label", "help"} | ({"warning"} if field.warning else set())
    return {name for name in wanted if not words.get(name, "").strip()}


def test_each_setting_has_german_words() -> None:
    german = read("de", "settings")

    missing = {
        f"{scope}.{field.key}": wanting
        for scope, field in FIELDS
        if (wanting := missing_of(field, german[scope].get(field.key, {})))
    }

    assert missing == {}


def test_no_words_are_left_of_settings_that_are_gone() -> None:
    german = read("de", "settings")

    left = [
        f"{scope}.{key}"
        for scope, words in german.items()
        for key in words
        if key not in SCOPES[scope]
    ]

    assert left == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_choice_and_unit_has_words(language: str) -> None:
    choices, units = read(language, "choices"), read(language, "units")

    missing = [
        f"{field.key}: {choice}"
        for _, field in FIELDS
        for choice in field.choices
        if choice not in choices and choice not in choices["of"].get(field.key, {})
    ]

    assert missing == []
    assert {field.unit for _, field in FIELDS} - {""} <= units.keys()


def test_each_code_of_a_refusal_has_german_words() -> None:
    text = "\n".join(path.read_text("utf-8") for path in WEBADMIN.rglob("*.py"))
    codes = {*_CODE.findall(text), *_DENIED.findall(text)}

    assert len(codes) > 25
    assert codes - read("de", "problems").keys() == set()


def test_a_setting_without_words_is_found() -> None:
    field = Field("x", "X", 0, lambda _, raw: raw, "help", warning="careful")

    assert missing_of(field, {"label": "X", "help": " "}) == {"help", "warning"}

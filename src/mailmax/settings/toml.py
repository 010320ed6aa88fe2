"""Files written by hand: TOML in, a checked value or a clear "no" out.

Rules:
    An unknown key is never passed over: it is refused with the key that was meant,
    where one is near.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

import msgspec

from mailmax.settings.field import BadValue

T = TypeVar("T", bound=msgspec.Struct)


def parse_toml(
    octets: bytes, shape: type[T], file: str, reference: str
) -> T | BadValue:
    """Make a value of the text of a file.

    Args:
        octets: What is in the file.
        shape: What it must be.
        file: How to call the file.
        reference: Where all keys are told, as "see …".
    """
    try:
        tree = tomllib.loads(octets.decode("utf-8"))
    except UnicodeDecodeError:
        return BadValue(file, "it is not UTF-8", "save it as UTF-8 text")
    except (ValueError, RecursionError) as error:  # also of a number without end
        return BadValue(file, f"it is not TOML ({error})", "correct that line")
    unknown = _unknown_key(tree, shape, "", reference)
    if unknown is not None:
        return unknown
    try:
        return msgspec.convert(tree, shape)
    except msgspec.ValidationError as error:
        words, _, field = str(error).partition(" - at `$.")
        return BadValue(field.rstrip("`") or file, _in_words(words), reference)


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}
_WRONG_KIND = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`")
_IS_MISSING = re.compile(r"Object missing required field `(\w+)`")


def _in_words(words: str) -> str:
    """Say what is wanted as people do who write the file."""
    wrong = _WRONG_KIND.fullmatch(words)
    if wrong is not None:
        wanted, got = (_KINDS.get(kind, kind) for kind in wrong.groups())
        return f"it is {got}, and must be {wanted}"
    missing = _IS_MISSING.fullmatch(words)
    return f"{missing[1]} is missing" if missing else words


def _unknown_key(
    tree: Mapping[str, Any], shape: type[msgspec.Struct], place: str, reference: str
) -> BadValue | None:
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    for key, value in tree.items():
        if key not in fields:
            near = get_close_matches(key, fields, 1)
            cure = f"did you mean {near[0]}? {reference}" if near else reference
            return BadValue(f"{place}{key}", "there is no such key", cure)
        part = _struct_in(fields[key].type)
        if part is None:
            continue
        for inner, where in _tables(value, f"{place}{key}"):
            bad = _unknown_key(inner, part, f"{where}.", reference)
            if bad is not None:
                return bad
    return None


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the table that a value, or each member of a list, must be."""
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _tables(value: object, place: str) -> Sequence[tuple[Mapping[str, Any], str]]:
    """Return the tables of a value with their places; what is none is msgspec's."""
    if isinstance(value, dict):
        return [(value, place)]
    if isinstance(value, list):
        return [
            (each, f"{place}[{number}]")
            for number, each in enumerate(value)
            if isinstance(each, dict)
        ]
    return []

"""JSON that is not what was declared: where, why, and what to do, as people say it.

Theory:
    msgspec names a place and what it expected there. Programs and forms read the same
    answer, so it is said in the words that the checks of settings have.
"""

import re

import msgspec

from mailmax.settings.field import BadValue

_WHERE = re.compile(r" - at `\$\.?([^`]*)`$")
_LENGTH = re.compile(r"Expected `(str|array)[^`]*` of length ([<>])= (\d+)")
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_STRANGE = re.compile(r"Object contains unknown field `([^`]*)`")
_WRONG_KIND = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}


def misfit(error: msgspec.ValidationError, reference: str) -> BadValue:
    """Say what does not fit.

    Args:
        error: Of msgspec.
        reference: Where it is told what fits, as "see …".

    Returns:
        With the path as the field, as in ``rows[2].name``; empty: the whole.
    """
    words = str(error)
    where = _WHERE.search(words)
    words = words[: where.start()] if where else words
    field = where[1] if where else ""
    key = _MISSING.match(words) or _STRANGE.match(words)
    if key:
        field = f"{field}.{key[1]}" if field else key[1]
    reason, cure = _told(words)
    return BadValue(field, reason, cure or reference)


def _told(words: str) -> tuple[str, str]:
    if _MISSING.match(words):
        return "it is missing", ""
    kinds = _WRONG_KIND.match(words)
    if kinds:
        wanted, got = (_KINDS.get(kind, kind) for kind in kinds.groups())
        return f"it is {got}, and must be {wanted}", ""
    length = _LENGTH.match(words)
    if length is None:
        return words, ""
    kind, side, bound = length.groups()
    if side == ">":
        return "it is blank", "give at least one character" if kind == "str" else ""
    if kind == "str":
        return "it is too long", f"give at most {bound} characters"
    return "they are too many", f"give at most {bound}"

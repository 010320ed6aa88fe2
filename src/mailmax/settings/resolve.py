"""Which value holds: the user's, the domain's, the system's, or the declared default.

Theory:
    Each scope keeps only what was set in it. A field that `inherits` names the key
    one scope above that holds where nothing is set here; the others fall back to
    their own default. Nowhere else is "use system setting" known.

Manual: 6.1, 6.2, 7.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from mailmax.settings.field import BadValue, Field


@dataclass(frozen=True, slots=True)
class Scope:
    """One level: what may be set in it, and what was."""

    fields: Mapping[str, Field]
    own: Mapping[str, Any]


def resolve(key: str, scope: Scope, *above: Scope) -> Any:
    """Return the value that holds.

    Args:
        key: Of a field of the first scope.
        scope: The narrowest scope.
        above: The wider ones, in their order.
    """
    if key in scope.own:
        return scope.own[key]
    field = scope.fields[key]
    if field.inherits and above:
        return resolve(field.inherits, *above)
    return field.default


def scope_of(key: str, scope: Scope, *above: Scope) -> int | None:
    """Return in which scope the value that holds was set; None: in none.

    Args:
        key: As for `resolve`.
        scope: The narrowest scope: 0.
        above: The wider ones, in their order: 1, 2…
    """
    if key in scope.own:
        return 0
    inherits = scope.fields[key].inherits
    found = scope_of(inherits, *above) if inherits and above else None
    return None if found is None else found + 1


def read_typed(
    fields: Mapping[str, Field], typed: Mapping[str, str]
) -> dict[str, Any] | BadValue:
    """Return the values that a person typed; None for one to be set no more.

    Args:
        fields: Of the scope.
        typed: By key; an empty text takes the own value away.
    """
    read: dict[str, Any] = {}
    for key, text in typed.items():
        field = fields.get(key)
        if field is None:
            return BadValue(
                key[:60], "there is no such setting here", which_key(fields, key)
            )
        value = None if text == "" else field.decode(text)
        if isinstance(value, BadValue):
            return value
        read[key] = value
    return read


def which_key(keys: Iterable[str], typed: str) -> str:
    """Return the cure for a key that there is not.

    Args:
        keys: Those that there are.
        typed: What a person wrote.
    """
    known = list(keys)
    near = get_close_matches(typed[:60], known, 1)
    if near:
        return f"did you mean {near[0]}? all are in docs/reference/settings.md"
    return f"choose one of: {', '.join(known)}"


def merged(own: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is set after some changes (None: no more)."""
    after = {**own, **changes}
    return {key: value for key, value in after.items() if value is not None}

"""What several resources take and give: settings as rows, what a change answers.

Manual: 6.1, 7.1.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from mailmax.hub.contract.administration import Changed, Detail, ValueView
from mailmax.settings.field import Field

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""As it is asked for: without an offset nobody knows when that is (RFC 3339 §4.4)."""


class Carried(msgspec.Struct, frozen=True):
    """It is durable and acts."""

    waiting_for: list[str] = []
    """Services that do not act by it yet."""
    note: str = ""


def carried(changed: Changed) -> Carried:
    """Make the answer of a change."""
    return Carried(list(changed.waiting_for), changed.note)


class Value(msgspec.Struct, frozen=True):
    """A setting of one thing."""

    key: str
    value: Any
    """What holds; of a secret: whether there is one."""
    own: bool
    """It was set here."""
    source: str
    """built-in, system, domain, user or binding: where what holds was set."""
    default: Any
    """What holds where nobody has set anything."""
    inherited: Any
    """What holds where nothing is set here."""
    system: Any = None
    """The system's value, where a 0 means that one."""
    reserved: str = ""
    """Why who asks may not change it, in a word; empty: they may."""


def values_of(
    detail: Detail, fields: Mapping[str, Field], scope: str, above: str
) -> list[Value]:
    """Return the settings of one thing.

    Args:
        detail: What the hub tells.
        fields: Their declarations.
        scope: What the thing is.
        above: Whence it inherits.
    """
    return [
        _value(row, fields[row.key], (scope, above))
        for row in detail.rows
        if row.key in fields
    ]


def _value(row: ValueView, field: Field, where: tuple[str, str]) -> Value:
    scope, above = where
    source = scope if row.is_own else above if field.inherits else "built-in"
    return Value(
        row.key,
        json.loads(row.value),
        row.is_own,
        row.source or source,
        field.default,
        json.loads(row.inherited) if row.inherited else field.default,
        json.loads(row.system) if row.system else None,
    )


def typed(values: Mapping[str, Any]) -> dict[str, str]:
    """Return a merge patch as the hub takes it: as typed text; null is empty."""
    return {key: _typed(value) for key, value in values.items()}


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def moment(seconds: float) -> str | None:
    """Return a moment as RFC 3339 has it; None for 0, which is never."""
    if not seconds:
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def address_of(host: str, port: int) -> str:
    """Return ``host:port``; an IPv6 address stands in brackets."""
    inside = host.strip().lower()
    is_bare = ":" in inside and not inside.startswith("[")
    return f"[{inside}]:{port}" if is_bare else f"{inside}:{port}"

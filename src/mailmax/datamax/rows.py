"""Rows of the tables that are pushed, made of rows of the database; limits resolved.

Theory:
    What users and domains have set is kept as JSON; `settings.resolve` says which
    value holds. The same JSON is decoded once: most users have none of their own, and
    those of a domain share the domain's.

Rules:
    A trap or a disabled user forwards nothing and answers nobody.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from mailmax.hub.contract.rows import (
    FORWARDS,
    HAS_DAILY_LIMIT,
    MOVING,
    REPLIES,
    SENDS_WITHOUT_LOGIN,
    UNCHECKED,
    DayRow,
    DomainRow,
    ForwardRow,
    ReplyRow,
    RuleRow,
    UserRow,
)
from mailmax.policy.sending import Sent
from mailmax.settings.domain import DOMAIN_SETTINGS, MAIL_SERVICES
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS


def own_values(text: str) -> Mapping[str, Any]:
    """Return what was set: the same object each time, not to be changed."""
    return _kept(text) if len(text) <= _SHORT else _decoded(text)


def _decoded(text: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = msgspec.json.decode(text)
    return values


_SHORT = 1024
"""A text of an automatic reply is longer, and nobody else's."""
_kept = lru_cache(4096)(_decoded)


def as_text(value: Any) -> str:
    """Return a value, or all of them, as it is kept and told: JSON."""
    return msgspec.json.encode(value).decode()


def value_for_user(
    row: Any, key: str, system: Mapping[str, Any] = MappingProxyType({})
) -> Any:
    """Return the value that holds for a user.

    Args:
        row: Has the settings of user and domain.
        key: Of the user's setting.
        system: What is set in the system, for a key that is inherited from there.
    """
    return resolve(
        key,
        Scope(USER_SETTINGS, own_values(row.settings)),
        Scope(DOMAIN_SETTINGS, own_values(row.domain_settings)),
        Scope(SYSTEM_SETTINGS, system),
    )


def user_row(row: Any) -> UserRow:
    """Make the tables' row of a user."""
    return UserRow(
        row.id,
        row.address,
        row.home,
        row.kind,
        value_for_user(row, "box_limit_octets"),
        value_for_user(row, "message_limit_octets"),
        user_flags(row),
        row.version,
    )


MOVING_KEY = "moving"
"""No setting, but a state that is kept beside a domain's: its mail is being moved."""


def is_moving(settings: str) -> bool:
    """Tell whether a domain's mail is being moved, by what is kept of it."""
    return MOVING_KEY in own_values(settings)


def user_flags(row: Any) -> int:
    """Return the flags of the tables' row."""
    own = own_values(row.settings)
    has_limit = own.get("daily_messages") or own.get("daily_octets")
    rests = own.get("sending_limits_off", False)
    flags = HAS_DAILY_LIMIT if has_limit and not rests else 0
    flags |= SENDS_WITHOUT_LOGIN if own.get("smtp_auth_not_needed") else 0
    flags |= 0 if value_for_user(row, "virus_check") else UNCHECKED
    if row.kind == "normal":
        flags |= FORWARDS if own.get("forwarding_on") else 0
        flags |= REPLIES if own.get("reply_on") else 0
    return flags | MOVING if is_moving(row.domain_settings) else flags


def forward_row(row: Any, addresses: tuple[str, ...], sent: Sent | None) -> ForwardRow:
    """Make the tables' row of a user's forwards.

    Args:
        row: Of the user.
        addresses: The list.
        sent: What the user sent lately.
    """
    keeps = value_for_user(row, "forwards_keep_copy")
    return ForwardRow(row.id, addresses, keeps, day_row(row, sent))


def day_row(row: Any, sent: Sent | None) -> DayRow | None:
    """Make the row of what a user may send in a day; None: anything."""
    if not user_flags(row) & HAS_DAILY_LIMIT:
        return None
    limits = value_for_user(row, "daily_messages"), value_for_user(row, "daily_octets")
    if sent is None:
        return DayRow(*limits)
    return DayRow(*limits, sent.day, sent.messages, sent.octets)


def reply_row(row: Any) -> ReplyRow:
    """Make the tables' row of a user's automatic reply."""
    return ReplyRow(
        row.id,
        value_for_user(row, "reply_from"),
        value_for_user(row, "reply_name"),
        value_for_user(row, "reply_subject"),
        value_for_user(row, "reply_text"),
        value_for_user(row, "reply_days"),
    )


def rule_row(row: Any) -> RuleRow:
    """Make the tables' row of a rule."""
    return RuleRow(
        row.id,
        row.domain_id or 0,
        row.user_id or 0,
        row.position,
        row.name,
        row.definition.encode(),
    )


def _suspended(scope: Scope, *, is_moving: bool) -> tuple[str, ...]:
    """Return what is stopped for a domain: while its mail is moved, all of that."""
    chosen = tuple(resolve("suspended", scope))
    if not is_moving:
        return chosen
    return (*MAIL_SERVICES, *(one for one in chosen if one not in MAIL_SERVICES))


def domain_row(row: Any, aliases: tuple[str, ...] = ()) -> DomainRow:
    """Make the tables' row of a domain."""
    scope = Scope(DOMAIN_SETTINGS, own_values(row.settings))
    return DomainRow(
        row.id,
        row.name,
        row.kind,
        aliases,
        _suspended(scope, is_moving=is_moving(row.settings)),
        row.catch_all_id or 0,
        row.monitor_id or 0,
        resolve("delivery_address", scope),
        resolve("priority", scope),
        scope.own.get("session_octets"),
        scope.own.get("session_messages"),
        scope.own.get("over_limit_notice", ""),
        scope.own.get("over_limit_threshold", 0),
        scope.own.get("smart_host_on"),
        resolve("smart_host", scope),
        resolve("smart_host_tls", scope),
        resolve("smart_host_user", scope),
        resolve("recipient_check", scope),
        resolve("virus_check", scope),
    )

"""Which settings are only seen by whom they are about, and why (DECISIONS 25).

Rules:
    What of a domain is not said to be its administrators' here is the system
    administrator's; it is shown to them all the same. So are to a user the limits that
    are set for the account.

Manual: 6.1, 6.2, 7.1, 7.4.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from msgspec.structs import replace

from mailmax.webadmin.api.words import Value
from mailmax.webadmin.authorize import DomainAdministrator, Principal, domain_of
from mailmax.webadmin.rest.problems import Problem

OPEN_KEYS: Final = frozenset({"catch_all", "over_limit_notice", "over_limit_threshold"})
"""What a domain's administrators change."""
WHY: Final[Mapping[str, str]] = {
    "path": "it names a directory of the server",
    "route": "it decides where mail goes",
    "limit": "it is a limit that was set for the domain",
    "login": "it decides who gets in",
    "privacy": "it gives one person the mail of others",
    "service": "it decides what the domain is served with",
    "account": "it is a limit that was set for the account",
    "check": "it decides whether mail is checked for viruses",
}
"""Why not, by the word that is told."""
_RESERVED: Final[Mapping[str, str]] = {
    "mail_root": "path",
    **dict.fromkeys(
        (
            *("kind", "delivery_address", "priority", "recipient_check"),
            *("smart_host_on", "smart_host", "smart_host_tls"),
            *("smart_host_user", "smart_host_password"),
        ),
        "route",
    ),
    **dict.fromkeys(
        (
            *("box_limit_octets", "max_users", "message_limit_octets"),
            *("session_octets", "session_messages"),
            *("housekeeping", "housekeeping_days"),
        ),
        "limit",
    ),
    "blank_passwords": "login",
    "monitor": "privacy",
}


_OF_USERS: Final[Mapping[str, str]] = {
    "kind": "login",
    "smtp_auth_not_needed": "login",
    "virus_check": "check",
}


def why_reserved(key: str) -> str:
    """Return in a word why a setting is not a domain administrator's."""
    return "" if key in OPEN_KEYS else _RESERVED.get(key, "service")


def why_reserved_of_user(key: str) -> str:
    """Return in a word why a setting of a user is an administrator's."""
    return _OF_USERS.get(key, "account")


def marked(rows: Iterable[Value], principal: Principal) -> list[Value]:
    """Mark what somebody may see and not change."""
    if not isinstance(principal, DomainAdministrator):
        return list(rows)
    return [replace(row, reserved=why_reserved(row.key)) for row in rows]


def check_open(principal: DomainAdministrator, settings: Mapping[str, Any]) -> None:
    """Refuse what is not left to a domain's administrators.

    Raises:
        Problem: Names the first.
    """
    for key, value in settings.items():
        if key not in OPEN_KEYS:
            detail = "only a system administrator may change this"
            why = WHY[why_reserved(key)]
            raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", detail, key[:60], why)
        is_address = key == "catch_all" and bool(value)
        if is_address and domain_of(str(value)) not in principal.domains:
            detail = "there is no such user in your domains"
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise Problem(status, "bad_value", detail, key)

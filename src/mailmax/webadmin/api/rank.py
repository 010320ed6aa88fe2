"""What administrators of domains, and users themselves, may change of a user.

Rules:
    Nobody changes who may more than oneself (TRUST I3).

Manual: 7.4; DECISIONS 25.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.users import ADMINISTERS, SYSTEM_ADMINISTRATOR, ShowUser
from mailmax.webadmin.api.reserved import WHY, why_reserved_of_user
from mailmax.webadmin.api.words import Value
from mailmax.webadmin.authorize import (
    DomainAdministrator,
    Principal,
    SystemAdministrator,
    User,
    domain_of,
    is_same,
)
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import Problem

OWN_KEYS = frozenset(
    {
        "first_name",
        "last_name",
        "forwarding_on",
        "forwards",
        "forwards_keep_copy",
        "reply_on",
        "reply_from",
        "reply_name",
        "reply_subject",
        "reply_text",
        "reply_days",
    }
)
"""What users set for themselves."""
ADMINISTRATOR_KEYS = OWN_KEYS | {"kind", "virus_check"}
"""What a domain's administrators set for its users."""


def check_keys(call: Call, address: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that are not the caller's to change.

    Raises:
        Problem: Names the first.
    """
    open_keys = _open_keys(call.principal, address)
    for key in settings:
        if open_keys is not None and key not in open_keys:
            detail = "only an administrator with more rights may change this"
            why = WHY[why_reserved_of_user(key)]
            raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", detail, key[:60], why)


def marked_user(rows: Iterable[Value], call: Call, address: str) -> list[Value]:
    """Mark what the caller may see of a user and not change."""
    open_keys = _open_keys(call.principal, address)
    return [
        row
        if open_keys is None or row.key in open_keys
        else replace(row, reserved=why_reserved_of_user(row.key))
        for row in rows
    ]


def _open_keys(principal: Principal, address: str) -> frozenset[str] | None:
    """Return what of a user may be changed; None: all of it."""
    if isinstance(principal, DomainAdministrator):
        is_own = is_same(principal.address, address)
        return OWN_KEYS if is_own else ADMINISTRATOR_KEYS
    return OWN_KEYS if isinstance(principal, User) else None


def is_administered(call: Call, address: str) -> bool:
    """Tell whether an address is in a domain that the caller administers."""
    principal = call.principal
    if isinstance(principal, DomainAdministrator):
        return domain_of(address) in principal.domains
    return isinstance(principal, SystemAdministrator)


async def check_rank(call: Call, address: str) -> None:
    """Refuse to change a user who may more than the caller.

    Raises:
        Problem: The user administers what the caller does not.
    """
    principal = call.principal
    if not isinstance(principal, DomainAdministrator):
        return
    if is_same(principal.address, address):
        return
    detail = await call.ask(ShowUser(address), Detail)
    told = {row.key: json.loads(row.value) for row in detail.rows}
    more = told.get(SYSTEM_ADMINISTRATOR, False) or _beyond(
        told.get(ADMINISTERS, ()), principal
    )
    if more:
        why = "this user administers more than you do"
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", why)


def _beyond(domains: Iterable[str], principal: DomainAdministrator) -> bool:
    return any(name.lower() not in principal.domains for name in domains)

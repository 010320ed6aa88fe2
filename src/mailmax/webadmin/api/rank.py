"""What administrators of domains, and users themselves, may change of a user.

Rules:
    Nobody changes who may more than oneself (TRUST I3).

Manual: 7.4; DECISIONS 25.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.users import ADMINISTERS, SYSTEM_ADMINISTRATOR, ShowUser
from mailmax.webadmin.authorize import (
    DomainAdministrator,
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
    principal = call.principal
    if isinstance(principal, DomainAdministrator):
        is_own = is_same(principal.address, address)
        open_keys = OWN_KEYS if is_own else ADMINISTRATOR_KEYS
    elif isinstance(principal, User):
        open_keys = OWN_KEYS
    else:
        return
    for key in settings:
        if key not in open_keys:
            detail = "only a system administrator may change this"
            raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", detail, key[:60])


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

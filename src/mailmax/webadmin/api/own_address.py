"""Nobody bans the address that they come from: the next request would not get in.

See Also:
    `datamax.lockout`, which refuses it.

Manual: 4.8.
"""

from http import HTTPStatus

from mailmax.hub.contract.access import (
    AddFilter,
    ChangeFilter,
    MoveFilter,
    RemoveFilter,
)
from mailmax.hub.contract.administration import Changed
from mailmax.policy.access import Pattern, matches, octets_of
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import Problem

_ASKER = "asker"


def is_own(pattern: Pattern, peer: str) -> bool:
    """Tell whether a filter matches the address that a request came from."""
    octets = octets_of(peer)
    return bool(octets) and matches(pattern, octets)


async def change_filters(
    call: Call, request: AddFilter | ChangeFilter | MoveFilter | RemoveFilter
) -> Changed:
    """Change filters.

    Raises:
        Problem: The hub refuses it, perhaps because it shuts out who asks.
    """
    try:
        return await call.change(request)
    except Problem as problem:
        told = problem.body
        if told.field != _ASKER:
            raise
        code, status = "own_address", HTTPStatus.CONFLICT
        raise Problem(status, code, told.detail, "ip", told.hint) from problem

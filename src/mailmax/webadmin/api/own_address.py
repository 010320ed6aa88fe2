"""Nobody bans the address that they come from: the next request would not get in.

Rules:
    What decides is the first filter that matches, so a ban below one that lets the
    caller in is no harm. At the server itself everything may be said.

Manual: 4.8.
"""

from http import HTTPStatus

from mailmax.hub.contract.access import AddressTried, TryAddress
from mailmax.policy.access import Pattern, matches, octets_of, read_pattern
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import Problem

_BANNED = "banned"


def is_own(pattern: Pattern, peer: str) -> bool:
    """Tell whether a filter matches the address that a request came from."""
    octets = octets_of(peer)
    return bool(octets) and matches(pattern, octets)


async def check_own_address(
    call: Call, pattern: str, kind: str, connection: str, place: int
) -> None:
    """Refuse a ban that would shut out who asks for it.

    Args:
        call: Whose.
        pattern: Of the filter to be.
        kind: Of it.
        connection: In whose list; empty: in the system's.
        place: Of it in that list, from 1; 0: last.

    Raises:
        Problem: It would.
    """
    found = read_pattern(pattern)
    peer = call.exchange.peer
    if kind != _BANNED or not isinstance(found, Pattern) or not is_own(found, peer):
        return
    tried = await call.ask(TryAddress(peer, connection), AddressTried)
    first = tried.own if connection else tried.system
    if first is not None and (not place or first.place < place):
        return
    why = f"you come from {peer}, which it matches: you would be shut out"
    cure = "ban others alone, or say it at the server: mailmax filter add"
    raise Problem(HTTPStatus.CONFLICT, "own_address", why, "ip", cure)

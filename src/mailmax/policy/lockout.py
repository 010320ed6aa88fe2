"""Whether a change of IP filters would shut out who makes it.

Rules:
    The first filter that matches decides, so all that counts is what the list as it
    would be says of one address: a ban far below a filter that lets it in is no harm,
    and taking that one away is. Whom the list bans already loses nothing.

Manual: 4.8, 5.4.
"""

from collections.abc import Iterable

from mailmax.policy.access import Pattern, matches, read_pattern

Line = tuple[str, str]
"""Pattern and kind of a filter."""


def shuts_out(before: Iterable[Line], after: Iterable[Line], octets: bytes) -> bool:
    """Tell whether a list would ban an address that it does not ban now.

    Args:
        before: The list as it is, in its order.
        after: As it would be.
        octets: Of the address.
    """
    return _is_banned(after, octets) and not _is_banned(before, octets)


def _is_banned(lines: Iterable[Line], octets: bytes) -> bool:
    for pattern, kind in lines:
        found = read_pattern(pattern)
        if isinstance(found, Pattern) and matches(found, octets):
            return kind == "banned"
    return False

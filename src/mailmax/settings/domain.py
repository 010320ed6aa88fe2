"""Settings of one domain, in the order of the manual's dialog (6.1, 6.2).

Rules:
    Only settings that act stand here. What other rows point to (catch-all, monitor)
    is no value but a reference, and stands with the domain itself.

Manual: 6.1, 6.2; DECISIONS 4, 5.
"""

from collections.abc import Mapping

from mailmax.base.units import GIB
from mailmax.settings.field import Field
from mailmax.settings.kinds import number, octets

HIGHEST_LIMIT_OCTETS = 1 << 50

_FIELDS = (
    Field(
        key="box_limit_octets",
        label="Default box size",
        default=0,
        check=octets(0, HIGHEST_LIMIT_OCTETS),
        help="How much mail a user of the domain may have, where the user has no "
        "limit of the own. 0: no limit. k, M and G are understood.",
        manual="6.2",
        unit="octets",
    ),
    Field(
        key="max_users",
        label="Max user boxes",
        default=0,
        check=number(0, 10_000_000),
        help="How many users the domain may have. 0: no limit.",
        manual="6.2",
    ),
    Field(
        key="message_limit_octets",
        label="Message limit",
        default=0,
        check=octets(0, GIB),
        help="The largest message that a user of the domain may send or get, where "
        "the user has no limit of the own. 0: the system's.",
        manual="6.2",
        unit="octets",
    ),
)

DOMAIN_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}

"""Settings of one listening address, in the order of the manual's dialog (5.1, 5.3).

Manual: 5.1, 5.3.
"""

from collections.abc import Mapping

from mailmax.settings.field import Field
from mailmax.settings.kinds import boolean, domain_name, optional

_FIELDS = (
    Field(
        key="display_name",
        label="Default connection display name",
        default="",
        check=optional(domain_name),
        help="Name that services greet with at this address. Empty: the system's host "
        "name.",
        manual="5.1",
    ),
    Field(
        key="default_domain",
        label="Default domain",
        default="",
        check=optional(domain_name),
        help="Domain of login names that are given without one at this address. Empty: "
        "the system's.",
        manual="5.1",
    ),
    Field(
        key="bans_trap_senders",
        label="Add senders to spam traps to the bans",
        default=False,
        check=boolean,
        help="Who sends mail to a spam trap by this address is banned.",
        manual="5.3",
    ),
)

BINDING_SETTINGS: Mapping[str, Field] = {field.key: field for field in _FIELDS}

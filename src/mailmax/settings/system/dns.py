"""Settings of DNS (manual 4.6).

Manual: 4.6.
"""

from mailmax.settings.field import Field
from mailmax.settings.kinds import name_servers

FIELDS = (
    Field(
        key="name_servers",
        label="Name servers",
        default=[],
        check=name_servers,
        help="Asked in place of the system's own, in this order; a port may follow. "
        "Empty: the system's.",
        manual="4.6",
    ),
)

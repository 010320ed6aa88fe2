"""Settings of open relay checking: DNS block lists (manual 4.2).

Manual: 4.2; DECISIONS 30.
"""

from mailmax.settings.field import Field
from mailmax.settings.kinds import block_lists, boolean

FIELDS = (
    Field(
        key="dnsbl_on",
        label="Open relay checking",
        default=False,
        check=boolean,
        help="Ask the lists below about each client of port 25, and refuse mail from "
        "those that are listed, unless they log in. Lists that do not answer let pass.",
        manual="4.2",
    ),
    Field(
        key="dnsbl_zones",
        label="Open relay lists",
        default=[],
        check=block_lists,
        help="Block lists, the first that lists a client gives the words: zones, as "
        "dnsbl.example.org, with commas between; ZONE@IP or ZONE@IP:PORT asks that "
        "server in place of the name servers.",
        manual="4.2",
    ),
)

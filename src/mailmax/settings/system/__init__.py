"""Global settings: the same for every service, kept in the database (manual 4).

Theory:
    One `Field` a setting, one module a page of the manual, in its order. The hub
    checks a new value with it, the tables carry its value as JSON,
    `hub.tables.setting(key)` gives it back. Only settings that act stand here.

Manual: 4.1 to 4.6, 4.10, 4.11.
"""

from collections.abc import Mapping

from mailmax.settings.field import Field
from mailmax.settings.system import (
    block_lists,
    dns,
    general,
    housekeeping,
    logs,
    pop_imap,
    queue,
    smtp,
    virus,
)

SYSTEM_SETTINGS: Mapping[str, Field] = {
    field.key: field
    for page in (
        general,
        housekeeping,
        block_lists,
        smtp,
        queue,
        pop_imap,
        dns,
        logs,
        virus,
    )
    for field in page.FIELDS
}

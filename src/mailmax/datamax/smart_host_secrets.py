"""Passwords of smart hosts: as they are kept, shown and pushed. Units of work.

Rules:
    Whoever asks for settings learns whether there is one, and nothing else.
"""

import logging
from typing import Any

import msgspec
from sqlalchemy import Connection

from mailmax.datamax.rows import own_values
from mailmax.datamax.sealing import Seal
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.rows import SmartHostSecretRow
from mailmax.settings.field import Field
from mailmax.store.accounts import domain_units, units

KEY = "smart_host_password"
OF_THE_SYSTEM = 0
MASK = "********"

_log = logging.getLogger("datamax")


def shown(field: Field, value: Any) -> Any:
    """Return a value as administrators see it."""
    return MASK if field.is_secret and value else value


def secret_row(seal: Seal, owner: int, kept: str) -> SmartHostSecretRow:
    """Make the row that QueueMax gets; an empty password stands for none."""
    secret = seal.open_text(owner, kept) if kept else ""
    if secret is None:
        _log.error("%s of %s cannot be read: set it again", KEY, owner or "the system")
    return SmartHostSecretRow(owner, Secret(secret or ""))


def secret_rows(tx: Connection, seal: Seal) -> tuple[SmartHostSecretRow, ...]:
    """Return every password that there is."""
    system = units.all_settings(tx).get(KEY)
    kept = {OF_THE_SYSTEM: msgspec.json.decode(system)} if system else {}
    for row in domain_units.all_domains(tx):
        own = own_values(row.settings).get(KEY)
        if own:
            kept[row.id] = own
    return tuple(secret_row(seal, owner, text) for owner, text in kept.items())

"""Which users administer what: set and shown (manual 7.4). Units of work.

Rules:
    Only who can log in administers. The whole system is given after a warning alone.

Manual: 7.4, 12.
"""

from sqlalchemy import Connection

from mailmax.datamax import domain_values, users
from mailmax.datamax.effect import Effect
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import (
    administrator_units,
    units,
    user_lines,
    web_units,
)

MOST_DOMAINS = 10_000


def set_administration(tx: Connection, request: SetAdministration) -> Effect | Denied:
    """Let a user administer what was asked, and nothing else."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    refused = _refused(row, request)
    if refused is not None:
        return refused
    numbers: dict[int, None] = {}
    for name in request.domains:
        domain = domain_values.find(tx, name)
        if isinstance(domain, Denied):
            return domain
        numbers[domain.id] = None
    administrator_units.put_administration(
        tx, row.id, tuple(numbers), is_system=request.is_system
    )
    user_lines.renew(tx, [row.id])
    web_units.delete_sessions_of(tx, row.id)  # a new one has the new rights
    return Effect(row.id, principals=True)


def _refused(row: units.AnyRow, request: SetAdministration) -> Denied | None:
    if request.is_system and request.domains:
        return Denied(
            "bad_value",
            "domains",
            "who administers the system administers every domain",
            "give domains or the system, not both",
        )
    if len(request.domains) > MOST_DOMAINS:
        return Denied(
            "bad_value",
            "domains",
            f"{len(request.domains)} are too many",
            f"give at most {MOST_DOMAINS}",
        )
    wants = request.is_system or request.domains
    if wants and row.kind != "normal":
        return Denied(
            "conflict",
            "kind",
            f"{row.address} is {row.kind}: nobody logs in there",
            f"make it a normal one first: mailmax user set {row.address} kind=normal",
        )
    if request.is_system and not request.confirmed:
        return Denied(
            "conflict",
            "system",
            f"CAUTION: {row.address} will have every right that these commands have, "
            "over all domains, users and settings",
            "only for whom you trust with the whole system; confirm with --yes",
        )
    return None

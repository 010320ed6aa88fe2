"""What a change of the database does to the tables of the services."""

from dataclasses import dataclass
from typing import Any

from mailmax.base.ids import UserId
from mailmax.hub.contract import (
    AliasRow,
    CredentialChanged,
    Denied,
    DomainRow,
    SettingRow,
    TableUpdate,
    Topic,
    UserRow,
)
from mailmax.settings.field import BadValue

_FIELDS_OF: dict[Topic, tuple[str, ...]] = {
    "settings": ("settings",),
    "domains": ("domains", "gone_domains"),
    "addresses": ("users", "aliases", "gone_users", "gone_aliases"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Rows that are new, changed or gone; made inside a unit of work."""

    item_id: int = 0
    note: str = ""
    settings: tuple[SettingRow, ...] = ()
    domains: tuple[DomainRow, ...] = ()
    users: tuple[UserRow, ...] = ()
    aliases: tuple[AliasRow, ...] = ()
    gone_domains: tuple[str, ...] = ()
    gone_users: tuple[int, ...] = ()
    gone_aliases: tuple[str, ...] = ()
    credentials: tuple[CredentialChanged, ...] = ()
    """Open sessions of these users end."""

    def update_for(
        self, topics: frozenset[Topic], epoch: bytes, version: int
    ) -> TableUpdate | None:
        """Return what a service that holds these topics must hear, if anything."""
        rows: dict[str, Any] = {
            name: getattr(self, name) for topic in topics for name in _FIELDS_OF[topic]
        }
        if not any(rows.values()):
            return None
        return TableUpdate(epoch, version, False, **rows)


def user_row(row: Any) -> UserRow:
    """Make the tables' row of a row of the database."""
    return UserRow(
        UserId(row.id),
        row.address,
        row.home,
        row.enabled,
        row.box_limit_octets,
        row.message_limit_octets,
    )


def denied(bad: BadValue) -> Denied:
    """Say that a value is bad."""
    return Denied("bad_value", bad.field, bad.reason, bad.cure)


def not_found(field: str, what: str) -> Denied:
    """Say that there is no such thing."""
    return Denied("not_found", field, f"there is no {what}", "look at the list")


def conflict(field: str, what: str) -> Denied:
    """Say that it is there already."""
    return Denied("conflict", field, what, "choose another")

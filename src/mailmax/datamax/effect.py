"""What a change of the database does to the tables of the services."""

from dataclasses import dataclass
from typing import Any

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import (
    AccessRow,
    AliasRow,
    BanRow,
    BindingRow,
    BlockRow,
    DomainRow,
    ForwardRow,
    ListenerRow,
    MemberRow,
    ReplyRow,
    RuleRow,
    SettingRow,
    SharedRow,
    SmartHostSecretRow,
    UserRow,
    WindowRow,
)
from mailmax.hub.contract.tables import TableUpdate, Topic
from mailmax.settings.field import BadValue

PIECE_ROWS = 5_000
"""Rows in one update: at most some 3 MB, below the limit of a frame."""
LONG_PIECE_ROWS = 200
"""Of lists of forwards, of texts, of rules: 32 kB a row, 7 MB at most."""

_LONG = frozenset({"forwards", "replies", "rules"})

_FIELDS_OF: dict[Topic, tuple[str, ...]] = {
    "settings": ("settings",),
    "domains": ("gone_domains", "domains"),
    "addresses": ("gone_aliases", "gone_users", "users", "aliases"),
    "bindings": (
        "gone_listeners",
        "gone_bindings",
        "gone_access",
        "bindings",
        "listeners",
        "access",
    ),
    "bans": ("gone_bans", "bans"),
    "visitors": ("gone_blocks", "gone_windows", "blocks", "windows"),
    "forwarding": ("forwards", "replies", "gone_rules", "rules"),
    "smart_host_secrets": ("smart_host_secrets",),
    "cluster": ("gone_members", "gone_shared", "members", "shared"),
}
"""What goes comes first, so that an address may change hands in one change."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Rows that are new, changed or gone; made inside a unit of work."""

    item_id: int = 0
    note: str = ""
    settings: tuple[SettingRow, ...] = ()
    domains: tuple[DomainRow, ...] = ()
    users: tuple[UserRow, ...] = ()
    aliases: tuple[AliasRow, ...] = ()
    gone_domains: tuple[int, ...] = ()
    gone_users: tuple[int, ...] = ()
    gone_aliases: tuple[str, ...] = ()
    bindings: tuple[BindingRow, ...] = ()
    listeners: tuple[ListenerRow, ...] = ()
    access: tuple[AccessRow, ...] = ()
    bans: tuple[BanRow, ...] = ()
    gone_bindings: tuple[int, ...] = ()
    gone_listeners: tuple[int, ...] = ()
    gone_access: tuple[int, ...] = ()
    gone_bans: tuple[int, ...] = ()
    blocks: tuple[BlockRow, ...] = ()
    windows: tuple[WindowRow, ...] = ()
    gone_blocks: tuple[str, ...] = ()
    gone_windows: tuple[tuple[str, int], ...] = ()
    forwards: tuple[ForwardRow, ...] = ()
    replies: tuple[ReplyRow, ...] = ()
    smart_host_secrets: tuple[SmartHostSecretRow, ...] = ()
    members: tuple[MemberRow, ...] = ()
    shared: tuple[SharedRow, ...] = ()
    gone_members: tuple[int, ...] = ()
    gone_shared: tuple[tuple[int, str], ...] = ()
    rules: tuple[RuleRow, ...] = ()
    gone_rules: tuple[int, ...] = ()
    credentials: tuple[CredentialChanged, ...] = ()
    """Open sessions of these users end."""
    principals: bool = False
    """What somebody may do by the web is another matter now, or nothing."""

    def updates_for(
        self, topics: frozenset[Topic], epoch: bytes, version: int
    ) -> list[TableUpdate]:
        """Return what a service that holds these topics must hear, in pieces."""
        pieces: list[dict[str, Any]] = [
            {name: getattr(self, name)[begin : begin + _rows_of(name)]}
            for topic in topics
            for name in _FIELDS_OF[topic]
            for begin in range(0, len(getattr(self, name)), _rows_of(name))
        ]
        if sum(_share(piece) for piece in pieces) <= 1:
            pieces = [dict(row for piece in pieces for row in piece.items())]
        return [
            TableUpdate(epoch, version, False, number == len(pieces), **piece)
            for number, piece in enumerate(pieces, 1)
            if piece
        ]


def _rows_of(name: str) -> int:
    return LONG_PIECE_ROWS if name in _LONG else PIECE_ROWS


def _share(piece: dict[str, Any]) -> float:
    """Return how much of an update some rows fill."""
    return sum(len(rows) / _rows_of(name) for name, rows in piece.items())


class Withdrawn(Exception):
    """A unit of work is taken back as a whole, and the answer is this."""

    def __init__(self, why: Denied) -> None:
        """Keep the answer."""
        super().__init__(str(why))
        self.why = why


def denied(bad: BadValue) -> Denied:
    """Say that a value is bad."""
    return Denied("bad_value", bad.field, bad.reason, bad.cure)


def not_found(field: str, what: str) -> Denied:
    """Say that there is no such thing, and where those that there are can be seen.

    Args:
        field: What named it.
        what: Begins with the kind of thing.
    """
    command = _SHOWN_BY[what.partition(" ")[0]]
    return Denied(
        "not_found", field, f"there is no {what}", f"look at: mailmax {command}"
    )


_SHOWN_BY = {
    "alias": "alias list",
    "other": "domain list",
    "ban": "ban list",
    "block": "tarpit list",
    "connection": "connection list",
    "domain": "domain list",
    "filter": "filter list",
    "forward": "user show ADDRESS",
    "member": "cluster list",
    "move": "housekeeping status",
    "group": "system group list",
    "rule": "rule list",
    "system": "system list",
    "user": "user list",
}
"""By the first word of what is missing."""


def conflict(field: str, what: str) -> Denied:
    """Say that it is there already."""
    return Denied("conflict", field, what, "choose another")

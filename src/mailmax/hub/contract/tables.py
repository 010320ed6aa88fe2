"""Tables that the hub pushes to services.

Theory:
    A service names its topics, gets the whole tables once, in pieces, then the
    differences, and acknowledges each version after it acts (DESIGN 2). A table has an
    epoch; a new one (restored database) means the whole table again.
"""

from typing import Literal

from mailmax.hub.contract.message import Done, Message, Request
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

Topic = Literal[
    "settings",
    "domains",
    "addresses",
    "bindings",
    "bans",
    "visitors",
    "forwarding",
    "smart_host_secrets",
    "cluster",
]
"""`addresses` is users and aliases: only SMTPMax and the filer hold them.
`forwarding` is forwards, automatic replies, rules: only the filer holds them.
`smart_host_secrets` is given to QueueMax and to nobody else.
`cluster` is the members of the cluster and their addresses."""

LOGIN_TOPICS: frozenset[Topic] = frozenset({"settings", "domains", "bindings"})
ALL_TOPICS: frozenset[Topic] = frozenset(
    {"settings", "domains", "addresses", "bindings", "bans", "visitors", "cluster"}
)
QUEUE_TOPICS: frozenset[Topic] = LOGIN_TOPICS | {"smart_host_secrets", "cluster"}
FILER_TOPICS: frozenset[Topic] = (ALL_TOPICS - {"visitors"}) | {"forwarding"}


class Subscribe(Request[Done], frozen=True, array_like=True, tag=16):
    """Send me these tables from now on."""

    topics: frozenset[Topic]
    epoch: bytes = b""
    """What is held already, so that an unchanged table is not sent again."""
    version: int = 0


class TableUpdate(Message, frozen=True, array_like=True, tag=17):
    """Hub to services: rows that are new or changed, and keys that are gone."""

    epoch: bytes
    version: int
    whole: bool
    """Forget what was known: these are the tables from their beginning."""
    last: bool = True
    """The version is complete with this piece."""
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
    """Of a member: addresses that it has no more."""
    rules: tuple[RuleRow, ...] = ()
    gone_rules: tuple[int, ...] = ()


class Ack(Message, frozen=True, array_like=True, tag=18):
    """Service to hub: I act by this version."""

    epoch: bytes
    version: int

"""The pushed tables as a service holds them: look-ups without asking anybody.

Theory:
    Rows are msgspec structs outside the garbage collector, reached through plain
    dicts: by address key, by user id. Pieces of a version are put aside until the
    last one is there, then take effect together, so a look-up never sees half of a
    change. The object stays the same for the life of the process: rooms may keep it.
    Only a thread beside the loop could see half of one; `turns` tells it so.

Limits:
    100,000 users: some 45 MB, a look-up 0.1 us.
"""

from typing import Any

import msgspec

from mailmax.hub.cluster_table import ClusterTable
from mailmax.hub.contract.rows import (
    FORWARDS,
    HAS_DAILY_LIMIT,
    REPLIES,
    AliasRow,
    DomainRow,
    ForwardRow,
    ReplyRow,
    RuleRow,
    SmartHostSecretRow,
    UserRow,
)
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.doors_table import DoorsTable
from mailmax.hub.rules_table import RulesTable
from mailmax.hub.visitors_table import VisitorsTable
from mailmax.settings.system import SYSTEM_SETTINGS


class Users:
    """Users by their number."""

    __slots__ = ("_by_address", "_by_id")

    def __init__(self) -> None:
        """Begin without users."""
        self._by_id: dict[int, UserRow] = {}
        self._by_address: dict[str, UserRow] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def by_id(self, user_id: int) -> UserRow | None:
        """Return the user of that number."""
        return self._by_id.get(user_id)

    def by_address(self, key: str) -> UserRow | None:
        """Return the user whose own address that is (aliases are not looked at)."""
        return self._by_address.get(key)

    def add(self, row: UserRow) -> None:
        """Take a new or changed row."""
        self.remove(row.user_id)
        self._by_id[row.user_id] = row
        self._by_address[row.address] = row

    def remove(self, user_id: int) -> None:
        """Forget that user, if known."""
        row = self._by_id.pop(user_id, None)
        if row is not None and self._by_address.get(row.address) is row:
            del self._by_address[row.address]


class Tables:
    """All tables that were subscribed to, in one version."""

    __slots__ = (
        "_aliases",
        "_by_number",
        "_domains",
        "_domains_notify",
        "_forwards",
        "_pieces",
        "_replies",
        "_settings",
        "_smart_host_secrets",
        "cluster",
        "doors",
        "epoch",
        "has_monitors",
        "rules",
        "turns",
        "users",
        "version",
        "visitors",
    )

    def __init__(self) -> None:
        """Begin with nothing known (version 0)."""
        self.epoch = b""
        self.version = 0
        self.turns = 0
        """Odd while a change is being taken; the same before and after a look-up in
        another thread: what was found belongs to one version."""
        self._pieces: list[TableUpdate] = []
        self.doors = DoorsTable()
        self.visitors = VisitorsTable()
        self.cluster = ClusterTable()
        self.rules = RulesTable()
        self._forget()

    @property
    def are_known(self) -> bool:
        """At least one whole version has arrived."""
        return self.version > 0

    def find(self, key: str) -> UserRow | None:
        """Return whose address or alias that is.

        Args:
            key: ``local@domain`` in lower case; the domain may be an alias.
        """
        row = self._find_exactly(key)
        if row is not None:
            return row
        local, _, name = key.rpartition("@")
        domain = self._domains.get(name)
        if domain is None or domain.name == name:
            return None
        return self._find_exactly(f"{local}@{domain.name}")

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return the user of that number."""
        return self.users.by_id(user_id)

    def _find_exactly(self, key: str) -> UserRow | None:
        row = self.users.by_address(key)
        if row is not None:
            return row
        alias = self._aliases.get(key)
        return None if alias is None else self.users.by_id(alias.user_id)

    def domain(self, name: str) -> DomainRow | None:
        """Return the domain of that name or alias."""
        return self._domains.get(name)

    def rules_for(self, user: UserRow) -> tuple[tuple[RuleRow, ...], ...]:
        """Return the rules of the system, of the domain and of the user.

        A disabled user and a spam trap have none of their own that act.
        """
        domain = self.domain(user.address.rpartition("@")[2])
        return (
            self.rules.of(),
            () if domain is None else self.rules.of(domain_id=domain.domain_id),
            self.rules.of(user_id=user.user_id) if user.kind == "normal" else (),
        )

    def forwards_of(self, user_id: int) -> ForwardRow | None:
        """Return where mail goes as well, and what may leave in a day."""
        return self._forwards.get(user_id)

    def reply_of(self, user_id: int) -> ReplyRow | None:
        """Return what a user answers by itself; None while that is off."""
        return self._replies.get(user_id)

    @property
    def has_notices(self) -> bool:
        """Some users may be told that their boxes are nearly full."""
        return self._domains_notify or self.setting("over_limit_notice") != "none"

    def notice_for(self, domain: str) -> tuple[str, int]:
        """Return measure and threshold of the over-limit notice in a domain."""
        row = self._domains.get(domain)
        measure = row.over_limit_notice if row else ""
        threshold = row.over_limit_threshold if row else 0
        return (
            measure or self.setting("over_limit_notice"),
            threshold or self.setting("over_limit_threshold"),
        )

    def smart_host_password(self, owner: int) -> str:
        """Return the password for a domain's smart host (0: the system's), or none."""
        row = self._smart_host_secrets.get(owner)
        return "" if row is None else row.password.value

    @property
    def domains(self) -> tuple[DomainRow, ...]:
        """All local domains."""
        return tuple(self._by_number.values())

    def setting(self, key: str) -> Any:
        """Return the value of a system setting, the declared default if none came."""
        try:
            return self._settings[key]
        except KeyError:
            return SYSTEM_SETTINGS[key].default

    def apply(self, update: TableUpdate) -> bool:
        """Take one piece.

        Returns:
            True when a version became complete and acts now.
        """
        if update.whole and self._pieces and not self._pieces[0].whole:
            self._pieces.clear()
        self._pieces.append(update)
        if not update.last:
            return False
        pieces, self._pieces = self._pieces, []
        self.turns += 1
        if pieces[0].whole:
            self._forget()
        for piece in pieces:
            self._take(piece)
        self.epoch = update.epoch
        self.version = update.version
        self.turns += 1
        return True

    def drop_pieces(self) -> None:
        """The connection was lost in the middle of a version: forget its pieces."""
        self._pieces.clear()

    def _forget(self) -> None:
        self.doors.forget()
        self.visitors.forget()
        self.cluster.forget()
        self.rules.forget()
        self.users = Users()
        self._aliases: dict[str, AliasRow] = {}
        self._domains: dict[str, DomainRow] = {}
        """By name and by alias."""
        self._by_number: dict[int, DomainRow] = {}
        self.has_monitors = False
        self._domains_notify = False
        self._settings: dict[str, Any] = {}
        self._forwards: dict[int, ForwardRow] = {}
        self._replies: dict[int, ReplyRow] = {}
        self._smart_host_secrets: dict[int, SmartHostSecretRow] = {}

    def _take(self, piece: TableUpdate) -> None:
        """What goes comes first, so that a name may change hands in one change."""
        for setting in piece.settings:
            self._settings[setting.key] = msgspec.json.decode(setting.value)
        self._take_domains(piece)
        self.doors.take(piece)
        self.visitors.take(piece)
        self.cluster.take(piece)
        self.rules.take(piece)
        self._take_addresses(piece)
        self._forwards.update((row.user_id, row) for row in piece.forwards)
        self._replies.update((row.user_id, row) for row in piece.replies)
        secrets = piece.smart_host_secrets
        self._smart_host_secrets.update((row.owner, row) for row in secrets)

    def _take_domains(self, piece: TableUpdate) -> None:
        for number in piece.gone_domains:
            self._drop_domain(number)
            self._smart_host_secrets.pop(number, None)
        for domain in piece.domains:
            self._drop_domain(domain.domain_id)
            self._by_number[domain.domain_id] = domain
            for name in (domain.name, *domain.aliases):
                self._domains[name] = domain
        every = self._by_number.values()
        self.has_monitors = any(one.monitor for one in every)
        self._domains_notify = any(one.over_limit_notice for one in every)

    def _take_addresses(self, piece: TableUpdate) -> None:
        for user_id in piece.gone_users:
            self.users.remove(user_id)
            self._forwards.pop(user_id, None)
            self._replies.pop(user_id, None)
        for address in piece.gone_aliases:
            self._aliases.pop(address, None)
        for user in piece.users:
            self.users.add(user)
            if not user.flags & (FORWARDS | HAS_DAILY_LIMIT):
                self._forwards.pop(user.user_id, None)
            if not user.flags & REPLIES:
                self._replies.pop(user.user_id, None)
        for alias in piece.aliases:
            self._aliases[alias.address] = alias

    def _drop_domain(self, number: int) -> None:
        gone = self._by_number.pop(number, None)
        if gone is not None:
            for name in (gone.name, *gone.aliases):
                if self._domains.get(name) is gone:
                    del self._domains[name]

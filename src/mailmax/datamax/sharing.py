"""What another member of the cluster is told of us: addresses, and nothing else.

Theory:
    A member names its clustered domains; those that are clustered here as well are
    shared. It gets their names and aliases, and of each user number, address and
    whether mail is taken for it: rows as services have them, with all else left out.
    What follows are the parts of each change that concern these domains.

    When the shared domains themselves change, all is told anew: the member is put
    out and comes back.

Manual: 2.3.2, 6.1; DECISIONS 2.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.effect import PIECE_ROWS, Effect
from mailmax.hub.contract.rows import AliasRow, DomainRow, UserKind, UserRow
from mailmax.hub.contract.tables import TableUpdate, Topic
from mailmax.policy.recipients import CLUSTERED_KIND
from mailmax.store.accounts import cluster_units

SHARED_TOPICS: frozenset[Topic] = frozenset({"domains", "addresses"})

Names = tuple[str, ...]
"""Of a domain: the own one first."""


class Clustered:
    """The clustered domains here, by number."""

    def __init__(self) -> None:
        """Begin without any."""
        self._names: dict[int, Names] = {}

    def take(self, effect: Effect) -> bool:
        """Follow a change; tell whether it changed these domains."""
        before = dict(self._names)
        for number in effect.gone_domains:
            self._names.pop(number, None)
        for row in effect.domains:
            names = names_of(row)
            if names:
                self._names[row.domain_id] = names
            else:
                self._names.pop(row.domain_id, None)
        return self._names != before

    @property
    def every_name(self) -> Names:
        """All names of all of them."""
        return tuple(sorted(one for names in self._names.values() for one in names))

    def share_with(self, asked: Iterable[str]) -> "Share":
        """Return what is shared with whoever has these domains."""
        wanted = frozenset(asked)
        return Share(
            wanted,
            {
                number: names
                for number, names in self._names.items()
                if not wanted.isdisjoint(names)
            },
        )


class Share:
    """What one member is told."""

    def __init__(self, asked: frozenset[str], domains: dict[int, Names]) -> None:
        """Take the shared domains.

        Args:
            asked: The member's clustered domains, by all their names.
            domains: Those that are here, too.
        """
        self._asked = asked
        self._domains = domains
        self._names = frozenset(one for names in domains.values() for one in names)

    @property
    def domains(self) -> tuple[DomainRow, ...]:
        """The shared domains, as the member sees them."""
        return tuple(
            DomainRow(number, names[0], "clustered", names[1:])
            for number, names in self._domains.items()
        )

    @property
    def numbers(self) -> list[int]:
        """Of the shared domains."""
        return list(self._domains)

    def is_over(self, effect: Effect) -> bool:
        """Tell whether a change is one of the shared domains themselves."""
        if any(number in self._domains for number in effect.gone_domains):
            return True
        return any(
            self._domains.get(row.domain_id) != self._shared_names(row)
            for row in effect.domains
        )

    def part_of(self, effect: Effect) -> Effect:
        """Return what the member is told of a change."""
        if not (effect.users or effect.gone_users or effect.gone_aliases):
            return Effect(aliases=tuple(filter(self._is_shared, effect.aliases)))
        return Effect(
            users=tuple(map(shared_user, filter(self._is_shared, effect.users))),
            aliases=tuple(filter(self._is_shared, effect.aliases)),
            gone_users=effect.gone_users,
            gone_aliases=tuple(filter(self._has, effect.gone_aliases)),
        )

    def _shared_names(self, row: DomainRow) -> Names | None:
        names = names_of(row)
        return None if self._asked.isdisjoint(names) else names

    def _is_shared(self, row: UserRow | AliasRow) -> bool:
        return self._has(row.address)

    def _has(self, address: str) -> bool:
        return address.rpartition("@")[2] in self._names


def names_of(row: DomainRow) -> Names:
    """Return the names of a clustered domain; none for another."""
    return (row.name, *row.aliases) if row.kind == CLUSTERED_KIND else ()


def shared_user(row: Any) -> UserRow:
    """Return what of a user is told: number, address, whether mail is taken."""
    kind: UserKind = "disabled" if row.kind == "disabled" else "normal"
    number = row.user_id if isinstance(row, UserRow) else row.id
    return UserRow(number, row.address, "", kind)


def read_shared(
    tx: Connection, share: Share, epoch: bytes, version: int
) -> list[TableUpdate]:
    """Return all that a member is told, in pieces. A unit of work."""
    pieces = [TableUpdate(epoch, version, True, False, domains=share.domains)]
    users = map(shared_user, cluster_units.users_in(tx, share.numbers))
    pieces += [
        TableUpdate(epoch, version, True, False, users=rows) for rows in _cut(users)
    ]
    rows = cluster_units.aliases_in(tx, share.numbers)
    pieces += [
        TableUpdate(epoch, version, True, False, aliases=some)
        for some in _cut(AliasRow(*row) for row in rows)
    ]
    pieces.append(TableUpdate(epoch, version, True, True))
    return pieces


def _cut(rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    every = iter(rows)
    while piece := tuple(islice(every, PIECE_ROWS)):
        yield piece

"""What a member has told of its addresses: a table of our own, without what it is.

Theory:
    Pieces are taken as they come, so that no turn of the loop is long; those of a
    whole table into a second table, which takes the place of the first with the last
    piece. With each version comes out which addresses it touched; what they are now
    is looked up when it is passed on.

Limits:
    500,000 addresses, some 125 MB: who tells more is not listened to (`TooMany`).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from mailmax.datamax.sharing import Names
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.hub.contract.tables import TableUpdate

MOST: Final = 500_000


class TooMany(Exception):
    """A member tells more addresses than we keep."""

    def __init__(self) -> None:
        super().__init__(f"it tells more than {MOST:,} addresses")


@dataclass(slots=True)
class _Table:
    domains: dict[int, Names] = field(default_factory=dict)
    users: dict[int, str] = field(default_factory=dict)
    addresses: dict[str, bool] = field(default_factory=dict)
    """With whether it is disabled."""

    @property
    def is_too_large(self) -> bool:
        """Tell whether there is more in it than we keep."""
        return max(len(self.domains), len(self.users), len(self.addresses)) > MOST


class Told:
    """The addresses of one member."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.epoch = b""
        self.version = 0
        self._table = _Table()
        self._coming: _Table | None = None
        self._touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._table.addresses)

    @property
    def domains(self) -> tuple[Names, ...]:
        """The names of the shared domains, as the member has them."""
        return tuple(sorted(self._table.domains.values()))

    @property
    def addresses(self) -> AbstractSet[str]:
        """Every address."""
        return self._table.addresses.keys()

    def is_disabled(self, address: str) -> bool | None:
        """Tell whether an address takes no mail; None: the member has no such."""
        return self._table.addresses.get(address)

    def apply(self, update: TableUpdate) -> set[str] | None:
        """Take one piece.

        Returns:
            With the last piece of a version: the addresses that it touched.

        Raises:
            TooMany: There are more than we keep; all must be told anew.
        """
        if update.whole and self._coming is None:
            self._coming = _Table()
        if self._coming is None:
            table, touched = self._table, self._touched
        else:
            table, touched = self._coming, set()
        _drop(table, update, touched)
        for domain in update.domains:
            _take_domain(table, domain)
        for user in update.users:
            _take_user(table, user, touched)
        for alias in update.aliases:
            table.addresses[alias.address] = False
            touched.add(alias.address)
        if table.is_too_large:
            self.drop_pieces()
            self.forget_version()
            raise TooMany
        return self._finish(update) if update.last else None

    def drop_pieces(self) -> None:
        """The connection was lost: what came of a whole table is worth nothing."""
        self._coming = None

    def forget_version(self) -> None:
        """All must be told anew next time."""
        self.epoch, self.version = b"", 0

    def _finish(self, update: TableUpdate) -> set[str]:
        if self._coming is not None:
            old, new = self._table.addresses, self._coming.addresses
            if old:
                self._touched |= old.keys() - new.keys()
                self._touched |= {one for one in new if old.get(one) != new[one]}
            else:
                self._touched.update(new)
            self._table, self._coming = self._coming, None
        self.epoch, self.version = update.epoch, update.version
        touched, self._touched = self._touched, set()
        return touched


def _drop(table: _Table, update: TableUpdate, touched: set[str]) -> None:
    for number in update.gone_users:
        address = table.users.pop(number, None)
        if address is not None:
            table.addresses.pop(address, None)
            touched.add(address)
    for address in update.gone_aliases:
        table.addresses.pop(address, None)
        touched.add(address)


def _take_domain(table: _Table, row: DomainRow) -> None:
    table.domains[row.domain_id] = (row.name, *row.aliases)


def _take_user(table: _Table, row: UserRow, touched: set[str]) -> None:
    before = table.users.get(row.user_id)
    if before is not None and before != row.address:
        table.addresses.pop(before, None)
        touched.add(before)
    table.users[row.user_id] = row.address
    table.addresses[row.address] = row.is_disabled
    touched.add(row.address)

"""Pushing the tables: whole to who comes, differences to who is here, and their acks.

Theory:
    One version number for all tables; it grows with every change that matters to a
    service. The epoch is new with each start of the hub, so a restored database can
    never be taken for the one that was known (DESIGN 2).

    A newcomer's whole tables are read at version v or later while changes go on; what
    is published meanwhile waits in `Reader.backlog` and follows. A row that is sent
    twice does no harm: rows are states, not steps.

Rules:
    A change returns when every reader has acknowledged it, or after one second with
    the labels of those that have not.

Limits:
    5,000 rows a piece (about 600 kB), 200 with lists and texts, so that no frame is
    too long.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol, TypeVar

from msgspec import structs
from sqlalchemy import Connection

from mailmax.datamax.access import access_row
from mailmax.datamax.bans import ban_row
from mailmax.datamax.binding_rows import binding_rows, listener_rows
from mailmax.datamax.effect import LONG_PIECE_ROWS, PIECE_ROWS, Effect
from mailmax.datamax.forwarding import all_forwards, all_replies
from mailmax.datamax.rows import domain_row, rule_row, user_row
from mailmax.datamax.settings import setting_rows
from mailmax.datamax.sharing import Share
from mailmax.hub.contract.rows import AliasRow, DomainRow
from mailmax.hub.contract.tables import TableUpdate, Topic
from mailmax.store.accounts import access_units, domain_units, rule_units, units

ACK_S = 1.0

RowT = TypeVar("RowT")


class Reader(Protocol):
    """A service that holds tables."""

    label: str
    topics: frozenset[Topic]
    share: Share | None
    """Of a member of the cluster: the part of the tables that it is told."""
    acknowledged: int
    backlog: list[TableUpdate] | None
    """None once the whole tables are sent."""

    def push(self, update: TableUpdate) -> None:
        """Send one update."""

    def drop(self, why: str) -> None:
        """Put it out: it comes back and is told all anew."""


class Publisher:
    """Who holds which tables, and the version of them."""

    def __init__(self) -> None:
        """Begin a new epoch."""
        self.epoch = secrets.token_bytes(16)
        self.version = 1
        self._readers: set[Reader] = set()
        self._changed = asyncio.Event()

    def add(self, reader: Reader) -> None:
        """Begin to keep updates for a newcomer."""
        self._readers.add(reader)

    def remove(self, reader: Reader) -> None:
        """A service is gone: nobody waits for it any more."""
        self._readers.discard(reader)
        self._changed.set()

    def acknowledge(self, reader: Reader, epoch: bytes, version: int) -> None:
        """A service acts by that version."""
        if epoch == self.epoch:
            reader.acknowledged = max(reader.acknowledged, version)
            self._changed.set()

    def publish(self, effect: Effect) -> set[Reader]:
        """Send what changed; return who must acknowledge it."""
        self.version += 1
        waiting = set()
        for reader in self._readers:
            part = effect if reader.share is None else reader.share.part_of(effect)
            if reader.share is not None and reader.share.is_over(effect):
                reader.drop("the clustered domains have changed")
                continue
            updates = part.updates_for(reader.topics, self.epoch, self.version)
            if updates:
                waiting.add(reader)
            if reader.backlog is not None:
                reader.backlog += updates
                continue
            for update in updates:
                reader.push(update)
        return waiting

    async def wait_for(self, readers: set[Reader], version: int) -> tuple[str, ...]:
        """Wait until all act by a version; return the labels of those who do not."""
        late: list[Reader] = []
        try:
            async with asyncio.timeout(ACK_S):
                while late := self._late(readers, version):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return tuple(sorted(reader.label for reader in late))

    def _late(self, readers: set[Reader], version: int) -> list[Reader]:
        return [
            reader
            for reader in readers
            if reader in self._readers and reader.acknowledged < version
        ]


def read_tables(
    tx: Connection,
    topics: frozenset[Topic],
    epoch: bytes,
    version: int,
    more: Iterable[TableUpdate] = (),
) -> list[TableUpdate]:
    """Return the whole tables, in pieces. A unit of work.

    Args:
        tx: The database.
        topics: Which tables.
        epoch: Of the tables.
        version: The same.
        more: Pieces of tables that are in no database.
    """
    settings = setting_rows(tx) if "settings" in topics else ()
    domains = domain_rows(tx) if "domains" in topics else ()
    pieces = [TableUpdate(epoch, version, True, False, settings, domains)]
    if "addresses" in topics:
        pieces += [
            TableUpdate(epoch, version, True, False, users=rows)
            for rows in _pieces(units.all_users(tx), user_row)
        ]
        pieces += [
            TableUpdate(epoch, version, True, False, aliases=rows)
            for rows in _pieces(units.all_aliases(tx), lambda row: AliasRow(*row))
        ]
    if "bindings" in topics:
        pieces.append(
            TableUpdate(
                epoch,
                version,
                True,
                False,
                bindings=binding_rows(tx),
                listeners=listener_rows(tx),
            )
        )
        pieces += [
            TableUpdate(epoch, version, True, False, access=rows)
            for rows in _pieces(access_units.all_rules(tx), access_row)
        ]
    if "bans" in topics:
        pieces += [
            TableUpdate(epoch, version, True, False, bans=rows)
            for rows in _pieces(access_units.all_bans(tx), ban_row)
        ]
    if "forwarding" in topics:
        pieces += [
            TableUpdate(epoch, version, True, False, forwards=rows)
            for rows in _pieces(all_forwards(tx), _as_it_is, LONG_PIECE_ROWS)
        ]
        pieces += [
            TableUpdate(epoch, version, True, False, replies=rows)
            for rows in _pieces(all_replies(tx), _as_it_is, LONG_PIECE_ROWS)
        ]
        pieces += [
            TableUpdate(epoch, version, True, False, rules=rows)
            for rows in _pieces(rule_units.enabled_rules(tx), rule_row, LONG_PIECE_ROWS)
        ]
    pieces += [structs.replace(piece, whole=True, last=False) for piece in more]
    pieces.append(TableUpdate(epoch, version, True, True))
    return pieces


def _pieces(
    rows: Iterable[Any], make: Callable[[Any], RowT], most: int = PIECE_ROWS
) -> Iterator[tuple[RowT, ...]]:
    every = iter(rows)
    while piece := tuple(map(make, islice(every, most))):
        yield piece


def _as_it_is(row: RowT) -> RowT:
    return row


def domain_rows(tx: Connection) -> tuple[DomainRow, ...]:
    """Return every domain. A unit of work."""
    aliases = domain_units.all_domain_aliases(tx)
    return tuple(
        domain_row(row, aliases.get(row.id, ())) for row in domain_units.all_domains(tx)
    )

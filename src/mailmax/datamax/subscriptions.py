"""Who wants which tables: the whole of them at first, then what changes (`pushes`)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from mailmax.datamax.cluster.desk import ClusterDesk
from mailmax.datamax.desk import Answer
from mailmax.datamax.effect import Effect
from mailmax.datamax.member import Member
from mailmax.datamax.pushes import Publisher, read_tables
from mailmax.datamax.sealing import Seal
from mailmax.datamax.sharing import SHARED_TOPICS, read_shared
from mailmax.datamax.smart_host_secrets import secret_rows
from mailmax.hub.contract.cluster import ShareAddresses, Sharing
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.tables import Ack, Subscribe, TableUpdate, Topic
from mailmax.store.accounts.database import Database

SECRETS: Final[Topic] = "smart_host_secrets"


class Subscriptions:
    """Gives members their tables and hears how far they are."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        in_memory: Callable[[], Effect],
        seal: Seal,
        cluster: ClusterDesk,
    ) -> None:
        """Take what it needs.

        Args:
            database: Most tables.
            publisher: Sends what changes.
            in_memory: Returns the rows that are in no database.
            seal: Opens secrets.
            cluster: Knows the other systems, and their addresses.
        """
        self._cluster = cluster
        self._database = database
        self._publisher = publisher
        self._in_memory = in_memory
        self._seal = seal

    def acknowledge(self, member: Member, ack: Ack) -> Answer:
        """A member acts by a version."""
        self._publisher.acknowledge(member, ack.epoch, ack.version)
        return None

    async def subscribe(self, member: Member, asked: Subscribe) -> Message:
        """Send the whole tables, unless they are held already; then the changes."""
        if member.topics:
            return _TWICE
        if SECRETS in asked.topics and member.role != "queuemax":
            return Denied("not_allowed", "topics", f"{SECRETS} are for QueueMax alone")
        member.topics = asked.topics
        publisher = self._publisher
        publisher.add(member)
        version = publisher.version
        if (asked.epoch, asked.version) == (publisher.epoch, version):
            member.acknowledged = version
        else:
            more = await self._not_as_kept(asked.topics)
            pieces = more.updates_for(asked.topics, publisher.epoch, version)
            whole = await self._database.read(
                read_tables, asked.topics, publisher.epoch, version, pieces
            )
            await _push(member, whole)
        _push_backlog(member)
        return Done()

    async def _not_as_kept(self, topics: frozenset[Topic]) -> Effect:
        """Return the rows that are in no database, or sealed there."""
        found = self._cluster.add_to(self._in_memory(), topics)
        if SECRETS not in topics:
            return found
        rows = await self._database.read(secret_rows, self._seal)
        return replace(found, smart_host_secrets=rows)

    async def share(self, member: Member, asked: ShareAddresses) -> Message:
        """Tell another system of the cluster the addresses here; then the changes."""
        if member.topics:
            return _TWICE
        if asked.system_name == self._cluster.name:
            return Denied(
                "conflict",
                "system_name",
                f"this system is called {asked.system_name}, too",
                "give one of the two another: mailmax config set system_name NAME",
            )
        share = member.share = self._cluster.clustered.share_with(asked.domains)
        member.topics = SHARED_TOPICS
        publisher = self._publisher
        publisher.add(member)
        version = publisher.version
        if (asked.epoch, asked.version) == (publisher.epoch, version):
            member.acknowledged = version
        else:
            pieces = await self._database.read(
                read_shared, share, publisher.epoch, version
            )
            await _push(member, pieces)
        _push_backlog(member)
        return Sharing(self._cluster.name)


_TWICE = Denied("conflict", "topics", "they were subscribed to already")


async def _push(member: Member, pieces: Iterable[TableUpdate]) -> None:
    for piece in pieces:
        member.push(piece)
        if member.link is not None:
            await member.link.drain()


def _push_backlog(member: Member) -> None:
    for update in member.backlog or ():
        member.push(update)
    member.backlog = None

"""Who wants which tables: the whole of them at first, then what changes (`pushes`)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mailmax.datamax.desk import Answer
from mailmax.datamax.effect import Effect
from mailmax.datamax.member import Member
from mailmax.datamax.pushes import Publisher, read_tables
from mailmax.datamax.sealing import Seal
from mailmax.datamax.smart_host_secrets import secret_rows
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.tables import Ack, Subscribe, Topic
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
    ) -> None:
        """Take what it needs.

        Args:
            database: Most tables.
            publisher: Sends what changes.
            in_memory: Returns the rows that are in no database.
            seal: Opens secrets.
        """
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
            return Denied("conflict", "topics", "they were subscribed to already")
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
            for piece in await self._database.read(
                read_tables, asked.topics, publisher.epoch, version, pieces
            ):
                member.push(piece)
                if member.link is not None:
                    await member.link.drain()
        for update in member.backlog or ():
            member.push(update)
        member.backlog = None
        return Done()

    async def _not_as_kept(self, topics: frozenset[Topic]) -> Effect:
        """Return the rows that are in no database, or sealed there."""
        found = self._in_memory()
        if SECRETS not in topics:
            return found
        rows = await self._database.read(secret_rows, self._seal)
        return replace(found, smart_host_secrets=rows)

"""Who wants which tables: the whole of them at first, then what changes (`pushes`)."""

from collections.abc import Callable

from mailmax.datamax.desk import Answer
from mailmax.datamax.effect import Effect
from mailmax.datamax.member import Member
from mailmax.datamax.pushes import Publisher, read_tables
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.tables import Ack, Subscribe
from mailmax.store.accounts.database import Database


class Subscriptions:
    """Gives members their tables and hears how far they are."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        in_memory: Callable[[], Effect],
    ) -> None:
        """Take what it needs.

        Args:
            database: Most tables.
            publisher: Sends what changes.
            in_memory: Returns the rows that are in no database.
        """
        self._database = database
        self._publisher = publisher
        self._in_memory = in_memory

    def acknowledge(self, member: Member, ack: Ack) -> Answer:
        """A member acts by a version."""
        self._publisher.acknowledge(member, ack.epoch, ack.version)
        return None

    async def subscribe(self, member: Member, asked: Subscribe) -> Message:
        """Send the whole tables, unless they are held already; then the changes."""
        if member.topics:
            return Denied("conflict", "topics", "they were subscribed to already")
        member.topics = asked.topics
        publisher = self._publisher
        publisher.add(member)
        version = publisher.version
        if (asked.epoch, asked.version) == (publisher.epoch, version):
            member.acknowledged = version
        else:
            pieces = self._in_memory().updates_for(
                asked.topics, publisher.epoch, version
            )
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

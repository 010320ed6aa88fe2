"""Cleaning: old mail and users who are too old, page by page.

Rules:
    One user's trouble is told and counted, and holds up nobody else. The clock is
    looked at before each user. What the hub deletes it judges again itself, by its own.

Manual: 4.1, 6.2, 7.1.
"""

import asyncio
import logging
from contextlib import closing

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.housekeeping.book import Book
from mailmax.housekeeping.messages_by_age import Rule, clean
from mailmax.housekeeping.room import Room
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.housekeeping import (
    AskUserWork,
    Deed,
    DeleteIdleUser,
    UserWork,
    UserWorkPage,
)
from mailmax.policy.housekeeping import begin_of_new
from mailmax.store.mailboxes.segments.store import SegmentStore

_log = logging.getLogger("mailmax.housekeeping")


class Expiry:
    """See the head of this file."""

    def __init__(
        self, room: Room, store: SegmentStore, book: Book, *, dry_run: bool
    ) -> None:
        """Begin.

        Args:
            room: To work with.
            store: The mailboxes of this node.
            book: To write into.
            dry_run: Only count.
        """
        self._room = room
        self._store = store
        self._book = book
        self._dry_run = dry_run

    async def page(self, domain: str, after: str) -> str:
        """Do the users of one page; return where the next one begins, empty at the end.

        Raises:
            TemporaryFailure: The hub is away.
            Stopped: It is to end.
            ClockJumped: What is old cannot be told any more.
        """
        room = self._room
        room.watch.believed()
        asked = AskUserWork(after, domain)
        page = await room.leisure.heard(room.hub.ask(asked))
        if not isinstance(page, UserWorkPage):
            raise TemporaryFailure(str(page))
        room.watch.compare(page.now)
        for work in page.rows:
            now = room.watch.believed()
            self._book.totals.looked_at += 1
            if work.method == "messages_by_age":
                begin = begin_of_new(now, work.days)
                await self._clean(work, Rule(begin, page.spare_flagged, self._dry_run))
            elif work.is_idle:
                await self._delete(work, page.way)
        return page.next

    async def _clean(self, work: UserWork, rule: Rule) -> None:
        messages = octets = 0
        trouble = ""
        leisure = self._room.leisure
        try:
            with closing(clean(self._store, work, rule)) as cleaning:
                while done := await leisure.slices(cleaning):
                    messages += sum(one for one, _ in done)
                    octets += sum(one for _, one in done)
        except Failure as failure:
            trouble = failure.text
        finally:
            self._book.totals.messages += messages
            self._book.totals.octets += octets
        if messages:
            self._book.write(Deed("messages", work.address, messages, octets))
            if not rule.dry_run:
                await asyncio.to_thread(self._store.tidy)
        if trouble:
            self._book.trouble(work.address, trouble)

    async def _delete(self, work: UserWork, way: str) -> None:
        if work.spared:
            self._book.write(Deed("spared", work.address, note=work.spared))
            return
        if not self._dry_run:
            asked = DeleteIdleUser(work.user_id)
            answer = await self._room.leisure.heard(self._room.hub.ask(asked))
            if not isinstance(answer, Changed):
                self._book.write(Deed("spared", work.address, note=answer.reason))
                return
            _log.info("%s is deleted by age: %s", work.address, answer.note)
        self._book.totals.users += 1
        self._book.write(Deed("user", work.address, note=way))

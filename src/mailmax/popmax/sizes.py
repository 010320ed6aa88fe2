"""How long messages are as they are sent, remembered.

Theory:
    LIST says the octets that RETR sends (RFC 1939 §11). They are the stored octets,
    but for messages that do not end with CR LF, which get one. SMTP brings none of
    those, APPEND and imports may; the last two octets of each message tell. Messages
    do not change, so each is looked at once; only the exceptions are kept.

Limits:
    `USERS` users are remembered. 500 messages are looked at before others get a turn.
"""

import asyncio
from array import array
from bisect import bisect_right
from collections import OrderedDict

from mailmax.base.errors import Failure
from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.pop3.multiline import octets_sent

USERS = 4096
_SLICE = 500


class _Known:
    __slots__ = ("longer", "up_to")

    def __init__(self) -> None:
        self.up_to = 0
        """The highest UID looked at."""
        self.longer: set[int] = set()


class SentSizes:
    """What is known of all users' messages."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], _Known] = OrderedDict()

    async def measure(self, user_id: int, mailbox: Mailbox) -> "array[int]":
        """Return the octets that RETR sends of each message of a mailbox."""
        key = (user_id, mailbox.folder.uid_validity)
        known = self._known.setdefault(key, _Known())
        self._known.move_to_end(key)
        if len(self._known) > USERS:
            self._known.popitem(last=False)
        start = bisect_right(mailbox.uids, known.up_to)
        for begin in range(start, len(mailbox.uids), _SLICE):
            if begin > start:
                await asyncio.sleep(0)
            _look(mailbox, begin, known)
        sizes = mailbox.sizes[:]
        for position in _positions(mailbox, known.longer):
            sizes[position] += 2
        return sizes


def _look(mailbox: Mailbox, begin: int, known: _Known) -> None:
    end = min(begin + _SLICE, len(mailbox.uids))
    for position in range(begin, end):
        size = mailbox.sizes[position]
        try:
            tail = mailbox.read(position, max(0, size - 2), 2)
        except Failure:
            continue  # RETR will say what is wrong with it.
        if octets_sent(size, tail) != size:
            known.longer.add(mailbox.uids[position])
    known.up_to = mailbox.uids[end - 1]


def _positions(mailbox: Mailbox, uids: set[int]) -> list[int]:
    if not uids:
        return []
    return [position for position, uid in enumerate(mailbox.uids) if uid in uids]

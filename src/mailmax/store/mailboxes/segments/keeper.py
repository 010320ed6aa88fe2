"""Columns of mailboxes that nobody has open: kept while there is room.

Theory:
    A mailbox that was looked at is looked at again: opening it then costs no reading
    (DESIGN 1: SELECT again in 0.25 ms). The ones unused longest let their columns go.

Limits:
    A million messages, some sixty octets each.
"""

from collections import OrderedDict
from threading import Lock

from mailmax.store.mailboxes.segments.home import Home

MESSAGES = 1_000_000


class Keeper:
    """The loaded mailboxes of a process, the least used ones first."""

    def __init__(self, limit: int = MESSAGES) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[str, int], tuple[Home, int]] = OrderedDict()
        self._messages = 0
        self._lock = Lock()

    def used(self, home: Home, folder_id: int, messages: int) -> None:
        """Note that a mailbox with so many messages is in memory, and was used."""
        key = (home.path, folder_id)
        with self._lock:
            _, before = self._kept.pop(key, (home, 0))
            self._kept[key] = (home, messages)
            self._messages += messages - before
            going = []
            while self._messages > self._limit and len(self._kept) > 1:
                (_, oldest), (owner, count) = self._kept.popitem(last=False)
                self._messages -= count
                going.append((owner, oldest))
        for owner, oldest in going:
            owner.let_go(oldest)

"""Feeding and asking the user's search index; see `store.search`.

Theory:
    Mail is indexed in the order of its UIDs, some hundred messages at a time. What is
    read is compared with its CRC-32 each time: an index of damaged octets would hide
    a message that is restored later. A message that cannot be read now may always
    fit.

Rules:
    Runs in a thread beside the loop: columns are looked at under the mutex, octets
    are read without it, and a pause after each message lets the loop run.

Limits:
    256 messages or 4 MiB a turn, one message at least. The index is dropped when it
    knows twice the messages that the user has.
"""

import time
import zlib
from bisect import bisect_left
from contextlib import suppress

from mailmax.base.errors import Failure
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.values import Folder
from mailmax.store.search import index
from mailmax.store.search.candidates import Candidates
from mailmax.store.search.index import Damaged, SearchIndex, Unavailable
from mailmax.store.search.tokens import MESSAGE_OCTETS, words_of

TURN_MESSAGES = 256
TURN_OCTETS = 4 * 1024 * 1024
PAUSE_S = 0.002
_SLACK = 1_000


class Indexing:
    """The index as one mailbox uses it."""

    def __init__(self, home: Home, box: Box, folder: Folder) -> None:
        """Take what it needs."""
        self._home = home
        self._box = box
        self._index = SearchIndex(f"{home.path}/search.db")
        self._mailbox = index.Mailbox(folder.folder_id, folder.uid_validity)

    def candidates(self, needle: str) -> Candidates | None:
        """Return the messages that may hold a text; None: any may."""
        try:
            found = self._index.candidates(self._mailbox, needle)
        except Unavailable:
            return None
        except Damaged:
            self._drop()
            return None
        if found is not None and found.below > self._box.head.uid_next:
            self._drop()  # it is of a later time than this mail: a backup came back
            return None
        return found

    def more(self) -> bool:
        """Index some messages; tell whether there may be more to do."""
        try:
            return self._more()
        except Damaged:
            return self._drop()
        except (Failure, Unavailable, OSError):
            return False

    def _drop(self) -> bool:
        """Throw the index away; tell whether it was done.

        It need not be gone then: whoever asks something meanwhile makes an empty one.
        """
        # Not worth an error: it is found wrong again the next time.
        with suppress(Failure, Locked, Unavailable):
            self._index.drop(self._home.changing)
            return True
        return False

    def _more(self) -> bool:
        next_uid, known = self._index.progress(self._mailbox)
        if (
            known > 2 * self._home.usage().messages + _SLACK
            or next_uid > self._box.head.uid_next
        ):
            return self._drop()
        rows, after = self._next_messages(next_uid)
        if not rows:
            return False
        messages = []
        for uid, place, size, crc in rows:
            messages.append((uid, self._words(place, size, crc)))
            time.sleep(PAUSE_S)
        self._index.add(self._mailbox, messages, after)
        return True

    def _next_messages(
        self, next_uid: int
    ) -> tuple[list[tuple[int, int, int, int]], int]:
        """Return (UID, place, size, CRC) of some, and the UID behind them."""
        with self._home.mutex:
            columns = self._box.want_columns()
            if self._box.head.deleted:
                return [], next_uid
            start = bisect_left(columns.uids, next_uid)
            end, octets = start, 0
            while (
                end < len(columns.uids)
                and end - start < TURN_MESSAGES
                and octets < TURN_OCTETS
            ):
                octets += min(columns.sizes[end], MESSAGE_OCTETS)
                end += 1
            span = slice(start, end)
            rows = zip(
                columns.uids[span],
                columns.places[span],
                columns.sizes[span],
                columns.crcs[span],
                strict=True,
            )
            found = list(rows)
        return found, found[-1][0] + 1 if found else next_uid

    def _words(self, place: int, size: int, crc: int) -> set[str] | None:
        if size > MESSAGE_OCTETS:
            return None
        try:
            octets = self._home.mail.read(place, size)
        except OSError:
            return None
        return words_of(octets) if zlib.crc32(octets) == crc else None

"""The maildrop: INBOX as one POP3 session sees it.

Theory:
    Numbers, UIDs and sizes are those of the moment of login (RFC 1939 §3); the
    mailbox goes on living under them. A number leads to a UID, the UID to where it
    stands now; a message that was expunged by IMAP meanwhile leads nowhere. DELE only
    marks; `update` (QUIT) removes what is marked, in one step.

    open -> (delete, reset)* -> update -> closed
       `------- close (client lost: nothing is removed) ------^

Rules:
    `update` returns when the removal is durable (TRUST D8). The claim is held to the
    end of it, also when the client is gone by then.

Limits:
    A user that another process holds is tried again for 30 s.

Standards:
    RFC 1939 §5, §6, §7 (UIDL).
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from mailmax.base.errors import TemporaryFailure
from mailmax.popmax.claim import Claim
from mailmax.store.mailboxes.port import Account, Locked, Mailbox

LOCKED_S = 30.0
_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.2
_BLOCK = 2000


class Maildrop:
    """One user's INBOX, held exclusively among POP3 sessions."""

    __slots__ = (
        "_account",
        "_claim",
        "_closed",
        "_deleted",
        "_stale",
        "_uids",
        "_unwatch",
        "mailbox",
        "sizes",
    )

    def __init__(
        self, account: Account, mailbox: Mailbox, sizes: "array[int]", claim: Claim
    ) -> None:
        """Take the snapshot.

        Args:
            account: The user's mail; closed with the maildrop.
            mailbox: Its INBOX, refreshed; closed with the maildrop.
            sizes: Octets sent of each message.
            claim: Released when the maildrop is closed.
        """
        self.mailbox = mailbox
        self.sizes = sizes
        self._account = account
        self._claim = claim
        self._uids = mailbox.uids[: len(sizes)]
        self._deleted: set[int] = set()
        self._stale = False
        self._closed = False
        self._unwatch = mailbox.watch(self._on_change)

    # Looking

    def totals(self) -> tuple[int, int]:
        """Return number and octets of the messages not marked as deleted."""
        gone = sum(self.sizes[number - 1] for number in self._deleted)
        return len(self._uids) - len(self._deleted), sum(self.sizes) - gone

    def __len__(self) -> int:
        return len(self._uids)

    def has(self, number: int) -> bool:
        """Tell whether there is such a message, not marked as deleted."""
        return 0 < number <= len(self._uids) and number not in self._deleted

    def find(self, number: int) -> int | None:
        """Return where a message stands in the mailbox now."""
        if not self.has(number):
            return None
        if self._stale:
            self._stale = False
            self.mailbox.refresh()
        uid, uids, place = self._uids[number - 1], self.mailbox.uids, number - 1
        if place >= len(uids) or uids[place] != uid:
            place = bisect_left(uids, uid)
        return place if place < len(uids) and uids[place] == uid else None

    def unique_id(self, number: int) -> str:
        """Return the unique-id of a message, the same in every session."""
        return f"{self.mailbox.folder.uid_validity}.{self._uids[number - 1]}"

    def scan_listings(self) -> Iterator[bytes]:
        """Give the lines of LIST in blocks."""
        return self._lines(self.sizes, b"%d %d\r\n")

    def unique_id_listings(self) -> Iterator[bytes]:
        """Give the lines of UIDL in blocks."""
        validity = self.mailbox.folder.uid_validity
        return self._lines(self._uids, b"%%d %d.%%d\r\n" % validity)

    def _lines(self, column: Sequence[int], form: bytes) -> Iterator[bytes]:
        deleted = self._deleted
        for begin in range(0, len(column), _BLOCK):
            rows = enumerate(column[begin : begin + _BLOCK], begin + 1)
            yield b"".join(
                [
                    form % (number, item)
                    for number, item in rows
                    if number not in deleted
                ]
            )

    def _on_change(self) -> None:
        self._stale = True

    # Changing

    def delete(self, number: int) -> None:
        """Mark a message."""
        self._deleted.add(number)

    def reset(self) -> None:
        """Unmark all."""
        self._deleted.clear()

    async def update(self) -> None:
        """Remove what is marked, durably; then close.

        Raises:
            TemporaryFailure: Nothing, or not everything, was removed for good.
        """
        try:
            uids = [self._uids[number - 1] for number in sorted(self._deleted)]
            if uids:
                await retry_locked(lambda: self.mailbox.remove(uids))
                await asyncio.to_thread(self.mailbox.sync)
        finally:
            self.close()

    @property
    def is_changed(self) -> bool:
        """Tell whether something is marked."""
        return bool(self._deleted)

    def close(self) -> None:
        """Let go of everything; a second time does nothing."""
        if not self._closed:
            self._closed = True
            self._unwatch()
            self.mailbox.close()
            self._account.close()
            self._claim.release()


async def retry_locked(work: Callable[[], object]) -> None:
    """Do what needs the user's lock, trying again while another process has it.

    Raises:
        TemporaryFailure: It was held all the time.
    """
    pause, left = _FIRST_PAUSE_S, LOCKED_S
    while True:
        try:
            work()
        except Locked:
            if left <= 0:
                raise TemporaryFailure("the mailbox is busy") from None
        else:
            return
        await asyncio.sleep(pause)
        left -= pause
        pause = min(pause * 2, _LONGEST_PAUSE_S)

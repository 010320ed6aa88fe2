r"""The mailbox that a session selected: its view, and what the client must hear.

Theory:
    `Selected` joins an `Opened` mailbox (shared) with the session's `View` of it and
    renders the untagged responses that are due: EXPUNGE where it may be said, then
    EXISTS and RECENT, then FLAGS when a keyword is new, then FETCH for changed flags.

Standards:
    RFC 3501 §7.3, §7.4.1; RFC 7162 §3.1 (MODSEQ in FETCH).
"""

import sys
from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from mailmax.imapmax.flag_text import flag_texts, known_flags
from mailmax.imapmax.open_mailboxes import Opened
from mailmax.imapmax.view import View
from mailmax.wire.imap.types.sequence import SequenceSet

_NO_WORDS: frozenset[str] = frozenset()


class Teller(Protocol):
    """The session."""

    def push(self) -> None:
        """Say at once what is new, if the client idles."""


class Selected:
    """One session's selected mailbox."""

    __slots__ = (
        "_teller",
        "_told",
        "condstore",
        "idles",
        "opened",
        "read_only",
        "recent",
        "view",
    )

    def __init__(
        self,
        opened: Opened,
        teller: Teller,
        *,
        read_only: bool,
        condstore: bool,
    ) -> None:
        r"""Look at an opened mailbox.

        Args:
            opened: Entered already.
            teller: Told when something changed.
            read_only: EXAMINE.
            condstore: The client wants to hear MODSEQ.
        """
        self.opened = opened
        opened.watch()
        self.view = View(len(opened.mailbox.uids))
        self.read_only = read_only
        self.condstore = condstore
        self.idles = False
        """The client hears at once what is new."""
        self.recent = opened.mailbox.recent_from
        r"""UIDs from here on are \Recent for this client."""
        self._teller = teller
        words = opened.mailbox.keywords
        self._told = frozenset(words) if words else _NO_WORDS
        opened.lookers.append(self)

    def push(self) -> None:
        """Something changed: the session says it now if the client idles."""
        self._teller.push()

    def leave(self) -> None:
        """Look away; the caller closes the mailbox."""
        self.opened.lookers.remove(self)

    # Which messages

    def places(self, messages: SequenceSet, *, by_uid: bool) -> Sequence[int] | None:
        """Return the places of a set; None when a number is too large (``BAD``)."""
        view = self.view
        if not by_uid:
            return view.places_of_numbers(messages.resolve(view.exists))
        uids = self.opened.mailbox.uids
        known = view.known
        largest = uids[known - 1] if known else 0
        return view.places_of_uids(messages.resolve(largest), uids)

    def uids_of_places(self, places: Sequence[int]) -> Sequence[int]:
        """Return the UIDs of places; ghosts are passed over."""
        positions = self.view.positions(places)
        uids = self.opened.mailbox.uids
        if isinstance(positions, range):
            return uids[positions.start : positions.stop]
        return [uids[position] for position in positions]

    def octets_of_places(self, places: Sequence[int]) -> int:
        """Return what the messages at some places come to."""
        sizes = self.opened.mailbox.sizes
        return sum([sizes[position] for position in self.view.positions(places)])

    def uids_of_uids(self, messages: SequenceSet) -> Sequence[int]:
        """Return the UIDs of a set that are there."""
        return self.uids_of_places(self.places(messages, by_uid=True) or ())

    def numbers_of_uids(self, uids: Sequence[int]) -> list[int]:
        """Return the sequence numbers of UIDs (ascending) that are there."""
        all_uids = self.opened.mailbox.uids
        positions = [bisect_left(all_uids, uid) for uid in uids]
        return [place + 1 for place in self.view.places(positions)]

    # What the client must hear

    def news(self, *, may_expunge: bool) -> bytes:
        """Return the untagged responses that are due, ready to be sent."""
        view = self.view
        mailbox = self.opened.mailbox
        if view.gone:
            return b""  # good-bye follows
        if not view.has_ghosts and not view.changed and view.known == len(mailbox.uids):
            return b""
        pieces: list[bytes] = []
        if may_expunge and view.has_ghosts:
            pieces.append(self.expunges())
        if view.grow(len(mailbox.uids)):
            pieces.append(b"* %d EXISTS\r\n" % view.exists)
            pieces.append(b"* %d RECENT\r\n" % self.count_recent())
        if view.changed:
            pieces.append(self.new_keywords())
            uids = sorted(view.changed)
            view.told_all()
            pieces.append(self.flags_of(uids))
        return b"".join(pieces)

    def expunges(self, most: int = sys.maxsize) -> bytes:
        """Return EXPUNGE responses for so many of the messages that were removed."""
        numbers = self.view.expunges(most)
        return b"".join(map(b"* %d EXPUNGE\r\n".__mod__, numbers))

    def new_keywords(self) -> bytes:
        """Return FLAGS when the mailbox has keywords the client does not know of."""
        keywords = self.opened.mailbox.keywords
        if self._told.issuperset(keywords):
            return b""
        self._told |= keywords.keys()
        return b"* FLAGS (%b)\r\n" % known_flags(self._told)

    def flags_of(self, uids: Sequence[int], *, modseq_only: bool = False) -> bytes:
        """Return FETCH responses with the flags of messages (UIDs, ascending)."""
        mailbox = self.opened.mailbox
        all_uids = mailbox.uids
        known = self.view.known
        positions = [
            position
            for uid in uids
            if (position := bisect_left(all_uids, uid, 0, known)) < known
            and all_uids[position] == uid
        ]
        numbers = [place + 1 for place in self.view.places(positions)]
        found = [all_uids[position] for position in positions]
        modseqs = map(mailbox.modseqs.__getitem__, positions)
        if modseq_only:
            line = b"* %d FETCH (UID %d MODSEQ (%d))\r\n".__mod__
            return b"".join(map(line, zip(numbers, found, modseqs, strict=True)))
        texts = flag_texts(mailbox, positions, self.recent)
        if self.condstore:
            line = b"* %d FETCH (UID %d FLAGS (%b) MODSEQ (%d))\r\n".__mod__
            rows = zip(numbers, found, texts, modseqs, strict=True)
            return b"".join(map(line, rows))
        line = b"* %d FETCH (UID %d FLAGS (%b))\r\n".__mod__
        return b"".join(map(line, zip(numbers, found, texts, strict=True)))

    def count_recent(self) -> int:
        r"""Return how many messages are \Recent for this client."""
        known = self.view.known
        return known - bisect_left(self.opened.mailbox.uids, self.recent, 0, known)

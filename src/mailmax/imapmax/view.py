r"""A session's picture of its mailbox: what the client was told, and not yet told.

Theory:
    The mailbox (shared by all sessions) has columns; a message's index in them is its
    *position*. The client counts *places*: sequence number less one. As long as
    nobody removes a message the two are the same, and the view is only a number: how
    many messages the client knows of. A message that was removed and that the client
    was not told of is a *ghost*: it keeps its place, but has no position any more.
    When EXPUNGE has been said, the ghosts are gone.

    So nothing is copied for a session, however large the mailbox (DESIGN 4), and a
    FETCH that takes a while goes on by places, which stay as they are until its end.

Rules:
    EXPUNGE is held back while a command is answered that speaks of sequence numbers
    (FETCH, STORE, SEARCH): `expunges` is called where it may be said only.
    EXISTS never falls but by EXPUNGE.

Standards:
    RFC 3501 §5.5, §7.3.1, §7.4.1; RFC 2180 §4.1.
"""

import sys
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from mailmax.store.mailboxes.values import Notes
from mailmax.wire.imap.types.sequence import Range

_NONE: frozenset[int] = frozenset()


class View:
    """What one client knows of the mailbox it selected."""

    __slots__ = ("_changed", "_ghosts", "exists", "gone")

    def __init__(self, exists: int) -> None:
        """Start with all that is there."""
        self.exists = exists
        """Messages the client counts, ghosts included."""
        self._changed: set[int] | None = None
        """Made when it is needed: most who idle have none."""
        self.gone = False
        """The mailbox was deleted or replaced."""
        self._ghosts: Sequence[int] = ()
        """Their places, ascending."""

    @property
    def known(self) -> int:
        """How many positions the client knows of: these are the first ones."""
        return self.exists - len(self._ghosts)

    @property
    def has_ghosts(self) -> bool:
        """The client is to be told of messages that were removed."""
        return bool(self._ghosts)

    @property
    def changed(self) -> AbstractSet[int]:
        """UIDs whose flags changed since the client was told."""
        return self._changed or _NONE

    def told(self, uids: Iterable[int]) -> None:
        """The client was told of the flags of some messages."""
        if self._changed:
            self._changed.difference_update(uids)

    def told_all(self) -> None:
        """The client was told of all changed flags."""
        self._changed = None

    # What happened

    def apply(self, notes: Notes, uids: Sequence[int]) -> None:
        """Take note of what a refresh changed.

        Args:
            notes: What it changed.
            uids: The mailbox's UIDs after it.
        """
        if notes.reset:
            self.gone = True
            self._ghosts = list(range(self.exists))
            self.told_all()
            return
        if notes.expunged:
            self._bury(notes.expunged)
            self.told(notes.expunged_uids)
        if notes.changed:
            known = self.exists - len(self._ghosts)
            if self._changed is None:
                self._changed = set()
            changed = notes.changed
            if changed[-1] >= known:
                changed = changed[: bisect_left(changed, known)]
            self._changed.update(map(uids.__getitem__, changed))

    def expunges(self, most: int = sys.maxsize) -> list[int]:
        """Forget the last ghosts; return the numbers to say, from the last on.

        From the last to the first, each number is right without counting the others.
        """
        left = max(0, len(self._ghosts) - most)
        numbers = [place + 1 for place in reversed(self._ghosts[left:])]
        self.exists -= len(numbers)
        self._ghosts = self._ghosts[:left]
        return numbers

    def grow(self, positions: int) -> bool:
        """Let the client count all positions; tell whether there are new ones."""
        new = positions - self.known
        self.exists += new
        return new > 0

    # Counting

    def position(self, place: int) -> int | None:
        """Return the position of a place; None for a ghost."""
        ghosts = self._ghosts
        if not ghosts:
            return place
        before = bisect_left(ghosts, place)
        if before < len(ghosts) and ghosts[before] == place:
            return None
        return place - before

    def place(self, position: int) -> int:
        """Return the place of a position the client knows of."""
        for ghost in self._ghosts:
            if ghost > position:
                break
            position += 1
        return position

    def places(self, positions: Sequence[int]) -> Sequence[int]:
        """Return the places of ascending positions."""
        ghosts = self._ghosts
        if not ghosts:
            return positions
        found = []
        shift = 0
        for position in positions:
            while shift < len(ghosts) and ghosts[shift] <= position + shift:
                shift += 1
            found.append(position + shift)
        return found

    def living(self, places: Sequence[int]) -> Sequence[int]:
        """Return the places that are no ghosts."""
        if not self._ghosts:
            return places
        ghosts = set(self._ghosts)
        return [place for place in places if place not in ghosts]

    def positions(self, places: Sequence[int]) -> Sequence[int]:
        """Return the positions of ascending places; ghosts have none."""
        if not self._ghosts:
            return places
        found = map(self.position, places)
        return [position for position in found if position is not None]

    def places_of_numbers(self, ranges: Iterable[Range]) -> Sequence[int] | None:
        """Return the places of sequence numbers.

        Returns:
            Ascending; None when a number is larger than any message's (``BAD``).
        """
        spans = []
        for low, high in ranges:
            if high > self.exists:
                return None
            spans.append(range(low - 1, high))
        return _chain(spans)

    def places_of_uids(
        self, ranges: Iterable[Range], uids: Sequence[int]
    ) -> Sequence[int]:
        """Return the places of UIDs; those that are not there are passed over."""
        known = self.known
        spans = []
        for low, high in ranges:
            first = bisect_left(uids, low, 0, known)
            end = bisect_left(uids, high + 1, first, known)
            if end > first:
                spans.append(range(first, end))
        return self.places(_chain(spans))

    def _bury(self, expunged: Sequence[int]) -> None:
        """Make ghosts of positions (before the refresh, ascending)."""
        inside = expunged[: bisect_left(expunged, self.known)]
        if not self._ghosts:
            self._ghosts = inside
        elif len(inside) == 1:
            ghosts = list(self._ghosts)
            insort(ghosts, self.place(inside[0]))
            self._ghosts = ghosts
        elif inside:
            self._ghosts = sorted([*self._ghosts, *self.places(inside)])


def _chain(spans: list[range]) -> Sequence[int]:
    if len(spans) == 1:
        return spans[0]
    return [place for span in spans for place in span]

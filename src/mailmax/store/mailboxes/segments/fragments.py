"""Reading fragments, and making again those that are old, damaged or lost.

Theory:
    Nobody waits for a fragment to reach the disk (`sealed`). The first reader in a
    process compares it with its seal; what does not fit, or was made by another
    version of the renderer, is made anew of the body and kept.

Rules:
    A fragment that cannot be made because its body is damaged is an empty one.
"""

from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import accumulate

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.columns import FRAGMENT_CHECKED, Columns
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.records import Rendered
from mailmax.store.mailboxes.segments.sealed import SEAL_OCTETS, seal, unseal
from mailmax.store.mailboxes.segments.words import failures


def where_now(
    home: Home, box: Box, columns: Columns, position: int
) -> tuple[Columns, int]:
    """Find a message again whose octets were moved by a compaction.

    Raises:
        TemporaryFailure: It is gone.
    """
    with home.mutex:
        box.catch_up()
        truth = box.truth()
        now = truth.position(columns.uids[position])
    if now < 0:
        raise TemporaryFailure("this message was removed")
    return truth, now


class Fragments:
    """The fragments of one mailbox."""

    def __init__(self, home: Home, box: Box, body: Callable[[int], bytes]) -> None:
        """Take what it needs; `body` reads the body at a position."""
        self._home = home
        self._box = box
        self._body = body

    def read(self, columns: Columns, positions: Sequence[int]) -> list[bytes]:
        """Return the fragments of many messages."""
        with failures("the messages cannot be read"):
            try:
                found = self._read(columns, positions)
            except FileNotFoundError:
                found = self._read_anywhere(columns, positions)
        version = self._home.node.renderer.version
        old = [n for n, octets in enumerate(found) if octets[:1] != version]
        if old:
            self._render(columns, [positions[n] for n in old], old, found)
        return found

    def _read(self, columns: Columns, positions: Sequence[int]) -> list[bytes]:
        """Return fragments; empty ones where they are damaged."""
        at, sizes, checked = columns.fragments, columns.fragment_sizes, columns.checked
        places = [at[place] for place in positions]
        lengths = [sizes[place] for place in positions]
        known = min([checked[place] for place in positions], default=FRAGMENT_CHECKED)
        if known >= FRAGMENT_CHECKED:
            return self._home.frag.read_many(places, lengths, SEAL_OCTETS)
        found = list(map(unseal, self._home.frag.read_many(places, lengths)))
        for place, fragment in zip(positions, found, strict=True):
            if fragment:
                checked[place] |= FRAGMENT_CHECKED
        return found

    def _read_anywhere(self, columns: Columns, positions: Sequence[int]) -> list[bytes]:
        """Read where a segment was compacted away, or lost at a power cut."""
        found = []
        for position in positions:
            truth, now = where_now(self._home, self._box, columns, position)
            try:
                found += self._read(truth, [now])
            except FileNotFoundError:
                found.append(b"")
        return found

    def _render(
        self,
        columns: Columns,
        positions: Sequence[int],
        numbers: Sequence[int],
        found: list[bytes],
    ) -> None:
        """Make fragments again, and keep them."""
        home, box = self._home, self._box
        names = array("I")
        made = []
        for number, position in zip(numbers, positions, strict=True):
            with suppress(PermanentFailure):
                found[number] = home.node.renderer.render(self._body(position))
                made.append(seal(found[number]))
                names.append(columns.uids[position])
        if not made:
            return
        # Not worth an error: they are made again the next time.
        with suppress(Failure, Locked), home.changing():
            box.catch_up()
            if box.generation == 0 or box.head.deleted:
                return
            _, place = home.append_octets([], made)
            sizes = array("I", [len(octets) for octets in made])
            places = array("Q", accumulate(sizes[:-1], initial=place))
            home.log(box, [Rendered(names, places, sizes)])

"""Where bodies are kept: in the queue directory, or in that of ETRN mail.

Theory:
    A message all whose waiting recipients are held for ETRN goes into the ETRN
    directory, when its body is kept; all else into the queue directory, and what the
    ETRN directory does not take (full, sick, away) too. There it stays: what is tried
    later, or held later, does not move. Compaction copies within a directory.

Rules:
    What lies in a directory that is away cannot be read now; that is all.
"""

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.store.queue.bodies import Bodies
from mailmax.store.queue.entry import Body, QueueEntry
from mailmax.store.queue.etrn import EtrnDirectory, open_etrn
from mailmax.store.queue.records import Place

QUEUE = b""
"""The name of the queue directory in a `Place`."""

Items = Sequence[tuple[QueueEntry, Body]]

_log = logging.getLogger("queuemax")


class SegmentName(NamedTuple):
    """One segment among those of all directories."""

    directory: bytes
    number: int


class Directories:
    """All kept bodies of a queue; one thread appends, one does the rest."""

    def __init__(self, queue: Path, segment_octets: int) -> None:
        """Open the queue directory's.

        Raises:
            OSError: It cannot be read.
        """
        self._queue = queue
        self._full = segment_octets
        self._main = Bodies(queue, segment_octets)
        self._all = {QUEUE: self._main}
        self._etrn: EtrnDirectory | None = None
        self._is_etrn_filled = False
        """New mail goes into the ETRN directory."""
        self._is_named = False
        """Its ids are durable."""
        self._is_refused = False
        """The ETRN directory did not take the last mail that was for it."""

    def open_etrn(self, path: Path | None, used: Collection[bytes]) -> None:
        """Open the ETRN directory, if it is there; before anything is appended.

        Args:
            path: Where it should be; None where there is none.
            used: The names of those in which mail lies.
        """
        away = set(used)
        reason = "none is named"
        if path is not None:
            try:
                etrn = open_etrn(path, self._queue, self._full, used)
            except Failure as failure:
                reason = f"{failure} ({failure.__cause__})"
            else:
                reason = "mail lies in another"
                self._etrn = etrn
                self._all[etrn.identity.name] = etrn.bodies
                away.discard(etrn.identity.name)
                self._is_etrn_filled = not away
        if path is not None and not self._is_etrn_filled:
            _log.critical("the ETRN directory %s is not used: %s", path, reason)
        if away:
            _log.critical("mail waits for the ETRN directory in which it lies")

    def is_away(self, place: Place) -> bool:
        """Tell whether a place is in a directory that is not here."""
        return place.directory not in self._all

    def holds(self, place: Place, size: int) -> bool:
        """Tell whether a place can be true, in a directory that is here."""
        return self._all[place.directory].holds(place, size)

    def count(self, place: Place, size: int) -> None:
        """Note that a body is live (negative: no longer)."""
        bodies = self._all.get(place.directory)
        if bodies is not None:
            bodies.count(place, size)

    def read(self, place: Place, offset: int, length: int) -> bytes:
        """Return octets of a body.

        Raises:
            TemporaryFailure: They cannot be read now.
            PermanentFailure: They are gone.
        """
        bodies = self._all.get(place.directory)
        if bodies is None:
            raise TemporaryFailure("the directory of the message is away")
        return bodies.read(place, offset, length)

    def sparse(self) -> list[SegmentName]:
        """Return segments that are less than half live."""
        return [
            SegmentName(name, number)
            for name, bodies in self._all.items()
            for number in bodies.sparse()
        ]

    def remove(self, segment: SegmentName) -> None:
        """Remove a segment that nothing needs; called by the thread that reads."""
        self._all[segment.directory].remove(segment.number)

    def close(self) -> None:
        """Close all."""
        self._main.close()
        if self._etrn is not None:
            self._etrn.close()

    # Writing: these block

    def keep(self, items: Items) -> list[Place | None]:
        """Append bodies, each where it belongs; durable on return.

        Returns:
            Where each lies; None for a body that is damaged.

        Raises:
            TemporaryFailure: They may or may not be durable.
        """
        places = self._keep_for_etrn([i for i in items if i[0].is_for_etrn])
        rest = [item for item in items if item[0].number not in places]
        places |= _append(self._main, rest)
        return [places[entry.number] for entry, _ in items]

    def move(self, items: Items) -> list[Place | None]:
        """Append the living bodies of one segment again; durable on return.

        What the ETRN directory does not let us move goes into the queue directory, or
        stays.

        Returns:
            Where each lies now; None for a body that stays.

        Raises:
            TemporaryFailure: All of the queue directory's stay where they are.
        """
        first = items[0][0].place
        if first is None or first.directory == QUEUE:
            return list(_append(self._main, items).values())
        for bodies in (self._all[first.directory], self._main):
            try:
                return list(_append(bodies, items).values())
            except Failure as failure:
                _log.warning("mail for ETRN cannot be moved: %s", failure)
        return [None] * len(items)

    def _keep_for_etrn(self, items: Items) -> dict[int, Place | None]:
        """Return where bodies lie, by entry; nothing when they are not taken."""
        if self._etrn is None or not self._is_etrn_filled or not items:
            return {}
        try:
            if not self._is_named:
                self._etrn.write_ids()
                self._is_named = True
            places = _append(self._etrn.bodies, items)
        except Failure as failure:
            if not self._is_refused:
                _log.error(
                    "mail for ETRN is kept in the queue directory: %s (%s)",
                    failure,
                    failure.__cause__,
                )
            self._is_refused = True
            return {}
        self._is_refused = False
        return places


def _append(bodies: Bodies, items: Items) -> dict[int, Place | None]:
    """Append and sync; return where each lies, by entry."""
    places: dict[int, Place | None] = {}
    for entry, body in items:
        try:
            places[entry.number] = bodies.append(entry.number, body, entry.crc)
        except PermanentFailure:
            places[entry.number] = None
    bodies.sync()
    return places

"""Finding a body by its reference, in any journal of the node.

Theory:
    A reference names journal, segment and offset, or a big file. Segments are mapped
    once and shared by all that is read from them; a body is a slice of the mapping,
    no octet is copied.

Rules:
    A mapped segment may be recycled under us once its reader is done with it: its
    header is looked at again for each body. A slice that is kept beyond `done` may
    change; copy it first.
    Only what a committed record refers to is read, so unsynced octets, which a
    mapping shows as well, are never seen.
"""

import zlib
from contextlib import suppress
from pathlib import Path

from mailmax.base.errors import PermanentFailure
from mailmax.store.atomic import failures
from mailmax.store.journal import layout, record, segment
from mailmax.store.journal.record import Place
from mailmax.store.spool.port import BodyRef

MAPPINGS = 64
"""Mapped segments kept; address space only."""

CHECKED = 65536
"""Bodies remembered as sound, so that a second look costs nothing."""

_HEADER_OCTETS = 80


class Mapped:
    """One segment, mapped."""

    def __init__(self, path: Path) -> None:
        """Map it.

        Raises:
            OSError: It is gone.
            ValueError: It is empty.
        """
        self._path = path
        self.map = segment.map_segment(path)
        self.view = memoryview(self.map)
        self.header = segment.parse_header(self.map)
        self._head = self.map[:_HEADER_OCTETS]

    def is_there(self) -> bool:
        """Tell whether the file is still that segment."""
        try:
            return segment.read_header(self._path) == self.header
        except OSError:
            return False

    def is_still(self) -> bool:
        """Tell whether it has not been recycled."""
        return self.map[:_HEADER_OCTETS] == self._head


class Bodies:
    """All journals of a node, by their ids."""

    def __init__(self, node: Path | layout.Places) -> None:
        """Start without knowing any."""
        self._places = layout.places_of(node)
        self._journals: dict[bytes, Path] = {}
        self._paths: dict[tuple[bytes, int], Path] = {}
        self._mapped: dict[tuple[bytes, int], Mapped] = {}
        self._checked: dict[bytes, None] = {}

    def refresh(self) -> None:
        """Look at what lies on the disk."""
        self._journals, self._paths = {}, {}
        for journal in layout.journals_of(self._places):
            for found in segment.segments_in(journal):
                header = found.header
                self._journals[header.journal] = journal
                self._paths[header.journal, header.number] = found.path

    def segment(self, journal: bytes, number: int) -> Mapped | None:
        """Return a segment, or None when it is gone."""
        key = (journal, number)
        mapped = self._mapped.get(key)
        if mapped and mapped.is_still():
            return mapped
        self._mapped.pop(key, None)
        if key not in self._paths:
            self.refresh()
        for _ in range(2):
            mapped = self._map(key)
            if mapped:
                return mapped
            self.refresh()
        return None

    def body(self, ref: BodyRef) -> memoryview | bytes:
        """Return a body, checked the first time.

        Raises:
            PermanentFailure: It is damaged or gone.
            TemporaryFailure: It could not be looked at.
        """
        place = record.read_place(ref.place)
        with failures("the message could not be read"):
            body = None if place is None else self._find(place, ref.size)
        if body is None:
            raise PermanentFailure("the message is gone")
        if ref.place not in self._checked:
            if zlib.crc32(body) != ref.crc:
                raise PermanentFailure("the message is damaged")
            if len(self._checked) >= CHECKED:
                self._checked.clear()
            self._checked[ref.place] = None
        return body

    def forget(self, passed: dict[bytes, int]) -> None:
        """Drop mappings of what is passed or gone: they keep removed files alive.

        Args:
            passed: By journal, the first segment that is still needed.
        """
        for key, mapped in list(self._mapped.items()):
            journal, number = key
            if number < passed.get(journal, 0) or not mapped.is_there():
                del self._mapped[key]

    def _find(self, place: Place, size: int) -> memoryview | bytes | None:
        if place.segment == record.BIG:
            return self._big(place, size)
        mapped = self.segment(place.journal, place.segment)
        if mapped is None or place.start + size > len(mapped.view):
            return None
        return mapped.view[place.start : place.start + size]

    def _big(self, place: Place, size: int) -> memoryview | bytes | None:
        if place.journal not in self._journals:
            self.refresh()
        journal = self._journals.get(place.journal)
        if journal is None:
            return None
        if size == 0:
            return b""
        with suppress(FileNotFoundError, ValueError):
            view = memoryview(segment.map_segment(journal / "big" / str(place.start)))
            return view if len(view) == size else None
        return None

    def _map(self, key: tuple[bytes, int]) -> Mapped | None:
        path = self._paths.get(key)
        if path is None:
            return None
        try:
            mapped = Mapped(path)
        except (FileNotFoundError, ValueError):
            return None
        header = mapped.header
        if header is None or (header.journal, header.number) != key:
            return None
        if len(self._mapped) >= MAPPINGS:
            del self._mapped[next(iter(self._mapped))]
        self._mapped[key] = mapped
        return mapped

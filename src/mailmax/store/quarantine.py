"""The quarantine: mail that a virus was found in, kept for people to look at.

Theory:
    ::

        <unix ms>-<digest>.eml     the message as it came
        <unix ms>-<digest>.json    what is known of it, written last

    The name is made of when it came and of its origin, so names stand in order of age
    and a replay writes the same ones again. Without its ``.json`` a message is not in
    the list, and goes with the next sweep.

Rules:
    Durable on return of `keep`. What is too old goes, and the oldest when there is too
    much (`sweep`); nothing else is removed but by people.
    One process writes here; any number of its threads may.

Manual: 4.11; DECISIONS 27.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from mailmax.base.envelope import Envelope, Origin
from mailmax.store import disk
from mailmax.store.atomic import Octets, failures, make_directories, write_atomic

_TROUBLE: Final = "the quarantine cannot be used"
_ID: Final = re.compile(r"\d{13}-[0-9a-f]{12}", re.ASCII)


class Kept(msgspec.Struct, frozen=True):
    """One message in quarantine."""

    item_id: str
    verdict: str
    """``infected`` or ``unscanned``."""
    words: str
    """The name of the virus, or why nobody could look at it."""
    kept_at_ms: int
    """When the message came: Unix time in milliseconds."""
    size: int
    envelope: Envelope
    """With those recipients that did not get it, or got it changed."""
    origin: Origin


class Quarantine:
    """One directory."""

    def __init__(self, directory: Path) -> None:
        """Name it; made when it is first needed.

        Args:
            directory: Where the files go.
        """
        self.directory = directory

    def keep(
        self, origin: Origin, envelope: Envelope, body: Octets, why: tuple[str, str]
    ) -> str:
        """Keep a message; blocks.

        Args:
            origin: Of the message.
            envelope: With its recipients.
            body: The message.
            why: Verdict and words.

        Returns:
            Its id.

        Raises:
            StorageFull: There is no room; it is not here.
            TemporaryFailure: It may or may not be here.
        """
        name = b"%b %d" % (origin.journal, origin.number)
        digest = blake2b(name, digest_size=6).hexdigest()
        item_id = f"{max(0, envelope.received_at_ms):013d}-{digest}"
        kept = Kept(item_id, *why, envelope.received_at_ms, len(body), envelope, origin)
        text = msgspec.json.format(msgspec.json.encode(kept)) + b"\n"
        with failures(_TROUBLE):
            make_directories(self.directory)
            write_atomic(self._content(item_id), body)
            write_atomic(self._facts(item_id), text)
        return item_id

    def ids(self) -> Sequence[str]:
        """Return the ids of all that is here, the oldest first."""
        with failures(_TROUBLE):
            try:
                names = [path.name for path in self.directory.iterdir()]
            except FileNotFoundError:
                return ()
        found = [name.removesuffix(".json") for name in names if name.endswith(".json")]
        return sorted(one for one in found if _ID.fullmatch(one))

    def page(self, after: str, limit: int) -> tuple[Sequence[Kept], str]:
        """Return some of it, the oldest first, and the id to go on behind.

        Args:
            after: An id; empty: from the beginning.
            limit: At most so many.
        """
        left = [one for one in self.ids() if one > after]
        rows = [kept for one in left[:limit] if (kept := self.find(one)) is not None]
        return rows, left[limit - 1] if len(left) > limit else ""

    def find(self, item_id: str) -> Kept | None:
        """Return what is known of a message; None: there is none of that id."""
        if not _ID.fullmatch(item_id):
            return None
        try:
            octets = self._facts(item_id).read_bytes()
            return msgspec.json.decode(octets, type=Kept)
        except (OSError, msgspec.DecodeError):
            return None

    def read(self, item_id: str) -> bytes:
        """Return a message.

        Raises:
            TemporaryFailure: It cannot be read.
        """
        with failures(_TROUBLE):
            return self._content(item_id).read_bytes()

    def delete(self, item_id: str) -> bool:
        """Remove a message; tell whether it was here.

        Raises:
            TemporaryFailure: It may still be here.
        """
        if not _ID.fullmatch(item_id):
            return False
        with failures(_TROUBLE):
            was_here = self._facts(item_id).exists()
            for path in (self._facts(item_id), self._content(item_id)):
                with suppress(FileNotFoundError):
                    disk.unlink(path)
        return was_here

    def sweep(self, oldest_ms: int | None, most_octets: int) -> int:
        """Remove what is too old or too much; return how many messages.

        Args:
            oldest_ms: What came before that Unix time; None: nothing is too old.
            most_octets: Of all messages together.

        Raises:
            TemporaryFailure: The directory cannot be used.
        """
        ids = self.ids()
        sizes = {one: self._size(one) for one in ids}
        held = sum(sizes.values())
        removed = 0
        for one in ids:
            is_old = oldest_ms is not None and int(one[:13]) < oldest_ms
            if not is_old and held <= most_octets:
                break
            self.delete(one)
            held -= sizes[one]
            removed += 1
        known = set(ids)
        for path in self._strays(known, oldest_ms):
            with failures(_TROUBLE), suppress(FileNotFoundError):
                disk.unlink(path)
        return removed

    def _strays(self, known: set[str], oldest_ms: int | None) -> Iterator[Path]:
        """Yield old files of messages that never were whole."""
        if oldest_ms is None or not self.directory.is_dir():
            return
        for path in self.directory.glob("*.eml"):
            is_stray = _ID.fullmatch(path.stem) and path.stem not in known
            if is_stray and int(path.stem[:13]) < oldest_ms:
                yield path

    def _size(self, item_id: str) -> int:
        try:
            return self._content(item_id).stat().st_size
        except OSError:
            return 0

    def _facts(self, item_id: str) -> Path:
        return self.directory / f"{item_id}.json"

    def _content(self, item_id: str) -> Path:
        return self.directory / f"{item_id}.eml"

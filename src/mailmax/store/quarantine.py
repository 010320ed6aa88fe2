"""The quarantine: mail that a virus was found in, kept for people to look at.

Theory:
    ::

        <unix ms>-<digest>.eml     the message as it came
        <unix ms>-<digest>.json    what is known of it, written last

    The name is made of when it came and of its origin, so names stand in order of age
    and a replay writes the same ones again. Without its ``.json`` a message is not in
    the list, and goes with the next sweep.

    `keep` writes and does not sync; `sync` makes many messages durable at once. Until
    then a cut may leave any part of them, and who kept them does it again.

Rules:
    What is too old goes, and the oldest when there would be too much (`Caps`): for
    octets and number before a message is kept, for age in `sweep`; nothing else is
    removed but by people. What is larger than all may be is not kept.
    One process writes here; any number of its threads may.

Limits:
    64 messages are synced at a time; a sweep removes 256, so that who keeps a message
    waits for no more than that.

Manual: 4.11; DECISIONS 27.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import StorageFull
from mailmax.store import disk
from mailmax.store.atomic import (
    Octets,
    failures,
    make_directories,
    sync_directory,
    write_all,
)

_TROUBLE: Final = "the quarantine cannot be used"
_ID: Final = re.compile(r"\d{13}-[0-9a-f]{12}", re.ASCII)
_SYNCED_AT_ONCE: Final = 64
SWEPT_AT_ONCE: Final = 256


class Caps(NamedTuple):
    """How much is kept at most."""

    octets: int
    """Of all messages together."""
    messages: int


UNCAPPED: Final = Caps(1 << 62, 1 << 62)


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
        self._lock = threading.Lock()
        self._sizes: dict[str, int] | None = None
        """Octets of what is here, by id; None: not looked yet."""

    def keep(
        self,
        origin: Origin,
        envelope: Envelope,
        body: Octets,
        why: tuple[str, str],
        caps: Caps = UNCAPPED,
    ) -> str:
        """Keep a message; blocks. Durable after `sync`.

        Args:
            origin: Of the message.
            envelope: With its recipients.
            body: The message.
            why: Verdict and words.
            caps: The oldest messages go until it fits in.

        Returns:
            Its id.

        Raises:
            StorageFull: There is no room, or never will be; it is not here.
            TemporaryFailure: It may or may not be here.
        """
        name = b"%b %d" % (origin.journal, origin.number)
        digest = blake2b(name, digest_size=6).hexdigest()
        item_id = f"{max(0, envelope.received_at_ms):013d}-{digest}"
        kept = Kept(item_id, *why, envelope.received_at_ms, len(body), envelope, origin)
        text = msgspec.json.format(msgspec.json.encode(kept)) + b"\n"
        if len(body) > caps.octets:
            raise StorageFull("the message is larger than the quarantine may be")
        with failures(_TROUBLE), self._lock:
            make_directories(self.directory)
            self._make_room(item_id, len(body), caps)
            _write(self._content(item_id), body)
            _write(self._facts(item_id), text)
            self._known()[item_id] = len(body)
        return item_id

    def sync(self, ids: Sequence[str]) -> None:
        """Make messages durable that were kept; blocks.

        Raises:
            TemporaryFailure: They are not; a second try proves nothing.
        """
        with failures(_TROUBLE):
            for begin in range(0, len(ids), _SYNCED_AT_ONCE):
                self._sync_files(ids[begin : begin + _SYNCED_AT_ONCE])
            if ids:
                sync_directory(self.directory)

    def _sync_files(self, ids: Sequence[str]) -> None:
        with ExitStack() as opened:
            fds: list[int] = []
            for one in ids:
                for path in (self._content(one), self._facts(one)):
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        fds.append(disk.open(path, os.O_RDONLY | disk.OPEN_FLAGS))
                        opened.callback(os.close, fds[-1])
            for error in disk.fdatasync_each(fds):
                if error is not None:
                    raise error

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

    def read(self, item_id: str, begin: int = 0, octets: int | None = None) -> bytes:
        """Return a message, or some octets of it.

        Raises:
            TemporaryFailure: It cannot be read.
        """
        with failures(_TROUBLE), self._content(item_id).open("rb") as file:
            file.seek(begin)
            return file.read(-1 if octets is None else octets)

    def delete(self, item_id: str) -> bool:
        """Remove a message; tell whether it was here.

        Raises:
            TemporaryFailure: It may still be here.
        """
        if not _ID.fullmatch(item_id):
            return False
        with failures(_TROUBLE), self._lock:
            return self._remove(item_id)

    def sweep(self, oldest_ms: int | None, caps: Caps) -> int:
        """Remove some of what is too old or too much; return how many messages.

        Args:
            oldest_ms: What came before that Unix time; None: nothing is too old.
            caps: How much may stay.

        Returns:
            `SWEPT_AT_ONCE`: there may be more.

        Raises:
            TemporaryFailure: The directory cannot be used.
        """
        with failures(_TROUBLE), self._lock:
            self._sizes = self._look()
            ids = list(self._sizes)
            old = [one for one in ids if oldest_ms and int(one[:13]) < oldest_ms]
            for one in old[:SWEPT_AT_ONCE]:
                self._remove(one)
            self._make_room("", 0, caps, SWEPT_AT_ONCE - len(old[:SWEPT_AT_ONCE]))
            removed = len(ids) - len(self._sizes)
            for path in self._strays(set(ids), oldest_ms):
                with suppress(FileNotFoundError):
                    disk.unlink(path)
        return removed

    # Inside, with the lock held

    def _known(self) -> dict[str, int]:
        if self._sizes is None:
            self._sizes = self._look()
        return self._sizes

    def _look(self) -> dict[str, int]:
        """Return what is here now, whoever put it here or took others away."""
        before = self._sizes or {}
        return {
            one: before[one] if one in before else self._size(one) for one in self.ids()
        }

    def _make_room(
        self, item_id: str, octets: int, caps: Caps, most: int = sys.maxsize
    ) -> None:
        """Remove the oldest until a message fits in, which may be here already.

        Args:
            item_id: Of the message; empty: there is none.
            octets: Its.
            caps: How much there may be.
            most: Remove no more than that, whether it fits in or not.
        """
        others = {one: size for one, size in self._known().items() if one != item_id}
        held, number = sum(others.values()), len(others)
        is_new = bool(item_id)
        for one in sorted(others)[:most]:
            if held + octets <= caps.octets and number + is_new <= caps.messages:
                break
            self._remove(one)
            held -= others[one]
            number -= 1

    def _remove(self, item_id: str) -> bool:
        was_here = self._facts(item_id).exists()
        for path in (self._facts(item_id), self._content(item_id)):
            with suppress(FileNotFoundError):
                disk.unlink(path)
        self._known().pop(item_id, None)
        return was_here

    def _strays(self, known: set[str], oldest_ms: int | None) -> Iterator[Path]:
        """Yield files of messages that never were whole.

        Under the lock nobody writes: what is half written was left by a crash.
        """
        if not self.directory.is_dir():
            return
        yield from self.directory.glob(".*.new")
        if oldest_ms is None:
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


def _write(path: Path, octets: Octets) -> None:
    """Replace a file as a whole; not durable yet."""
    temporary = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | disk.OPEN_FLAGS
    fd = disk.open(temporary, flags, 0o600)
    try:
        write_all(fd, [octets], 0)
    except OSError:
        with suppress(OSError):
            disk.unlink(temporary)
        raise
    finally:
        os.close(fd)
    disk.rename(temporary, path)

"""The queue's log: records appended in groups, renewed in generations.

Theory:
    ``log.G`` grows by groups, each synced before its call returns. When it has grown
    to several times what it says, or cannot be trusted any more, the whole state is
    written as ``log.G+1``: under another name, synced, renamed, the directory synced;
    only then the old one goes. So at every moment the highest generation is complete.

    | what is there              | what recovery does                         |
    |----------------------------|--------------------------------------------|
    | .log.G.new                 | removes it                                 |
    | log.G, log.G+1             | reads G+1, removes G                       |
    | octets behind the last record | cuts them off                           |
    | damage between records     | copy to corrupt/, goes on behind it, renews|

Rules:
    A sync that failed ends the generation: nothing more is written to it, and nothing
    is promised until the next one is durable (TRUST D2). A write that failed is cut
    back.
    A log of another version of MailMax is refused before anything is written
    (`store.versions`): without it nobody knows what waits, so QueueMax does not start.
    What a former process wrote may merely be readable: its sync, or that of the file's
    name, may have failed. So the first append of a process begins a generation.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.store import disk, versions
from mailmax.store.atomic import (
    failure_of,
    failures,
    make_directories,
    sync_directory,
    write_all,
)
from mailmax.store.queue.records import (
    HEAD,
    MAGIC,
    VERSION,
    Record,
    decode_head,
    encode_head,
    encode_record,
    read_records,
)

GROWTH: Final = 4
SMALL_OCTETS: Final = 4 * 1024 * 1024
SLICE: Final = 1000

Snapshot = Callable[[], Iterable[Record]]


@dataclass
class History:
    """What a log says."""

    records: list[Record] = field(default_factory=list)
    damaged: int = 0
    """Holes, and records that say nothing."""


class QueueLog:
    """The log of one queue directory; used by one thread."""

    def __init__(self, directory: Path, snapshot: Snapshot) -> None:
        """Prepare.

        Args:
            directory: The queue's.
            snapshot: Gives the whole state as records, for a new generation.
        """
        self._directory = directory
        self._snapshot = snapshot
        self._generation = 0
        self._fd = -1
        self._end = 0
        self._base = 0
        """Size when the generation was new."""
        self._is_broken = False
        """Nothing more is written to this generation."""

    def open(self) -> History:
        """Read the newest generation and make it ready to go on.

        Raises:
            TemporaryFailure: The disk does not let us, or another version of MailMax
                made a log.
        """
        with failures("the queue could not be read"):
            self._refuse_other_versions()
            for stale in self._directory.glob(".log.*.new"):
                disk.unlink(stale)
            paths = sorted(self._generations(), reverse=True)
            for generation, path in paths:
                history = self._read(generation, path)
                if history is not None:
                    self._remove_others(path)
                    return history
        self._generation = max((generation for generation, _ in paths), default=0)
        self.renew()
        return History(damaged=len(paths))

    def append(self, records: Sequence[Record]) -> None:
        """Append records as one group; durable on return.

        Raises:
            StorageFull: The disk is full; nothing was written.
            TemporaryFailure: They may or may not be there.
        """
        if self._is_broken or self._end > max(SMALL_OCTETS, GROWTH * self._base):
            self._renew_if_possible()
        chunks = [encode_record(record, self._generation) for record in records]
        with failures("the queue could not be written"):
            try:
                end = write_all(self._fd, chunks, self._end)
            except OSError:
                with suppress(OSError):
                    disk.ftruncate(self._fd, self._end)
                raise
            try:
                disk.fdatasync(self._fd)
            except OSError:
                self._is_broken = True
                raise
        self._end = end

    def renew(self) -> None:
        """Write the whole state as the next generation.

        Raises:
            StorageFull: The disk is full; the old generation goes on.
            TemporaryFailure: It did not work; see `append`.
        """
        generation = self._generation + 1
        path = self._path(generation)
        temporary = path.with_name(f".{path.name}.new")
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | disk.OPEN_FLAGS
        try:
            fd = disk.open(temporary, flags, 0o600)
        except OSError as error:
            raise failure_of(error, "the queue could not be written") from error
        try:
            end = self._write_snapshot(fd, generation)
            disk.fsync(fd)
        except OSError as error:
            os.close(fd)
            with suppress(OSError):
                disk.unlink(temporary)
            raise failure_of(error, "the queue could not be written") from error
        self._switch(generation, fd, end, temporary, path)

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _renew_if_possible(self) -> None:
        try:
            self.renew()
        except StorageFull:
            if self._is_broken:
                raise
            self._base = self._end  # later again
        except TemporaryFailure:
            if self._is_broken:
                raise

    def _switch(
        self, generation: int, fd: int, end: int, temporary: Path, path: Path
    ) -> None:
        """From the rename on the old generation is dead, whatever happens.

        The new name may be durable although its sync failed; if the old file went
        on, a restart would read the new one and miss what came after.
        """
        try:
            disk.rename(temporary, path)
        except OSError as error:
            os.close(fd)
            raise failure_of(error, "the queue could not be written") from error
        former = self._path(self._generation)
        self.close()
        self._generation, self._fd, self._end, self._base = generation, fd, end, end
        self._is_broken = True
        with failures("the queue could not be written"):
            sync_directory(self._directory)
        self._is_broken = False
        with suppress(OSError):  # it is swept at the next start
            disk.unlink(former)

    def _write_snapshot(self, fd: int, generation: int) -> int:
        end = write_all(fd, [encode_head(generation)], 0)
        chunks: list[bytes] = []
        for record in self._snapshot():
            chunks.append(encode_record(record, generation))
            if len(chunks) >= SLICE:
                end = write_all(fd, [b"".join(chunks)], end)
                chunks.clear()
        return write_all(fd, chunks, end)

    def _read(self, generation: int, path: Path) -> History | None:
        """Return what a file says; None where it is no log of that generation."""
        octets = path.read_bytes()
        if decode_head(octets) != generation:
            self._quarantine(path)
            return None
        history, end = _fold(octets, generation)
        if history.damaged:
            self._quarantine(path)
        self._generation = generation
        self._fd = disk.open(path, os.O_RDWR | disk.OPEN_FLAGS)
        self._end = self._base = end
        self._is_broken = True
        if end < len(octets):
            disk.ftruncate(self._fd, end)
        return history

    def _refuse_other_versions(self) -> None:
        for _, path in self._generations():
            with path.open("rb") as file:
                version = versions.of_magic(file.read(len(MAGIC)), MAGIC)
            if version not in {0, VERSION}:
                raise versions.refused(path, version, VERSION)

    def _quarantine(self, path: Path) -> None:
        """Let people look at a damaged log."""
        corrupt = self._directory / "corrupt"
        make_directories(corrupt)
        with suppress(FileExistsError):
            disk.link(path, corrupt / path.name)

    def _remove_others(self, kept: Path) -> None:
        for _, path in self._generations():
            if path != kept:
                disk.unlink(path)

    def _generations(self) -> list[tuple[int, Path]]:
        found = []
        for path in self._directory.glob("log.*"):
            digits = path.name.removeprefix("log.")
            if len(digits) <= 10 and digits.isascii() and digits.isdigit():
                found.append((int(digits), path))
        return found

    def _path(self, generation: int) -> Path:
        return self._directory / f"log.{generation}"


def _fold(octets: bytes, generation: int) -> tuple[History, int]:
    history = History()
    offset = HEAD.size
    for record, start, end in read_records(octets, generation):
        if record is None or start != offset:
            history.damaged += 1
        if record is not None:
            history.records.append(record)
        offset = end
    return history, offset

"""A segment: a file of fixed size, zeroed once, written front to back, recycled.

Theory:
    Zeros are written (not merely allocated) once, so that later a synced write is a
    pure overwrite and touches no metadata. A segment's *number* counts up for ever in
    its journal and is its generation: files are reused, numbers are not. ::

        spare    zeroed, or freed: whatever it holds is of an older generation
        active   its header says the number; the writer writes here
        sealed   a later segment's header says where this one ends ("the former
                 ends at N"); without that, and not the highest: it is empty
        free     the reader has passed its end; becomes spare, or is removed

    The header is written on activation, synced, and never touched again before the
    file becomes another segment. Records start at 4096, so no torn record can damage
    the header, nor the reverse.

Rules:
    After a failed write nothing is appended to that segment: what is behind its
    committed end may or may not be on the disk. The next header seals it there.
    The magic ends with the version of header and records, raised when either changes.
    A segment of another one is no spare: its journal is neither read, nor written,
    nor removed (`store.versions`).
"""

import errno
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from mailmax.store import disk, versions
from mailmax.store.atomic import Octets, sync_directory, write_all

START = 4096
"""Offset of the first record."""

SMOOTH_OCTETS = 8 * 1024 * 1024
"""Zeros are synced in pieces, so that a commit meanwhile does not wait for all."""

VERSION = 1
_MAGIC = b"MMs%d" % VERSION
_HEAD = struct.Struct("<4s4x16sQQQQQ")
_CRC = struct.Struct("<I")
_ZEROS = bytes(1024 * 1024)
_NO_DSYNC = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class Header(NamedTuple):
    """What the head of a segment says."""

    journal: bytes
    number: int
    former: int
    """The segment written before this one (numbers may be left out)."""
    former_end: int
    """Where that one ends."""
    last: int
    """Number of the last record committed before this segment."""
    first: int
    """Number of the first record here; higher than `last` + 1 after a failure."""


class Segment(NamedTuple):
    """A segment found on disk."""

    path: Path
    octets: int
    header: Header


def make_spare(path: Path, octets: int) -> None:
    """Make a zeroed file, durable with its name.

    Raises:
        OSError: It could not be made; what was there is removed.
    """
    fd = disk.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | disk.OPEN_FLAGS, 0o600)
    try:
        for offset in range(0, octets, len(_ZEROS)):
            write_all(fd, [_ZEROS[: octets - offset]], offset)
            if offset % SMOOTH_OCTETS == 0:
                disk.fdatasync(fd)
        disk.fsync(fd)
        sync_directory(path.parent)
    except OSError:
        disk.unlink(path)
        raise
    finally:
        os.close(fd)


def activate(path: Path, header: Header) -> int:
    """Make a spare file the next segment.

    Returns:
        A descriptor to write it by; the header is durable.

    Raises:
        OSError: It is no segment of this journal now.
    """
    fd = disk.open(path, os.O_RDWR | disk.OPEN_FLAGS)
    try:
        write_durably(fd, [_pack(header)], 0)
    except OSError:
        os.close(fd)
        raise
    return fd


def write_durably(fd: int, buffers: list[Octets], offset: int) -> int:
    """Write at most `IOV_MAX` buffers at a place; what was written is durable.

    Returns:
        Octets written, which may be fewer.

    Raises:
        OSError: Any part may have been written.
    """
    try:
        return disk.pwritev(fd, buffers, offset, disk.DSYNC)
    except OSError as error:
        if error.errno not in _NO_DSYNC:
            raise
    written = disk.pwritev(fd, buffers, offset)
    disk.fdatasync(fd)
    return written


def read_header(path: Path) -> Header | None:
    """Return a file's header, or None if it is no segment (a spare, or torn)."""
    with path.open("rb") as file:
        return parse_header(file.read(_HEAD.size + _CRC.size))


def parse_header(octets: bytes | mmap.mmap) -> Header | None:
    """Return the header at the start of a segment, or None."""
    head = octets[: _HEAD.size]
    if len(octets) < _HEAD.size + _CRC.size or head[:4] != _MAGIC:
        return None
    (crc,) = _CRC.unpack_from(octets, _HEAD.size)
    if zlib.crc32(head) != crc:
        return None
    _, *fields = _HEAD.unpack(head)
    return Header(*fields)


def segments_in(journal: Path) -> list[Segment]:
    """Return the segments of a journal's directory, by number."""
    found = []
    for path in journal.glob("*.seg"):
        try:
            header, octets = read_header(path), path.stat().st_size
        except FileNotFoundError:
            continue
        if header:
            found.append(Segment(path, octets, header))
    return sorted(found, key=lambda segment: segment.header.number)


def is_of_another_version(journal: Path) -> bool:
    """Tell, and log, whether another version of MailMax made a segment of a journal."""
    is_other = False
    for path in journal.glob("*.seg"):
        try:
            with path.open("rb") as file:
                version = versions.of_magic(file.read(len(_MAGIC)), _MAGIC)
        except FileNotFoundError:
            continue
        if version not in {0, VERSION}:
            versions.refused(path, version, VERSION)
            is_other = True
    return is_other


def map_segment(path: Path) -> mmap.mmap:
    """Map a segment for reading.

    Raises:
        OSError: It is gone.
        ValueError: It is empty.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return mmap.mmap(fd, 0, prot=mmap.PROT_READ)
    finally:
        os.close(fd)


def _pack(header: Header) -> bytes:
    head = _HEAD.pack(_MAGIC, *header)
    return head + _CRC.pack(zlib.crc32(head))


def ends_of(segments: list[Segment]) -> dict[int, int]:
    """Return where each segment but the last ends, by number."""
    ends = {segment.header.number: START for segment in segments[:-1]}
    for segment in segments:
        ends[segment.header.former] = segment.header.former_end
    return ends

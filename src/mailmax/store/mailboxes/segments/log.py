"""Append-only logs that are replaced as a whole, one generation after the other.

Theory:
    A chain is ``<stem>.1``, ``<stem>.2`` and so on, of which one is the truth. A file
    is a header and records (`records`). Its header says at which length of the
    former generation it takes over (`base`), and whether a snapshot belongs to it.
    Its version is raised whenever header, frames or records change; a file of another
    one is refused before anything in it is believed (`store.versions`).

    ======================================  =========================================
    what lies there                          what is true
    ======================================  =========================================
    G alone                                  G
    G with SWITCH, G+1                       G+1; G is rubbish
    G not longer than base, G+1              G+1: SWITCH was lost; it is written again
    G longer than base, G+1                  G: whoever made G+1 died before he
                                             switched, and others went on in G
    ======================================  =========================================

Rules:
    G+1 (and its snapshot) is synced with its name before SWITCH is appended to G under
    the lock, and only if G did not grow since; so SWITCH itself need not be synced,
    and G may be unlinked at any time after it.
    A record that is not whole is not there yet. Under the lock nobody writes: then it
    is torn, and cut off (what is cut is kept beside, if it is more than a torn end).
    Whole records are never cut off, nor overwritten: others may have read them. So
    what one change appends is seen as a whole or not at all (`frames`), and who finds
    a torn end reads all again before he cuts it off (`box`).
    A *hole* has whole records behind it. A sync that failed left it, whoever called
    it: what one process had written lazily and not yet promised is lost at the next
    power cut, what others wrote behind it and synced is not. So reading goes on behind
    it. Without the lock it may be a record on its way over a torn one that was cut
    off: who has not the lock takes it, and looks again (`ground`).
"""

import os
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mailmax.store import disk, versions
from mailmax.store.atomic import write_all
from mailmax.store.mailboxes.segments.files import File, Files
from mailmax.store.mailboxes.segments.frames import (
    decode,
    decode_behind,
    encode_together,
)
from mailmax.store.mailboxes.segments.records import Record, Switch

_HEADER = struct.Struct("<4sHHIIQ")
HEADER_OCTETS = 32
_MAGIC = b"MMLG"
VERSION = 2
"""2: records lie in frames with a tag."""
_KEEP_LOST_OCTETS = 4096


class Header(NamedTuple):
    """What the head of a log says."""

    generation: int
    base: int
    has_snap: bool


def header(generation: int, base: int = 0, *, has_snap: bool = False) -> bytes:
    """Return the head of a new log."""
    head = _HEADER.pack(_MAGIC, VERSION, has_snap, generation, 0, base)
    head = head.ljust(HEADER_OCTETS - 4, b"\0")
    return head + zlib.crc32(head).to_bytes(4, "little")


def read_header(file: File) -> Header | None:
    """Read the head of a log; None when it was never finished.

    Raises:
        TemporaryFailure: Another version of MailMax made it.
    """
    octets = os.pread(file.fd, HEADER_OCTETS, 0)
    _refuse_other_version(file, octets)
    crc = int.from_bytes(octets[-4:], "little")
    if len(octets) < HEADER_OCTETS or zlib.crc32(octets[:-4]) != crc:
        return None
    magic, _, has_snap, generation, _, base = _HEADER.unpack_from(octets)
    if magic != _MAGIC:
        return None
    return Header(generation, base, bool(has_snap))


def _refuse_other_version(file: File, octets: bytes) -> None:
    version = int.from_bytes(octets[4:6], "little")
    if len(octets) >= 6 and octets[:4] == _MAGIC and version != VERSION:
        raise versions.refused(file.path, version, VERSION)


class Stretch(NamedTuple):
    """What a log says from an offset on."""

    records: Sequence[Record]
    end: int
    """Of the last whole record."""
    size: int
    """Of the file."""
    holes: Sequence[tuple[int, int]] = ()
    """What lies between whole records and is none; where it begins and ends."""

    @property
    def switched_to(self) -> int:
        """The next generation, when this one ends here; else 0."""
        last = self.records[-1] if self.records else None
        return last.generation if isinstance(last, Switch) else 0


def tag_of(path: str) -> int:
    """Return the tag of the records in a log: its mailbox and its generation."""
    return zlib.crc32(path.rpartition("/")[2].encode()) or 1


def read_on(file: File, offset: int) -> Stretch:
    """Return what a log says from an offset on.

    Raises:
        TemporaryFailure: Another version of MailMax made it; told whenever it is read
            from its beginning, or nothing was read of it yet.
    """
    if offset == HEADER_OCTETS:
        _refuse_other_version(file, os.pread(file.fd, HEADER_OCTETS, 0))
    size = file.size
    if size <= offset:
        return Stretch((), offset, size)
    octets = os.pread(file.fd, size - offset, offset)
    tag = tag_of(file.path)
    records, end = decode(octets, tag)
    holes = []
    while end < len(octets):
        start, more, after = decode_behind(octets, tag, end)
        if not more:
            break
        holes.append((offset + end, offset + start))
        records += more
        end = after
    return Stretch(records, offset + end, size, holes)


def append(file: File, offset: int, frame: bytes) -> int:
    """Append one frame at the end of a log, under the lock; return the new end.

    Raises:
        OSError: Nothing was appended, or a torn end that the next one cuts off.
    """
    try:
        return write_all(file.fd, [frame], offset)
    except OSError:
        disk.ftruncate(file.fd, offset)
        raise


def cut(file: File, end: int, size: int) -> None:
    """Cut a torn end off, under the lock; keep it beside when it may be more."""
    if size - end > _KEEP_LOST_OCTETS:
        keep_lost(file, end, size)
    disk.ftruncate(file.fd, end)


def keep_lost(file: File, start: int, end: int) -> None:
    """Keep beside a log what can no longer be read in it, unless it is nothing.

    Raises:
        OSError: It was not kept.
    """
    lost = os.pread(file.fd, min(end - start, 1 << 24), start)
    if lost.strip(b"\0"):
        kept = File(f"{file.path}.lost.{start}", os.O_RDWR | os.O_CREAT)
        write_all(kept.fd, [lost], 0)


def generations(names: Iterable[str], stem: str) -> list[int]:
    """Return the generations of a chain among the names of a directory."""
    start = stem + "."
    found = []
    for name in names:
        if name.startswith(start):
            number = name[len(start) :]
            if number.isascii() and number.isdigit() and len(number) <= 10:
                found.append(int(number))
    return sorted(found)


def settle(files: Files, stem: str, found: Sequence[int]) -> int:
    """Find the true generation, under the lock; write what makes it so.

    Args:
        files: The open files.
        stem: Path without the generation.
        found: The generations that are there, ascending; at least one.

    Returns:
        The true one. Lower ones are rubbish.

    Raises:
        TemporaryFailure: Another version of MailMax made one; nothing was written.
    """
    true = found[0]
    for newer in found[1:]:
        file = files.get(f"{stem}.{true}")
        other = files.get(f"{stem}.{newer}")
        head = read_header(other)
        there = read_on(file, HEADER_OCTETS)
        end = there.end
        if head is None or not (there.switched_to or end <= head.base):
            break
        if not there.switched_to:
            if there.size > end:
                cut(file, end, there.size)
            append(file, end, encode_together([Switch(newer)], tag_of(file.path)))
        true = newer
    return true

"""The snapshot of a mailbox: its columns as they are in memory, in one file.

Theory:
    ``snap.<mailbox>.<G>`` is a frame of MessagePack (numbers, keywords, lengths) and
    the columns one after the other, each a plain array. It is written once, synced,
    and never changed: a log of the same generation goes on from it.

Rules:
    The whole file is under one CRC-32; one that does not fit is a damaged mailbox.
    The version behind the magic is raised with every change that old readers would
    misread; a snapshot of another one is refused (`store.versions`).
"""

import os
import zlib
from array import array

import msgspec

from mailmax.base.errors import PermanentFailure
from mailmax.store import versions
from mailmax.store.mailboxes.segments.columns import Columns
from mailmax.store.mailboxes.segments.files import File
from mailmax.store.mailboxes.segments.head import Head
from mailmax.store.mailboxes.segments.origins import Origins
from mailmax.store.mailboxes.segments.records import Ceiling

VERSION = 1
_NAME = b"MMSN"
_MAGIC = _NAME + VERSION.to_bytes(4, "little")
_ARRAYS = (
    ("uids", "I"),
    ("sizes", "I"),
    ("modseqs", "Q"),
    ("dates", "q"),
    ("places", "Q"),
    ("crcs", "I"),
    ("fragments", "Q"),
    ("fragment_sizes", "I"),
    ("vanished_uids", "I"),
    ("vanished_modseqs", "Q"),
)


class Frame(msgspec.Struct, array_like=True):
    """What stands before the columns."""

    count: int
    vanished: int
    uid_next: int
    modseq: int
    uid_ceiling: int
    modseq_ceiling: int
    cuts: int
    recent_from: int
    vanished_from: int
    octets: int
    spelling: list[str]
    keywords: dict[str, bytes]
    origins: bytes
    proven_cuts: int = 0
    lazy: bytes = b""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Frame)


def encode(columns: Columns, head: Head) -> list[bytes]:
    """Return a snapshot in pieces, to be written one after the other."""
    frame = _ENCODER.encode(
        Frame(
            count=len(columns.uids),
            vanished=len(columns.vanished_uids),
            uid_next=head.uid_next,
            modseq=head.modseq,
            uid_ceiling=head.ceiling.uid,
            modseq_ceiling=head.ceiling.modseq,
            cuts=head.ceiling.cuts,
            recent_from=head.recent_from,
            vanished_from=columns.vanished_from,
            octets=sum(columns.sizes),
            spelling=list(columns.spelling.values()),
            keywords={
                word: array("I", sorted(uids)).tobytes()
                for word, uids in columns.keywords.items()
            },
            origins=head.origins.pack(),
            proven_cuts=head.proven_cuts,
            lazy=array("I", head.lazy).tobytes(),
        )
    )
    pieces = [_MAGIC, len(frame).to_bytes(8, "little"), frame]
    pieces += [getattr(columns, name).tobytes() for name, _ in _ARRAYS]
    pieces.append(bytes(columns.flags))
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
    return [*pieces, crc.to_bytes(4, "little")]


def load(file: File) -> tuple[Columns, Head]:
    """Read a snapshot.

    Raises:
        PermanentFailure: It is damaged.
        TemporaryFailure: Another version of MailMax made it.
    """
    octets = memoryview(os.pread(file.fd, file.size, 0))
    version = int.from_bytes(octets[4:8], "little")
    if octets[:4] == _NAME and len(octets) >= 8 and version != VERSION:
        raise versions.refused(file.path, version, VERSION)
    if (
        len(octets) < 20
        or octets[:8] != _MAGIC
        or zlib.crc32(octets[:-4]) != int.from_bytes(octets[-4:], "little")
    ):
        raise PermanentFailure("this mailbox is damaged")
    end = 16 + int.from_bytes(octets[8:16], "little")
    frame = _DECODER.decode(octets[16:end])
    return _columns(frame, octets[end:-4]), _head(frame)


def _columns(frame: Frame, octets: memoryview) -> Columns:
    columns = Columns()
    start = 0
    for name, code in _ARRAYS:
        column = array(code)
        count = frame.vanished if name.startswith("vanished") else frame.count
        end = start + count * column.itemsize
        column.frombytes(octets[start:end])
        setattr(columns, name, column)
        start = end
    columns.flags = bytearray(octets[start : start + frame.count])
    columns.checked = bytearray(frame.count)
    columns.vanished_from = frame.vanished_from
    columns.spelling = {word.lower(): word for word in frame.spelling}
    for word, uids in frame.keywords.items():
        columns.keywords[word] = set(array("I", uids))
    return columns


def _head(frame: Frame) -> Head:
    head = Head()
    head.uid_next = frame.uid_next
    head.modseq = frame.modseq
    head.ceiling = Ceiling(frame.uid_ceiling, frame.modseq_ceiling, frame.cuts)
    head.safe_uid = frame.uid_ceiling
    head.safe_modseq = frame.modseq_ceiling
    head.recent_from = frame.recent_from
    head.origins = Origins(frame.origins)
    head.proven_cuts = frame.proven_cuts
    head.lazy = list(array("I", frame.lazy))
    return head

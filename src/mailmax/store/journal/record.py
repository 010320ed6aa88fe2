"""One record of a journal: how a promised message lies on disk.

Theory:
    A record is a header of 48 octets, the envelope as MessagePack, and the body once.
    The records of one commit are a *group*: they count up from 0, and the last one
    says that it is the last. A group without its last record was never promised.

    ::

        0  tag          4  the seed: says where a record may start
        4  flags        1  LAST, REFERENCE
        5  spare        3
        8  envelope     4  octets of the envelope
       12  nth          4  place in the group, from 0
       16  number       8  record number in this journal; never restarts
       24  inline       8  octets that follow the envelope (0 for a reference)
       32  body         8  octets of the body, wherever it lies
       40  body CRC     4  plain CRC-32 of the body (TRUST D9)
       44  own CRC      4  CRC-32 of header and envelope, seeded

Rules:
    The seed holds journal and generation: what is left in a recycled segment from an
    earlier generation never passes as a record. The tag is the seed, too: it differs
    from journal to journal, so that no message can be filled with sham headers.
    The envelope is decoded late, and its CRC is checked before.
"""

import struct
import zlib
from typing import NamedTuple

import msgspec

from mailmax.base.envelope import Envelope
from mailmax.store.spool.port import BodyRef

LAST = 1
REFERENCE = 2

_HEAD = struct.Struct("<IB3xIIQQQI")
_OWN = struct.Struct("<I")
HEAD_OCTETS = _HEAD.size + _OWN.size

_PLACE = struct.Struct("<16sQQ")
BIG = 0
"""Segment 0 is none: the offset is the number of a file in ``big/``."""

Buffer = bytes | bytearray | memoryview


class Head(NamedTuple):
    """A record's header, after its CRC was found right."""

    flags: int
    nth: int
    """Place in its group."""
    number: int
    envelope_at: int
    body_at: int
    end: int
    body_octets: int
    body_crc: int


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What is encoded between header and body."""

    envelope: Envelope
    place: bytes = b""
    """Of a reference record: where the body lies."""


class Place(NamedTuple):
    """What `BodyRef.place` means to this spool."""

    journal: bytes
    segment: int
    start: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Content)
encode = _encoder.encode
decode = _decoder.decode


def seed_of(journal: bytes, segment: int) -> int:
    """Return the seed of all records of one journal in one generation."""
    return zlib.crc32(segment.to_bytes(8, "little"), zlib.crc32(journal)) or 1


def tag_of(seed: int) -> bytes:
    """Return the octets that every record of that seed starts with."""
    return seed.to_bytes(4, "little")


def pack_head(
    flags: int,
    content: bytes,
    count: tuple[int, int],
    inline: int,
    body: tuple[int, int],
    seed: int,
) -> bytes:
    """Return the octets before the body.

    Args:
        flags: LAST, REFERENCE.
        content: The encoded `Content`.
        count: Place in the group, and record number.
        inline: Octets of the body that follow.
        body: Its size and plain CRC-32.
        seed: `seed_of` this segment.
    """
    head = _HEAD.pack(seed, flags, len(content), *count, inline, *body)
    own = zlib.crc32(content, zlib.crc32(head, seed))
    return b"%b%b%b" % (head, _OWN.pack(own), content)


def read_head(octets: Buffer, start: int, end: int, seed: int) -> Head | None:
    """Return the header at a place, or None if no sound record starts there."""
    if end - start < HEAD_OCTETS:
        return None
    tag, flags, size, nth, number, inline, body, crc = _HEAD.unpack_from(octets, start)
    envelope_at = start + HEAD_OCTETS
    body_at = envelope_at + size
    if tag != seed or body_at + inline > end:
        return None
    (own,) = _OWN.unpack_from(octets, start + _HEAD.size)
    found = zlib.crc32(octets[start : start + _HEAD.size], seed)
    if zlib.crc32(octets[envelope_at:body_at], found) != own:
        return None
    return Head(flags, nth, number, envelope_at, body_at, body_at + inline, body, crc)


def pack_place(journal: bytes, segment: int, offset: int) -> bytes:
    """Return the opaque name of a body's place."""
    return _PLACE.pack(journal, segment, offset)


def read_place(place: bytes) -> Place | None:
    """Return what a place means, or None for a stranger's."""
    return Place(*_PLACE.unpack(place)) if len(place) == _PLACE.size else None


def body_ref(head: Head, content: Content, journal: bytes, segment: int) -> BodyRef:
    """Return where the body of a record lies."""
    place = content.place or pack_place(journal, segment, head.body_at)
    return BodyRef(place, head.body_octets, head.body_crc)

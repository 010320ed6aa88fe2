"""The records of the queue's log, and how they lie in the file.

Theory:
    Every record *sets* a state, so reading one twice, or an old one again before a
    newer one, changes nothing: recovery is a fold. A recipient is named by its `key`,
    a digest of (origin, step, reverse-path, address): the same for a replay of the
    same hand-over, whatever place it comes from (TRUST D5).

Format:
    File: sixteen octets of magic (with a version, raised when the records change in a
    way that old readers would misread) and generation, then records. Record: length
    (u32), CRC-32 of the payload seeded with the generation (u32), payload in
    MessagePack. Little endian.

Limits:
    A record is at most 16 MiB (1,000 recipients with long addresses need 2 MiB).
    Behind damage whose length cannot be right, 64 KiB are searched.
"""

import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from typing import Annotated, Final

import msgspec

from mailmax.base.envelope import Envelope, Origin
from mailmax.policy.retry import Order, Stage

VERSION: Final = 3
MAGIC: Final = b"MMQ%d" % VERSION
HEAD: Final = struct.Struct("<4sIQ")
FRAME: Final = struct.Struct("<II")
RECORD_OCTETS: Final = 16 * 1024 * 1024
SEARCH_OCTETS: Final = 64 * 1024


Number = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
"""Counts of ours, with room to go on; any other number was not written by us."""


class State(msgspec.Struct, frozen=True, array_like=True, tag=1, omit_defaults=True):
    """Where one recipient is now."""

    key: bytes
    stage: Stage
    tries: int = 0
    """Made in this stage."""
    due_ms: int = 0
    """Unix time in milliseconds of the next try; of what failed: when it did."""
    status: str = ""
    """RFC 3463 code of the last try."""
    text: str = ""
    """What the last try came to; printable."""
    host: str = ""
    attempts: int = 0
    """Made in all."""
    is_held: bool = False
    """By an administrator: no try begins before the release."""
    order: Order = Order.NONE
    """What is to become of it when the try ends that is under way."""
    is_late: bool = False
    """Its sender was told that it missed its deadline (RFC 2852)."""
    address: str = ""
    """Where it goes in place of the address that the envelope names."""

    @property
    def is_ordered(self) -> bool:
        """Tell whether an administrator wants it to end."""
        return self.order is not Order.NONE


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a kept body lies: in which segment, from which octet on."""

    segment: Number
    offset: Number
    directory: Annotated[bytes, msgspec.Meta(max_length=16)] = b""
    """The name of the ETRN directory (`etrn`); empty: it is the queue directory."""


class Kept(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """An entry whose body is in the queue directory, or in that of ETRN mail."""

    number: Number
    envelope: Envelope
    """With its origin."""
    place: Place
    size: Number
    crc: int
    states: tuple[State, ...]
    """One for each recipient of the envelope that is ours, in their order."""


class Moved(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """A kept body lies elsewhere since compaction."""

    number: int
    place: Place


class Position(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """All that the journals hold before this is sent, returned or kept."""

    position: bytes
    next_number: Number = 1
    """No entry before this had that number."""


Record = State | Kept | Moved | Position

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def make_key(origin: Origin, step: str, reverse_path: str, address: str) -> bytes:
    """Return the key of one recipient of one message."""
    text = f"{step}\0{reverse_path}\0{address}".encode("utf-8", "surrogateescape")
    head = origin.journal + origin.number.to_bytes(8, "little", signed=True)
    return blake2b(head + text, digest_size=16).digest()


def encode_head(generation: int) -> bytes:
    """Return the first octets of a log file."""
    return HEAD.pack(MAGIC, zlib.crc32(generation.to_bytes(8, "little")), generation)


def decode_head(octets: bytes) -> int | None:
    """Return the generation of a log file, or None where it is none."""
    if len(octets) < HEAD.size:
        return None
    generation = HEAD.unpack_from(octets)[2]
    return generation if octets[: HEAD.size] == encode_head(generation) else None


def encode_record(record: Record, generation: int) -> bytes:
    """Return a record as it lies in the file."""
    payload = _encoder.encode(record)
    return FRAME.pack(len(payload), zlib.crc32(payload, generation)) + payload


def read_records(
    octets: bytes, generation: int
) -> Iterator[tuple[Record | None, int, int]]:
    """Yield each record, where it begins and where it ends.

    Behind damage it goes on at the next octets that are a record again; None stands
    for each that is whole but says nothing. What is left behind the last whole record
    (a torn tail) is not yielded.
    """
    view = memoryview(octets)
    offset = HEAD.size
    while (found := _find_record(view, offset, generation)) is not None:
        start, end = found
        yield _decode(view[start + FRAME.size : end]), start, end
        offset = end


def _find_record(
    view: memoryview, start: int, generation: int
) -> tuple[int, int] | None:
    """Return where the next whole record begins and ends.

    Damage inside a payload leaves its length: the next record lies behind it. Else it
    is searched for octet by octet.
    """
    behind = start
    if start + FRAME.size <= len(view):
        behind = start + FRAME.size + FRAME.unpack_from(view, start)[0]
    for offset in chain((start, behind), range(start + 1, start + SEARCH_OCTETS)):
        end = _record_end(view, offset, generation)
        if end is not None:
            return offset, end
    return None


def _record_end(view: memoryview, offset: int, generation: int) -> int | None:
    if offset + FRAME.size > len(view):
        return None
    length, crc = FRAME.unpack_from(view, offset)
    start = offset + FRAME.size
    if not 0 < length <= min(RECORD_OCTETS, len(view) - start):
        return None
    if zlib.crc32(view[start : start + length], generation) != crc:
        return None
    return int(start + length)


def _decode(payload: memoryview) -> Record | None:
    try:
        record: Record = _decoder.decode(payload)
    except (msgspec.DecodeError, ValueError):
        return None
    return record

"""How the records of a log lie on disk: in frames, of one record or of one change.

Theory:
    A frame is a tag, a length, a CRC-32 and a payload (`records`). Records of one
    change share a frame, hence a CRC (TOGETHER: each is its length and its payload).
    Who reads without the lock sees all of them or none: of a change that the disk had
    no room for, nothing was seen that is then taken away.

    The tag belongs to the file (`log.tag_of`), and seeds the CRC: so the next record
    behind a hole is found again, and nothing passes for one that is another file's.

Limits:
    A payload: 1 GiB (ten million messages copied at once).
"""

import struct
import zlib
from collections.abc import Sequence

from mailmax.store.mailboxes.segments.records import Record, decode_payload

PAYLOAD_LIMIT = 1024 * 1024 * 1024
TOGETHER = 13
"""A kind of payload, beside those of `records`."""

FRAME = struct.Struct("<III")
_TAG = struct.Struct("<I")
_LENGTH = struct.Struct("<I")


def encode(records: Sequence[Record], tag: int) -> bytes:
    """Return records as they lie in a log of that tag, each on its own."""
    return b"".join([_framed(record.encode(), tag) for record in records])


def encode_together(records: Sequence[Record], tag: int) -> bytes:
    """Return the records of one change: all are there, or none is."""
    if len(records) == 1:
        return _framed(records[0].encode(), tag)
    parts = [bytes([TOGETHER])]
    for record in records:
        payload = record.encode()
        parts += [_LENGTH.pack(len(payload)), payload]
    return _framed(b"".join(parts), tag)


def _framed(payload: bytes, tag: int) -> bytes:
    return FRAME.pack(tag, len(payload), zlib.crc32(payload, tag)) + payload


def decode(octets: bytes, tag: int, place: int = 0) -> tuple[list[Record], int]:
    """Return the whole records from a place on, and where they end.

    Behind the end lies nothing, or a record that was not finished, or a hole.
    """
    view = memoryview(octets)
    size = len(octets)
    records: list[Record] = []
    while (start := place + FRAME.size) < size:
        found, length, crc = FRAME.unpack_from(octets, place)
        end = start + length
        if found != tag or length == 0 or length > PAYLOAD_LIMIT or end > size:
            break
        payload = view[start:end]
        if zlib.crc32(payload, tag) != crc:
            break
        try:
            records += _decoded(payload)
        except (KeyError, struct.error, ValueError):
            break
        place = end
    return records, place


def decode_behind(octets: bytes, tag: int, place: int) -> tuple[int, list[Record], int]:
    """Return the first whole records behind what is none, and where they lie.

    Returns:
        Where they begin, the records, where they end; nothing at `place` if there
        are none.
    """
    wanted = _TAG.pack(tag)
    start = octets.find(wanted, place + 1)
    while start >= 0:
        records, end = decode(octets, tag, start)
        if end > start:
            return start, records, end
        start = octets.find(wanted, start + 1)
    return place, [], place


def _decoded(payload: memoryview) -> list[Record]:
    if payload[0] != TOGETHER:
        return [decode_payload(payload)]
    records: list[Record] = []
    place = 1
    while place < len(payload):
        start = place + _LENGTH.size
        place = start + _LENGTH.unpack_from(payload, place)[0]
        if not start < place <= len(payload):
            raise ValueError("a record ends behind its frame")
        records.append(decode_payload(payload[start:place]))
    return records

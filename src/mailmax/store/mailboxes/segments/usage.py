"""The usage file of a user: what the mail comes to, and where to append next.

Theory:
    One small record, rewritten under the user's lock *before* the log that it
    describes, and read by anybody with one `pread`. It says how long that log is once
    the change is finished: whoever takes the lock next knows so whether it was, and a
    process killed between the two writes leaves no wrong totals for long.

Rules:
    It is never synced. A record of an earlier start of the machine, of a change that
    was not finished, or none: who takes the lock counts again.
"""

import struct
import zlib

import msgspec

_RECORD = struct.Struct("<4s16sQQIIQII")
OCTETS = _RECORD.size + 4


class Totals(msgspec.Struct, frozen=True):
    """One usage record."""

    boot: bytes
    octets: int = 0
    messages: int = 0
    folder_id: int = 0
    generation: int = 0
    log_end: int = 0
    """How long the log of `folder_id` is once the change is finished."""
    mail_segment: int = 1
    frag_segment: int = 1

    def encode(self) -> bytes:
        """Return the record."""
        head = _RECORD.pack(
            b"MMU1",
            self.boot,
            self.octets,
            self.messages,
            self.folder_id,
            self.generation,
            self.log_end,
            self.mail_segment,
            self.frag_segment,
        )
        return head + zlib.crc32(head).to_bytes(4, "little")


def decode(octets: bytes) -> Totals | None:
    """Return the record; None when it is not whole."""
    if len(octets) < OCTETS:
        return None
    head = octets[: OCTETS - 4]
    if zlib.crc32(head) != int.from_bytes(octets[OCTETS - 4 : OCTETS], "little"):
        return None
    magic, *values = _RECORD.unpack(head)
    return Totals(*values) if magic == b"MMU1" else None

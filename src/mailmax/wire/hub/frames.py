"""Frames: how the octets of the hub conversation are cut into messages.

Theory:
    A frame is a length (four octets, most significant first) and that many octets.
    What they mean is the contract's business (`hub.codec`).

Rules:
    The reader never raises on content. A length of 0 or above the limit is the end
    of the conversation (`is_broken`): nothing behind it can be trusted. The limit may
    be raised once the peer has proved who it is.

Limits:
    Before the proof 4 KiB, then 8 MiB a frame; whole tables come in pieces.
"""

from enum import Enum, auto

PREFIX_OCTETS = 4
STRANGER_LIMIT_OCTETS = 4 * 1024
MEMBER_LIMIT_OCTETS = 8 * 1024 * 1024


class Nothing(Enum):
    """Why there is no frame."""

    NEED_DATA = auto()
    BROKEN = auto()


NEED_DATA = Nothing.NEED_DATA
BROKEN = Nothing.BROKEN


def encode_frame(payload: bytes) -> bytes:
    """Put the length before `payload`.

    Args:
        payload: At least one octet, at most `MEMBER_LIMIT_OCTETS`.

    Raises:
        ValueError: It is longer (a bug: what is sent is cut into pieces first).
    """
    if not 0 < len(payload) <= MEMBER_LIMIT_OCTETS:
        raise ValueError(f"a frame of {len(payload)} octets")
    return len(payload).to_bytes(PREFIX_OCTETS, "big") + payload


class FrameReader:
    """Octets in, frames out."""

    __slots__ = ("_broken", "_buffer", "_start", "limit_octets")

    def __init__(self, limit_octets: int = STRANGER_LIMIT_OCTETS) -> None:
        """Begin with an empty buffer.

        Args:
            limit_octets: The longest frame that is taken.
        """
        self.limit_octets = limit_octets
        self._buffer = bytearray()
        self._start = 0
        self._broken = False

    @property
    def is_broken(self) -> bool:
        """A length made no sense: close the connection."""
        return self._broken

    def receive(self, octets: bytes) -> None:
        """Take octets as they came."""
        if self._broken:
            return
        if self._start:
            del self._buffer[: self._start]
            self._start = 0
        self._buffer += octets

    def next_frame(self) -> bytes | Nothing:
        """Return the next whole frame, or why there is none."""
        if self._broken:
            return BROKEN
        begin = self._start + PREFIX_OCTETS
        if len(self._buffer) < begin:
            return NEED_DATA
        length = int.from_bytes(self._buffer[self._start : begin], "big")
        if not 0 < length <= self.limit_octets:
            self._broken = True
            self._buffer.clear()
            return BROKEN
        if len(self._buffer) < begin + length:
            return NEED_DATA
        self._start = begin + length
        return bytes(self._buffer[begin : self._start])

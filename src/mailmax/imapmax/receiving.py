"""A message that is being appended: its octets, as they come."""

import zlib

from mailmax.wire.imap.commands.append import Append


class Receiving:
    """Collects one message."""

    __slots__ = ("_left", "_pieces", "command", "crc", "has_nul")

    def __init__(self, command: Append) -> None:
        """Start with nothing."""
        self.command = command
        self.crc = 0
        """Plain CRC-32 of what came (TRUST D9)."""
        self.has_nul = False
        self._left = command.size
        self._pieces: list[bytes] = []

    @property
    def is_whole(self) -> bool:
        """All octets came."""
        return not self._left

    def take(self, octets: bytes) -> None:
        """Keep the next octets."""
        self._pieces.append(octets)
        self._left -= len(octets)
        self.crc = zlib.crc32(octets, self.crc)
        self.has_nul = self.has_nul or b"\0" in octets

    def body(self) -> bytes:
        """Return the whole message."""
        return b"".join(self._pieces)

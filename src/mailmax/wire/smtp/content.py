"""Message content on its way in: by DATA or by BDAT.

Theory:
    Both readers take from the line buffer what belongs to the message and leave the
    rest. `DataReader` stands on `wire.dots`; `ChunkReader` counts octets, and looks
    for a CR or LF that stands alone across the edges of chunks, since BINARYMIME is
    not offered and such a message is refused either way (RFC 3030 §3, TRUST A1).
"""

from mailmax.wire.dots import DotReader
from mailmax.wire.lines import LineBuffer


class DataReader:
    """Content up to the lone dot."""

    __slots__ = ("_dots",)

    def __init__(self) -> None:
        """Stand behind the DATA line."""
        self._dots = DotReader()

    def read(self, lines: LineBuffer) -> bytes:
        """Take what is there; empty when there is nothing to give yet."""
        dots = self._dots
        content = dots.feed(lines.take())
        if dots.ended:
            lines.put_back(dots.rest)
        return content

    @property
    def ended(self) -> bool:
        """The lone dot was read."""
        return self._dots.ended

    @property
    def spoiled(self) -> bool:
        """A CR or LF stood alone."""
        return self._dots.bare


class ChunkReader:
    """Content of a number of octets, chunk after chunk."""

    __slots__ = ("_balance", "_last_octet", "_left")

    def __init__(self) -> None:
        """Wait for the first chunk."""
        self._left = 0
        self._last_octet = b""
        self._balance = (0, 0)

    def open(self, octets: int) -> None:
        """Begin a chunk."""
        self._left = octets

    def read(self, lines: LineBuffer) -> bytes:
        """Take what is there of this chunk."""
        content = lines.take(self._left)
        if content:
            self._left -= len(content)
            self._weigh(content)
        return content

    @property
    def ended(self) -> bool:
        """This chunk was read."""
        return self._left == 0

    @property
    def spoiled(self) -> bool:
        """A CR or LF stood alone in what was read so far."""
        return self._balance != (0, 0)

    def _weigh(self, content: bytes) -> None:
        """Count CR and LF that have no partner, also over the edge of chunks."""
        pairs = content.count(b"\r\n")
        if self._last_octet == b"\r" and content.startswith(b"\n"):
            pairs += 1
        self._last_octet = content[-1:]
        returns, feeds = self._balance
        self._balance = (
            returns + content.count(b"\r") - pairs,
            feeds + content.count(b"\n") - pairs,
        )

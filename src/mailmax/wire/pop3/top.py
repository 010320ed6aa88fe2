"""Where TOP ends: behind the header, its empty line and some lines of the body.

Standards:
    RFC 1939 §7 (TOP).
"""


class TopCutter:
    """Lets the octets of one message pass as far as TOP asks."""

    __slots__ = ("_in_header", "_left", "_tail", "done")

    def __init__(self, lines: int) -> None:
        """Begin before the first octet.

        Args:
            lines: How many lines of the body are wanted.
        """
        self._left = lines
        self._in_header = True
        self._tail = b"\n"
        self.done = False

    def feed(self, piece: bytes) -> bytes:
        """Return what of a piece belongs to the answer."""
        start = 0
        if self._in_header:
            start = self._header_end(piece)
            if start < 0:
                return piece
            self._in_header = False
        return piece[: self._body_end(piece, start)]

    def _header_end(self, piece: bytes) -> int:
        """Return where the body begins, -1 when not in this piece."""
        # A line end may lie across two pieces; a first line that is empty counts.
        before, self._tail = self._tail, (self._tail + piece)[-2:]
        text = before + piece
        found = [
            at + len(mark)
            for mark in (b"\n\r\n", b"\n\n")
            if (at := text.find(mark)) >= 0
        ]
        return min(found) - len(before) if found else -1

    def _body_end(self, piece: bytes, start: int) -> int:
        lines = piece.count(b"\n", start)
        if lines < self._left:
            self._left -= lines
            return len(piece)
        while self._left:
            start = piece.index(b"\n", start) + 1
            self._left -= 1
        self.done = True
        return start

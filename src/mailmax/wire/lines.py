"""Octets to lines, with a limit, however they were cut on the way.

Theory:
    `feed` keeps octets, `next_line` gives the next whole line without its CR LF, or a
    `LineFault` that stands for one line, or None while the line is not whole. A line
    longer than the limit is one fault at once; what follows of it is dropped as it
    comes, up to and including its end ("discarding"), so the answer does not depend
    on where the chunks fell.

Rules:
    A line ends with LF. When the octet before it is not CR the line is the fault
    BARE_LF: nothing in it may be carried out, and the client gets its answer now
    rather than never (TRUST A1). A CR inside a line stays in it: grammars refuse it.

Limits:
    Never more than the limit and one chunk are kept of one line. Chunks that come
    while nobody asks for lines are kept as they are and joined once.

Standards:
    RFC 5321 §2.3.8 (lines), RFC 3501 §2.2, RFC 1939 §3.
"""

from enum import Enum, auto


class LineFault(Enum):
    """A line that must not be carried out; answered like any wrong command."""

    TOO_LONG = auto()
    BARE_LF = auto()


class LineBuffer:
    """What one client sent and nobody has taken yet."""

    __slots__ = ("_at", "_buffer", "_discarding", "_more", "_scanned")

    def __init__(self) -> None:
        """Start empty."""
        self._buffer = b""
        self._at = 0
        self._scanned = 0
        self._more: list[bytes] | None = None
        self._discarding = False

    def __len__(self) -> int:
        waiting = len(self._buffer) - self._at
        return waiting + sum(map(len, self._more)) if self._more else waiting

    def feed(self, octets: bytes) -> None:
        """Keep octets as they came."""
        if self._at == len(self._buffer) and not self._more:
            self._buffer = octets
            self._at = self._scanned = 0
        else:
            if self._more is None:
                self._more = []
            self._more.append(octets)

    def next_line(self, limit: int) -> bytes | LineFault | None:
        """Take the next line.

        Args:
            limit: Most octets of a line, CR LF included.

        Returns:
            The line without CR LF; or a fault in its place; or None: not whole yet.
        """
        if self._more:
            self._join()
        buffer = self._buffer
        end = buffer.find(b"\n", self._scanned)
        if end < 0:
            return self._unfinished(limit)
        start, self._at = self._at, end + 1
        self._scanned = end + 1
        if self._discarding:
            self._discarding = False
            return self.next_line(limit)
        if end + 1 - start > limit:
            return LineFault.TOO_LONG
        if end > start and buffer[end - 1] == 13:
            return buffer[start : end - 1]
        return LineFault.BARE_LF

    def take(self, most: int = -1) -> bytes:
        """Take octets as they are: mail data, chunks, literals.

        Args:
            most: No more than this; -1 for all there is.
        """
        if self._more:
            self._join()
        start = self._at
        end = len(self._buffer)
        if 0 <= most < end - start:
            end = start + most
        self._at = self._scanned = end
        if start == 0 and end == len(self._buffer):
            octets, self._buffer = self._buffer, b""
            self._at = self._scanned = 0
            return octets
        return self._buffer[start:end]

    def put_back(self, octets: bytes) -> None:
        """Return the end of what was just taken: it belongs to somebody else."""
        if octets:
            self._buffer = octets + self._buffer[self._at :]
            self._at = self._scanned = 0

    def clear(self) -> None:
        """Forget everything: said in the clear, or not to be heard any more."""
        self.__init__()  # type: ignore[misc]

    def _unfinished(self, limit: int) -> LineFault | None:
        """Remember how far was looked; begin to discard a line that is too long."""
        waiting = len(self._buffer) - self._at
        if self._discarding or waiting >= limit:
            # A CR that may begin the line's end costs nothing: only LF ends it.
            self._buffer = b""
            self._at = self._scanned = 0
            if not self._discarding:
                self._discarding = True
                return LineFault.TOO_LONG
        else:
            self._scanned = len(self._buffer)
        return None

    def _join(self) -> None:
        gone = self._at
        self._buffer = b"".join((self._buffer[gone:], *(self._more or ())))
        self._more = None
        self._scanned -= gone
        self._at = 0

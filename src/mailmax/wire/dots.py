r"""Dot-stuffing both ways: mail data as it is and as it travels.

Theory:
    `DotReader` takes octets after DATA and gives content, dots taken off, until
    ``CR LF . CR LF``. It works on whole buffers (find, replace, count); of each
    buffer it holds back only an end that may be the beginning of the terminator, at
    most four octets. The CR LF of the DATA line counts as the one before the first
    line: it is the first thing held, and left out of the content again.

    `DotWriter` is the other way round, chunk by chunk; `stuff` does it at once.

Rules:
    Nothing but ``CR LF . CR LF`` ends a message, and nothing but CR LF begins a line
    whose dot is taken off. A CR or LF that stands alone ends nothing, is kept as it
    is and sets `bare`: the message must be refused at its end, since another server
    may see two messages in it (TRUST A1, CVE-2023-51764).
    Sending, every line that begins with a dot gets one more, and a message whose
    last line has no CR LF gets one. SMTP also turns a CR or LF that stands alone
    into CR LF (TRUST A3); POP3 sends content as it is. What is counted and not
    stuffed (BDAT) goes through `LineMender`, and has the same lines.

Standards:
    RFC 5321 §4.5.2 (transparency), §2.3.8 and §4.1.1.4 (only CR LF), RFC 1939 §3.
"""

_END = b"\r\n.\r\n"


class DotReader:
    """Reads one message's data."""

    __slots__ = ("_first", "_held", "bare", "ended", "rest")

    def __init__(self) -> None:
        """Stand behind the CR LF of the DATA line."""
        self._first = True
        self._held = b"\r\n"
        self.bare = False
        """A CR or LF stood alone somewhere."""
        self.ended = False
        self.rest = b""
        """What came behind the end; the next commands."""

    def feed(self, octets: bytes) -> bytes:
        """Take octets, give content; must not be called after the end.

        Returns:
            Content without stuffing; may be empty. `ended` tells whether it is the
            last, `rest` then holds what came behind the message.
        """
        if self._held:
            octets = self._held + octets
        end = octets.find(_END)
        if end >= 0:
            self.ended = True
            self.rest = octets[end + 5 :]
            self._held = b""
            octets = octets[: end + 2]
        else:
            kept = _beginning_of_end(octets)
            self._held = octets[len(octets) - kept :]
            octets = octets[: len(octets) - kept]
        if not self.bare and stands_alone(octets):
            self.bare = True
        octets = octets.replace(b"\r\n.", b"\r\n")
        if self._first and octets:
            self._first = False
            return octets[2:]
        return octets


class DotWriter:
    """Writes one message's data, chunk by chunk."""

    __slots__ = ("_at_line_start", "_held_cr", "_mend")

    def __init__(self, *, mend: bool = False) -> None:
        """Begin a message.

        Args:
            mend: Turn each CR or LF that stands alone into CR LF.
        """
        self._at_line_start = True
        self._held_cr = False
        self._mend = mend

    def feed(self, content: bytes) -> bytes:
        """Give the octets that carry a chunk of content."""
        if self._held_cr:
            content = b"\r" + content
        self._held_cr = content.endswith(b"\r")
        if self._held_cr:
            content = content[:-1]
        if not content:
            return b""
        if self._mend:
            content = mend(content)
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        if self._at_line_start and content.startswith(b"."):
            stuffed = b"." + stuffed
        self._at_line_start = content.endswith(b"\r\n")
        return stuffed

    def finish(self) -> bytes:
        """Give the octets that end the message."""
        if self._held_cr:
            self._held_cr = False
            return _END if self._mend else b"\r" + _END
        return _END[2:] if self._at_line_start else _END


class LineMender:
    """Gives content with whole lines only, chunk by chunk; for counted content."""

    __slots__ = ("_at_line_start", "_held_cr")

    def __init__(self) -> None:
        """Begin a message."""
        self._at_line_start = True
        self._held_cr = False

    def feed(self, content: bytes) -> bytes:
        """Return a chunk in which no CR or LF stands alone."""
        if self._held_cr:
            content = b"\r" + content
        self._held_cr = content.endswith(b"\r")
        if self._held_cr:
            content = content[:-1]
        if content:
            content = mend(content)
            self._at_line_start = content.endswith(b"\r\n")
        return content

    def finish(self) -> bytes:
        """Return what ends the last line."""
        if self._at_line_start and not self._held_cr:
            return b""
        self._held_cr = False
        return b"\r\n"


def stuff(content: bytes, *, mend: bool = False) -> bytes:
    """Give a whole message as it travels, with its end."""
    writer = DotWriter(mend=mend)
    return writer.feed(content) + writer.finish()


def stands_alone(octets: bytes) -> bool:
    """Tell whether a CR or LF stands alone (octets that do not end with CR)."""
    lines = octets.count(b"\r\n")
    return octets.count(b"\n") != lines or octets.count(b"\r") != lines


def mend(octets: bytes) -> bytes:
    """Make each CR or LF that stands alone a CR LF."""
    if not stands_alone(octets):
        return octets
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _beginning_of_end(octets: bytes) -> int:
    """Return how many of the last octets may begin the terminator."""
    if octets.endswith(b"\r"):
        return 4 if octets.endswith(b"\r\n.\r") else 1
    if octets.endswith(b"\n"):
        return 2 if octets.endswith(b"\r\n") else 0
    return 3 if octets.endswith(b"\r\n.") else 0

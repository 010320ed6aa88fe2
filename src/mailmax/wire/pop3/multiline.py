r"""A message as it travels behind +OK: dots stuffed, ended by a line with a dot.

Theory:
    Content goes out as it was stored; only dots at the beginning of a line get one
    more. Most POP3 clients take a bare LF for the end of a line, so a dot behind a
    bare LF is stuffed as well: otherwise ``LF . CR LF`` inside a message (which can
    come by IMAP APPEND) would end it for them, and its next lines would be read as
    responses.
    Content without a final CR LF gets one, which counts as sent (`octets_sent`).

Standards:
    RFC 1939 §3 (multi-line responses), §11 (sizes); TRUST F4.
"""


def octets_sent(size: int, tail: bytes) -> int:
    """Return what LIST says of a message, given its last two octets."""
    return size if not size or tail == b"\r\n" else size + 2


class MultilineWriter:
    """Writes one message, piece by piece."""

    __slots__ = ("_at_line_start", "_tail")

    def __init__(self) -> None:
        """Begin behind the CR LF of the +OK line."""
        self._at_line_start = True
        self._tail = b"\r\n"

    def feed(self, piece: bytes) -> bytes:
        """Give the octets that carry a piece of content."""
        if not piece:
            return b""
        stuffed = piece.replace(b"\n.", b"\n..")
        if self._at_line_start and piece.startswith(b"."):
            stuffed = b"." + stuffed
        self._at_line_start = piece.endswith(b"\n")
        self._tail = piece[-2:] if len(piece) > 1 else self._tail[-1:] + piece
        return stuffed

    def finish(self) -> bytes:
        """Give the octets that end the response."""
        return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"


def encode_message(content: bytes) -> bytes:
    """Give a whole message as it travels, with its end."""
    stuffed = content.replace(b"\n.", b"\n..") if b"\n." in content else content
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    whole = not content or content.endswith(b"\r\n")
    return stuffed + (b".\r\n" if whole else b"\r\n.\r\n")

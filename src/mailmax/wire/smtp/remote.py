"""Replies of a remote server: octets in, replies out, hostile ones refused.

Theory:
    A reply is one or more lines with one code; a minus behind the code says that
    more follow. What breaks that grammar, or never ends, makes the connection
    unusable: `BadReply` says why, and nothing behind it is read.

    ABNF: ``Reply-line = *( Reply-code "-" [ textstring ] CRLF )
    Reply-code [ SP textstring ] CRLF``

Rules:
    A line may end with LF alone (old servers); nothing follows from that.

Limits:
    64 KiB a reply, lines and all (TRUST C1; Dovecot MAX_REPLY_SIZE); 256 KiB that
    nobody has read yet, which is more than the replies to a hundred recipients.

Standards:
    RFC 5321 §4.2 (grammar), §4.2.1 (codes).
"""

from typing import Final, NamedTuple

REPLY_OCTETS: Final = 64 * 1024
UNREAD_OCTETS: Final = 256 * 1024


class RemoteReply(NamedTuple):
    """What a server said."""

    code: int
    lines: tuple[bytes, ...]
    """Texts without code and line end; a stranger's octets."""


class BadReply(NamedTuple):
    """Why what came is no reply."""

    text: str


class ReplyReader:
    """Reads one connection's replies."""

    __slots__ = ("_bad", "_code", "_lines", "_octets", "_rest")

    def __init__(self) -> None:
        """Start empty."""
        self._rest = b""
        self._code = 0
        self._lines: list[bytes] = []
        self._octets = 0
        self._bad: BadReply | None = None

    @property
    def has_unread(self) -> bool:
        """Tell whether there are octets that were not looked at yet."""
        return bool(self._rest)

    def feed(self, octets: bytes) -> None:
        """Take octets as they came."""
        if self._bad is not None:
            return
        if len(self._rest) + len(octets) > UNREAD_OCTETS:
            self._refuse("more than was asked for")
        else:
            self._rest = self._rest + octets if self._rest else octets

    def next(self) -> RemoteReply | BadReply | None:
        """Return the next reply, or why there will be none, or None: more is needed."""
        while self._bad is None:
            end = self._rest.find(b"\n") + 1
            if not end:
                if self._octets + len(self._rest) > REPLY_OCTETS:
                    return self._refuse("reply too long")
                return None
            line, self._rest = self._rest[:end], self._rest[end:]
            self._octets += end
            if self._octets > REPLY_OCTETS:
                return self._refuse("reply too long")
            reply = self._take_line(line[:-1].removesuffix(b"\r"))
            if reply is not None:
                return reply
        return self._bad

    def _take_line(self, line: bytes) -> RemoteReply | BadReply | None:
        code = _parse_code(line)
        if code is None or line[3:4] not in {b"", b" ", b"-"}:
            return self._refuse("reply without a code")
        if self._lines and code != self._code:
            return self._refuse("reply with different codes")
        self._code = code
        self._lines.append(line[4:])
        if line[3:4] == b"-":
            return None
        reply = RemoteReply(code, tuple(self._lines))
        self._lines = []
        self._octets = 0
        return reply

    def _refuse(self, text: str) -> BadReply:
        self._bad = BadReply(text)
        self._rest = b""
        self._lines = []
        return self._bad


def _parse_code(line: bytes) -> int | None:
    """Return the three digits: 2-5, 0-5, 0-9 (RFC 5321 §4.2.1)."""
    head = line[:3]
    if len(head) != 3 or not head.isdigit():
        return None
    if not (b"2" <= head[:1] <= b"5" and head[1:2] <= b"5"):
        return None
    return int(head)

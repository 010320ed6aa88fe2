"""What the server says: the output half of the machine.

Theory:
    Octets pile up until the driver takes them. Every text is ours; what comes from
    mail or names was encoded by `codec.encode` before it got here. What has content of
    mail in it goes past the watcher.

Standards:
    RFC 3501 §7, RFC 5530 (response codes).
"""

from mailmax.wire.machine import Watcher


class Responses:
    """Output of one session; the machine adds the input half."""

    __slots__ = ("_out", "watcher")

    def __init__(self) -> None:
        """Start with nothing to say."""
        self._out: list[bytes] = []
        self.watcher: Watcher | None = None
        """Is told what is said, where somebody wants to know."""

    def take_output(self) -> bytes:
        """Return the octets to send; empty when there are none."""
        if not self._out:
            return b""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def untagged(self, response: bytes) -> None:
        """Say one untagged response, without ``*`` and CR LF."""
        self._speak(b"* %b\r\n" % response)

    def untagged_ok(self, text: str, code: str) -> None:
        """Say an untagged OK with a response code."""
        self._speak(_status("*", "OK", text, code))

    def send(self, *pieces: bytes) -> None:
        """Send responses that are rendered already, CR LF included, maybe in pieces."""
        self._out += pieces
        if self.watcher is not None:
            self.watcher.said(b"".join(pieces))

    def send_content(self, *pieces: bytes) -> None:
        """Send the same, with what stands in mail: no watcher sees it."""
        self._out += pieces

    def _say(self, tag: bytes, status: str, text: str, code: str = "") -> None:
        octets = tag + _status("", status, text, code)
        self._out.append(octets)
        if self.watcher is not None:
            self.watcher.said(self._shown(tag, octets))

    def _shown(self, _tag: bytes, octets: bytes) -> bytes:
        """Return what a watcher sees of a status response."""
        return octets

    def _speak(self, octets: bytes) -> None:
        self._out.append(octets)
        if self.watcher is not None:
            self.watcher.said(octets)


def _status(star: str, status: str, text: str, code: str) -> bytes:
    bracket = f"[{code}] " if code else ""
    return f"{star} {status} {bracket}{text}\r\n".encode("ascii", "replace")

"""What the server says: the output half of the machine.

Theory:
    Octets pile up until the driver takes them. Every text is ours; what comes from
    mail or names was encoded by `codec.encode` before it got here.

Standards:
    RFC 3501 §7, RFC 5530 (response codes).
"""


class Responses:
    """Output of one session; the machine adds the input half."""

    __slots__ = ("_out",)

    def __init__(self) -> None:
        """Start with nothing to say."""
        self._out: list[bytes] = []

    def take_output(self) -> bytes:
        """Return the octets to send; empty when there are none."""
        if not self._out:
            return b""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def untagged(self, response: bytes) -> None:
        """Say one untagged response, without ``*`` and CR LF."""
        self._out.append(b"* %b\r\n" % response)

    def untagged_ok(self, text: str, code: str) -> None:
        """Say an untagged OK with a response code."""
        self._out.append(_status("*", "OK", text, code))

    def send(self, *pieces: bytes) -> None:
        """Send responses that are rendered already, CR LF included, maybe in pieces."""
        self._out += pieces

    def _say(self, tag: bytes, status: str, text: str, code: str = "") -> None:
        self._out.append(tag + _status("", status, text, code))


def _status(star: str, status: str, text: str, code: str) -> bytes:
    bracket = f"[{code}] " if code else ""
    return f"{star} {status} {bracket}{text}\r\n".encode("ascii", "replace")

r"""The client's side of one scan: octets in frames, then one answer.

    command = "zINSTREAM" NUL
    stream  = *( length octets ) %x00.00.00.00      ; length: 32 bits, network order

Theory:
    One connection is one scan: what is left of one can never be taken for the answer
    to another, and clamd hangs up behind its answer, which is how we know that nothing
    follows it (`reply`). A session of many scans (IDSESSION) saves a connection to a
    socket of the same computer, less than a tenth of what a scan of 50 kB costs.

Limits:
    64 KiB a frame: clamd refuses one that is above its StreamMaxLength.
"""

import struct
from typing import Final

from mailmax.wire.clamd.reply import LONGEST_OCTETS, Answer, parse_reply
from mailmax.wire.machine import CLOSED, NEED_DATA, LocalProtocolError, NotNow

FRAME_OCTETS: Final = 64 * 1024

_BEGIN: Final = b"zINSTREAM\0"
_END: Final = b"\0\0\0\0"
_length = struct.Struct("!I").pack


class ScanMachine:
    """One stream to clamd and its answer."""

    __slots__ = ("_answered", "_heard", "_is_over", "_output", "_sent_all")

    def __init__(self) -> None:
        """Begin the stream."""
        self._output = [_BEGIN]
        self._heard = b""
        self._sent_all = False
        self._is_over = False
        self._answered = False

    def send(self, octets: bytes) -> None:
        """Put octets on the stream."""
        if self._sent_all:
            raise LocalProtocolError("the stream is over")
        for begin in range(0, len(octets), FRAME_OCTETS):
            frame = octets[begin : begin + FRAME_OCTETS]
            self._output += (_length(len(frame)), frame)

    def end(self) -> None:
        """Say that nothing follows, and ask for the answer."""
        if not self._sent_all:
            self._sent_all = True
            self._output.append(_END)

    # As `net.link.ClientMachine`

    def receive(self, octets: bytes) -> None:
        """Take octets as they came; of an endless answer no more than is needed."""
        if self._is_over:
            return
        self._heard += octets[: LONGEST_OCTETS + 1 - len(self._heard)]
        self._is_over = len(self._heard) > LONGEST_OCTETS

    def receive_eof(self) -> None:
        """It hung up."""
        self._is_over = True

    def next_event(self) -> Answer | NotNow:
        """Return the answer once it is whole."""
        if not self._is_over:
            return NEED_DATA
        if self._answered:
            return CLOSED
        self._answered = True
        return parse_reply(self._heard, asked=self._sent_all)

    def take_output(self) -> bytes:
        """Return the octets to send."""
        octets = b"".join(self._output)
        self._output.clear()
        return octets

    def tls_started(self) -> None:
        """Never: clamd speaks no TLS."""
        raise LocalProtocolError("clamd speaks no TLS")

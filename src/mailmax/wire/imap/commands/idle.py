"""IDLE (RFC 2177 §3)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Idle:
    """Tell me what is new until I say DONE."""


@dataclass(frozen=True, slots=True)
class IdleDone:
    """The client ended IDLE: answer the command."""

    proper: bool
    """It said DONE; otherwise the answer is BAD."""


# idle = "IDLE" CRLF "DONE"
def parse(cursor: Cursor) -> Idle:
    """Read the arguments: there are none."""
    cursor.end()
    return Idle()

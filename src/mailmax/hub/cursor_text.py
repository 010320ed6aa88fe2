"""A place in a list as text: MessagePack in base64url, for whoever asks for a page.

Rules:
    The text is nobody's secret and gives no right. What comes back is input: what is
    not of the shape is no place, and what the values mean is the list's to check.
"""

import base64
import binascii
from typing import Any, Final

import msgspec

LONGEST: Final = 4_096


def write_cursor(told: Any) -> str:
    """Return what tells a row's place as text."""
    octets = base64.urlsafe_b64encode(msgspec.msgpack.encode(told))
    return octets.decode().rstrip("=")


def read_cursor(text: str, kind: Any) -> Any:
    """Return what a text tells, of that type; None: it is none of ours."""
    if len(text) > LONGEST:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        octets = base64.b64decode(padded.encode("ascii"), b"-_", validate=True)
        return msgspec.msgpack.decode(octets, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None

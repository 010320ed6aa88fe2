"""Server-sent events: what stands on the wire, and where a reader was.

Theory:
    One stream tells of several traces. The id of an event names for each the number
    of the last line that was told: ``a1b2:17,c3d4:5``. Who comes back with it goes on
    behind those.

Standards: HTML Living Standard, 9.2 (server-sent events).
"""

import re
from typing import Any, Final

import msgspec

RETRY_MS: Final = 2_000
MEDIA_TYPE: Final = "text/event-stream"
PING: Final = b": ping\n\n"
BEGIN: Final = f"retry: {RETRY_MS}\n\n".encode()
_PLACE = re.compile(r"([\w-]{1,40}):(\d{1,15})")
_MOST = 50


def event(kind: str, data: Any, places: dict[str, int] | None = None) -> bytes:
    """Write one event.

    Args:
        kind: What the reader listens for.
        data: Is told as JSON, which has no line end.
        places: By trace the number of the last line that was told.
    """
    where = ",".join(f"{name}:{number}" for name, number in (places or {}).items())
    head = f"id: {where}\n" if where else ""
    return f"{head}event: {kind}\ndata: ".encode() + _json(data) + b"\n\n"


def places_of(last_id: str) -> dict[str, int]:
    """Return where a reader was; what is no id of ours says nothing."""
    found = {}
    for part in last_id.split(",")[:_MOST]:
        match = _PLACE.fullmatch(part)
        if match:
            found[match[1]] = int(match[2])
    return found


def _json(data: Any) -> bytes:
    return bytes(data) if isinstance(data, msgspec.Raw) else msgspec.json.encode(data)

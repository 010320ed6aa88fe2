"""What a process has done so far, in plain numbers.

Theory:
    Who works adds to an attribute; now and then somebody takes what has come since
    (`hub.activity`) and DataMax draws it (manual 2.6).

Rules:
    A number only grows. Nobody decides anything from one.

Limits:
    An addition costs some 30 ns, whoever looks.

Manual: §2.6.
"""

from typing import Final

MEASURES: Final = (
    "connections",
    "logins",
    "failed_logins",
    "messages_in",
    "messages_out",
    "octets_in",
    "octets_out",
    "starts",
)
"""What is counted, in the order in which it is told."""


class Counters:
    """Of one process."""

    __slots__ = (*MEASURES, "_taken")

    def __init__(self) -> None:
        """Begin at nothing."""
        self.connections = 0
        self.logins = 0
        """Passwords that were right."""
        self.failed_logins = 0
        self.messages_in = 0
        self.messages_out = 0
        self.octets_in = 0
        """Of messages, as their clients count them."""
        self.octets_out = 0
        self.starts = 0
        """Of the process itself: one."""
        self._taken = (0,) * len(MEASURES)

    def take(self) -> tuple[int, ...]:
        """Return what has come since the last call, in the order of `MEASURES`."""
        now = tuple(getattr(self, measure) for measure in MEASURES)
        since = tuple(new - old for new, old in zip(now, self._taken, strict=True))
        self._taken = now
        return since

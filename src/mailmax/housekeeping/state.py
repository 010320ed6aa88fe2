"""What Housekeeping remembers from one life to the next.

Rules:
    A file that cannot be read counts as none: then the next run is that of the next
    quiet hour, and the clock is believed as it is found.
"""

import logging
from pathlib import Path

import msgspec

from mailmax.hub.contract.housekeeping import RunView, Totals
from mailmax.policy.quiet_hour import Mark
from mailmax.store.atomic import failures, write_atomic

_log = logging.getLogger("mailmax.housekeeping")


class Saved(msgspec.Struct):
    """See the head of this file."""

    mark: Mark
    """The last moment at which the clock was believed."""
    begun_at: float
    """When the daily run began last; at first, when Housekeeping came here."""
    sum_since: float
    sum: Totals = msgspec.field(default_factory=Totals)
    run: RunView | None = None
    """The last real run; still ``running`` when it was cut."""
    after: str = ""
    """The address that the run came to."""


def added(one: Totals, other: Totals) -> Totals:
    """Return the sum of both."""
    pairs = zip(
        msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True
    )
    return Totals(*(left + right for left, right in pairs))


class Memory:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Take its name."""
        self._path = path

    def load(self, mark: Mark) -> Saved:
        """Return what is remembered; a beginning when nothing is."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Saved)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("%s cannot be read: %s", self._path, error)
        return Saved(mark, mark.wall, mark.wall)

    def save(self, saved: Saved) -> None:
        """Keep it; durable on return.

        Raises:
            TemporaryFailure: The disk refuses.
        """
        with failures("what Housekeeping did could not be noted"):
            write_atomic(self._path, msgspec.json.encode(saved))

"""What recovery knows: whether it goes on, and without whose journals.

Theory:
    After an unclean stop what lies in the journals since the last checkpoint is given
    to `Store.recover` first, then filed as usual: each effect has the key (origin,
    target), so nothing is repeated (DESIGN 3.4). That is done in portions with a
    checkpoint behind each: recovery may be cut off like everything else.

    A writer that lives and does not say how far it is (a process that is stuck) holds
    recovery up for a minute, not for ever. What it wrote is neither read nor freed
    then; when it speaks or ends, filing begins anew and recovers with it.
"""

import logging
import time
from typing import Protocol

from mailmax.base.errors import TemporaryFailure
from mailmax.store.mailboxes.port import Distrusted

HEAR_S = 5.0
"""How long one try of recovery waits for writers that live to say how far they are."""
SILENT_S = 60.0
"""How long all tries do; then the mail of the other writers is filed."""

_log = logging.getLogger("mailmax.filer")


class Hearing(Protocol):
    """Who knows which writers are silent: the spool's reader."""

    def unheard(self, timeout: float) -> frozenset[str]:
        """Return the journals whose writers live and do not say how far they are."""


class Recovery:
    """The recovery of one filer."""

    def __init__(self, reader: Hearing, *, is_needed: bool) -> None:
        """Begin with it, where the last stop was unclean."""
        self._reader = reader
        self._until = 0.0
        self.is_on = is_needed
        self.is_unmended = False
        """What was taken is not recovered yet."""
        self.is_read = False
        """It has read the journals to their ends."""
        self.silent: frozenset[str] = frozenset()
        """Journals without which we recovered."""

    def begin(self) -> None:
        """Count from now how long writers may be silent."""
        self._until = time.monotonic() + SILENT_S

    def hear_writers(self) -> None:
        """Let the writers that live say how far they are.

        Raises:
            TemporaryFailure: One has not yet.
        """
        silent = self._reader.unheard(HEAR_S)
        names = ", ".join(sorted(silent))
        if silent and time.monotonic() < self._until:
            raise TemporaryFailure(f"{names} does not say how far it is")
        if silent:
            _log.critical("%s is silent: its mail waits, the rest is filed", names)
        self.silent = silent

    def check_silent(self) -> None:
        """See that who was silent still is.

        Raises:
            Distrusted: One speaks: filing begins anew and recovers with it.
        """
        if self.silent and not self.silent <= self._reader.unheard(0):
            raise Distrusted("a writer speaks that was silent at recovery")

    def nothing_is_left(self) -> None:
        """What was taken is done with: it is over, once all was read."""
        self.is_on = self.is_on and not self.is_read

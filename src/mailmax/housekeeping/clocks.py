"""The clocks of this computer, as who deletes by age must know them."""

import time
from datetime import datetime
from typing import Protocol

from mailmax.policy.quiet_hour import Mark
from mailmax.store.mailboxes.segments.node import boot_identity


class Clocks(Protocol):
    """What time is it, and since when is that known?"""

    def mark(self) -> Mark:
        """Read all clocks at once."""

    def local(self, moment: float) -> datetime:
        """Return a moment as the server's wall shows it, without a zone."""


class SystemClocks:
    """The real ones."""

    def __init__(self) -> None:
        """Ask once which start of the machine this is."""
        self._boot = boot_identity().hex()

    def mark(self) -> Mark:
        """Read all clocks at once."""
        uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
        return Mark(time.time(), self._boot, uptime)

    def local(self, moment: float) -> datetime:
        """Return a moment as the server's wall shows it."""
        return datetime.fromtimestamp(moment).astimezone().replace(tzinfo=None)

"""What a run did, or would do: counted, and listed as far as that can be kept.

Limits:
    10,000 deeds are listed; those beyond are counted.
"""

import logging

from mailmax.hub.contract.housekeeping import Deed, Totals

MOST_DEEDS = 10_000

_log = logging.getLogger("mailmax.housekeeping")


class Book:
    """Of one run."""

    def __init__(self, totals: Totals) -> None:
        """Go on with what was counted before the run was cut.

        Args:
            totals: Are added to.
        """
        self.totals = totals
        self.deeds: list[Deed] = []

    def write(self, deed: Deed) -> None:
        """List one."""
        if len(self.deeds) < MOST_DEEDS:
            self.deeds.append(deed)

    def trouble(self, name: str, words: str) -> None:
        """List something that went wrong."""
        _log.warning("%s: %s", name, words)
        self.totals.troubles += 1
        self.write(Deed("trouble", name, note=words))

"""Who is kept out, and who was lately at POP3 or IMAP: the pushed tables of a service.

Theory:
    Rows say how many seconds are left (`hub.contract.visitors`); they are kept here by
    this process's own monotonic clock.

Manual: 4.3.
"""

import time

from mailmax.hub.contract.tables import TableUpdate
from mailmax.policy.tarpit import Tarpit
from mailmax.policy.windows import Windows


class VisitorsTable:
    """The tables as a service holds them."""

    __slots__ = ("tarpit", "windows")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.tarpit = Tarpit()
        """Who is kept out; what it counts is this service's own."""
        self.windows = Windows()

    def forget(self) -> None:
        """All of it comes anew."""
        self.tarpit.pardon_all()
        self.windows.clear()

    def take(self, piece: TableUpdate) -> None:
        """Act by one piece of an update."""
        now = time.monotonic()
        for address in piece.gone_blocks:
            self.tarpit.pardon(address)
        for window in piece.gone_windows:
            self.windows.close(*window)
        for block in piece.blocks:
            self.tarpit.block(block.address, now + block.left_s)
        for row in piece.windows:
            self.windows.open(row.address, row.user_id, now + row.left_s)

"""Who is kept out for a while, and who was lately at POP3 or IMAP.

Theory:
    Both are tables that are pushed (topic ``visitors``). DataMax holds them in its
    memory; a row says how many seconds are left, so that no clock must agree with
    another (TRUST D14). A service keeps them by its own monotonic clock.

Rules:
    A refusal is a `Denied` with field, reason and cure.

Manual: 4.3.
"""

import time

import msgspec

from mailmax.hub.admin import PAGE_ROWS, Changed
from mailmax.hub.contract import Denied, Message, Request, TableUpdate
from mailmax.policy.tarpit import Tarpit
from mailmax.policy.windows import Windows


class TarpitHit(Message, frozen=True, array_like=True, tag=150):
    """Notice of SMTPMax: a client tried too many recipients that do not exist."""

    address: str
    """As `policy.tarpit.key_of` writes it."""


class BlockView(msgspec.Struct, frozen=True, array_like=True):
    """An address that is kept out."""

    address: str
    left_s: float


class BlockPage(Message, frozen=True, array_like=True, tag=151):
    """Part of the list, by address."""

    rows: tuple[BlockView, ...]
    next: str = ""


class ListBlocks(Request[BlockPage | Denied], frozen=True, array_like=True, tag=152):
    """Who is kept out now?"""

    after: str = ""
    limit: int = PAGE_ROWS


class Pardon(Request[Changed | Denied], frozen=True, array_like=True, tag=153):
    """Let an address in again."""

    address: str


VisitorsToHub = TarpitHit | ListBlocks | Pardon


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

"""Who is kept out for a while, and who was lately at POP3 or IMAP.

Theory:
    Both are tables that are pushed (topic ``visitors``). DataMax holds them in its
    memory; a row says how many seconds are left, so that no clock must agree with
    another (TRUST D14). A service keeps them by its own monotonic clock.

Rules:
    A refusal is a `Denied` with field, reason and cure.

Manual: 4.3.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Message, Request


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

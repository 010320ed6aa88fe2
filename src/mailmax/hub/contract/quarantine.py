"""What administrators do with the quarantine of a node's filer, and the bulk switch.

Limits:
    1,000 ids a request; 256 KiB of a message at a time.

Manual: 4.11, 11.2.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Message, Request
from mailmax.hub.contract.queue import MessagePiece

MOST_IDS = 1_000
MOST_RECIPIENTS = 100
"""Of a message, in a list."""


class QuarantineView(msgspec.Struct, frozen=True, array_like=True):
    """One message in quarantine."""

    item_id: str
    came_at: float
    """Unix time."""
    verdict: str
    """``infected`` or ``unscanned``."""
    words: str
    """The name of the virus, or why nobody could look at it."""
    reverse_path: str
    recipients: tuple[str, ...]
    """The first of them."""
    recipient_count: int
    client: str
    """IP address of who handed it in."""
    size_octets: int


class QuarantinePage(Message, frozen=True, array_like=True, tag=330):
    """Part of the list, the oldest first."""

    rows: tuple[QuarantineView, ...]
    next: str = ""


class ListQuarantine(
    Request[QuarantinePage | Denied], frozen=True, array_like=True, tag=331
):
    """What is in quarantine?"""

    after: str = ""
    limit: int = PAGE_ROWS
    item_id: str = ""
    """Only that one."""


class ReadQuarantine(
    Request[MessagePiece | Denied], frozen=True, array_like=True, tag=332
):
    """Give me some of a message's octets, 256 KiB at most."""

    item_id: str
    offset: int = 0


class QuarantineSteered(Message, frozen=True, array_like=True, tag=333):
    """For how many it was done."""

    messages: int
    missing: tuple[str, ...] = ()
    """Ids of messages that are not there."""


class SteerQuarantine(
    Request[QuarantineSteered | Denied], frozen=True, array_like=True, tag=334
):
    """Do this with these."""

    deed: Literal["release", "delete"]
    """``release``: their recipients get them as they came, and they leave."""
    ids: tuple[str, ...]
    by: str
    """Who wants it: an administrator, as people call him; for the log."""


class SwitchVirusCheck(
    Request[Changed | Denied], frozen=True, array_like=True, tag=335
):
    """The virus check of all users of a domain, or of all domains, on or off."""

    is_on: bool
    domain: str = ""
    """Empty: all."""

"""What the checks of all that is set have found (manual 12)."""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request


class FindingView(msgspec.Struct, frozen=True, array_like=True):
    """A contradiction or a risk (`policy.checks`)."""

    check: str
    """Name of the check."""
    kind: str
    """``contradiction`` or ``risk``."""
    field: str
    reason: str
    cure: str


class FindingPage(Message, frozen=True, array_like=True, tag=156):
    """Part of the list, check by check."""

    rows: tuple[FindingView, ...]
    next: str = ""
    total: int = 0


class ListFindings(
    Request[FindingPage | Denied], frozen=True, array_like=True, tag=157
):
    """What contradicts itself or is a risk, in all that DataMax keeps?"""

    after: str = ""
    limit: int = PAGE_ROWS

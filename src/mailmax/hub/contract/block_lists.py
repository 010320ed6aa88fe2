"""How the block lists are: told by SMTPMax with its presence, shown to administrators.

Rules:
    What an address is tried for counts nowhere: numbers are of clients.

Manual: 4.2.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request

ListState = Literal["untested", "used", "disabled"]
"""``untested``: no client has come since it was chosen."""

Verdict = Literal["listed", "free", "silent", "disabled"]
"""``silent``: it did not answer in time; ``disabled``: its answer is not believed."""


class BlockListState(msgspec.Struct, frozen=True, array_like=True):
    """One block list, as one SMTPMax knows it; numbers since it was chosen."""

    entry: str
    """As it is set: ZONE, or ZONE@SERVER."""
    state: ListState = "untested"
    why: str = ""
    """What is wrong with a disabled one."""
    since: float = 0.0
    """When the state began, Unix time; 0: it has not."""
    asked: int = 0
    """Clients it was asked about."""
    listed: int = 0
    """Clients it listed."""
    silent: int = 0
    """Clients who waited for it in vain."""


class BlockListView(BlockListState, frozen=True, array_like=True):
    """The same, and where that SMTPMax runs."""

    node: str = ""


class BlockListPage(Message, frozen=True, array_like=True, tag=154):
    """Part of the list, by node, in the order of the setting."""

    rows: tuple[BlockListView, ...]
    next: str = ""


class ListBlockLists(
    Request[BlockListPage | Denied], frozen=True, array_like=True, tag=155
):
    """How are the block lists?"""

    after: str = ""
    limit: int = PAGE_ROWS


# Trying an address


class BlockListVerdict(msgspec.Struct, frozen=True, array_like=True):
    """What one list says of an address."""

    entry: str
    """As it is set."""
    verdict: Verdict
    words: str = ""
    """The list's own of one that it lists; what is wrong with a disabled one."""
    seconds: float = 0.0
    """How long it took."""


class BlockListsTried(Message, frozen=True, array_like=True, tag=158):
    """What all lists that are set say, in their order."""

    node: str
    """Who was asked runs there."""
    is_on: bool
    """Clients are looked up in the lists."""
    verdicts: tuple[BlockListVerdict, ...]


class TryBlockLists(
    Request[BlockListsTried | Denied], frozen=True, array_like=True, tag=159
):
    """What would the lists say of a client, also while they are off?"""

    address: str
    node: str = ""
    """Asked by that computer; empty: by one where SMTPMax runs."""

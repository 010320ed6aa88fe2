"""What administrators ask about other addresses of users.

Manual: 7.6.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Message, Request


class AliasView(msgspec.Struct, frozen=True, array_like=True):
    """An alias as an administrator sees it."""

    address: str
    user: str


class AliasPage(Message, frozen=True, array_like=True, tag=60):
    """Part of the list, by address."""

    rows: tuple[AliasView, ...]
    next: str = ""


class AddAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=61):
    """Another address for a user."""

    address: str
    user: str


class ListAliases(Request[AliasPage | Denied], frozen=True, array_like=True, tag=62):
    """The aliases after an address; all users, or one."""

    user: str = ""
    after: str = ""
    limit: int = PAGE_ROWS


class DeleteAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=63):
    """That address is nobody's any more."""

    address: str

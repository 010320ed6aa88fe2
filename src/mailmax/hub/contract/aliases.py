"""What administrators ask about other addresses of users.

Manual: 7.6.
"""

import msgspec

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Message, Request


class AliasView(msgspec.Struct, frozen=True, array_like=True):
    """An alias as an administrator sees it."""

    address: str
    user: str
    """Empty: one of a domain that whoever asks may learn nothing of."""


ALIAS_COLUMNS = ("address", "user")
"""What aliases are sorted by; the first is their own order."""


class AliasPage(Message, frozen=True, array_like=True, tag=60):
    """Part of the list."""

    rows: tuple[AliasView, ...]
    next: str = ""
    total: int | None = None


class AddAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=61):
    """Another address for a user."""

    address: str
    user: str


class ListAliases(Request[AliasPage | Denied], frozen=True, array_like=True, tag=62):
    """Some aliases; what is searched are their addresses and their users'.

    Whoever is limited to domains sees those with an address there, and their users
    where these are there, too.
    """

    user: str = ""
    """Only this one's; empty: those of all."""
    choice: Choice = Choice()
    domain: str = ""
    """Only addresses on this domain or its other names; empty: those of all."""


class DeleteAlias(Request[Changed | Denied], frozen=True, array_like=True, tag=63):
    """That address is nobody's any more."""

    address: str

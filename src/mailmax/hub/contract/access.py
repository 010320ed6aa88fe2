"""What administrators ask about IP filters and bans, and what services report.

Rules:
    `connection` is a listening address (manual 5.1); empty: the whole system.
    A refusal is a `Denied` with field, reason and cure.

Manual: 4.8, 4.9, 5.2, 5.3, 5.4.
"""

from typing import Final, Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Done, Message, Request

MOST_BAN_HITS: Final = 1_000
"""Bans in one `CountBanHits`."""

# IP filters


class FilterView(msgspec.Struct, frozen=True, array_like=True):
    """A filter as an administrator sees it."""

    rule_id: int
    place: int
    """1 is looked at first."""
    pattern: str
    kind: str
    flags: int
    """Of `policy.access`."""
    comment: str
    hidden_by: int = 0
    """Place of the first before it that matches all of it, so that it never does; 0:
    there is none."""


class FilterPage(Message, frozen=True, array_like=True, tag=120):
    """Part of a list, in its order."""

    rows: tuple[FilterView, ...]
    next: str = ""
    total: int = 0
    """How many there are in that list, and of them how many never match: `hidden`."""
    hidden: int = 0


class AddFilter(Request[Changed | Denied], frozen=True, array_like=True, tag=121):
    """A new filter; it goes last, unless a place is given."""

    pattern: str
    kind: str
    flags: int = 0
    comment: str = ""
    connection: str = ""
    confirmed: bool = False
    """Without it an open relay is refused."""
    place: int = 0
    """Where it shall stand, from 1; 0: last."""
    asker: str = ""
    """Address of who asks by the web, which must get in afterwards, too; the hub says
    it."""


class ListFilters(Request[FilterPage | Denied], frozen=True, array_like=True, tag=122):
    """The filters after a place."""

    connection: str = ""
    after: str = ""
    limit: int = PAGE_ROWS


class ChangeFilter(Request[Changed | Denied], frozen=True, array_like=True, tag=123):
    """Change what is given; None leaves it as it is."""

    rule_id: int
    pattern: str | None = None
    kind: str | None = None
    flags: int | None = None
    """Without it a filter that is custom no longer loses its flags."""
    comment: str | None = None
    connection: str | None = None
    """In whose list it must be; None: in any."""
    confirmed: bool = False
    """As in `AddFilter`."""
    asker: str = ""
    """As in `AddFilter`."""


class RemoveFilter(Request[Changed | Denied], frozen=True, array_like=True, tag=124):
    """Take a filter away."""

    rule_id: int
    connection: str | None = None
    """In whose list it must be; None: in any."""
    asker: str = ""
    """As in `AddFilter`."""


class MoveFilter(Request[Changed | Denied], frozen=True, array_like=True, tag=125):
    """Look at a filter earlier or later."""

    rule_id: int
    place: int = 0
    """Where it shall stand, from 1; beyond the end: last. 0: by `steps`."""
    steps: int = 0
    """Places down the list; below zero: up."""
    connection: str | None = None
    """In whose list it must be; None: in any."""
    asker: str = ""
    """As in `AddFilter`."""


class ShowFilter(Request[FilterPage | Denied], frozen=True, array_like=True, tag=133):
    """One filter: the page has it alone."""

    rule_id: int


class AddressTried(Message, frozen=True, array_like=True, tag=131):
    """What becomes of a client of that address."""

    kind: str
    """Of both lists together."""
    flags: int
    system: FilterView | None = None
    """The first of the system's list that matches."""
    own: FilterView | None = None
    """The first of the connection's."""


class TryAddress(Request[AddressTried | Denied], frozen=True, array_like=True, tag=132):
    """Which filters would match a client?"""

    address: str
    connection: str = ""


# Bans


class BanView(msgspec.Struct, frozen=True, array_like=True):
    """A ban as an administrator sees it."""

    ban_id: int
    value: str
    comment: str
    made_at: float
    """Unix time."""
    expires_at: float = 0.0
    """Unix time; 0: never."""
    hits: int = 0
    """How often it has refused somebody."""
    last_hit_at: float = 0.0
    """Unix time; 0: never."""


class BanPage(Message, frozen=True, array_like=True, tag=126):
    """Part of the list, by value."""

    rows: tuple[BanView, ...]
    next: str = ""


class AddBan(Request[Changed | Denied], frozen=True, array_like=True, tag=127):
    """Refuse mail from an address, a domain, or all domains below one."""

    value: str
    expires_at: float = 0.0
    """Unix time; 0: never."""
    comment: str = ""
    connection: str = ""


class ListBans(Request[BanPage | Denied], frozen=True, array_like=True, tag=128):
    """The bans after a value."""

    connection: str = ""
    after: str = ""
    limit: int = PAGE_ROWS
    kind: Literal["", "address", "domain"] = ""
    """Only those of single addresses, or of domains; empty: both."""
    holds: str = ""
    """Only whose value or comment holds this."""


class ShowBan(Request[BanPage | Denied], frozen=True, array_like=True, tag=134):
    """One ban: the page has it alone."""

    value: str
    connection: str = ""


class RemoveBan(Request[Changed | Denied], frozen=True, array_like=True, tag=129):
    """Take mail from there again."""

    value: str
    connection: str = ""


class TrapHit(Message, frozen=True, array_like=True, tag=130):
    """Notice of SMTPMax: that sender has written to a spam trap (BAN-3)."""

    sender: str
    """Canonical address; never the null path, never one of ours."""
    trap: str
    """The trap's address."""
    peer: str
    """Whence it came."""


class BanHit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A ban has refused somebody."""

    ban_id: int
    hits: int
    last_at: float
    """Unix time."""


class CountBanHits(Request[Done], frozen=True, array_like=True, tag=135):
    """SMTPMax tells what bans have refused since it told last."""

    rows: tuple[BanHit, ...]

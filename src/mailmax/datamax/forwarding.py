"""Forwards and automatic replies of users (manual 7.2, 7.3). Units of work.

Theory:
    What the filer needs of them is pushed as rows of the topic ``forwarding``; a row
    goes with the user's flag. The list of forwards is a table of its own, because a
    delete or a new name looks for who forwards there (DECISIONS 23).

Rules:
    An answer comes from an address of the user's own (DECISIONS 26). An address here
    is kept in lower case, so that it is found when its user gets another name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax.effect import conflict
from mailmax.datamax.rows import (
    forward_row,
    own_values,
    reply_row,
    user_flags,
    user_row,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import (
    FORWARDS,
    HAS_DAILY_LIMIT,
    REPLIES,
    ForwardRow,
    ReplyRow,
    UserRow,
)
from mailmax.store.accounts import domain_units, forward_units, sending_units, units

_SENDING_ON = FORWARDS | HAS_DAILY_LIMIT
"""Who has a row: rules forward as well, and count."""


def canonical(tx: Connection, address: str) -> str:
    """Return an address as it is kept: in lower case where it is one of ours."""
    domain = address.rpartition("@")[2]
    ours = domain_units.find_domain(tx, domain) is not None
    return lower_ascii(address) if ours else address


@dataclass(frozen=True, slots=True)
class Changing:
    """A user whose values are being set."""

    user_id: int
    """0 for a new one."""
    address: str
    changed: Mapping[str, Any]
    """What is set now; None for what is set no more."""
    after: Mapping[str, Any]
    """All that is set then."""

    def touches(self, *keys: str) -> bool:
        """Tell whether one of these is set now."""
        return not self.changed.keys().isdisjoint(keys)


def unfit(tx: Connection, user: Changing) -> Denied | None:
    """Look for values that make no sense together, among those that are set now."""
    if user.touches("forwarding_on", "forwards"):
        odd = _unfit_forwards(tx, user)
        if odd is not None:
            return odd
    if user.touches("reply_on", "reply_text", "reply_from"):
        return _unfit_reply(tx, user)
    return None


def _unfit_forwards(tx: Connection, user: Changing) -> Denied | None:
    forwards = user.after.get("forwards", ())
    for one in forwards:
        if _is_own(tx, user, one):
            return conflict("forwards", f"{one} is an address of the user")
    if user.after.get("forwarding_on") and not forwards:
        return Denied(
            "conflict",
            "forwards",
            "the list is empty",
            "give an address, or switch forwarding off with forwarding_on=off",
        )
    return None


def _unfit_reply(tx: Connection, user: Changing) -> Denied | None:
    if user.after.get("reply_on") and not user.after.get("reply_text", "").strip():
        return Denied(
            "conflict", "reply_text", "there is no text", "give one to answer with"
        )
    sender = user.after.get("reply_from", "")
    if not sender or _is_own(tx, user, sender):
        return None
    return Denied(
        "bad_value",
        "reply_from",
        f"{sender} is no address of the user",
        "give the user's address or an alias of the user",
    )


def _is_own(tx: Connection, user: Changing, address: str) -> bool:
    own = lower_ascii(address)
    if own == user.address:
        return True
    alias = units.find_alias(tx, own)
    return alias is not None and bool(alias.user_id == user.user_id)


def note_on(tx: Connection, user: Changing) -> str:
    """Return warnings about what is set now."""
    notes = [
        f"there is no {one} here"
        for one in missing(tx, user.changed.get("forwards") or ())
    ]
    keeps = user.after.get("forwards_keep_copy", True)
    if not keeps and user.touches("forwards_keep_copy", "forwarding_on"):
        notes.append(
            "no copy stays here: what a forward's server does not take or loses is lost"
        )
    return "; ".join(notes)


def missing(tx: Connection, addresses: Iterable[str]) -> list[str]:
    """Return those addresses that would be users' here, and are nobody's."""
    return [one for one in addresses if _is_missing(tx, one)]


def _is_missing(tx: Connection, address: str) -> bool:
    domain = domain_units.find_domain(tx, address.rpartition("@")[2])
    if domain is None or domain.kind != "normal":
        return False
    local = address.rpartition("@")[0]
    places = [address, f"{local}@{domain.name}"]
    return not units.taken_addresses(tx, [lower_ascii(one) for one in places])


def rows_for(
    tx: Connection, rows: Sequence[units.AnyRow]
) -> tuple[tuple[UserRow, ...], tuple[ForwardRow, ...], tuple[ReplyRow, ...]]:
    """Return all that the tables hold of some users."""
    users = tuple(user_row(row) for row in rows)
    flags = {user.user_id: user.flags for user in users}
    forwarding = [row for row in rows if flags[row.id] & _SENDING_ON]
    return (
        users,
        _forward_rows(tx, forwarding),
        tuple(reply_row(row) for row in rows if flags[row.id] & REPLIES),
    )


def all_forwards(tx: Connection) -> Iterable[ForwardRow]:
    """Yield the row of every user who forwards, or may send so much a day."""
    rows = [
        row
        for row in forward_units.users_who_may_send_on(tx)
        if user_flags(row) & _SENDING_ON
    ]
    return _forward_rows(tx, rows)


def forwards_of(tx: Connection, user_ids: Sequence[int]) -> tuple[ForwardRow, ...]:
    """Return the rows of those among some users who have one. A unit of work."""
    rows = units.users_by_id(tx, user_ids)
    return _forward_rows(tx, [row for row in rows if user_flags(row) & _SENDING_ON])


def _forward_rows(
    tx: Connection, rows: Sequence[units.AnyRow]
) -> tuple[ForwardRow, ...]:
    lists = forward_units.forwards_of(tx, [row.id for row in rows])
    limited = [row.id for row in rows if user_flags(row) & HAS_DAILY_LIMIT]
    sent = sending_units.sent_by(tx, limited)
    return tuple(
        forward_row(row, lists.get(row.id, ()), sent.get(row.id)) for row in rows
    )


def all_replies(tx: Connection) -> Iterable[ReplyRow]:
    """Yield the row of every user who answers by itself."""
    return (
        reply_row(row)
        for row in forward_units.users_who_may(tx, "reply_on")
        if user_flags(row) & REPLIES
    )


def with_list(tx: Connection, row: units.AnyRow) -> dict[str, Any]:
    """Return what is set for a user, with the list of forwards."""
    own = dict(own_values(row.settings))
    forwards = forward_units.forwards_of(tx, [row.id]).get(row.id)
    return {**own, "forwards": list(forwards)} if forwards else own

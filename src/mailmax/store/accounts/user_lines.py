"""The line of every user in the long list: what it is searched and sorted by.

Theory:
    `user_lines` holds nothing that is not elsewhere, but for what a user's mail comes
    to: texts folded, limits resolved, the first forward. It is narrow, so that a look
    at all of it is short, and has an index for each column.

Rules:
    Whoever changes what a line is made of renews it in the same unit of work; what
    changes for a whole domain is changed by one statement.

Manual: 2.4.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, not_, select, update

from mailmax.base.folding import fold
from mailmax.store.accounts.forward_units import forwards_of
from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import administered, user_lines, users
from mailmax.store.accounts.units import AnyRow, users_by_id

SYSTEM, SOME, NOTHING = 2, 1, 0
"""What a user administers; how many domains is not for every eye."""

_LIMIT = "box_limit_octets"


def renew(tx: Connection, user_ids: Iterable[int]) -> None:
    """Make the lines of users as what they are made of is now."""
    for piece in in_pieces(sorted(set(user_ids))):
        mine = user_lines.c.user_id.in_(piece)
        there = set(tx.scalars(select(user_lines.c.user_id).where(mine)))
        forwards, given = forwards_of(tx, piece), _who_administer(tx, piece)
        lines = [
            _line(row, forwards.get(row.id, ()), SOME if row.id in given else NOTHING)
            for row in users_by_id(tx, piece)
        ]
        fresh = [one for one in lines if one["user_id"] not in there]
        known = [one for one in lines if one["user_id"] in there]
        if fresh:
            tx.execute(insert(user_lines), fresh)
        if known:
            _change(tx, known)


def limit_domain(tx: Connection, domain_id: int, octets: int) -> None:
    """Write a domain's limit for all its users who have none of their own."""
    own = select(users.c.id).where(
        users.c.domain_id == domain_id,
        users.c.settings.contains(f'"{_LIMIT}":', autoescape=True),
    )
    tx.execute(
        update(user_lines)
        .where(user_lines.c.domain_id == domain_id)
        .where(user_lines.c[_LIMIT] != octets)
        .where(not_(user_lines.c.user_id.in_(own)))
        .values({_LIMIT: octets})
    )


def keep_logins(tx: Connection, moments: Mapping[int, float]) -> None:
    """Write when users logged in last."""
    _change(
        tx,
        [
            {"user_id": number, "last_login_at": moment}
            for number, moment in moments.items()
        ],
    )


class Held(NamedTuple):
    """What a user's mail comes to, and when that was true."""

    octets: int
    messages: int
    moment: float


def keep_used(tx: Connection, used: Mapping[int, Held]) -> None:
    """Write what the mail of users comes to; what is older than what is known is not.

    In the order of the numbers: two that write at once wait for each other, never
    in a ring.
    """
    later = user_lines.c.used_at <= bindparam("moment")
    tx.execute(
        update(user_lines)
        .where(user_lines.c.user_id == bindparam("number"), later)
        .values(
            used_octets=bindparam("octets"),
            used_messages=bindparam("messages"),
            used_at=bindparam("moment"),
        ),
        [{"number": number, **held._asdict()} for number, held in sorted(used.items())],
    )


def _change(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write some columns of lines, the same of each."""
    names = [name for name in rows[0] if name != "user_id"]
    tx.execute(
        update(user_lines)
        .where(user_lines.c.user_id == bindparam("number"))
        .values({name: bindparam(f"new_{name}") for name in names}),
        [
            {"number": row["user_id"], **{f"new_{name}": row[name] for name in names}}
            for row in rows
        ],
    )


def _who_administer(tx: Connection, user_ids: Sequence[int]) -> set[int]:
    given = administered.c.user_id
    return set(tx.scalars(select(given).where(given.in_(user_ids))))


def _line(row: AnyRow, forwards: Sequence[str], rank: int) -> dict[str, Any]:
    own, of_domain = json.loads(row.settings), json.loads(row.domain_settings)
    forward = forwards[0] if forwards and own.get("forwarding_on") else ""
    return {
        "user_id": row.id,
        "domain_id": row.domain_id,
        "search": fold(f"{row.address}\n{row.first_name} {row.last_name}"),
        "address": fold(row.address),
        "first_name": fold(row.first_name),
        "last_name": fold(row.last_name),
        "kind": row.kind,
        _LIMIT: own.get(_LIMIT, of_domain.get(_LIMIT, 0)),
        "forward": fold(forward),
        "last_login_at": row.last_login_at,
        "administrator": SYSTEM if row.is_system_administrator else rank,
    }

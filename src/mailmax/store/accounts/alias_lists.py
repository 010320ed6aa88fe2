"""Aliases chosen from a long list, as units of work ask for them.

Theory:
    An alias has no number: its address tells it from the others. What is searched of
    its user, and sorted by, is in the user's line (`user_lines`), folded and compared
    octet by octet.

    Of a user outside of the domains that may be named nothing is told, neither by the
    row nor by what the list is searched and sorted by, nor by the key of a cursor.

Rules:
    As in `units`: the open transaction first, plain rows back. What is searched for is
    compared as it is, never as a pattern.

Manual: 7.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    collate,
    func,
    null,
    or_,
    select,
    true,
    tuple_,
)

from mailmax.store.accounts.schema import aliases, user_lines, users
from mailmax.store.accounts.units import AnyRow

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list."""

    by_user: bool
    """By the user's address; else by the alias."""
    is_descending: bool
    behind: tuple[str, str] | None
    """Sort key and address of the row before; None: from the beginning."""
    limit: int
    is_counted: bool
    named: Sequence[int] | None = None
    """The domains whose users may be named; None: all."""


def find_aliases(
    tx: Connection, part: Part, conditions: Conditions
) -> Sequence[AnyRow]:
    """Return `address`, `user_address`, sort `key` and `total` of aliases, in order.

    `user_address` is empty where the user may not be named.
    `total` is how many there are for which all conditions hold, where `part` asks.
    """
    own = _address(tx)
    is_named = _is_named(part.named)
    user_key: ColumnElement[Any] = user_lines.c.address
    if part.named is not None:
        user_key = case((is_named, user_key), else_="")
    wanted = select(
        own.label("address"),
        aliases.c.user_id,
        is_named.label("is_named"),
        (user_key if part.by_user else own).label("key"),
    )
    chosen = (
        wanted.join(user_lines, user_lines.c.user_id == aliases.c.user_id)
        .where(*conditions)
        .cte("chosen")
    )
    total: ColumnElement[Any] = null()
    if part.is_counted:  # then all are looked at, once
        chosen = chosen.prefix_with("MATERIALIZED")
        total = select(func.count()).select_from(chosen).scalar_subquery()
    page = select(chosen, total.label("total"))
    order = _order(chosen, part)
    if part.behind is not None:
        here, there = tuple_(*order), tuple_(*part.behind[-len(order) :])
        page = page.where(here < there if part.is_descending else here > there)
    some = page.order_by(*_turned(order, part)).limit(part.limit).subquery("some")
    user_address = case((some.c.is_named, users.c.address), else_="")
    shown = select(some, user_address.label("user_address")).join(
        users, users.c.id == some.c.user_id
    )
    return tx.execute(shown.order_by(*_turned(_order(some, part), part))).all()


def _order(rows: FromClause, part: Part) -> list[ColumnElement[Any]]:
    names = ("key", "address") if part.by_user else ("address",)
    return [rows.c[name] for name in names]


def _turned(
    order: Sequence[ColumnElement[Any]], part: Part
) -> list[ColumnElement[Any]]:
    return [one.desc() if part.is_descending else one for one in order]


def holds_text(
    tx: Connection, folded: str, named: Sequence[int] | None
) -> ColumnElement[bool]:
    """Hold for aliases in whose address a text is, or in their user's.

    Args:
        tx: The open transaction.
        folded: The text.
        named: The domains whose users may be named; None: all.
    """
    search = func.instr if tx.dialect.name == "sqlite" else func.strpos
    in_user = search(user_lines.c.address, folded) > 0
    in_alias = search(func.lower(aliases.c.address), folded) > 0
    return or_(in_alias, and_(_is_named(named), in_user))


def of_user(user_id: int) -> ColumnElement[bool]:
    """Hold for the aliases of one user."""
    return aliases.c.user_id == user_id


def on_domains(numbers: Sequence[int]) -> ColumnElement[bool]:
    """Hold for aliases with an address on one of these domains."""
    return aliases.c.domain_id.in_(numbers)


def _is_named(named: Sequence[int] | None) -> ColumnElement[bool]:
    return true() if named is None else user_lines.c.domain_id.in_(named)


def _address(tx: Connection) -> ColumnElement[Any]:
    """Return the alias's address, compared octet by octet in both engines."""
    if tx.dialect.name == "sqlite":
        return aliases.c.address
    return collate(aliases.c.address, "C")

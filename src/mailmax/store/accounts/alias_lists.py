"""Aliases chosen from a long list, as units of work ask for them.

Theory:
    An alias has no number: its address tells it from the others. What is searched of
    its user, and sorted by, is in the user's line (`user_lines`), folded and compared
    octet by octet.

Rules:
    As in `units`: the open transaction first, plain rows back. What is searched for is
    compared as it is, never as a pattern.

Manual: 7.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, collate, func, or_, select, tuple_

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


def find_aliases(
    tx: Connection, part: Part, conditions: Conditions
) -> Sequence[AnyRow]:
    """Return `address`, `user_address` and sort `key` of aliases, in order."""
    own = _address(tx)
    key = user_lines.c.address if part.by_user else own
    wanted = (
        select(
            aliases.c.address, users.c.address.label("user_address"), key.label("key")
        )
        .select_from(aliases)
        .join(user_lines, user_lines.c.user_id == aliases.c.user_id)
        .join(users, users.c.id == aliases.c.user_id)
        .where(*conditions)
    )
    order = (key, own) if part.by_user else (own,)
    if part.behind is not None:
        mark = part.behind if part.by_user else part.behind[1:]
        here, there = tuple_(*order), tuple_(*mark)
        wanted = wanted.where(here < there if part.is_descending else here > there)
    turned = (one.desc() for one in order) if part.is_descending else order
    return tx.execute(wanted.order_by(*turned).limit(part.limit)).all()


def count_aliases(tx: Connection, conditions: Conditions) -> int:
    """Return how many aliases there are for which all that holds."""
    joined = aliases.join(user_lines, user_lines.c.user_id == aliases.c.user_id)
    counting = select(func.count()).select_from(joined).where(*conditions)
    return tx.scalar(counting) or 0


def holds_text(tx: Connection, folded: str) -> ColumnElement[bool]:
    """Hold for aliases in whose address a text is, or in their user's."""
    search = func.instr if tx.dialect.name == "sqlite" else func.strpos
    places = (func.lower(aliases.c.address), user_lines.c.address)
    return or_(*(search(place, folded) > 0 for place in places))


def of_user(user_id: int) -> ColumnElement[bool]:
    """Hold for the aliases of one user."""
    return aliases.c.user_id == user_id


def on_domains(numbers: Sequence[int]) -> ColumnElement[bool]:
    """Hold for aliases with an address on one of these domains."""
    return aliases.c.domain_id.in_(numbers)


def of_users_in(numbers: Sequence[int]) -> ColumnElement[bool]:
    """Hold for aliases of users of these domains."""
    return user_lines.c.domain_id.in_(numbers)


def _address(tx: Connection) -> ColumnElement[Any]:
    """Return the alias's address, compared octet by octet in both engines."""
    if tx.dialect.name == "sqlite":
        return aliases.c.address
    return collate(aliases.c.address, "C")

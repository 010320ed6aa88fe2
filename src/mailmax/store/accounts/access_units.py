"""IP filters and bans, as units of work ask for them.

Rules:
    As in `units`: the open transaction first, plain rows back. A binding of None is
    the whole system.

Manual: 4.8, 4.9, 5.2, 5.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from mailmax.store.accounts.schema import access_rules, bans, bindings
from mailmax.store.accounts.units import AnyRow


def find_binding(tx: Connection, address: str) -> int | None:
    """Return the number of the binding of that address."""
    return tx.scalar(select(bindings.c.id).where(bindings.c.address == address))


# Filters


def all_rules(tx: Connection) -> Iterable[AnyRow]:
    """Yield every filter, in no order."""
    return tx.execute(select(access_rules))


def rules_of(tx: Connection, binding_id: int | None) -> Sequence[AnyRow]:
    """Return the filters of one list, in their order."""
    mine = _is(access_rules.c.binding_id, binding_id)
    wanted = select(access_rules).where(mine)
    return tx.execute(wanted.order_by(access_rules.c.position, access_rules.c.id)).all()


def rule_by_id(tx: Connection, rule_id: int) -> AnyRow | None:
    """Return one filter."""
    return tx.execute(select(access_rules).where(access_rules.c.id == rule_id)).first()


def find_rule(tx: Connection, binding_id: int | None, pattern: str) -> AnyRow | None:
    """Return the filter of that pattern in one list."""
    mine = _is(access_rules.c.binding_id, binding_id)
    same = access_rules.c.pattern == pattern
    return tx.execute(select(access_rules).where(mine, same)).first()


def wide_rules(tx: Connection, binding_id: int | None, limit: int) -> Sequence[AnyRow]:
    """Return the first filters of one list that are more than one address."""
    pattern = access_rules.c.pattern
    mine = _is(access_rules.c.binding_id, binding_id)
    is_wide = or_(*(pattern.contains(sign) for sign in ("*", "-", "/")))
    wanted = select(access_rules).where(mine, is_wide)
    order = (access_rules.c.position, access_rules.c.id)
    return tx.execute(wanted.order_by(*order).limit(limit)).all()


def end_of_rules(tx: Connection, binding_id: int | None) -> tuple[int, int]:
    """Return how many filters a list has, and the highest position in it."""
    mine = _is(access_rules.c.binding_id, binding_id)
    row = tx.execute(
        select(func.count(), func.max(access_rules.c.position)).where(mine)
    ).one()
    return row[0], row[1] or 0


def insert_rule(tx: Connection, **values: Any) -> int:
    """Add a filter; return its number."""
    adding = insert(access_rules).values(**values).returning(access_rules.c.id)
    return int(tx.scalar(adding) or 0)


def change_rule(tx: Connection, rule_id: int, **values: Any) -> None:
    """Change columns of one filter."""
    changing = update(access_rules).where(access_rules.c.id == rule_id)
    tx.execute(changing.values(**values))


def set_positions(tx: Connection, positions: Mapping[int, int]) -> None:
    """Write the positions of some filters, by their numbers."""
    if positions:
        tx.execute(
            update(access_rules)
            .where(access_rules.c.id == bindparam("number"))
            .values(position=bindparam("place")),
            [{"number": number, "place": at} for number, at in positions.items()],
        )


def delete_rule(tx: Connection, rule_id: int) -> None:
    """Remove a filter."""
    tx.execute(delete(access_rules).where(access_rules.c.id == rule_id))


# Bans


def all_bans(tx: Connection) -> Iterable[AnyRow]:
    """Yield every ban, in no order."""
    return tx.execute(select(bans))


@dataclass(frozen=True, slots=True)
class BansWanted:
    """Which of a list."""

    kind: str = ""
    """``address`` or ``domain``; empty: both."""
    holds: str = ""
    """Value or comment has this in it."""


_EVERY_BAN = BansWanted()


def page_of_bans(
    tx: Connection,
    binding_id: int | None,
    after: str,
    limit: int,
    which: BansWanted = _EVERY_BAN,
) -> Sequence[AnyRow]:
    """Return the bans of one list after a value."""
    wanted = select(bans).where(_is(bans.c.binding_id, binding_id))
    if which.kind:
        is_address = bans.c.value.contains("@")
        wanted = wanted.where(is_address if which.kind == "address" else ~is_address)
    if which.holds:
        wanted = wanted.where(
            or_(
                bans.c.value.icontains(which.holds, autoescape=True),
                bans.c.comment.icontains(which.holds, autoescape=True),
            )
        )
    return tx.execute(
        wanted.where(bans.c.value > after).order_by(bans.c.value).limit(limit)
    ).all()


def find_ban(tx: Connection, binding_id: int | None, value: str) -> AnyRow | None:
    """Return the ban of that value in one list."""
    mine = _is(bans.c.binding_id, binding_id)
    return tx.execute(select(bans).where(mine, bans.c.value == value)).first()


def count_bans(tx: Connection) -> int:
    """Return how many bans there are."""
    return tx.scalar(select(func.count()).select_from(bans)) or 0


def insert_ban(tx: Connection, **values: Any) -> int:
    """Add a ban; return its number."""
    new = insert(bans).values(hits=0, last_hit_at=0.0, **values)
    return int(tx.scalar(new.returning(bans.c.id)) or 0)


def change_ban(tx: Connection, ban_id: int, **values: Any) -> None:
    """Change columns of one ban."""
    tx.execute(update(bans).where(bans.c.id == ban_id).values(**values))


def delete_ban(tx: Connection, ban_id: int) -> None:
    """Remove a ban."""
    tx.execute(delete(bans).where(bans.c.id == ban_id))


def has_expired_bans(tx: Connection, now: float) -> bool:
    """Tell whether there are bans whose time is over."""
    over = select(bans.c.id).where(bans.c.expires_at <= now)
    return tx.scalar(over.limit(1)) is not None


def delete_expired_bans(tx: Connection, now: float, limit: int) -> list[int]:
    """Remove bans whose time is over; return their numbers."""
    over = select(bans.c.id).where(bans.c.expires_at <= now).limit(limit)
    gone = list(tx.scalars(over))
    if gone:
        tx.execute(delete(bans).where(bans.c.id.in_(gone)))
    return gone


def _is(column: "ColumnElement[int | None]", number: int | None) -> Any:
    return column.is_(None) if number is None else column == number

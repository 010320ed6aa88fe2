"""Rules of the system, of domains, of users, as units of work ask for them.

Theory:
    The list of one owner is named by a `Whose`: a domain, a user, or neither, which
    is the system.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 4.7, 6.4, 7.5.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from mailmax.store.accounts.pieces import in_pieces
from mailmax.store.accounts.schema import domains, rules, users
from mailmax.store.accounts.units import AnyRow


class Whose(NamedTuple):
    """Whose rules."""

    domain_id: int | None = None
    user_id: int | None = None


def whose(row: AnyRow) -> Whose:
    """Return whose rule that is."""
    return Whose(row.domain_id, row.user_id)


def enabled_rules(tx: Connection) -> Iterable[AnyRow]:
    """Yield every rule that is on, in no order."""
    return tx.execute(select(rules).where(rules.c.is_enabled))


def rules_of(tx: Connection, owner: Whose) -> Sequence[AnyRow]:
    """Return the rules of one list, in their order."""
    wanted = select(rules).where(*_are(owner))
    return tx.execute(wanted.order_by(rules.c.position, rules.c.id)).all()


def rule_by_id(tx: Connection, rule_id: int) -> AnyRow | None:
    """Return one rule."""
    return tx.execute(select(rules).where(rules.c.id == rule_id)).first()


def rules_by_id(tx: Connection, rule_ids: Sequence[int]) -> Iterable[AnyRow]:
    """Yield some rules, in no order."""
    for piece in in_pieces(rule_ids):
        yield from tx.execute(select(rules).where(rules.c.id.in_(piece)))


def end_of_rules(tx: Connection, owner: Whose) -> tuple[int, int]:
    """Return how many rules a list has, and the highest position in it."""
    counting = select(func.count(), func.max(rules.c.position)).where(*_are(owner))
    row = tx.execute(counting).one()
    return row[0], row[1] or 0


def insert_rule(tx: Connection, owner: Whose, **values: Any) -> int:
    """Add a rule that was never hit; return its number."""
    new = insert(rules).values(hits=0, last_hit_at=0.0, **owner._asdict(), **values)
    return int(tx.scalar(new.returning(rules.c.id)) or 0)


def change_rule(tx: Connection, rule_id: int, **values: Any) -> None:
    """Change columns of one rule."""
    tx.execute(update(rules).where(rules.c.id == rule_id).values(**values))


def set_positions(tx: Connection, positions: Mapping[int, int]) -> None:
    """Write the positions of some rules, by their numbers."""
    if positions:
        tx.execute(
            update(rules)
            .where(rules.c.id == bindparam("number"))
            .values(position=bindparam("place")),
            [{"number": number, "place": at} for number, at in positions.items()],
        )


def delete_rule(tx: Connection, rule_id: int) -> None:
    """Remove a rule."""
    tx.execute(delete(rules).where(rules.c.id == rule_id))


def delete_of_users(tx: Connection, user_ids: Sequence[int]) -> list[int]:
    """Remove all rules of some users; return their numbers."""
    gone: list[int] = []
    for piece in in_pieces(user_ids):
        gone += _delete(tx, rules.c.user_id.in_(piece))
    return gone


def delete_of_domain(tx: Connection, domain_id: int) -> list[int]:
    """Remove all rules of a domain, not those of its users; return their numbers."""
    return _delete(tx, rules.c.domain_id == domain_id)


def _delete(tx: Connection, condition: ColumnElement[bool]) -> list[int]:
    removing = delete(rules).where(condition).returning(rules.c.id)
    return list(tx.scalars(removing))


def naming(tx: Connection, address: str) -> Sequence[AnyRow]:
    """Return the rules in whose definition an address seems to stand."""
    wanted = select(rules).where(rules.c.definition.contains(address, autoescape=True))
    return tx.execute(wanted.order_by(rules.c.id)).all()


def name_of(tx: Connection, row: AnyRow) -> str:
    """Return in words whose rule that is."""
    if row.user_id is not None:
        return str(tx.scalar(select(users.c.address).where(users.c.id == row.user_id)))
    if row.domain_id is not None:
        found = select(domains.c.name).where(domains.c.id == row.domain_id)
        return str(tx.scalar(found))
    return "the system"


def _are(owner: Whose) -> Sequence[ColumnElement[bool]]:
    return (
        _is(rules.c.domain_id, owner.domain_id),
        _is(rules.c.user_id, owner.user_id),
    )


def _is(column: "ColumnElement[int | None]", number: int | None) -> Any:
    return column.is_(None) if number is None else column == number

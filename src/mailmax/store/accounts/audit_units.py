"""The audit log, as units of work ask for it.

Theory:
    By time its entries stand in the order of their numbers. By another column a page is
    a look at all of them that keeps the numbers of the first, and what is shown of
    these few. It is one statement: PostgreSQL sees what others have removed meanwhile
    in the next one.

Rules:
    As in `units`. Entries are added and, after their time, removed; none is changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from mailmax.store.accounts.schema import audit
from mailmax.store.accounts.user_lists import Part

AnyRow = Row[*tuple[Any, ...]]
_ONCE = 5_000
_KEY_CHARACTERS = 200


def add_entry(tx: Connection, row: Mapping[str, Any]) -> None:
    """Add one."""
    tx.execute(insert(audit).values(**row))


def page(
    tx: Connection, part: Part, *conditions: ColumnElement[bool]
) -> Sequence[AnyRow]:
    """Return entries in order; last in each is its sort key."""
    key = _key_of(part.column)
    wanted = select(audit.c.id, key.label("key")).where(*conditions)
    if part.behind is not None:
        place, mark = tuple_(key, audit.c.id), tuple_(*part.behind)
        wanted = wanted.where(place < mark if part.is_descending else place > mark)
    first = wanted.order_by(*_in_order(part, key, audit.c.id)).limit(part.limit)
    few = first.subquery()
    shown = select(audit, few.c.key).join(few, few.c.id == audit.c.id)
    return tx.execute(shown.order_by(*_in_order(part, few.c.key, few.c.id))).all()


def _in_order(part: Part, *columns: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    return [one.desc() for one in columns] if part.is_descending else columns


def _key_of(column: str) -> ColumnElement[Any]:
    """Return what is compared: of texts the beginning, whatever the case."""
    if column == "at":
        return audit.c.id
    return func.substr(func.lower(audit.c[column]), 1, _KEY_CHARACTERS)


def drop_older(tx: Connection, moment: float) -> int:
    """Remove some of what is older; return how many were removed."""
    old = select(audit.c.id).where(audit.c.at < moment).limit(_ONCE)
    return tx.execute(delete(audit).where(audit.c.id.in_(old))).rowcount


# Conditions


def by(actor: str) -> ColumnElement[bool]:
    """Hold for entries of a user, or of a key of that name."""
    return or_(audit.c.actor == actor, audit.c.key_name == actor)


def of_request(name: str) -> ColumnElement[bool]:
    """Hold for requests of that name."""
    return audit.c.request == name


def about(subject: str) -> ColumnElement[bool]:
    """Hold where the subject contains some text."""
    return audit.c.subject.contains(subject, autoescape=True)


def ended(result: str) -> ColumnElement[bool]:
    """Hold for entries with that result."""
    return audit.c.result == result


def since(moment: float) -> ColumnElement[bool]:
    """Hold for what came at that moment or later."""
    return audit.c.at >= moment


def until(moment: float) -> ColumnElement[bool]:
    """Hold for what came before that moment."""
    return audit.c.at < moment

"""The audit log, as units of work ask for it.

Rules:
    As in `units`. Entries are added and, after their time, removed; none is changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select

from mailmax.store.accounts.schema import audit

AnyRow = Row[*tuple[Any, ...]]
_ONCE = 5_000


def add_entry(tx: Connection, row: Mapping[str, Any]) -> None:
    """Add one."""
    tx.execute(insert(audit).values(**row))


def page(
    tx: Connection, before: int, limit: int, *conditions: ColumnElement[bool]
) -> Sequence[AnyRow]:
    """Return entries older than one (0: from the newest on)."""
    older = [audit.c.id < before] if before else []
    wanted = select(audit).where(*older, *conditions)
    return tx.execute(wanted.order_by(audit.c.id.desc()).limit(limit)).all()


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

"""Users chosen from a long list, as units of work ask for them.

Theory:
    A page is found in two steps: the numbers of its users in the order of one column,
    then what is shown of these few.

Rules:
    As in `units`: the open transaction first, plain rows back. What is searched for is
    compared as it is (`instr`, `strpos`), never as a pattern: it has no wildcards.

Manual: 2.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    func,
    select,
    tuple_,
)

from mailmax.store.accounts.schema import administered, credentials, domains, users
from mailmax.store.accounts.units import AnyRow, user_columns

SORTS: dict[str, ColumnElement[Any]] = {
    "address": users.c.address,
    "kind": users.c.kind,
    "first_name": users.c.first_name,
    "last_name": users.c.last_name,
    "last_login_at": users.c.last_login_at,
}
"""What users can be sorted by; none is ever NULL."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list."""

    column: str
    is_descending: bool
    behind: tuple[Any, int] | None
    """Sort key and number of the row before; None: from the beginning."""
    limit: int


def find_part(
    tx: Connection, part: Part, conditions: Sequence[ColumnElement[bool]]
) -> list[tuple[int, Any]]:
    """Return number and sort key of users, in order."""
    key = SORTS[part.column]
    wanted = select(users.c.id, key.label("key")).where(*conditions)
    if part.behind is not None:
        place, mark = tuple_(key, users.c.id), tuple_(*part.behind)
        wanted = wanted.where(place < mark if part.is_descending else place > mark)
    order = (key, users.c.id)
    if part.is_descending:
        wanted = wanted.order_by(*(one.desc() for one in order))
    else:
        wanted = wanted.order_by(*order)
    return [(row.id, row.key) for row in tx.execute(wanted.limit(part.limit))]


def count_chosen(tx: Connection, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many users there are for whom all that holds."""
    counting = select(func.count()).select_from(users).where(*conditions)
    return tx.scalar(counting) or 0


def shown_users(tx: Connection, user_ids: Sequence[int]) -> dict[int, AnyRow]:
    """Return what is shown of the users of a page, by number."""
    found = tx.execute(_shown().where(users.c.id.in_(user_ids)))
    return {row.id: row for row in found}


def _shown() -> Select[*tuple[Any, ...]]:
    count_administered = (
        select(func.count())
        .where(administered.c.user_id == users.c.id)
        .scalar_subquery()
    )
    return (
        select(
            *user_columns,
            credentials.c.apop_secret.is_not(None).label("has_apop"),
            count_administered.label("administers"),
        )
        .join(domains, domains.c.id == users.c.domain_id)
        .join(credentials, credentials.c.user_id == users.c.id)
    )


# Conditions


def holds_text(tx: Connection, folded: str) -> ColumnElement[bool]:
    """Hold for users in whose address or names a text is, whatever the case."""
    search = func.instr if tx.dialect.name == "sqlite" else func.strpos
    line = users.c.address + "\n" + users.c.first_name + "\n" + users.c.last_name
    return search(func.lower(line), folded) > 0


def in_domains(numbers: Sequence[int]) -> ColumnElement[bool]:
    """Hold for the users of some domains."""
    return users.c.domain_id.in_(numbers)


def of_kinds(kinds: Sequence[str]) -> ColumnElement[bool]:
    """Hold for the users of some kinds."""
    return users.c.kind.in_(kinds)

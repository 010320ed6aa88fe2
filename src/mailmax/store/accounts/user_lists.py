"""Users chosen from the long list, as units of work ask for them.

Theory:
    A page is found in two steps: the numbers of its users in the order of one column,
    then what is shown of these few. Where something must hold, first the next
    `PROBE` lines in the order of the index are looked at: when most lines fit, the
    page is full at once. Else few fit, and a look at all lines, sorted afterwards, is
    shorter than a walk along an index that leads back and forth through the table. So
    no question takes longer than one look at every line.

Rules:
    As in `units`: the open transaction first, plain rows back. What is searched for is
    compared as it is (`instr`, `strpos`), never as a pattern: it has no wildcards.

Limits:
    100,000 users in SQLite, 100 rows, processor time of the hub's reading thread:
    10 ms without a filter, 30 ms for a search that finds little or nothing, 75 ms for
    the worst of all filters together. `instr` over one folded text was enough: it also
    finds what is shorter than three letters, which an index of trigrams does not.

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
    or_,
    select,
    tuple_,
)

from mailmax.store.accounts.schema import (
    administered,
    credentials,
    domains,
    user_lines,
    users,
)
from mailmax.store.accounts.units import AnyRow, user_columns

PROBE = 2_000
FEW = 2_000
Conditions = Sequence[ColumnElement[bool]]
_line = user_lines.c


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list."""

    column: str
    is_descending: bool
    behind: tuple[Any, int] | None
    """Sort key and number of the row before; None: from the beginning."""
    limit: int


def find_part(
    tx: Connection, part: Part, conditions: Conditions, *, are_few: bool
) -> list[tuple[int, Any]]:
    """Return number and sort key of users, in order.

    Args:
        tx: The open transaction.
        part: Which.
        conditions: What must hold for them.
        are_few: One of the conditions leads to them by an index.
    """
    if are_few:
        return _run(tx, _of_all(part, conditions))
    if not conditions:
        return _run(tx, _in_order(part, part.limit))
    probe = _in_order(part, PROBE).subquery()
    fitting = select(_line.user_id).where(_line.user_id == probe.c.user_id, *conditions)
    near = _sorted(select(probe.c.user_id, probe.c.key).where(fitting.exists()), part)
    found = _run(tx, near.limit(part.limit))
    if len(found) == part.limit:
        return found
    return _run(tx, _of_all(part, conditions))


def _in_order(part: Part, limit: int) -> Select[*tuple[Any, ...]]:
    """Walk along the index of the column."""
    key = _line[part.column]
    wanted = select(_line.user_id, key.label("key"))
    if part.behind is not None:
        wanted = wanted.where(_is_behind(part))
    order = (key, _line.user_id)
    turned = (one.desc() for one in order) if part.is_descending else order
    return wanted.order_by(*turned).limit(limit)


def _of_all(part: Part, conditions: Conditions) -> Select[*tuple[Any, ...]]:
    """Look at every line, and sort those that fit."""
    wanted = select(_line.user_id, _line[part.column].label("key")).where(*conditions)
    if part.behind is not None:
        wanted = wanted.where(_is_behind(part))
    chosen = wanted.cte("chosen").prefix_with("MATERIALIZED")
    return _sorted(select(chosen.c.user_id, chosen.c.key), part).limit(part.limit)


def _is_behind(part: Part) -> ColumnElement[bool]:
    place = tuple_(_line[part.column], _line.user_id)
    mark = tuple_(*(part.behind or ()))
    return place < mark if part.is_descending else place > mark


def _sorted(wanted: Select[*tuple[Any, ...]], part: Part) -> Select[*tuple[Any, ...]]:
    number, key = wanted.selected_columns
    order = (key, number)
    turned = (one.desc() for one in order) if part.is_descending else order
    return wanted.order_by(*turned)


def _run(tx: Connection, wanted: Select[*tuple[Any, ...]]) -> list[tuple[int, Any]]:
    return [(row.user_id, row.key) for row in tx.execute(wanted)]


def count_chosen(tx: Connection, conditions: Conditions) -> int:
    """Return how many users there are for whom all that holds."""
    counting = select(func.count()).select_from(user_lines).where(*conditions)
    return tx.scalar(counting) or 0


def shown_users(
    tx: Connection, user_ids: Sequence[int], within: Sequence[int] | None
) -> dict[int, AnyRow]:
    """Return what is shown of the users of a page, by number.

    Args:
        tx: The open transaction.
        user_ids: Whose.
        within: Domains that may be counted among those that they administer.
    """
    counting = select(func.count()).where(administered.c.user_id == users.c.id)
    if within is not None:
        counting = counting.where(administered.c.domain_id.in_(within))
    count_administered = counting.scalar_subquery()
    wanted = (
        select(
            *user_columns,
            credentials.c.apop_secret.is_not(None).label("has_apop"),
            count_administered.label("administers"),
            _line.used_octets,
            _line.used_messages,
            _line.used_at,
        )
        .join(domains, domains.c.id == users.c.domain_id)
        .join(credentials, credentials.c.user_id == users.c.id)
        .join(user_lines, _line.user_id == users.c.id)
        .where(users.c.id.in_(user_ids))
    )
    return {row.id: row for row in tx.execute(wanted)}


# Conditions on lines


def holds_text(tx: Connection, folded: str) -> ColumnElement[bool]:
    """Hold for users in whose address or names a text is, whatever the case."""
    return _place(tx, _line.search, folded) > 0


def name_holds(tx: Connection, column: str, folded: str) -> ColumnElement[bool]:
    """Hold for users in whose first or last name a text is, whatever the case."""
    return _place(tx, _line[column], folded) > 0


def user_holds(tx: Connection, folded: str) -> ColumnElement[bool]:
    """Hold for users in whose address a text is that begins before the ``@``."""
    local_end = _place(tx, _line.address, "@")
    return _place(tx, _line.address, folded).between(1, local_end - 1)


def _place(tx: Connection, text: ColumnElement[str], part: str) -> ColumnElement[int]:
    """Return where a part first is in a text, from 1 on; 0: nowhere."""
    search = func.instr if tx.dialect.name == "sqlite" else func.strpos
    return search(text, part)


def are_few(tx: Connection, numbers: Sequence[int]) -> bool:
    """Tell whether some domains have so few users that their index leads to them."""
    some = select(_line.user_id).where(_line.domain_id.in_(numbers)).limit(FEW + 1)
    counted = tx.scalar(select(func.count()).select_from(some.subquery()))
    return (counted or 0) <= FEW


def in_domains(numbers: Sequence[int], *, are_few: bool) -> ColumnElement[bool]:
    """Hold for the users of some domains; that of many are found without an index."""
    column = _line.domain_id if are_few else _line.domain_id + 0
    return column.in_(numbers)


def of_kinds(kinds: Sequence[str]) -> ColumnElement[bool]:
    """Hold for the users of some kinds."""
    return _line.kind.in_(kinds)


def administers(*, anything: bool) -> ColumnElement[bool]:
    """Hold for users who administer a domain or the system, or for the others."""
    return _line.administrator > 0 if anything else _line.administrator == 0


def may_administer(domain_id: int) -> ColumnElement[bool]:
    """Hold for users who may administer a domain: theirs, or the whole system."""
    given = select(administered.c.user_id).where(administered.c.domain_id == domain_id)
    system = select(users.c.id).where(users.c.is_system_administrator)
    return or_(_line.user_id.in_(given), _line.user_id.in_(system))


def is_nearly_full(*, wanted: bool) -> ColumnElement[bool]:
    """Hold for users whose box is more than 90 % full, or for the others."""
    limit, used = _line.box_limit_octets, _line.used_octets
    if wanted:
        return (limit > 0) & (used * 10 > limit * 9)
    return or_(limit == 0, used * 10 <= limit * 9)

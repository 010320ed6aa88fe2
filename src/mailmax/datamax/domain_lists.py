"""Lists of domains, and the choices among them (manual 2.4). Units of work.

Theory:
    Domains are few, a thousand where it is much: all are read, off the loop, and
    chosen among in memory. So every column can be sorted by, those kept as JSON, too.
    Users, of whom there are a hundred times as many, are only counted here.
"""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from mailmax.base.folding import fold
from mailmax.datamax.cursors import Key, Order, Place, read_choice
from mailmax.datamax.effect import not_found
from mailmax.datamax.rows import domain_row, own_values
from mailmax.hub.contract.domains import (
    DOMAIN_COLUMNS,
    DomainPage,
    DomainView,
    ListDomains,
)
from mailmax.hub.contract.message import Denied
from mailmax.policy.names import check_domain
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import Scope, resolve
from mailmax.store.accounts import domain_units, units

_NUMBERS = {"max_users", "box_limit_octets", "users", "aliases", "used_octets"}
_KINDS: dict[str, type] = dict.fromkeys(_NUMBERS, int)


def list_domains(tx: Connection, request: ListDomains) -> DomainPage | Denied:
    """Return one page."""
    order = read_choice(request.choice, DOMAIN_COLUMNS, _KINDS)
    if isinstance(order, Denied):
        return order
    names = domain_units.all_domain_aliases(tx)
    rows = domain_units.counted_domains(tx, request.choice.within)
    views = (_view(row, names.get(row.id, ())) for row in rows)
    chosen = [view for view in views if _is_wanted(view, request, order.search)]
    page, cursor = cut(chosen, order, lambda view: _place(view, order.column))
    total = len(chosen) if request.choice.is_counted else None
    return DomainPage(tuple(page), cursor, total)


def domain_within(
    tx: Connection, field: str, name: str, within: tuple[str, ...] | None
) -> int | Denied | None:
    """Return the number of a domain that is named; None: none is.

    Args:
        tx: The open transaction.
        field: Where it was named.
        name: Own or other name; empty: none is wanted.
        within: The domains that may be known; None: all.
    """
    if not name:
        return None
    checked = check_domain(name)
    is_bad = isinstance(checked, BadValue)
    row = None if is_bad else domain_units.find_domain(tx, str(checked))
    if row is None or (within is not None and row.name not in within):
        return not_found(field, f"domain {name!r}")
    return int(row.id)


def cut(
    rows: Iterable[DomainView], order: Order, place: Callable[[DomainView], Place]
) -> tuple[Sequence[DomainView], str]:
    """Return a page of rows in no order, and the cursor of the next."""

    def at(row: DomainView) -> tuple[Key, int]:
        found = place(row)
        return found.key, int(found.mark)

    behind = order.behind
    if behind is not None:
        rows = [row for row in rows if _is_behind(at(row), behind, order)]
    page = sorted(rows, key=at, reverse=order.is_descending)
    is_more = len(page) > order.limit
    del page[order.limit :]
    return page, order.cursor(place(page[-1])) if is_more else ""


def _is_behind(at: tuple[Key, int], behind: Place, order: Order) -> bool:
    mark: tuple[Key, int] = (behind.key, int(behind.mark))
    # The keys of one column are of one type: `read_choice` sees to it.
    return at < mark if order.is_descending else at > mark


def _place(view: DomainView, column: str) -> Place:
    key = getattr(view, column)
    return Place(-1 if key is None else key, view.domain_id)


def _is_wanted(view: DomainView, request: ListDomains, search: str) -> bool:
    if request.kinds and view.kind not in request.kinds:
        return False
    for service, is_stopped in request.suspended.items():
        if (service in view.suspended) is not is_stopped:
            return False
    return any(search in fold(name) for name in (view.name, *view.names))


def _view(row: units.AnyRow, names: tuple[str, ...]) -> DomainView:
    known = domain_row(row, names)
    scope = Scope(DOMAIN_SETTINGS, own_values(row.settings))
    return DomainView(
        row.id,
        row.name,
        row.users,
        row.aliases,
        known.kind,
        names,
        known.suspended,
        row.mail_root or row.name,
        resolve("max_users", scope),
        resolve("box_limit_octets", scope),
        None if row.used is None else int(row.used),
    )

"""Lists of aliases, and the choices among them. Units of work.

Rules:
    Whoever is limited to domains sees every address there: that it is taken, since it
    cannot be given to another, and so that it can be taken away. Whose it is, when
    that is a user elsewhere, is not needed for either and is the other domain's: such
    a row is without a user, and no search, order or cursor tells more (TRUST I2).

Manual: 2.4, 7.6.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax import users
from mailmax.datamax.cursors import Order, Place, read_choice
from mailmax.datamax.domain_lists import domain_within
from mailmax.datamax.effect import not_found
from mailmax.hub.contract.aliases import (
    ALIAS_COLUMNS,
    AliasPage,
    AliasView,
    ListAliases,
)
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import alias_lists, domain_units, units


def list_aliases(tx: Connection, request: ListAliases) -> AliasPage | Denied:
    """Return one page."""
    choice = request.choice
    order = read_choice(choice, ALIAS_COLUMNS, {}, str)
    if isinstance(order, Denied):
        return order
    within = choice.within
    named = None if within is None else domain_units.numbers_of(tx, within)
    wanted = _conditions(tx, request, order.search, named)
    if isinstance(wanted, Denied):
        return wanted
    found = alias_lists.find_aliases(tx, _part(order, choice, named), wanted)
    nothing = 0 if choice.is_counted and order.behind is None else None
    total = found[0].total if found else nothing
    rows = found[: order.limit]
    views = tuple(AliasView(row.address, row.user_address) for row in rows)
    return AliasPage(views, _next(found, order), total)


def _part(
    order: Order, choice: Choice, named: Sequence[int] | None
) -> alias_lists.Part:
    place = order.behind
    behind = None if place is None else (str(place.key), str(place.mark))
    by_user = order.column == "user"
    is_down, limit = order.is_descending, order.limit + 1
    counted = choice.is_counted
    return alias_lists.Part(by_user, is_down, behind, limit, counted, named)


def _next(found: Sequence[units.AnyRow], order: Order) -> str:
    if len(found) <= order.limit:
        return ""
    last = found[order.limit - 1]
    return order.cursor(Place(last.key, last.address))


def _conditions(
    tx: Connection,
    request: ListAliases,
    search: str,
    named: Sequence[int] | None,
) -> list[ColumnElement[bool]] | Denied:
    """Return what must hold for the aliases that are asked for."""
    found: list[ColumnElement[bool]] = []
    within = request.choice.within
    if named is not None:
        found.append(alias_lists.on_domains(named))
    domain = domain_within(tx, "domain", request.domain, within)
    if isinstance(domain, Denied):
        return domain
    if domain is not None:
        found.append(alias_lists.on_domains([domain]))
    if request.user:
        user_id = _user(tx, request.user, within)
        if isinstance(user_id, Denied):
            return user_id
        found.append(alias_lists.of_user(user_id))
    if search:
        found.append(alias_lists.holds_text(tx, search, named))
    return found


def _user(tx: Connection, address: str, within: tuple[str, ...] | None) -> int | Denied:
    """Return the number of a user; those of other domains are not there."""
    row = users.find(tx, address)
    if within is None or (isinstance(row, Denied) and row.kind == "bad_value"):
        return row if isinstance(row, Denied) else int(row.id)
    if isinstance(row, Denied) or row.address.rpartition("@")[2] not in within:
        return not_found("address", f"user {lower_ascii(address)!r}")
    return int(row.id)

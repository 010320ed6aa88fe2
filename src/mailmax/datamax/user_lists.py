"""Lists of users, and the choices among them (manual 2.4, 7). Units of work."""

from sqlalchemy import ColumnElement, Connection, not_

from mailmax.datamax.cursors import Order, Place, read_choice
from mailmax.datamax.effect import not_found
from mailmax.datamax.rows import own_values, value_for_user
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import ListUsers, UserPage, UserView
from mailmax.policy.names import check_domain
from mailmax.settings.field import BadValue
from mailmax.store.accounts import (
    administrator_units,
    domain_units,
    forward_units,
    units,
    user_lists,
)

_KINDS: dict[str, type] = {"last_login_at": float}


def list_users(tx: Connection, request: ListUsers) -> UserPage | Denied:
    """Return one page."""
    order = read_choice(request.choice, tuple(user_lists.SORTS), _KINDS)
    if isinstance(order, Denied):
        return order
    conditions = _conditions(tx, request, order.search)
    if isinstance(conditions, Denied):
        return conditions
    place = order.behind
    behind = None if place is None else (place.key, place.number)
    part = user_lists.Part(order.column, order.is_descending, behind, order.limit + 1)
    found = user_lists.find_part(tx, part, conditions)
    choice = request.choice
    total = user_lists.count_chosen(tx, conditions) if choice.is_counted else None
    views = _views(tx, [number for number, _ in found[: order.limit]])
    return UserPage(views, _next(found, order), total)


def _next(found: list[tuple[int, str | float]], order: Order) -> str:
    if len(found) <= order.limit:
        return ""
    number, key = found[order.limit - 1]
    return order.cursor(Place(key, number))


def _views(tx: Connection, numbers: list[int]) -> tuple[UserView, ...]:
    rows = user_lists.shown_users(tx, numbers)
    forwards = forward_units.forwards_of(tx, numbers)
    return tuple(
        _view(rows[number], forwards.get(number, ()))
        for number in numbers
        if number in rows
    )


def _view(row: units.AnyRow, forwards: tuple[str, ...]) -> UserView:
    is_forwarding = own_values(row.settings).get("forwarding_on")
    return UserView(
        row.id,
        row.address,
        row.first_name,
        row.last_name,
        row.kind,
        value_for_user(row, "box_limit_octets"),
        value_for_user(row, "message_limit_octets"),
        row.home,
        row.has_apop,
        row.is_system_administrator,
        row.administers,
        forwards if is_forwarding else (),
        row.last_login_at,
    )


def _conditions(
    tx: Connection, request: ListUsers, search: str
) -> list[ColumnElement[bool]] | Denied:
    """Return what must hold for the users that are asked for."""
    found = _places(tx, request)
    if isinstance(found, Denied):
        return found
    if search:
        found.append(user_lists.holds_text(tx, search))
    if request.kinds:
        found.append(user_lists.of_kinds(request.kinds))
    if request.administrators is not None:
        condition = administrator_units.is_administrator()
        found.append(condition if request.administrators else not_(condition))
    return found


def _places(tx: Connection, request: ListUsers) -> list[ColumnElement[bool]] | Denied:
    """Return what domains have to do with it."""
    within = request.choice.within
    domain = _domain(tx, "domain", request.domain, within)
    if isinstance(domain, Denied):
        return domain
    administered = _domain(tx, "may_administer", request.may_administer, within)
    if isinstance(administered, Denied):
        return administered
    found: list[ColumnElement[bool]] = []
    if domain is not None:
        found.append(user_lists.in_domains([domain]))
    elif within is not None:
        found.append(user_lists.in_domains(domain_units.numbers_of(tx, within)))
    if administered is not None:
        found.append(administrator_units.may_administer(administered))
    return found


def _domain(
    tx: Connection, field: str, name: str, within: tuple[str, ...] | None
) -> int | Denied | None:
    """Return the number of a domain that is named; None: none is."""
    if not name:
        return None
    checked = check_domain(name)
    is_bad = isinstance(checked, BadValue)
    row = None if is_bad else domain_units.find_domain(tx, str(checked))
    if row is None or (within is not None and row.name not in within):
        return not_found(field, f"domain {name!r}")
    return int(row.id)

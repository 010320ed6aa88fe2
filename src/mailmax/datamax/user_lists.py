"""Lists of users, and the choices among them (manual 2.4, 7). Units of work."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection

from mailmax.base.folding import fold
from mailmax.datamax.cursors import Order, Place, read_choice, unfit_search
from mailmax.datamax.domain_lists import domain_within
from mailmax.datamax.rows import own_values, value_for_user
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import USER_COLUMNS, ListUsers, UserPage, UserView
from mailmax.store.accounts import (
    domain_units,
    forward_units,
    units,
    user_lists,
)

_KINDS: dict[str, type] = {
    "box_limit_octets": int,
    "used_octets": int,
    "last_login_at": float,
    "administrator": int,
}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Whom a request is about."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    are_few: bool = False
    """Domains narrow it so far that their index leads to them."""


def list_users(tx: Connection, request: ListUsers) -> UserPage | Denied:
    """Return one page."""
    choice = request.choice
    order = read_choice(choice, USER_COLUMNS, _KINDS)
    if isinstance(order, Denied):
        return order
    chosen = _unfit_name(request) or _chosen(tx, request, order.search)
    if isinstance(chosen, Denied):
        return chosen
    place = order.behind
    behind = None if place is None else (place.key, int(place.mark))
    part = user_lists.Part(order.column, order.is_descending, behind, order.limit + 1)
    wanted = chosen.conditions
    found = user_lists.find_part(tx, part, wanted, are_few=chosen.are_few)
    total = user_lists.count_chosen(tx, wanted) if choice.is_counted else None
    numbers = [number for number, _ in found[: order.limit]]
    return UserPage(_views(tx, numbers, choice.within), _next(found, order), total)


def _unfit_name(request: ListUsers) -> Denied | None:
    """Refuse what no name can hold."""
    fields = ("user", "first_name", "last_name")
    refused = (unfit_search(getattr(request, field), field) for field in fields)
    return next(filter(None, refused), None)


def _next(found: list[tuple[int, str | float]], order: Order) -> str:
    if len(found) <= order.limit:
        return ""
    number, key = found[order.limit - 1]
    return order.cursor(Place(key, number))


def _views(
    tx: Connection, numbers: list[int], within: tuple[str, ...] | None
) -> tuple[UserView, ...]:
    known = None if within is None else domain_units.numbers_of(tx, within)
    rows = user_lists.shown_users(tx, numbers, known)
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
        row.used_octets if row.used_at else None,
        row.used_messages if row.used_at else None,
        row.used_at,
    )


def _chosen(tx: Connection, request: ListUsers, search: str) -> _Chosen | Denied:
    """Return what must hold for the users that are asked for."""
    placed = _placed(tx, request)
    if isinstance(placed, Denied):
        return placed
    found = list(placed.conditions)
    if search:
        found.append(user_lists.holds_text(tx, search))
    found += _named(tx, request)
    if request.kinds:
        found.append(user_lists.of_kinds(request.kinds))
    if request.administrators is not None:
        found.append(user_lists.administers(anything=request.administrators))
    if request.nearly_full is not None:
        found.append(user_lists.is_nearly_full(wanted=request.nearly_full))
    return replace(placed, conditions=tuple(found))


def _named(tx: Connection, request: ListUsers) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold for their names."""
    if request.user:
        yield user_lists.user_holds(tx, fold(request.user))
    if request.first_name:
        yield user_lists.name_holds(tx, "first_name", fold(request.first_name))
    if request.last_name:
        yield user_lists.name_holds(tx, "last_name", fold(request.last_name))


def _placed(tx: Connection, request: ListUsers) -> _Chosen | Denied:
    """Return what domains have to do with it."""
    within = request.choice.within
    domain = domain_within(tx, "domain", request.domain, within)
    if isinstance(domain, Denied):
        return domain
    administered = domain_within(tx, "may_administer", request.may_administer, within)
    if isinstance(administered, Denied):
        return administered
    narrowed = _of_domains(tx, domain, within)
    if administered is None:
        return narrowed
    mine = user_lists.may_administer(administered)
    return replace(narrowed, conditions=(*narrowed.conditions, mine))


def _of_domains(
    tx: Connection, domain: int | None, within: tuple[str, ...] | None
) -> _Chosen:
    if domain is None and within is None:
        return _Chosen()
    numbers = domain_units.numbers_of(tx, within or ()) if domain is None else [domain]
    are_few = user_lists.are_few(tx, numbers)
    return _Chosen((user_lists.in_domains(numbers, are_few=are_few),), are_few)

"""Lists of users, and the choices among them (manual 2.3, 7). Units of work."""

from sqlalchemy import ColumnElement, Connection, not_

from mailmax.datamax.effect import not_found
from mailmax.datamax.rows import value_for_user
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import ListUsers, UserPage, UserView
from mailmax.policy.names import check_domain
from mailmax.settings.field import BadValue
from mailmax.store.accounts import administrator_units, domain_units, units


def list_users(tx: Connection, request: ListUsers) -> UserPage | Denied:
    """Return one page."""
    domain = ""
    if request.domain:
        name = check_domain(request.domain)
        row = None if isinstance(name, BadValue) else domain_units.find_domain(tx, name)
        if row is None:
            return not_found("domain", f"domain {request.domain!r}")
        domain = row.name
    conditions = _conditions(tx, request)
    if isinstance(conditions, Denied):
        return conditions
    limit = max(1, min(request.limit, PAGE_ROWS))
    rows = units.page_of_users(tx, domain, request.after, limit + 1, *conditions)
    views = tuple(
        UserView(
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
        )
        for row in rows[:limit]
    )
    return UserPage(views, views[-1].address if len(rows) > limit else "")


def _conditions(
    tx: Connection, request: ListUsers
) -> list[ColumnElement[bool]] | Denied:
    """Return what must hold for the users that are asked for."""
    found: list[ColumnElement[bool]] = []
    if request.administrators is not None:
        condition = administrator_units.is_administrator()
        found.append(condition if request.administrators else not_(condition))
    if request.may_administer:
        name = check_domain(request.may_administer)
        row = None if isinstance(name, BadValue) else domain_units.find_domain(tx, name)
        if row is None:
            return not_found("may_administer", f"domain {request.may_administer!r}")
        found.append(administrator_units.may_administer(row.id))
    return found

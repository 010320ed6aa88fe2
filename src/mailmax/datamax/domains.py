"""Domains: add, list, delete (manual 6.1, 6.6). Units of work."""

from sqlalchemy import Connection

from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.rows import as_text, domain_row, own_values, user_row
from mailmax.datamax.system import value_of
from mailmax.hub.admin import (
    PAGE_ROWS,
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    Detail,
    DomainPage,
    DomainView,
    ListDomains,
    ShowDomain,
    ValueView,
)
from mailmax.hub.contract import CredentialChanged, Denied, DomainRow, UserRow
from mailmax.policy.names import check_domain
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import merged, read_typed
from mailmax.settings.user import USER_SETTINGS
from mailmax.store.accounts import domain_units, units

_INHERITED = frozenset(
    field.inherits for field in USER_SETTINGS.values() if field.inherits
)
"""What rows of users depend on."""


def add_domain(tx: Connection, request: AddDomain, now: float) -> Effect | Denied:
    """Make a domain local."""
    name = check_domain(request.name)
    if isinstance(name, BadValue):
        return denied(name)
    if domain_units.find_domain(tx, name) is not None:
        return conflict("domain", f"{name} is a domain here already")
    number = domain_units.insert_domain(tx, name, now)
    return Effect(number, domains=(domain_row(domain_units.domain_by_id(tx, number)),))


def show_domain(tx: Connection, request: ShowDomain) -> Detail | Denied:
    """Return every setting of one domain."""
    row = find(tx, request.name)
    if isinstance(row, Denied):
        return row
    own = own_values(row.settings)
    return Detail(
        row.name,
        tuple(
            ValueView(key, as_text(own.get(key, field.default)), key in own)
            for key, field in DOMAIN_SETTINGS.items()
        ),
    )


def change_domain(tx: Connection, request: ChangeDomain) -> Effect | Denied:
    """Set values of one domain, all or none of them."""
    row = find(tx, request.name)
    if isinstance(row, Denied):
        return row
    changes = read_typed(DOMAIN_SETTINGS, request.values)
    if isinstance(changes, BadValue):
        return denied(changes)
    after = merged(own_values(row.settings), changes)
    domain_units.change_domain(tx, row.id, settings=as_text(after))
    users: tuple[UserRow, ...] = ()
    if not changes.keys().isdisjoint(_INHERITED):
        users = tuple(user_row(one) for one in units.users_of_domain(tx, row.id))
    return Effect(row.id, domains=(row_of(tx, row.id),), users=users)


def find(tx: Connection, name: str) -> units.AnyRow | Denied:
    """Return a domain's row by the name or alias that an administrator gave."""
    checked = check_domain(name)
    row = (
        None if isinstance(checked, BadValue) else domain_units.find_domain(tx, checked)
    )
    return not_found("domain", f"domain {name!r}") if row is None else row


def row_of(tx: Connection, domain_id: int) -> DomainRow:
    """Return a domain as services know it."""
    aliases = domain_units.aliases_of(tx, domain_id)
    return domain_row(domain_units.domain_by_id(tx, domain_id), aliases)


def list_domains(tx: Connection, request: ListDomains) -> DomainPage:
    """Return one page."""
    limit = max(1, min(request.limit, PAGE_ROWS))
    rows = domain_units.page_of_domains(tx, request.after, limit + 1)
    views = tuple(
        DomainView(row.id, row.name, row.users, row.aliases) for row in rows[:limit]
    )
    return DomainPage(views, len(rows) > limit)


def delete_domain(tx: Connection, request: DeleteDomain) -> Effect | Denied:
    """Remove a domain with its users and every alias on it or of them."""
    row = find(tx, request.name)
    if isinstance(row, Denied):
        return row
    if row.name == value_of(tx, "default_domain"):
        return Denied(
            "conflict",
            "domain",
            f"{row.name} is the default domain",
            "choose another with: mailmax config set default_domain NAME",
        )
    users = units.users_of_domain(tx, row.id)
    if users and not request.with_users:
        return Denied(
            "conflict",
            "domain",
            f"{row.name} has {len(users)} users",
            "delete them first, or say --with-users",
        )
    ids = tuple(user.id for user in users)
    on_domain = units.aliases_of_domain(tx, row.id)
    units.delete_aliases(tx, on_domain)
    of_users = units.delete_users(tx, ids)
    domain_units.delete_domain(tx, row.id)
    return Effect(
        row.id,
        note="the mail directories stay",
        gone_domains=(row.id,),
        gone_users=ids,
        gone_aliases=(*on_domain, *of_users),
        credentials=tuple(
            CredentialChanged(user.id, user.credential_version + 1) for user in users
        ),
    )

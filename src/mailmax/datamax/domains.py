"""Domains: add, list, delete (manual 6.1, 6.6). Units of work."""

from sqlalchemy import Connection

from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.system import value_of
from mailmax.hub.admin import (
    PAGE_ROWS,
    AddDomain,
    DeleteDomain,
    DomainPage,
    DomainView,
    ListDomains,
)
from mailmax.hub.contract import CredentialChanged, Denied, DomainRow
from mailmax.policy.names import check_domain
from mailmax.settings.field import BadValue
from mailmax.store.accounts import units


def add_domain(tx: Connection, request: AddDomain, now: float) -> Effect | Denied:
    """Make a domain local."""
    name = check_domain(request.name)
    if isinstance(name, BadValue):
        return denied(name)
    if units.find_domain(tx, name) is not None:
        return conflict("domain", f"{name} is a domain here already")
    number = units.insert_domain(tx, name, now)
    return Effect(number, domains=(DomainRow(number, name),))


def list_domains(tx: Connection, request: ListDomains) -> DomainPage:
    """Return one page."""
    limit = max(1, min(request.limit, PAGE_ROWS))
    rows = units.page_of_domains(tx, request.after, limit + 1)
    views = tuple(DomainView(*row) for row in rows[:limit])
    return DomainPage(views, views[-1].name if len(rows) > limit else "")


def delete_domain(tx: Connection, request: DeleteDomain) -> Effect | Denied:
    """Remove a domain with its users and every alias on it or of them."""
    name = check_domain(request.name)
    row = None if isinstance(name, BadValue) else units.find_domain(tx, name)
    if row is None:
        return not_found("domain", f"domain {request.name!r}")
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
    units.delete_domain(tx, row.id)
    return Effect(
        row.id,
        note="the mail directories stay",
        gone_domains=(row.name,),
        gone_users=ids,
        gone_aliases=(*on_domain, *of_users),
        credentials=tuple(
            CredentialChanged(user.id, user.credential_version + 1) for user in users
        ),
    )

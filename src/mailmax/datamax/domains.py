"""Domains: add them, and their other names (manual 6.1, 6.3). Units of work.

Rules:
    A domain's directory is its own: one that is added under the name of a deleted one
    gets another, as nobody inherits mail (DECISIONS 22).
"""

from dataclasses import replace

from sqlalchemy import Connection

from mailmax.datamax.bindings import why_default
from mailmax.datamax.domain_values import find, row_of, set_values
from mailmax.datamax.effect import Effect, Withdrawn, conflict, denied, not_found
from mailmax.datamax.sealing import Seal
from mailmax.hub.contract.domains import (
    AddDomain,
    AddDomainAlias,
    DeleteDomainAlias,
)
from mailmax.hub.contract.message import Denied
from mailmax.policy.names import check_domain, note_on_domain
from mailmax.settings.field import BadValue
from mailmax.store.accounts import domain_units, removal_units, units


def add_domain(
    tx: Connection, request: AddDomain, now: float, seal: Seal
) -> Effect | Denied:
    """Make a domain local."""
    name = check_domain(request.name)
    if isinstance(name, BadValue):
        return denied(name)
    other = domain_units.find_domain(tx, name)
    if other is not None and other.name == name:
        return conflict("domain", f"{name} is a domain here already")
    if other is not None:
        return Denied(
            "conflict",
            "domain",
            f"{name} is another name of {other.name}",
            f"take it away: mailmax domain alias {name} --remove",
        )
    number = domain_units.insert_domain(tx, name, now)
    if removal_units.was_used(tx, name):
        # Mail of the former domain of that name may be there, or soon be removed.
        domain_units.change_domain(tx, number, mail_root=f"{name}~{number}")
    row = domain_units.domain_by_id(tx, number)
    changed = set_values(tx, row, request.values, seal)
    if isinstance(changed, Denied):
        raise Withdrawn(changed)
    note = "; ".join(filter(None, (note_on_domain(name), changed.note)))
    return replace(changed, note=note)


def add_domain_alias(tx: Connection, request: AddDomainAlias) -> Effect | Denied:
    """Give a domain another name; it may be the name of nothing else here."""
    row = find(tx, request.domain)
    if isinstance(row, Denied):
        return row
    name = check_domain(request.name)
    if isinstance(name, BadValue):
        return denied(name)
    other = domain_units.find_domain(tx, name)
    if other is not None:
        what = "a domain" if other.name == name else f"an alias of {other.name}"
        return conflict("name", f"{name} is {what} here already")
    domain_units.insert_domain_alias(tx, name, row.id)
    return Effect(row.id, note_on_domain(name), domains=(row_of(tx, row.id),))


def delete_domain_alias(tx: Connection, request: DeleteDomainAlias) -> Effect | Denied:
    """Take a name away, unless aliases of users sit on it."""
    name = check_domain(request.name)
    row = None if isinstance(name, BadValue) else domain_units.find_domain(tx, name)
    if row is None or row.name == name:
        return not_found("name", f"other name {request.name!r} of a domain")
    sitting = units.aliases_on(tx, str(name))
    if sitting:
        return Denied(
            "conflict",
            "name",
            f"aliases of users sit on it: {', '.join(sitting[:5])}",
            "delete them first with: mailmax alias delete",
        )
    refused = why_default(tx, str(name))
    if refused is not None:
        return refused
    domain_units.delete_domain_alias(tx, str(name))
    return Effect(row.id, domains=(row_of(tx, row.id),))

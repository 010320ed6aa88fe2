"""Listening addresses: add, list, show, change, delete (manual 5.1). Units of work.

Rules:
    The address of a binding is never changed: filters, bans and sessions depend on
    it. Its default domain is a domain here; a port is nobody else's.

Manual: 5.1, 5.3, 5.5; DECISIONS 23.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.binding_rows import binding_row, listener_row, views
from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.ports import BasePorts, Ports
from mailmax.datamax.rows import as_text, own_values
from mailmax.datamax.settings import value_of
from mailmax.hub.contract.administration import PAGE_ROWS, Detail, ValueView
from mailmax.hub.contract.bindings import (
    AddBinding,
    BindingPage,
    ChangeBinding,
    DeleteBinding,
    ListBindings,
    ShowBinding,
)
from mailmax.hub.contract.message import Denied
from mailmax.policy.overlap import canonical_address
from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.listener import (
    LISTENER_SETTINGS,
    USUAL_SERVICES,
    check_listener,
)
from mailmax.settings.local import SERVICE_NAMES
from mailmax.settings.resolve import merged, read_typed
from mailmax.store.accounts import binding_units, domain_units, units

Row = units.AnyRow

DEFAULTS = {key: field.default for key, field in LISTENER_SETTINGS.items()}


def add_binding(
    tx: Connection, request: AddBinding, base: BasePorts
) -> Effect | Denied:
    """Add a listening address with services on their default ports."""
    address = canonical_address(request.address)
    if address is None:
        return Denied(
            "bad_value",
            "address",
            f"{request.address[:60]!r} is no IP address",
            "give an IPv4 or IPv6 address, or * for any",
        )
    if binding_units.find_binding(tx, address) is not None:
        return Denied(
            "conflict",
            "address",
            f"{address} is a connection here already",
            "look at it with: mailmax connection list",
        )
    values = _read(tx, request.values)
    if isinstance(values, Denied):
        return values
    services = USUAL_SERVICES if request.services is None else request.services
    ports = Ports(tx, partial(value_of, tx), base)
    refused = _check_services(ports, address, services)
    if refused is not None:
        return refused
    number = binding_units.insert_binding(tx, address, as_text(merged({}, values)))
    for service in services:
        binding_units.insert_listener(
            tx, binding_id=number, service=service, is_open=True, **DEFAULTS
        )
    return Effect(
        number,
        bindings=(binding_row(binding_units.find_binding(tx, address)),),
        listeners=tuple(map(listener_row, binding_units.listeners_of(tx, number))),
    )


def list_bindings(tx: Connection, request: ListBindings, base_port: int) -> BindingPage:
    """Return one page."""
    limit = max(1, min(request.limit, PAGE_ROWS))
    rows = binding_units.page_of_bindings(tx, request.after, limit + 1)
    page = views(tx, rows[:limit], base_port)
    return BindingPage(page, page[-1].address if len(rows) > limit else "")


def show_binding(tx: Connection, request: ShowBinding) -> Detail | Denied:
    """Return every setting of one listening address."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    own = own_values(row.settings)
    return Detail(
        row.address,
        tuple(
            ValueView(key, as_text(own.get(key, field.default)), key in own)
            for key, field in BINDING_SETTINGS.items()
        ),
    )


def change_binding(tx: Connection, request: ChangeBinding) -> Effect | Denied:
    """Set values of one listening address, all or none of them."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    changes = _read(tx, request.values)
    if isinstance(changes, Denied):
        return changes
    after = as_text(merged(own_values(row.settings), changes))
    binding_units.change_binding(tx, row.id, after)
    return Effect(
        row.id, bindings=(binding_row(binding_units.find_binding(tx, row.address)),)
    )


def delete_binding(tx: Connection, request: DeleteBinding) -> Effect | Denied:
    """Remove a listening address with its services, filters and bans."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    gone = binding_units.delete_binding(tx, row.id)
    return Effect(
        row.id,
        gone_bindings=(row.id,),
        gone_listeners=gone["listeners"],
        gone_access=gone["access"],
        gone_bans=gone["bans"],
    )


def find(tx: Connection, address: str) -> Row | Denied:
    """Return the row of a listening address that an administrator named."""
    canonical = canonical_address(address)
    row = None if canonical is None else binding_units.find_binding(tx, canonical)
    return not_found("address", f"connection {address[:60]!r}") if row is None else row


def addresses_by_default(tx: Connection, domain: str) -> list[str]:
    """Return the listening addresses whose default domain that is."""
    return [
        row.address
        for row in binding_units.all_bindings(tx)
        if own_values(row.settings).get("default_domain") == domain
    ]


def why_default(tx: Connection, name: str) -> Denied | None:
    """Say who logs in and takes mail by a name of a domain, so that it must stay."""
    if name == value_of(tx, "default_domain"):
        return Denied(
            "conflict",
            "domain",
            f"{name} is the default domain",
            "choose another with: mailmax config set default_domain NAME",
        )
    addresses = addresses_by_default(tx, name)
    if addresses:
        return Denied(
            "conflict",
            "domain",
            f"{name} is the default domain of {', '.join(addresses)}",
            "choose another with: mailmax connection set ADDRESS default_domain=NAME",
        )
    return None


def _read(tx: Connection, typed: Mapping[str, str]) -> dict[str, Any] | Denied:
    """Return the values that a person typed; names of domains as they are here."""
    values = read_typed(BINDING_SETTINGS, typed)
    if isinstance(values, BadValue):
        return denied(values)
    name = values.get("default_domain")
    if name:
        domain = domain_units.find_domain(tx, name)
        if domain is None:
            return not_found("default_domain", f"domain {name!r} here")
        values["default_domain"] = domain.name
    return values


def _check_services(
    ports: Ports, address: str, services: Sequence[str]
) -> Denied | None:
    for service in services:
        refused = check_service(service, DEFAULTS) or ports.taken(address, service, 0)
        if refused is not None:
            return refused
    if len(set(services)) < len(services):
        twice = "a service stands there twice"
        return Denied("bad_value", "services", twice, "name each once")
    return None


def check_service(service: str, values: Mapping[str, Any]) -> Denied | None:
    """Say what is wrong with a service and its values; None when nothing is."""
    if service not in SERVICE_NAMES:
        return Denied(
            "bad_value",
            "service",
            f"{service[:60]!r} is no service",
            f"give one of: {', '.join(SERVICE_NAMES)}",
        )
    bad = check_listener(service, values)
    return None if bad is None else denied(bad)

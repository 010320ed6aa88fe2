"""Services of listening addresses: add, change, open, close, delete. Units of work.

Manual: 5.5, 5.6.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.binding_rows import listener_row
from mailmax.datamax.bindings import DEFAULTS, check_service, find
from mailmax.datamax.effect import Effect, denied
from mailmax.datamax.ports import BasePorts, Ports
from mailmax.datamax.settings import value_of
from mailmax.hub.contract.bindings import (
    AddListener,
    ChangeListener,
    DeleteListener,
    SwitchListener,
)
from mailmax.hub.contract.message import Denied
from mailmax.settings.field import BadValue
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.resolve import read_typed
from mailmax.store.accounts import binding_units
from mailmax.store.accounts.units import AnyRow


def add_listener(
    tx: Connection, request: AddListener, base: BasePorts
) -> Effect | Denied:
    """Add a service; it is open at once."""
    binding = find(tx, request.address)
    if isinstance(binding, Denied):
        return binding
    values = _read(request.values, DEFAULTS)
    if isinstance(values, Denied):
        return values
    refused = check_service(request.service, values) or _ports(tx, base).taken(
        binding.address, request.service, values["port"]
    )
    if refused is not None:
        return refused
    number = binding_units.insert_listener(
        tx, binding_id=binding.id, service=request.service, is_open=True, **values
    )
    return _effect(tx, number)


def change_listener(
    tx: Connection, request: ChangeListener, base: BasePorts
) -> Effect | Denied:
    """Set values of a service, all or none of them."""
    row = find_listener(tx, request)
    if isinstance(row, Denied):
        return row
    values = _read(request.values, {key: getattr(row, key) for key in DEFAULTS})
    if isinstance(values, Denied):
        return values
    refused = check_service(row.service, values) or _ports(tx, base).taken(
        row.address, row.service, values["port"], row.id
    )
    if refused is not None:
        return refused
    binding_units.change_listener(tx, row.id, **values)
    return _effect(tx, row.id)


def switch_listener(tx: Connection, request: SwitchListener) -> Effect | Denied:
    """Open or close a service."""
    row = find_listener(tx, request)
    if isinstance(row, Denied):
        return row
    binding_units.change_listener(tx, row.id, is_open=request.is_open)
    return _effect(tx, row.id)


def delete_listener(tx: Connection, request: DeleteListener) -> Effect | Denied:
    """Remove a service."""
    row = find_listener(tx, request)
    if isinstance(row, Denied):
        return row
    binding_units.delete_listener(tx, row.id)
    return Effect(row.id, gone_listeners=(row.id,))


Named = ChangeListener | SwitchListener | DeleteListener


def find_listener(tx: Connection, request: Named) -> AnyRow | Denied:
    """Return the service that was named: the only one of its kind, or by its port."""
    binding = find(tx, request.address)
    if isinstance(binding, Denied):
        return binding
    named = [
        row
        for row in binding_units.all_listeners(tx)
        if row.binding_id == binding.id
        and row.service == request.service
        and request.port in {None, row.port}
    ]
    if len(named) == 1:
        return named[0]
    what = f"{request.service[:60]} at {binding.address}"
    if named:
        ports = ", ".join(str(row.port) for row in named)
        return Denied(
            "conflict",
            "port",
            f"there are several services {what}",
            f"say which one with --port: {ports}",
        )
    return Denied(
        "not_found",
        "service",
        f"there is no {what}" + ("" if request.port is None else f":{request.port}"),
        "look at the list: mailmax service list",
    )


def _ports(tx: Connection, base: BasePorts) -> Ports:
    return Ports(tx, partial(value_of, tx), base)


def _read(typed: Mapping[str, str], own: Mapping[str, Any]) -> dict[str, Any] | Denied:
    changes = read_typed(LISTENER_SETTINGS, typed)
    if isinstance(changes, BadValue):
        return denied(changes)
    return {
        **own,
        **{
            key: DEFAULTS[key] if value is None else value
            for key, value in changes.items()
        },
    }


def _effect(tx: Connection, number: int) -> Effect:
    row = binding_units.listener_by_id(tx, number)
    return Effect(number, listeners=(listener_row(row),))

"""Rows of listening addresses as services and administrators see them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from mailmax.datamax.rows import own_values
from mailmax.datamax.settings import value_of
from mailmax.hub.contract.bindings import BindingView, DoorView, ListenerView
from mailmax.hub.contract.rows import BindingRow, ListenerRow
from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.listener import default_port
from mailmax.settings.resolve import Scope, resolve
from mailmax.store.accounts import binding_units


def binding_row(row: Any) -> BindingRow:
    """Make the tables' row of a listening address."""
    scope = Scope(BINDING_SETTINGS, own_values(row.settings))
    return BindingRow(
        row.id,
        row.address,
        resolve("display_name", scope),
        resolve("default_domain", scope),
        resolve("bans_trap_senders", scope),
    )


def listener_row(row: Any) -> ListenerRow:
    """Make the tables' row of a service at a listening address."""
    return ListenerRow(
        row.id,
        row.binding_id,
        row.service,
        row.port,
        row.low_water,
        row.high_water,
        row.step,
        row.is_open,
    )


def binding_rows(tx: Connection) -> tuple[BindingRow, ...]:
    """Return every listening address. A unit of work."""
    return tuple(map(binding_row, binding_units.all_bindings(tx)))


def listener_rows(tx: Connection) -> tuple[ListenerRow, ...]:
    """Return every service of them. A unit of work."""
    return tuple(map(listener_row, binding_units.all_listeners(tx)))


def views(
    tx: Connection, rows: Iterable[Any], base_port: int
) -> tuple[BindingView, ...]:
    """Return listening addresses as an administrator sees them. A unit of work."""
    return tuple(_binding_view(tx, binding_row(row), base_port) for row in rows)


def _binding_view(tx: Connection, row: BindingRow, base_port: int) -> BindingView:
    listeners = binding_units.listeners_of(tx, row.binding_id)
    return BindingView(
        row.binding_id,
        row.address,
        row.display_name,
        row.default_domain,
        row.bans_trap_senders,
        tuple(_listener_view(tx, one, base_port) for one in listeners),
    )


def _listener_view(tx: Connection, row: Any, base_port: int) -> ListenerView:
    return ListenerView(
        row.id,
        row.service,
        row.port,
        base_port + default_port(row.service, lambda key: value_of(tx, key)),
        row.low_water,
        row.high_water,
        row.step,
        row.is_open,
    )


def with_doors(
    binding: BindingView, doors: Mapping[int, tuple[DoorView, ...]]
) -> BindingView:
    """Add what the services tell of its doors."""
    replace = msgspec.structs.replace
    listeners = tuple(
        replace(one, doors=doors.get(one.listener_id, ())) for one in binding.listeners
    )
    return replace(binding, listeners=listeners)

"""Listening addresses and their services at the terminal: lists and single words."""

import sys
from collections.abc import Iterator

from mailmax.cli.desk import Desk
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.bindings import (
    BindingPage,
    BindingView,
    DoorView,
    ListBindings,
    ListenerView,
)
from mailmax.hub.contract.message import Denied, Request
from mailmax.net.place import Place

COLUMNS = ("Address", "Service", "Port", "State", "Sessions", "Low", "High", "Step")


def list_all(desk: Desk) -> list[BindingView]:
    """Ask for every listening address."""
    page = desk.ask(ListBindings())
    rows: list[BindingView] = []
    while isinstance(page, BindingPage):
        rows += page.rows
        if not page.next:
            break
        page = desk.ask(ListBindings(page.next))
    return rows


def change(desk: Desk, request: Request[Changed | Denied], done: str) -> int:
    """Ask for a change, say that it is done, and what does not listen after it."""
    code = desk.change(request, done)
    if not desk.common.json:
        for trouble in troubles(list_all(desk)):
            print(trouble, file=sys.stderr)
    return code


def listed_doors(binding: BindingView) -> Iterator[str]:
    """Yield each service with its port and, unless it is open, its state."""
    for one in binding.listeners:
        state = state_of(one)
        told = "" if state == "open" else f" ({state})"
        yield f"{one.service} {port_of(one)}{told}"


def rows_of(binding: BindingView) -> Iterator[tuple[object, ...]]:
    """Yield a line of `COLUMNS` for each service."""
    for one in binding.listeners:
        yield (
            binding.address,
            one.service,
            port_of(one),
            state_of(one),
            sum(door.sessions for door in one.doors),
            one.low_water,
            one.high_water,
            one.step,
        )


def port_of(one: ListenerView) -> str:
    """Write a port, and whether it is the default."""
    return str(one.port) if one.port else f"{one.default_port} (default)"


def state_of(one: ListenerView) -> str:
    """Say how a service is, in a few words."""
    if not one.is_open:
        return "closed"
    if any(door.state == "open" for door in one.doors):
        return "paused" if any(door.is_paused for door in one.doors) else "open"
    return next((_why(door) for door in one.doors), "not running")


def troubles(bindings: list[BindingView]) -> Iterator[str]:
    """Yield a line for each service that should be open and is not."""
    for binding in bindings:
        for one in binding.listeners:
            if not one.is_open or any(door.state == "open" for door in one.doors):
                continue
            for door in one.doors:
                place = Place(binding.address, door.port)
                yield f"{one.service} does not listen on {place}: {_why(door)}"


def _why(door: DoorView) -> str:
    words = door.reason or door.state
    return f"{words}, on {door.node}" if door.node else words

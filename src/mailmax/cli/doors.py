"""Listening addresses and their services at the terminal: lists and single words."""

import sys
from collections.abc import Iterator

import msgspec

from mailmax.cli.desk import Desk
from mailmax.hub.client import HubClient
from mailmax.hub.contract.bindings import (
    AddBinding,
    AddListener,
    BindingPage,
    BindingView,
    ChangeListener,
    DoorView,
    ListBindings,
    ListenerView,
    SwitchListener,
)
from mailmax.net.place import Place
from mailmax.policy.overlap import canonical_address

COLUMNS = ("Address", "Service", "Port", "State", "Sessions", "Low", "High", "Step")


_Opening = AddBinding | AddListener | ChangeListener | SwitchListener


async def ask_all(hub: HubClient) -> list[BindingView]:
    """Ask for every listening address."""
    page = await hub.ask(ListBindings())
    rows: list[BindingView] = []
    while isinstance(page, BindingPage):
        rows += page.rows
        if not page.next:
            break
        page = await hub.ask(ListBindings(page.next))
    return rows


def list_all(desk: Desk) -> list[BindingView]:
    """The same, for a command that asks for nothing else."""
    return desk.with_hub(ask_all)


def change(desk: Desk, request: _Opening, done: str) -> int:
    """Ask for a change, say that it is done, and what of it does not listen."""
    code = desk.change(request, done)
    if not desk.common.json:
        for trouble in troubles(_concerned(request, list_all(desk))):
            print(trouble, file=sys.stderr)
    return code


def _concerned(request: _Opening, bindings: list[BindingView]) -> list[BindingView]:
    """Return the address of a change, with no more than its services."""
    address = canonical_address(request.address)
    found = [one for one in bindings if one.address == address]
    if isinstance(request, AddBinding):
        return found
    return [
        msgspec.structs.replace(
            one,
            listeners=tuple(
                listener
                for listener in one.listeners
                if listener.service == request.service
            ),
        )
        for one in found
    ]


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


def shut_services(bindings: list[BindingView]) -> list[str]:
    """Return the services that should be open, and could be opened nowhere.

    What no computer tells of is not known: its role is missing, or just starting.
    """
    wanted: dict[str, list[DoorView]] = {}
    for binding in bindings:
        for one in binding.listeners:
            if one.is_open:
                wanted.setdefault(one.service, []).extend(one.doors)
    return [
        service
        for service, doors in wanted.items()
        if doors and all(door.state in _CLOSED for door in doors)
    ]


_CLOSED = {"trouble", "elsewhere"}


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

"""Saved connections: list, add, change, remove. Units of work.

Rules:
    Names stand once, whatever their case, and so does each address. A password is kept
    sealed and never told; it belongs to its address: where that changes it is asked
    for again.

Limits:
    500 connections.

Manual: 2.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.datamax_address import check_datamax_address
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.numbered_pages import cut, rows_of
from mailmax.datamax.sealing import Seal
from mailmax.hub.contract import systems as asked
from mailmax.hub.contract.message import Denied, Done, Secret
from mailmax.hub.host_password import check_host_password
from mailmax.settings.field import BadValue
from mailmax.settings.kinds import one_line
from mailmax.store.accounts import system_units

MOST_SYSTEMS = 500
LONGEST_NAME = 60

_line = one_line(LONGEST_NAME)

Values = dict[str, str | int | bytes | None]
"""Columns, and what is in them from now on."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a change has to know of this system."""

    name: str
    """What it is called."""
    seal: Seal


def list_systems(
    tx: Connection, request: asked.ListSystems
) -> asked.SystemPage | Denied:
    """Return a page, by name."""
    if request.name:
        row = system_units.find_system(tx, request.name)
        return _no_system(request.name) if row is None else _page([row])
    rows = system_units.systems_after(tx, request.after, MOST_SYSTEMS)
    found = [row for row in rows if _holds(row, request.search.strip().casefold())]
    kept, more = cut(found, rows_of(request.limit))
    return _page(kept, kept[-1].name if more else "")


def add_system(tx: Connection, request: asked.AddSystem, here: Here) -> Effect | Denied:
    """Save a connection."""
    name = check_name(request.name, (*system_units.system_names(tx), here.name))
    if isinstance(name, Denied):
        return name
    address = _checked_address(tx, request.address)
    if isinstance(address, Denied):
        return address
    bad = check_host_password(request.password.value)
    if bad is not None:
        return _bad_password(bad)
    group = _of_group(tx, request.group)
    if isinstance(group, Denied):
        return group
    if len(system_units.system_names(tx)) >= MOST_SYSTEMS:
        return too_many(MOST_SYSTEMS, "saved connections")
    number = system_units.insert_system(
        tx, name=name, address=address, password=b"", **group
    )
    _keep_password(tx, number, request.password, here.seal)
    return Effect(number)


def change_system(
    tx: Connection, request: asked.ChangeSystem, here: Here
) -> Effect | Denied:
    """Change what is given."""
    row = system_units.find_system(tx, request.name)
    if row is None:
        return _no_system(request.name)
    values: Values = {}
    for some in (
        _new_name(tx, request, row, here),
        _new_address(tx, request, row),
        _new_group(tx, request),
        _new_password(request, row, here),
    ):
        if isinstance(some, Denied):
            return some
        values |= some
    if values:
        system_units.change_system(tx, row.id, **values)
    return Effect(row.id)


def remove_system(tx: Connection, request: asked.RemoveSystem) -> Effect | Denied:
    """Forget a connection."""
    row = system_units.find_system(tx, request.name)
    if row is None:
        return _no_system(request.name)
    system_units.delete_system(tx, row.id)
    return Effect(row.id)


def door_of(tx: Connection, name: str, here: Here) -> asked.SystemDoor | Denied:
    """Return where a system is, and what opens it."""
    row = system_units.find_system(tx, name)
    if row is None:
        return _no_system(name)
    password = here.seal.open(row.id, row.password)
    if password is None:
        return Denied(
            "conflict",
            "password",
            f"the password saved for {row.name} cannot be read",
            "give it again",
        )
    return asked.SystemDoor(row.name, row.address, Secret(password), here.name)


def learn_password(
    tx: Connection, request: asked.LearnSystemPassword, seal: Seal
) -> Done | Denied:
    """Keep a new password where the old one is kept."""
    row = system_units.find_system(tx, request.name)
    if row is None:
        return _no_system(request.name)
    if seal.open(row.id, row.password) == request.old.value:
        _keep_password(tx, row.id, request.new, seal)
    return Done()


# Inside

_PASSWORD_TOO = Denied(
    "bad_value",
    "password",
    "another computer is to be asked, and the password that is kept is not shown to it",
    "give the host password of the system at the new address",
)


def _holds(row: Any, words: str) -> bool:
    texts = (row.name, row.address, row.group_name or "")
    return any(words in text.casefold() for text in texts)


def _page(rows: Iterable[Any], more: str = "") -> asked.SystemPage:
    return asked.SystemPage(tuple(map(_row, rows)), more)


def _row(row: Any) -> asked.SystemRow:
    return asked.SystemRow(row.name, row.address, row.group_name or "")


def _keep_password(tx: Connection, number: int, password: Secret, seal: Seal) -> None:
    kept = seal.close(number, password.value)
    system_units.change_system(tx, number, password=kept)


def check_name(text: str, others: Iterable[str]) -> str | Denied:
    """Return the name of a connection or group in its form, or what is wrong with it.

    Args:
        text: As it was given.
        others: Names that are taken.
    """
    name: str | BadValue = _line("name", text)
    if isinstance(name, BadValue):
        return denied(name)
    if not name or name in {".", ".."} or "/" in name:
        why = "it is empty" if not name else "it stands in addresses of pages"
        return Denied("bad_value", "name", why, "give a name without slashes")
    if name.casefold() in {one.casefold() for one in others}:
        return conflict("name", f"{name} is there already")
    return name


def _checked_address(tx: Connection, text: str, number: int = 0) -> str | Denied:
    address = check_datamax_address("address", text)
    if isinstance(address, Denied):
        return address
    same = system_units.system_at(tx, address)
    if same is not None and same.id != number:
        return conflict("address", f"{address} is that of {same.name}")
    return address


def _new_name(
    tx: Connection, request: asked.ChangeSystem, row: Any, here: Here
) -> Values | Denied:
    if request.new_name is None or request.new_name == row.name:
        return {}
    others = {*system_units.system_names(tx)} - {row.name}
    name = check_name(request.new_name, (*others, here.name))
    return name if isinstance(name, Denied) else {"name": name}


def _new_address(
    tx: Connection, request: asked.ChangeSystem, row: Any
) -> Values | Denied:
    if request.address is None:
        return {}
    address = _checked_address(tx, request.address, row.id)
    if isinstance(address, Denied):
        return address
    if address != row.address and request.password is None:
        return _PASSWORD_TOO
    return {"address": address}


def _new_group(tx: Connection, request: asked.ChangeSystem) -> Values | Denied:
    return {} if request.group is None else _of_group(tx, request.group)


def _new_password(request: asked.ChangeSystem, row: Any, here: Here) -> Values | Denied:
    if request.password is None:
        return {}
    bad = check_host_password(request.password.value)
    if bad is not None:
        return _bad_password(bad)
    return {"password": here.seal.close(row.id, request.password.value)}


def _of_group(tx: Connection, name: str) -> Values | Denied:
    if not name:
        return {"group_id": None}
    row = system_units.find_group(tx, name)
    return no_group("group", name) if row is None else {"group_id": row.id}


def _bad_password(bad: BadValue) -> Denied:
    return Denied("bad_value", "password", bad.reason, bad.cure)


def too_many(most: int, what: str) -> Denied:
    """Say that no more of them are kept."""
    why = f"there are {most} {what}, the most that there may be"
    return Denied("conflict", "name", why, "remove one")


def _no_system(name: str) -> Denied:
    return not_found("name", f"system {name[:LONGEST_NAME]}")


def no_group(field: str, name: str) -> Denied:
    """Say that there is no such group."""
    return not_found(field, f"group {name[:LONGEST_NAME]}")

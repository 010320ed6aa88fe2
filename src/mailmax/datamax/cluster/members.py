"""Members: add, change, remove. Units of work.

Rules:
    A member has another name than we have, and each DataMax stands once (GEN-1).
    Its password is kept encrypted and never told.

Limits:
    50 members.

Manual: 2.3.2; DECISIONS 2.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailmax.datamax.cluster.link import Member
from mailmax.datamax.datamax_address import LONGEST, check_datamax_address
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.sealing import Seal
from mailmax.hub.contract.cluster import (
    AddClusterMember,
    ChangeClusterMember,
    RemoveClusterMember,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.host_password import check_host_password
from mailmax.policy.routing import parse_smart_host
from mailmax.settings.field import BadValue
from mailmax.settings.host_port import HIGHEST_PORT
from mailmax.settings.kinds import one_line, smart_host
from mailmax.store.accounts import cluster_units

MOST_MEMBERS = 50
LONGEST_NAME = 60

_name = one_line(LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class Here:
    """What a change has to know of this system."""

    name: str
    """What it is called."""
    seal: Seal


def read_members(tx: Connection, seal: Seal) -> list[Member]:
    """Return every member as it is set; a password that cannot be read is empty."""
    return [
        Member(
            row.id,
            row.name,
            row.datamax_address,
            row.smtp_address,
            seal.open(row.id, row.password) or "",
        )
        for row in cluster_units.all_members(tx)
    ]


def add_member(
    tx: Connection, request: AddClusterMember, here: Here
) -> Effect | Denied:
    """Add a member."""
    name = _checked_name(tx, request.name, here)
    if isinstance(name, Denied):
        return name
    datamax = _checked_datamax(tx, request.datamax_address, 0)
    if isinstance(datamax, Denied):
        return datamax
    smtp = _checked_smtp(request.smtp_address)
    if isinstance(smtp, Denied):
        return smtp
    bad = check_host_password(request.password.value)
    if bad is not None:
        return denied(bad)
    if cluster_units.count_members(tx) >= MOST_MEMBERS:
        return Denied(
            "conflict",
            "name",
            f"there are {MOST_MEMBERS} members, the most that there may be",
            "remove one",
        )
    number = cluster_units.insert_member(
        tx, name=name, datamax_address=datamax, smtp_address=smtp, password=b""
    )
    _keep_password(tx, number, request.password.value, here)
    return Effect(number)


def change_member(
    tx: Connection, request: ChangeClusterMember, here: Here
) -> Effect | Denied:
    """Change what is given."""
    row = cluster_units.find_member(tx, request.name)
    if row is None:
        return not_found("name", f"member {request.name[:LONGEST_NAME]}")
    values: dict[str, str] = {}
    for key, checked in (
        ("name", _new_name(tx, request, row.name, here)),
        ("datamax_address", _new_datamax(tx, request, row.id)),
        ("smtp_address", _new_smtp(request)),
    ):
        if isinstance(checked, Denied):
            return checked
        if checked is not None:
            values[key] = checked
    if request.password is not None:
        bad = check_host_password(request.password.value)
        if bad is not None:
            return denied(bad)
        _keep_password(tx, row.id, request.password.value, here)
    if values:
        cluster_units.change_member(tx, row.id, **values)
    return Effect(row.id)


def remove_member(tx: Connection, request: RemoveClusterMember) -> Effect | Denied:
    """It is no member any more."""
    row = cluster_units.find_member(tx, request.name)
    if row is None:
        return not_found("name", f"member {request.name[:LONGEST_NAME]}")
    cluster_units.delete_member(tx, row.id)
    return Effect(row.id)


def _keep_password(tx: Connection, number: int, password: str, here: Here) -> None:
    kept = here.seal.close(number, password)
    cluster_units.change_member(tx, number, password=kept)


def _new_name(
    tx: Connection, request: ChangeClusterMember, old: str, here: Here
) -> str | Denied | None:
    if request.new_name is None or request.new_name == old:
        return None
    return _checked_name(tx, request.new_name, here)


def _new_datamax(
    tx: Connection, request: ChangeClusterMember, number: int
) -> str | Denied | None:
    address = request.datamax_address
    return None if address is None else _checked_datamax(tx, address, number)


def _new_smtp(request: ChangeClusterMember) -> str | Denied | None:
    address = request.smtp_address
    return None if address is None else _checked_smtp(address)


def _checked_name(tx: Connection, text: str, here: Here) -> str | Denied:
    name: str | BadValue = _name("name", text)
    if isinstance(name, BadValue):
        return denied(name)
    if not name:
        return Denied("bad_value", "name", "it is empty", "give the member's name")
    if name == here.name:
        return conflict("name", f"{name} is what this system is called")
    if cluster_units.find_member(tx, name) is not None:
        return conflict("name", f"there is a member {name} already")
    return name


def _checked_datamax(tx: Connection, text: str, number: int) -> str | Denied:
    address = check_datamax_address("datamax", text)
    if isinstance(address, Denied):
        return address
    for row in cluster_units.all_members(tx):
        if row.datamax_address == address and row.id != number:
            return conflict("datamax", f"{address} is that of {row.name}")
    return address


def _checked_smtp(text: str) -> str | Denied:
    checked = smart_host("smtp", text)
    if isinstance(checked, BadValue):
        return denied(checked)
    if parse_smart_host(checked) is None or len(checked) > LONGEST:
        return Denied(
            "bad_value",
            "smtp",
            f"{text[:60]!r} is no host",
            f"give a name or IP address, perhaps :PORT, 1 to {HIGHEST_PORT}",
        )
    return checked

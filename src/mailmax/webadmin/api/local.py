"""What holds on each computer, and the accounts database.

Theory:
    Both are looked at, never changed: mailmax.toml names directories, programs and the
    user that root starts services as, so only who may write it changes it.

Manual: 3.1, 3.2, 3.3.
"""

import json
from typing import Annotated, Any, Literal

import msgspec

from mailmax.hub.contract import local
from mailmax.webadmin.api.findings import Finding
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class LocalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which computer."""

    node: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Empty: that of DataMax."""


class LocalValue(msgspec.Struct, frozen=True):
    """A value of mailmax.toml."""

    key: str
    value: Any
    """What holds; directories are absolute."""
    source: local.Source
    is_changed: bool
    """The file says something else by now; that acts at the next start."""
    coming: Any = None
    """What it says."""


class Place(msgspec.Struct, frozen=True):
    """A directory, and the disk below it."""

    key: str
    path: str
    disk: str
    """The same for two on one disk."""
    disk_octets: int
    free_octets: int
    trouble: str
    """Why it cannot be looked at; empty: it can."""


class Local(msgspec.Struct, frozen=True):
    """What holds on a computer."""

    node: str
    nodes: list[str]
    """All computers with services."""
    file: str
    trouble: str
    """Why the file could not be used at the next start; empty: it could."""
    values: list[LocalValue]
    places: list[Place]
    findings: list[Finding]
    """What contradicts itself or is a risk there."""


class RowCount(msgspec.Struct, frozen=True):
    """How many there are of something."""

    kind: str
    rows: int


class DatabaseState(msgspec.Struct, frozen=True):
    """The accounts database."""

    engine: Literal["sqlite", "postgresql"]
    version: str
    place: str
    """File or URL, without a password."""
    octets: int
    schema: str
    """The last migration that it has had."""
    is_newest_schema: bool
    latency_s: float
    """From the question to the answer, measured now."""
    counts: list[RowCount]
    backup: str
    """A command that copies it while everything runs."""


@route(
    "GET /local",
    scope="local:read",
    owner=_SYSTEM,
    shape=Shape(query=LocalQuery, gives=Local),
)
async def show_local(call: Call) -> Local:
    """Show what holds on a computer: mailmax.toml, directories, what is wrong there."""
    query = call.asked(LocalQuery)
    view = await call.ask(local.AskLocal(query.node), local.LocalView)
    return Local(
        view.node,
        list(view.nodes),
        view.file,
        view.trouble,
        [_value(one) for one in view.values],
        [Place(*msgspec.structs.astuple(one)) for one in view.places],
        [msgspec.convert(one, Finding, from_attributes=True) for one in view.findings],
    )


@route(
    "GET /database",
    scope="database:read",
    owner=_SYSTEM,
    shape=Shape(gives=DatabaseState),
)
async def show_database(call: Call) -> DatabaseState:
    """Show the accounts database: engine, size, latency, rows, how it is copied."""
    view = await call.ask(local.AskDatabase(), local.DatabaseView)
    return DatabaseState(
        view.engine,
        view.version,
        view.place,
        view.octets,
        view.schema,
        view.schema == view.newest_schema,
        view.latency_s,
        [RowCount(one.kind, one.rows) for one in view.counts],
        view.backup,
    )


ROUTES = (show_local, show_database)


def _value(told: local.LocalValue) -> LocalValue:
    coming = json.loads(told.coming) if told.coming else None
    return LocalValue(
        told.key, json.loads(told.value), told.source, bool(told.coming), coming
    )

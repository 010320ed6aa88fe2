"""Settings: their declarations, and those of the whole system.

Manual: 4.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from mailmax.hub.contract.settings import (
    GetSettings,
    SetSetting,
    SettingList,
    SettingView,
)
from mailmax.settings import system
from mailmax.settings.binding import BINDING_SETTINGS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue, Field, Zero
from mailmax.settings.listener import LISTENER_SETTINGS
from mailmax.settings.resolve import read_typed
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS
from mailmax.webadmin.api.words import Carried, Value, carried, typed
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import of_bad_value
from mailmax.webadmin.rest.routes import Shape, nobodys, route

ScopeName = Literal["system", "domain", "user", "binding", "listener"]

_SYSTEM = nobodys(Whose.SYSTEM)
_SCOPES: Mapping[ScopeName, Mapping[str, Field]] = {
    "system": SYSTEM_SETTINGS,
    "domain": DOMAIN_SETTINGS,
    "user": USER_SETTINGS,
    "binding": BINDING_SETTINGS,
    "listener": LISTENER_SETTINGS,
}


class Declaration(msgspec.Struct, frozen=True):
    """What can be set."""

    key: str
    scope: ScopeName
    page: str
    """The manual's page that it stands on: ``general``, ``smtp``; or the scope."""
    label: str
    help: str
    """What is typed (values, keys of settings) stands in backquotes."""
    kind: Literal["boolean", "number", "choice", "choices", "text", "list"]
    default: Any
    unit: str
    choices: list[str]
    inherits: str
    """Key of the setting one scope above that holds where nothing is set."""
    is_secret: bool
    warning: str
    manual: str
    zero: Zero
    """What a 0 says where it is not just a number; system: the system's value."""


class SettingsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings to be changed; null restores what is built in."""

    settings: Annotated[dict[str, Any], msgspec.Meta(min_length=1, max_length=200)]


class Settings(msgspec.Struct, frozen=True):
    """All settings of the system."""

    settings: list[Value]


@route(
    "GET /settings/schema",
    scope="settings:read",
    owner=nobodys(Whose.SIGNED_IN),
    shape=Shape(gives=list[Declaration]),
)
async def show_schema(_: Call) -> list[Declaration]:
    """Show what can be set, in the system, domains, users, connections, services."""
    return [
        _declaration(field, scope)
        for scope, fields in _SCOPES.items()
        for field in fields.values()
    ]


@route(
    "GET /settings",
    scope="settings:read",
    owner=_SYSTEM,
    shape=Shape(gives=Settings),
)
async def show_settings(call: Call) -> Settings:
    """Show the settings of the system, in the order of the manual."""
    found = await call.ask(GetSettings(), SettingList)
    return Settings([_value(row) for row in found.rows])


@route(
    "GET /settings/{key}",
    scope="settings:read",
    owner=_SYSTEM,
    shape=Shape(gives=Value),
)
async def show_setting(call: Call) -> Value:
    """Show one setting of the system."""
    found = await call.ask(GetSettings(call.params["key"]), SettingList)
    return _value(found.rows[0])


@route(
    "PATCH /settings",
    scope="settings:write",
    owner=_SYSTEM,
    shape=Shape(takes=SettingsPatch, gives=Carried, shown_by=show_settings.handler),
)
async def change_settings(call: Call) -> Carried:
    """Change settings of the system; they act at once."""
    texts = typed(call.taken(SettingsPatch).settings)
    bad = read_typed(SYSTEM_SETTINGS, texts)
    if isinstance(bad, BadValue):  # then nothing of it is carried out
        raise of_bad_value(bad)
    waiting: dict[str, None] = {}
    notes: dict[str, None] = {}
    for key, text in texts.items():
        told = carried(await call.change(SetSetting(key, text)))
        waiting |= dict.fromkeys(told.waiting_for)
        notes |= dict.fromkeys([told.note] if told.note else [])
    return Carried(list(waiting), "; ".join(notes))


ROUTES = (show_schema, show_settings, show_setting, change_settings)


def _value(row: SettingView) -> Value:
    source = "built-in" if row.is_default else "system"
    default = SYSTEM_SETTINGS[row.key].default
    value, is_own = json.loads(row.value), not row.is_default
    return Value(row.key, value, is_own, source, default, default)


def _declaration(field: Field, scope: ScopeName) -> Declaration:
    return Declaration(
        field.key,
        scope,
        _PAGES.get(field.key, scope) if scope == "system" else scope,
        field.label,
        field.help,
        _kind(field),
        field.default,
        field.unit,
        list(field.choices),
        field.inherits,
        field.is_secret,
        field.warning,
        field.manual,
        field.zero,
    )


_KINDS: Mapping[type, Literal["boolean", "number", "list", "text"]] = {
    bool: "boolean",
    int: "number",
    list: "list",
    str: "text",
}


def _kind(
    field: Field,
) -> Literal["boolean", "number", "choice", "choices", "text", "list"]:
    if field.choices:
        return "choices" if isinstance(field.default, list) else "choice"
    return _KINDS.get(type(field.default), "text")


_PAGES = {
    field.key: page.__name__.rpartition(".")[2]
    for page in (
        system.general,
        system.housekeeping,
        system.block_lists,
        system.smtp,
        system.queue,
        system.pop_imap,
        system.dns,
        system.logs,
        system.virus,
    )
    for field in page.FIELDS
}

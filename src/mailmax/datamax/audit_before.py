"""What held of that which is about to change, for its entry in the audit log.

Rules:
    Read in the transaction of the change, so it is what the change replaced. Of a
    change, the values that it names; of what goes, all that was known of it. A secret
    is said as in `audit_words`.
"""

import json
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from mailmax.datamax import bans, bindings, domain_values, listeners, user_values
from mailmax.datamax.audit_words import as_json
from mailmax.datamax.settings import get_settings
from mailmax.hub.contract.access import (
    ChangeFilter,
    MoveFilter,
    RemoveBan,
    RemoveFilter,
)
from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.bindings import (
    ChangeBinding,
    ChangeListener,
    DeleteBinding,
    DeleteListener,
    ShowBinding,
    SwitchListener,
)
from mailmax.hub.contract.domains import ChangeDomain, DeleteDomain, ShowDomain
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.rules import ChangeRule, DeleteRule, MoveRule, SwitchRule
from mailmax.hub.contract.settings import GetSettings, SetSetting, SettingList
from mailmax.hub.contract.users import (
    ADMINISTERS,
    SYSTEM_ADMINISTRATOR,
    ChangeUser,
    DeleteUser,
    ShowUser,
)
from mailmax.store.accounts import access_units, rule_units

_RIGHTS: Final = (SYSTEM_ADMINISTRATOR, ADMINISTERS)
_FILTER: Final = ("pattern", "kind", "flags", "comment", "position")
_BAN: Final = ("value", "comment", "expires_at")
_RULE: Final = ("name", "is_enabled", "position", "definition")
_LISTENER: Final = ("service", "port", "is_open", "low_water", "high_water", "step")


def before(tx: Connection, request: Message) -> str:
    """Return it as short JSON; empty where nothing of it is replaced."""
    read = _READ.get(type(request))
    return "" if read is None else read(tx, request)


def _user(tx: Connection, request: Any) -> Detail | Denied:
    return user_values.show_user(tx, ShowUser(request.address))


def _domain(tx: Connection, request: Any) -> Detail | Denied:
    return domain_values.show_domain(tx, ShowDomain(request.name))


def _binding(tx: Connection, request: Any) -> Detail | Denied:
    return bindings.show_binding(tx, ShowBinding(request.address))


def _listener(tx: Connection, request: Any) -> str:
    return _of_row(listeners.find_listener(tx, request), _LISTENER)


def _filter(tx: Connection, request: Any) -> str:
    return _of_row(access_units.rule_by_id(tx, request.rule_id), _FILTER)


def _rule(tx: Connection, request: Any) -> str:
    return _of_row(rule_units.rule_by_id(tx, request.rule_id), _RULE)


def _of_setting(tx: Connection, key: str) -> str:
    kept = get_settings(tx, GetSettings(key))
    if not isinstance(kept, SettingList):
        return ""
    return as_json({row.key: json.loads(row.value) for row in kept.rows})


def _of_detail(detail: Detail | Denied, wanted: Container[str] | None = None) -> str:
    if isinstance(detail, Denied):
        return ""
    rows = (row for row in detail.rows if wanted is None or row.key in wanted)
    return as_json({row.key: json.loads(row.value) for row in rows})


def _of_row(row: Any, columns: tuple[str, ...]) -> str:
    if row is None or isinstance(row, Denied):
        return ""
    return as_json({name: getattr(row, name) for name in columns})


_READ: Final[Mapping[type[Message], Callable[[Connection, Any], str]]] = {
    SetSetting: lambda tx, request: _of_setting(tx, request.key),
    ChangeUser: lambda tx, request: _of_detail(_user(tx, request), request.values),
    SetAdministration: lambda tx, request: _of_detail(_user(tx, request), _RIGHTS),
    DeleteUser: lambda tx, request: _of_detail(_user(tx, request)),
    ChangeDomain: lambda tx, request: _of_detail(_domain(tx, request), request.values),
    DeleteDomain: lambda tx, request: _of_detail(_domain(tx, request)),
    ChangeBinding: lambda tx, request: _of_detail(
        _binding(tx, request), request.values
    ),
    DeleteBinding: lambda tx, request: _of_detail(_binding(tx, request)),
    RemoveBan: lambda tx, request: _of_row(bans.find(tx, request), _BAN),
    **dict.fromkeys((ChangeListener, SwitchListener, DeleteListener), _listener),
    **dict.fromkeys((ChangeFilter, MoveFilter, RemoveFilter), _filter),
    **dict.fromkeys((ChangeRule, SwitchRule, MoveRule, DeleteRule), _rule),
}

"""Global settings: get and set (manual 4). Units of work."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax import apop_required, programs_set
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.ports import BasePorts, Ports
from mailmax.datamax.sealing import Seal
from mailmax.datamax.smart_host_secrets import MASK, OF_THE_SYSTEM, secret_row
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import SettingRow
from mailmax.hub.contract.settings import (
    GetSettings,
    SetSetting,
    SettingList,
    SettingView,
)
from mailmax.settings.field import BadValue, Field
from mailmax.settings.listener import is_port_setting
from mailmax.settings.resolve import which_key
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.store.accounts import domain_units, units

LONGEST_VALUE = 10_000
POSTMASTER = "postmaster"


def setting_rows(tx: Connection) -> tuple[SettingRow, ...]:
    """Return every setting with the value that holds."""
    kept = units.all_settings(tx)
    return tuple(
        SettingRow(key, kept.get(key) or _json(field.default))
        for key, field in SYSTEM_SETTINGS.items()
        if not field.is_secret
    )


def value_of(tx: Connection, key: str) -> Any:
    """Return the value of one setting."""
    kept = units.all_settings(tx).get(key)
    return SYSTEM_SETTINGS[key].default if kept is None else msgspec.json.decode(kept)


def own_settings(tx: Connection) -> dict[str, Any]:
    """Return the values that were set, as the widest scope of `resolve`."""
    kept = units.all_settings(tx)
    return {key: msgspec.json.decode(value) for key, value in kept.items()}


def get_settings(tx: Connection, request: GetSettings) -> SettingList | Denied:
    """Return all, or one."""
    if request.key and request.key not in SYSTEM_SETTINGS:
        return _no_setting(request.key)
    kept = units.all_settings(tx)
    return SettingList(
        tuple(
            SettingView(key, _shown(field, kept.get(key)), key not in kept)
            for key, field in SYSTEM_SETTINGS.items()
            if request.key in ("", key)
        )
    )


def _shown(field: Field, kept: str | None) -> str:
    if kept is None:
        return _json(field.default)
    return _json(MASK) if field.is_secret else kept


def set_setting(
    tx: Connection,
    request: SetSetting,
    apop: ApopSecrets,
    seal: Seal,
    base: BasePorts,
) -> Effect | Denied:
    """Check and keep a value; an empty one restores the default."""
    field = SYSTEM_SETTINGS.get(request.key)
    if field is None:
        return _no_setting(request.key)
    if request.value == "":
        return _restore(tx, field, apop, seal, base)
    value = (
        field.decode(request.value)
        if len(request.value) <= LONGEST_VALUE
        else BadValue(field.key, "it is too long", "give a shorter value")
    )
    if isinstance(value, BadValue):
        return denied(value)
    conflicting = (
        programs_set.why_not(tx, field.key, value)
        or _conflict(tx, field.key, value, apop)
        or _port_conflict(tx, field.key, value, base)
    )
    if conflicting is not None:
        return conflicting
    if field.is_secret:
        kept = seal.close_text(OF_THE_SYSTEM, value)
        units.put_setting(tx, field.key, _json(kept))
        return _secret_effect(seal, kept)
    units.put_setting(tx, field.key, _json(value))
    return _effect(field, value, _caution(field.key, value))


def _restore(
    tx: Connection, field: Field, apop: ApopSecrets, seal: Seal, base: BasePorts
) -> Effect | Denied:
    if field.key == "smart_host" and value_of(tx, "smart_host_on"):
        return Denied(
            "conflict",
            field.key,
            "the smart host is in use",
            "switch it off first with: mailmax config set smart_host_on off",
        )
    conflicting = (
        programs_set.why_not(tx, field.key, field.default)
        or _conflict(tx, field.key, field.default, apop)
        or _port_conflict(tx, field.key, field.default, base)
    )
    if conflicting is not None:
        return conflicting
    default = back_to_default(tx, field.key)
    return _secret_effect(seal) if field.is_secret else Effect(settings=(default,))


def _caution(key: str, value: Any) -> str:
    if (key, value) != ("password_keeping", "clear"):
        return ""
    return (
        "caution: whoever reads the database reads the passwords, from each user's "
        "next login on"
    )


def _conflict(tx: Connection, key: str, value: Any, apop: ApopSecrets) -> Denied | None:
    """Look for settings that make no sense together."""
    if key == "smart_host_on" and value and not value_of(tx, "smart_host"):
        return Denied(
            "conflict",
            key,
            "there is no smart host",
            "name one first with: mailmax config set smart_host NAME",
        )
    if key == "apop_required" and value:
        keeping = value_of(tx, "password_keeping")
        return apop_required.who_lacks(tx, apop, key, keeping)
    if key == "password_keeping" and apop_required.is_required(tx):
        return apop_required.who_lacks(tx, apop, key, value)
    if _excludes(tx, key, value):
        return Denied(
            "conflict",
            key,
            "a login cannot be required where none is offered",
            "let smtp_auth be allowed or required, or ask for no login to send",
        )
    if key in _NOTICE and _is_odd_notice(tx, {key: value}):
        return Denied(
            "conflict", key, "more than 100 percent is never left", "give 1 to 100"
        )
    if (
        key == "default_domain"
        and value
        and domain_units.find_domain(tx, value) is None
    ):
        return not_found(key, f"domain {value!r} here")
    if key == POSTMASTER and value and _is_nobody(tx, value):
        return Denied(
            "not_found",
            key,
            f"there is no user or alias {value} here",
            "add it first with: mailmax user add, or mailmax alias add",
        )
    return None


def _is_nobody(tx: Connection, address: str) -> bool:
    """Tell whether an address in a domain here is nobody's."""
    local, _, name = lower_ascii(address).rpartition("@")
    domain = domain_units.find_domain(tx, name)
    if domain is None:
        return False
    places = [f"{local}@{name}", f"{local}@{domain.name}"]
    return not units.taken_addresses(tx, places)


def back_to_default(tx: Connection, key: str) -> SettingRow:
    """Let a setting be at its default again; return what services must hear."""
    units.drop_setting(tx, key)
    return SettingRow(key, _json(SYSTEM_SETTINGS[key].default))


def _port_conflict(
    tx: Connection, key: str, value: Any, base: BasePorts
) -> Denied | None:
    """Look for a service that has a new default port already, or one too high."""
    if not is_port_setting(key):
        return None
    return Ports(tx, partial(value_of, tx), base).default_taken(key, value)


def _excludes(tx: Connection, key: str, value: Any) -> bool:
    """Tell whether logins to send would be asked for and not offered (DECISIONS 6)."""
    useless = {"smtp_auth": "none", "sending_authentication": "auth"}
    if useless.get(key) != value:
        return False
    [other] = useless.keys() - {key}
    return bool(value_of(tx, other) == useless[other])


_NOTICE = ("over_limit_notice", "over_limit_threshold")


def _is_odd_notice(tx: Connection, changed: Mapping[str, Any]) -> bool:
    measure, threshold = (
        changed[key] if key in changed else value_of(tx, key) for key in _NOTICE
    )
    return bool(measure == "percent" and threshold > 100)


def _effect(field: Field, value: Any, note: str) -> Effect:
    return Effect(note=note, settings=(SettingRow(field.key, _json(value)),))


def _secret_effect(seal: Seal, kept: str = "") -> Effect:
    return Effect(smart_host_secrets=(secret_row(seal, OF_THE_SYSTEM, kept),))


def _no_setting(key: str) -> Denied:
    return Denied(
        "not_found",
        "key",
        f"there is no setting {key[:60]!r}",
        which_key(SYSTEM_SETTINGS, key),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

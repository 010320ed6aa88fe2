"""What is set for a user: shown and changed (manual 7.1 to 7.3). Units of work.

Rules:
    All that was asked for is set, or nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax import apop_required, forwarding, users
from mailmax.datamax.credentials import Credential
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.rows import as_text, own_values
from mailmax.datamax.settings import own_settings
from mailmax.datamax.users import COLUMNS, LIST
from mailmax.datamax.values_shown import shown_values
from mailmax.hub.contract.administration import Detail, ValueView
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import (
    ADMINISTERS,
    HAS_APOP_SECRET,
    SYSTEM_ADMINISTRATOR,
    ChangeForward,
    ChangeUser,
    ShowUser,
)
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import Scope, merged, read_typed
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS
from mailmax.store.accounts import administrator_units, forward_units, units


def show_user(tx: Connection, request: ShowUser) -> Detail | Denied:
    """Return every setting of one user."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    columns = {
        key: value
        for key in COLUMNS
        if (value := getattr(row, key)) != USER_SETTINGS[key].default
    }
    scopes = {
        "user": Scope(USER_SETTINGS, {**forwarding.with_list(tx, row), **columns}),
        "domain": Scope(DOMAIN_SETTINGS, own_values(row.domain_settings)),
        "system": Scope(SYSTEM_SETTINGS, own_settings(tx)),
    }
    settings = shown_values(scopes)
    return Detail(row.address, (*settings, *_administration(tx, row), _apop(tx, row)))


def _administration(tx: Connection, row: units.AnyRow) -> tuple[ValueView, ...]:
    """Return what a user administers; it is set by `administrators` alone."""
    domains = administrator_units.domains_administered(tx, row.id)
    is_system = row.is_system_administrator
    return (
        ValueView(SYSTEM_ADMINISTRATOR, as_text(is_system), is_system),
        ValueView(ADMINISTERS, as_text(domains), bool(domains)),
    )


def _apop(tx: Connection, row: units.AnyRow) -> ValueView:
    """Return whether a user has a secret of the own for APOP."""
    (kept,) = units.find_credentials(tx, [row.address])
    has_secret = kept.apop_secret is not None
    return ValueView(HAS_APOP_SECRET, as_text(has_secret), has_secret)


def change_user(tx: Connection, request: ChangeUser) -> Effect | Denied:
    """Set values of one user, all or none of them; a disabled user is put out."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    changes = read_typed(USER_SETTINGS, request.values)
    if isinstance(changes, BadValue):
        return denied(changes)
    after = merged(forwarding.with_list(tx, row), changes)
    changing = forwarding.Changing(row.id, row.address, changes, after)
    odd = forwarding.unfit(tx, changing) or _shut_out(tx, row, changes)
    if odd is not None:
        return odd
    if LIST in changes:
        addresses = [forwarding.canonical(tx, one) for one in after.get(LIST, ())]
        forward_units.put_forwards(tx, row.id, addresses)
    columns, own = users.sorted_out(after)
    columns = {
        key: columns.get(key, USER_SETTINGS[key].default if key in changes else old)
        for key, old in ((key, getattr(row, key)) for key in COLUMNS)
    }
    credentials: tuple[CredentialChanged, ...] = ()
    if columns["kind"] != row.kind:
        columns["credential_version"] = row.credential_version + 1
        credentials = (CredentialChanged(row.id, row.credential_version + 1),)
    units.change_user(
        tx, row.id, settings=as_text(own), version=row.version + 1, **columns
    )
    return replace(
        users.effect_on(tx, [row.id]),
        item_id=row.id,
        note=forwarding.note_on(tx, changing),
        credentials=credentials,
    )


def _shut_out(
    tx: Connection, row: units.AnyRow, changes: Mapping[str, Any]
) -> Denied | None:
    """Say that a user who is let in again could not log in to POP3 (POP-1)."""
    kind = changes.get("kind", row.kind) or USER_SETTINGS["kind"].default
    if kind == row.kind:
        return None
    (kept,) = units.find_credentials(tx, [row.address])
    has_secret = kept.apop_secret is not None
    left = Credential(kept.password_hash)
    return apop_required.why_not(tx, left, kind=kind, has_own=has_secret)


def change_forward(tx: Connection, request: ChangeForward) -> Effect | Denied:
    """Add one address to a user's list, or take it away.

    Where the last one goes, forwarding goes off with it: an empty list leads nowhere.
    """
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    own = forwarding.with_list(tx, row)
    known = own.get(LIST, [])
    target = USER_SETTINGS[LIST].decode([request.target])
    if isinstance(target, BadValue):
        return denied(target)
    key = lower_ascii(target[0])
    rest = [one for one in known if lower_ascii(one) != key]
    if request.is_wanted and len(rest) < len(known):
        return conflict("target", f"{target[0]} is in the list already")
    if not request.is_wanted and len(rest) == len(known):
        return not_found("target", f"forward to {target[0]}")
    after = known + target if request.is_wanted else rest
    values = {LIST: ",".join(after)}
    if after or not own.get("forwarding_on"):
        return change_user(tx, ChangeUser(row.address, values))
    changed = change_user(
        tx, ChangeUser(row.address, values | {"forwarding_on": "off"})
    )
    if isinstance(changed, Denied):
        return changed
    return replace(changed, note="the list is empty: forwarding is off now")

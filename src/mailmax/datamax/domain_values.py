"""What is set for a domain: shown and changed (manual 6.1, 6.2). Units of work.

Rules:
    All that was asked for is set, or nothing. A domain with users stays one that has
    users: what would become of their mail is not guessed.
"""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from mailmax.base.units import counted
from mailmax.datamax import moving, users
from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.rows import as_text, domain_row, own_values, user_row
from mailmax.datamax.sealing import Seal
from mailmax.datamax.settings import own_settings
from mailmax.datamax.smart_host_secrets import KEY as SECRET
from mailmax.datamax.smart_host_secrets import secret_row, shown
from mailmax.datamax.values_shown import shown_values
from mailmax.hub.contract.administration import Detail, ValueView
from mailmax.hub.contract.domains import (
    ALIASES,
    OTHER_NAMES,
    USERS,
    ChangeDomain,
    ShowDomain,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.policy.names import check_domain
from mailmax.policy.recipient_check import CHECKED_KINDS
from mailmax.policy.recipients import HELD_KIND, HOME_KINDS
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import Scope, merged, read_typed, resolve
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.settings.user import USER_SETTINGS
from mailmax.store.accounts import domain_units, units, user_lines

_COLUMNS = ("kind",)
"""Values that are columns of their own, because lists are made by them."""
_USERS = {"catch_all": "catch_all_id", "monitor": "monitor_id"}
"""Values that point to a user, and the columns of their numbers."""
_DEAD = {
    "disabled": "is disabled, and takes no mail",
    "trap": "is a spam trap, and nobody logs in there",
}
"""Why mail for users of a kind is read by nobody."""
_INHERITED = frozenset(
    field.inherits for field in USER_SETTINGS.values() if field.inherits
)
"""What rows of users depend on."""


def find(tx: Connection, name: str) -> units.AnyRow | Denied:
    """Return a domain's row by the name or alias that an administrator gave."""
    checked = check_domain(name)
    row = (
        None if isinstance(checked, BadValue) else domain_units.find_domain(tx, checked)
    )
    return not_found("domain", f"domain {name!r}") if row is None else row


def find_itself(tx: Connection, name: str) -> units.AnyRow | Denied:
    """Return a domain's row by its own name: what changes it is never asked by another.

    Whoever deletes another name means the name, not the domain with its users.
    """
    row = find(tx, name)
    if isinstance(row, Denied) or row.name == check_domain(name):
        return row
    other = check_domain(name)
    return Denied(
        "conflict",
        "domain",
        f"{other} is another name of {row.name}",
        f"take it away with: mailmax domain alias {other} --remove; "
        f"or name {row.name} itself",
    )


def row_of(tx: Connection, domain_id: int) -> DomainRow:
    """Return a domain as services know it."""
    aliases = domain_units.aliases_of(tx, domain_id)
    return domain_row(domain_units.domain_by_id(tx, domain_id), aliases)


def show_domain(tx: Connection, request: ShowDomain) -> Detail | Denied:
    """Return every setting of one domain."""
    row = find(tx, request.name)
    if isinstance(row, Denied):
        return row
    own = _own(tx, row)
    scopes = {
        "domain": Scope(DOMAIN_SETTINGS, own),
        "system": Scope(SYSTEM_SETTINGS, own_settings(tx)),
    }
    settings = shown_values(scopes, shown)
    return Detail(row.name, (*settings, *_extent(tx, row)), note_on_kind(row.kind))


def _extent(tx: Connection, row: units.AnyRow) -> tuple[ValueView, ...]:
    """Return what belongs to a domain; it is not set here."""
    names = domain_units.aliases_of(tx, row.id)
    users = units.count_users(tx, row.id)
    aliases = len(units.aliases_of_domain(tx, row.id))
    return (
        ValueView(OTHER_NAMES, as_text(list(names)), bool(names)),
        ValueView(USERS, as_text(users), bool(users)),
        ValueView(ALIASES, as_text(aliases), bool(aliases)),
    )


def change_domain(tx: Connection, request: ChangeDomain, seal: Seal) -> Effect | Denied:
    """Set values of one domain."""
    row = find_itself(tx, request.name)
    if isinstance(row, Denied):
        return row
    return set_values(tx, row, request.values, seal)


def set_values(
    tx: Connection, row: units.AnyRow, typed: Mapping[str, str], seal: Seal
) -> Effect | Denied:
    """Set what a person typed for the domain of a row."""
    changes = read_typed(DOMAIN_SETTINGS, typed)
    if isinstance(changes, BadValue):
        return denied(changes)
    if changes.get(SECRET):
        changes[SECRET] = seal.close_text(row.id, changes[SECRET])
    after = merged(_own(tx, row), changes)
    unfit = _unfit(tx, row, after)
    if unfit is not None:
        return unfit
    columns: dict[str, Any] = {"kind": after.pop("kind", "normal")}
    note = moving.ask_move(tx, row, after.pop("mail_root", ""), time.time())
    if isinstance(note, Denied):
        return note
    for key, column in _USERS.items():
        user = _user_of(tx, key, after.pop(key, ""), is_new=key in changes)
        if isinstance(user, Denied):
            return user
        columns[column] = user
    domain_units.change_domain(tx, row.id, settings=as_text(after), **columns)
    user_lines.limit_domain(tx, row.id, after.get("box_limit_octets", 0))
    dependent: tuple[UserRow, ...] = ()
    if not changes.keys().isdisjoint(_INHERITED):
        dependent = tuple(user_row(one) for one in units.users_of_domain(tx, row.id))
    notes = "; ".join(filter(None, (note, note_on_kind(columns["kind"]))))
    return Effect(
        row.id,
        notes,
        domains=(row_of(tx, row.id),),
        users=dependent,
        smart_host_secrets=tuple(
            secret_row(seal, row.id, kept or "")
            for key, kept in changes.items()
            if key == SECRET
        ),
    )


def note_on_kind(kind: str) -> str:
    """Say what waits for a word, in a domain whose mail does."""
    if kind != HELD_KIND:
        return ""
    return "its mail is held in the queue until its server asks for it (ETRN)"


def _own(tx: Connection, row: units.AnyRow) -> dict[str, Any]:
    """Return what is set for a domain, from JSON, columns and references."""
    own = dict(own_values(row.settings))
    if row.kind != "normal":
        own["kind"] = row.kind
    directory = moving.wanted_directory(tx, row)
    if directory:
        own["mail_root"] = directory
    for key, column in _USERS.items():
        user = units.user_by_id(tx, getattr(row, column) or 0)
        if user is not None:
            own[key] = user.address
    return own


def _user_of(
    tx: Connection, key: str, address: str, *, is_new: bool
) -> int | Denied | None:
    if not address:
        return None
    user = users.find(tx, address)
    if isinstance(user, Denied):
        return Denied("not_found", key, f"there is no user {address}", "add it first")
    if is_new and user.kind in _DEAD:
        reason = f"{user.address} {_DEAD[user.kind]}"
        return Denied("conflict", key, reason, "name somebody who reads it")
    return int(user.id)


def _unfit(
    tx: Connection, row: units.AnyRow, after: Mapping[str, Any]
) -> Denied | None:
    """Look for values that make no sense together."""
    scope = Scope(DOMAIN_SETTINGS, after)
    kind = resolve("kind", scope)
    if after.get("smart_host_on") and not (
        after.get("smart_host") or own_settings(tx).get("smart_host")
    ):
        return Denied(
            "conflict",
            "smart_host",
            "there is none, neither of the domain nor of the system",
            "name one: smart_host=HOST",
        )
    if kind == "relay" and not resolve("delivery_address", scope):
        return Denied(
            "bad_value",
            "delivery_address",
            "a relay domain needs one",
            "name the server that its mail goes to",
        )
    if kind == "backup" and not resolve("priority", scope):
        return Denied(
            "bad_value",
            "priority",
            "a backup domain needs one above 0",
            "give the preference of this server's MX record",
        )
    if after.get("recipient_check") and kind not in CHECKED_KINDS:
        return Denied(
            "conflict",
            "recipient_check",
            f"a domain of the kind {kind} has no better server to ask",
            "take recipient_check=off, or kind=backup or kind=relay",
        )
    if after.get("over_limit_notice") == "percent" and (
        after.get("over_limit_threshold", 0) > 100
    ):
        return Denied(
            "bad_value",
            "over_limit_threshold",
            "more than 100 percent is never left",
            "give 1 to 100",
        )
    count = 0 if kind in HOME_KINDS else units.count_users(tx, row.id)
    if count:
        return Denied(
            "conflict",
            "kind",
            f"{row.name} has {counted(count, 'user')}, whose mail is here",
            "delete them first",
        )
    is_new = kind not in HOME_KINDS and kind != row.kind
    aliases = units.aliases_of_domain(tx, row.id) if is_new else []
    if aliases:
        return Denied(
            "conflict",
            "kind",
            f"{row.name} has aliases that would get no mail: {aliases[0]}"
            + (f" and {len(aliases) - 1} more" if aliases[1:] else ""),
            "delete them first; mailmax alias list shows them",
        )
    return None

"""Users: add, list, change, delete, import (manual 7.1, 7.7). Units of work.

Rules:
    A user's home is named once, after the domain's directory, name and number: a
    number is never reused, so nobody inherits mail (DESIGN 4). Only when the domain's
    directory is changed does it lie elsewhere (`moving`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.credentials import Credential, kept_columns
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.rows import as_text, own_values, user_row, value_for_user
from mailmax.datamax.system import own_settings
from mailmax.hub.admin import (
    PAGE_ROWS,
    AddUser,
    ChangeUser,
    Detail,
    ListUsers,
    ShowUser,
    UserPage,
    UserView,
    ValueView,
)
from mailmax.hub.contract import CredentialChanged, Denied, UserRow
from mailmax.policy.names import check_address, check_domain, is_unusual
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import merged, read_typed
from mailmax.settings.user import USER_SETTINGS
from mailmax.store.accounts import domain_units, units

IMPORT_ROWS = 2_000
_COLUMNS = ("first_name", "last_name", "kind")
"""Values that are columns of their own, because lists are made by them."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be added; name, domain and values are checked already."""

    local: str
    domain: str
    credential: Credential
    values: Mapping[str, Any]
    """What is set for the user itself."""

    @property
    def address(self) -> str:
        """The canonical address."""
        return f"{self.local}@{self.domain}"


def home_of(directory: str, local: str, user_id: int) -> str:
    """Return the directory of a new user, in the domain's."""
    spread = hashlib.sha256(local.encode()).hexdigest()[:2]
    return f"{directory}/{spread}/{local}~{user_id}"


def check_user(request: AddUser, credential: Credential) -> NewUser | Denied:
    """Check what was asked before the database is opened."""
    address = check_address(request.address)
    if isinstance(address, BadValue):
        return denied(address)
    values = read_typed(USER_SETTINGS, request.values)
    if isinstance(values, BadValue):
        return denied(values)
    return NewUser(*address, credential, merged({}, values))


def add_user(
    tx: Connection, user: NewUser, now: float, apop: ApopSecrets
) -> Effect | Denied:
    """Add one user."""
    added = add_users(tx, (user,), now, apop)
    if added.refused:
        return added.refused[0]
    note = note_on_name(user.local)
    return Effect(added.rows[0].user_id, note, users=added.rows)


def note_on_name(local: str) -> str:
    """Return a warning about a name that may make trouble elsewhere (USR-1)."""
    if is_unusual(local):
        return "some mail programs do not take a name with such characters"
    return ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of many."""

    rows: tuple[UserRow, ...]
    refused: dict[int, Denied]
    """By place in the sequence that was given."""


def add_users(
    tx: Connection, wanted: Sequence[NewUser], now: float, apop: ApopSecrets
) -> Added:
    """Add those whose domain is here and whose address is free."""
    domains = {row.name: row for row in domain_units.all_domains(tx)}
    taken = units.taken_addresses(tx, [user.address for user in wanted])
    refused: dict[int, Denied] = {}
    fresh: dict[str, NewUser] = {}
    for place, user in enumerate(wanted):
        if user.domain not in domains:
            refused[place] = not_found("address", f"domain {user.domain!r} here")
        elif domains[user.domain].kind != "normal":
            refused[place] = Denied(
                "conflict",
                "address",
                f"{user.domain} is a domain whose mail is passed on",
                "make it a normal one first",
            )
        elif (full := _full(tx, domains[user.domain], fresh)) is not None:
            refused[place] = full
        elif user.address in taken or user.address in fresh:
            refused[place] = conflict(
                "address", f"{user.address} is a user or an alias already"
            )
        else:
            fresh[user.address] = user
    if not fresh:
        return Added((), refused)
    return Added(_insert(tx, fresh, domains, now, apop), refused)


def _full(
    tx: Connection, domain: units.AnyRow, fresh: Mapping[str, NewUser]
) -> Denied | None:
    """Say that a domain has all the users it may have (DOM-4)."""
    most = own_values(domain.settings).get("max_users", 0)
    if not most:
        return None
    coming = sum(user.domain == domain.name for user in fresh.values())
    if units.count_users(tx, domain.id) + coming < most:
        return None
    return Denied(
        "conflict",
        "max_users",
        f"{domain.name} has all the users it may have: {most}",
        "delete one, or let it have more",
    )


def list_users(tx: Connection, request: ListUsers) -> UserPage | Denied:
    """Return one page."""
    domain = ""
    if request.domain:
        name = check_domain(request.domain)
        if isinstance(name, BadValue) or domain_units.find_domain(tx, name) is None:
            return not_found("domain", f"domain {request.domain!r}")
        domain = name
    limit = max(1, min(request.limit, PAGE_ROWS))
    rows = units.page_of_users(tx, domain, request.after, limit + 1)
    views = tuple(
        UserView(
            row.id,
            row.address,
            row.first_name,
            row.last_name,
            row.kind,
            value_for_user(row, "box_limit_octets"),
            value_for_user(row, "message_limit_octets"),
            row.home,
            row.has_apop,
        )
        for row in rows[:limit]
    )
    return UserPage(views, views[-1].address if len(rows) > limit else "")


def show_user(tx: Connection, request: ShowUser) -> Detail | Denied:
    """Return every setting of one user."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    own = {**own_values(row.settings), **{key: getattr(row, key) for key in _COLUMNS}}
    system = own_settings(tx)
    return Detail(
        row.address,
        tuple(
            ValueView(
                key,
                as_text(own[key] if key in own else value_for_user(row, key, system)),
                key in own and own[key] != field.default,
            )
            for key, field in USER_SETTINGS.items()
        ),
    )


def change_user(tx: Connection, request: ChangeUser) -> Effect | Denied:
    """Set values of one user, all or none of them; a disabled user is put out."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    changes = read_typed(USER_SETTINGS, request.values)
    if isinstance(changes, BadValue):
        return denied(changes)
    columns, own = _sorted_out(merged(own_values(row.settings), changes))
    columns = {
        key: columns.get(key, USER_SETTINGS[key].default if key in changes else old)
        for key, old in ((key, getattr(row, key)) for key in _COLUMNS)
    }
    credentials: tuple[CredentialChanged, ...] = ()
    if columns["kind"] != row.kind:
        columns["credential_version"] = row.credential_version + 1
        credentials = (CredentialChanged(row.id, row.credential_version + 1),)
    units.change_user(
        tx, row.id, settings=as_text(own), version=row.version + 1, **columns
    )
    after = user_row(units.user_by_id(tx, row.id))
    return Effect(row.id, users=(after,), credentials=credentials)


def find(tx: Connection, address: str) -> units.AnyRow | Denied:
    """Return a user's row by the address that an administrator gave."""
    checked = check_address(address)
    if isinstance(checked, BadValue):
        return denied(checked)
    row = units.find_user(tx, "@".join(checked))
    return not_found("address", f"user {address!r}") if row is None else row


def _sorted_out(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part values that are columns from those that are kept as JSON."""
    columns = {key: value for key, value in values.items() if key in _COLUMNS}
    return columns, {key: value for key, value in values.items() if key not in columns}


def _insert(
    tx: Connection,
    fresh: dict[str, NewUser],
    domains: Mapping[str, units.AnyRow],
    now: float,
    apop: ApopSecrets,
) -> tuple[UserRow, ...]:
    ids = units.insert_users(
        tx,
        [
            {**_new_row(user, now), "domain_id": domains[user.domain].id}
            for user in fresh.values()
        ],
    )
    homes = {
        ids[address]: home_of(
            domains[user.domain].mail_root or user.domain, user.local, ids[address]
        )
        for address, user in fresh.items()
    }
    units.set_homes(tx, homes)
    units.insert_credentials(
        tx,
        [
            {
                "user_id": ids[address],
                **kept_columns(user.credential, ids[address], apop),
            }
            for address, user in fresh.items()
        ],
    )
    return tuple(user_row(row) for row in units.users_by_id(tx, list(ids.values())))


def _new_row(user: NewUser, now: float) -> dict[str, Any]:
    columns, own = _sorted_out(user.values)
    return {
        "address": user.address,
        "home": "",
        **{key: columns.get(key, USER_SETTINGS[key].default) for key in _COLUMNS},
        "settings": as_text(own),
        "credential_version": 1,
        "made_at": now,
    }

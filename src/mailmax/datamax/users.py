"""Users: add, one or many (manual 7.1, 7.7). Units of work.

Rules:
    A user's home is named once, after the domain's directory, name and number: a
    number is never reused, so nobody inherits mail (DESIGN 4). Only when the domain's
    directory is changed does it lie elsewhere (`moving`).
"""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax import apop_required, forwarding
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.credentials import Credential, kept_columns
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.datamax.rows import as_text, own_values
from mailmax.datamax.schemes import check_new_password
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import AddUser
from mailmax.policy.names import check_address, is_unusual
from mailmax.policy.recipients import HOME_KINDS
from mailmax.settings.field import BadValue
from mailmax.settings.resolve import merged, read_typed
from mailmax.settings.user import USER_SETTINGS
from mailmax.store.accounts import (
    domain_units,
    forward_units,
    units,
    user_lines,
)

COLUMNS = ("first_name", "last_name", "kind")
"""Values that are columns of their own, because lists are made by them."""
LIST = "forwards"
"""A value that is a table of its own."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be added; name, domain and values are checked already."""

    local: str
    domain: str
    credential: Credential
    values: Mapping[str, Any]
    """What is set for the user itself."""
    apop_secret: str = field(default="", repr=False)
    """Of the user's own."""

    @property
    def address(self) -> str:
        """The canonical address."""
        return f"{self.local}@{self.domain}"

    @property
    def changing(self) -> forwarding.Changing:
        """The user, as values of users are judged."""
        return forwarding.Changing(0, self.address, self.values, self.values)


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
    secret = request.apop_secret.value
    bad = check_new_password(secret) if secret else None
    if bad is not None:
        return Denied("bad_value", "apop_secret", bad.reason, bad.cure)
    return NewUser(*address, credential, merged({}, values), secret)


def add_user(
    tx: Connection, user: NewUser, now: float, apop: ApopSecrets
) -> Effect | Denied:
    """Add one user."""
    added = add_users(tx, (user,), now, apop)
    if added.refused:
        return added.refused[0]
    notes = (note_on_name(user.local), forwarding.note_on(tx, user.changing))
    note = "; ".join(filter(None, notes))
    return replace(added.effect, item_id=added.effect.users[0].user_id, note=note)


def note_on_name(local: str) -> str:
    """Return a warning about a name that may make trouble elsewhere (USR-1)."""
    if is_unusual(local):
        return "some mail programs do not take a name with such characters"
    return ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of many."""

    effect: Effect
    refused: dict[int, Denied]
    """By place in the sequence that was given."""


def add_users(
    tx: Connection, wanted: Sequence[NewUser], now: float, apop: ApopSecrets
) -> Added:
    """Add those whose domain is here and whose address is free."""
    domains = {row.name: row for row in domain_units.all_domains(tx)}
    fresh, refused = _sort_out(tx, wanted, domains)
    if not fresh:
        return Added(Effect(), refused)
    return Added(_insert(tx, fresh, domains, now, apop), refused)


def refused_of(tx: Connection, wanted: Sequence[NewUser]) -> dict[int, Denied]:
    """Return who could not be added, by place, and why; add nobody."""
    domains = {row.name: row for row in domain_units.all_domains(tx)}
    return _sort_out(tx, wanted, domains)[1]


def _sort_out(
    tx: Connection, wanted: Sequence[NewUser], domains: Mapping[str, units.AnyRow]
) -> tuple[dict[str, NewUser], dict[int, Denied]]:
    taken = units.taken_addresses(tx, [user.address for user in wanted])
    refused: dict[int, Denied] = {}
    fresh: dict[str, NewUser] = {}
    needs_apop = apop_required.is_required(tx)
    for place, user in enumerate(wanted):
        no = (
            _homeless(tx, user, domains, fresh)
            or _taken(user, taken, fresh)
            or forwarding.unfit(tx, user.changing)
            or (_shut_out(tx, user) if needs_apop else None)
        )
        if no is None:
            fresh[user.address] = user
        else:
            refused[place] = no
    return fresh, refused


def _homeless(
    tx: Connection,
    user: NewUser,
    domains: Mapping[str, units.AnyRow],
    fresh: Mapping[str, NewUser],
) -> Denied | None:
    """Say that a user's domain is not here, or takes no more users."""
    domain = domains.get(user.domain)
    if domain is None:
        return _nowhere(tx, user)
    if domain.kind not in HOME_KINDS:
        return Denied(
            "conflict",
            "address",
            f"{user.domain} is a domain whose mail is passed on",
            "make it a normal one first",
        )
    return _full(tx, domain, fresh)


def _nowhere(tx: Connection, user: NewUser) -> Denied:
    """Say that there is no such domain, or that it is another name of one."""
    domain = domain_units.find_domain(tx, user.domain)
    if domain is None:
        return not_found("address", f"domain {user.domain!r} here")
    return Denied(
        "conflict",
        "address",
        f"{user.domain} is another name of {domain.name}",
        f"add {user.local}@{domain.name}: it gets mail for {user.address}, too",
    )


def _taken(
    user: NewUser, taken: Container[str], fresh: Container[str]
) -> Denied | None:
    """Say that somebody has a user's address."""
    if user.address in taken or user.address in fresh:
        return conflict("address", f"{user.address} is a user or an alias already")
    return None


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


def _shut_out(tx: Connection, user: NewUser) -> Denied | None:
    """Say that a new user could never log in to POP3 (POP-1)."""
    return apop_required.why_not(
        tx,
        user.credential,
        kind=user.values.get("kind", USER_SETTINGS["kind"].default),
        has_own=bool(user.apop_secret),
    )


def effect_on(tx: Connection, user_ids: Sequence[int]) -> Effect:
    """Return what services must hear of some users; their lines are renewed."""
    user_lines.renew(tx, user_ids)
    rows = list(units.users_by_id(tx, user_ids))
    users, forwards, replies = forwarding.rows_for(tx, rows)
    return Effect(users=users, forwards=forwards, replies=replies)


def find(tx: Connection, address: str) -> units.AnyRow | Denied:
    """Return a user's row by the address that an administrator gave."""
    checked = check_address(address)
    if isinstance(checked, BadValue):
        return denied(checked)
    row = units.find_user(tx, "@".join(checked))
    return _by_another_name(tx, *checked) if row is None else row


def owner_of(tx: Connection, address: str) -> units.AnyRow | None:
    """Return whose address or alias that is, under every name of the domain."""
    local, _, name = lower_ascii(address).rpartition("@")
    domain = domain_units.find_domain(tx, name)
    if domain is None:
        return None
    for one in (f"{local}@{name}", f"{local}@{domain.name}"):
        row = units.find_user(tx, one)
        alias = units.find_alias(tx, one) if row is None else None
        if alias is not None:
            row = units.user_by_id(tx, alias.user_id)
        if row is not None:
            return row
    return None


def _by_another_name(tx: Connection, local: str, name: str) -> units.AnyRow | Denied:
    """Return the user whose mail comes under another name of the domain, too.

    An alias of a user names no user to an administrator: it says whose it is, unless
    that is a user of another domain, who is that domain's affair (TRUST I2).
    """
    address = f"{local}@{name}"
    domain = domain_units.find_domain(tx, name)
    alias = units.find_alias(tx, address)
    owner = None if alias is None else units.user_by_id(tx, alias.user_id)
    if domain is not None and owner is not None:
        if owner.domain_id != domain.id:
            reason = f"{address} is an alias, and its user is of another domain"
            return Denied("not_found", "address", reason, "name a user")
        reason = f"{address} is an alias of {owner.address}"
        return Denied("not_found", "address", reason, f"name {owner.address}")
    row = None if domain is None else units.find_user(tx, f"{local}@{domain.name}")
    return not_found("address", f"user {address!r}") if row is None else row


def sorted_out(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part values that are columns from those that are kept as JSON."""
    columns = {key: value for key, value in values.items() if key in COLUMNS}
    rest = values.keys() - columns.keys() - {LIST}
    return columns, {key: value for key, value in values.items() if key in rest}


def _insert(
    tx: Connection,
    fresh: dict[str, NewUser],
    domains: Mapping[str, units.AnyRow],
    now: float,
    apop: ApopSecrets,
) -> Effect:
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
                **_credential_columns(user, ids[address], apop),
            }
            for address, user in fresh.items()
        ],
    )
    for address, user in fresh.items():
        if LIST in user.values:
            addresses = [forwarding.canonical(tx, one) for one in user.values[LIST]]
            forward_units.put_forwards(tx, ids[address], addresses)
    return effect_on(tx, list(ids.values()))


def _credential_columns(
    user: NewUser, user_id: int, apop: ApopSecrets
) -> dict[str, Any]:
    own = apop.encrypt(user_id, user.apop_secret) if user.apop_secret else None
    return kept_columns(user.credential, user_id, apop, own)


def _new_row(user: NewUser, now: float) -> dict[str, Any]:
    columns, own = sorted_out(user.values)
    return {
        "address": user.address,
        "home": "",
        **{key: columns.get(key, USER_SETTINGS[key].default) for key in COLUMNS},
        "settings": as_text(own),
        "credential_version": 1,
        "made_at": now,
    }

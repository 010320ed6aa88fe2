"""Users: add, list, change, delete, import (manual 7.1, 7.7). Units of work.

Rules:
    A user's home is named once, after domain, name and number, and never again: a
    number is never reused, so nobody inherits mail (DESIGN 4).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.credentials import Credential
from mailmax.datamax.effect import Effect, conflict, denied, not_found, user_row
from mailmax.datamax.schemes import check_new_password
from mailmax.hub.admin import (
    PAGE_ROWS,
    AddUser,
    DeleteUser,
    EnableUser,
    ListUsers,
    SetApopSecret,
    SetPassword,
    UserPage,
    UserView,
)
from mailmax.hub.contract import CredentialChanged, Denied, UserRow
from mailmax.policy.names import check_address, check_domain, is_unusual
from mailmax.settings.field import BadValue
from mailmax.store.accounts import units

LONGEST_NAME = 200
HIGHEST_LIMIT_OCTETS = 1 << 50
IMPORT_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be added; name and domain are checked already."""

    local: str
    domain: str
    credential: Credential
    first_name: str = ""
    last_name: str = ""
    box_limit_octets: int = 0
    message_limit_octets: int = 0

    @property
    def address(self) -> str:
        """The canonical address."""
        return f"{self.local}@{self.domain}"


def home_of(domain: str, local: str, user_id: int) -> str:
    """Return the directory of a new user, below the mail root."""
    spread = hashlib.sha256(local.encode()).hexdigest()[:2]
    return f"{domain}/{spread}/{local}~{user_id}"


def check_user(request: AddUser, credential: Credential) -> NewUser | Denied:
    """Check what was asked before the database is opened."""
    address = check_address(request.address)
    if isinstance(address, BadValue):
        return denied(address)
    for field in ("first_name", "last_name"):
        name = getattr(request, field)
        if len(name) > LONGEST_NAME or not (name.isprintable() or not name):
            return Denied(
                "bad_value",
                field,
                "it is too long or has control characters",
                f"give at most {LONGEST_NAME} printable characters",
            )
    for field in ("box_limit_octets", "message_limit_octets"):
        if not 0 <= getattr(request, field) <= HIGHEST_LIMIT_OCTETS:
            return Denied("bad_value", field, "it is out of bounds", "0: no own limit")
    return NewUser(
        *address,
        credential,
        request.first_name,
        request.last_name,
        request.box_limit_octets,
        request.message_limit_octets,
    )


def add_user(tx: Connection, user: NewUser, now: float) -> Effect | Denied:
    """Add one user."""
    added = add_users(tx, (user,), now)
    if added.refused:
        return added.refused[0]
    note = ""
    if is_unusual(user.local):
        note = "some mail programs do not take a name with such characters"
    return Effect(added.rows[0].user_id, note, users=added.rows)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of many."""

    rows: tuple[UserRow, ...]
    refused: dict[int, Denied]
    """By place in the sequence that was given."""


def add_users(tx: Connection, wanted: Sequence[NewUser], now: float) -> Added:
    """Add those whose domain is here and whose address is free."""
    domain_ids = {row.name: row.id for row in units.all_domains(tx)}
    taken = units.taken_addresses(tx, [user.address for user in wanted])
    refused: dict[int, Denied] = {}
    fresh: dict[str, NewUser] = {}
    for place, user in enumerate(wanted):
        if user.domain not in domain_ids:
            refused[place] = not_found("address", f"domain {user.domain!r} here")
        elif user.address in taken or user.address in fresh:
            refused[place] = conflict(
                "address", f"{user.address} is a user or an alias already"
            )
        else:
            fresh[user.address] = user
    if not fresh:
        return Added((), refused)
    return Added(_insert(tx, fresh, domain_ids, now), refused)


def list_users(tx: Connection, request: ListUsers) -> UserPage | Denied:
    """Return one page."""
    domain = ""
    if request.domain:
        name = check_domain(request.domain)
        if isinstance(name, BadValue) or units.find_domain(tx, name) is None:
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
            row.enabled,
            row.box_limit_octets,
            row.message_limit_octets,
            row.home,
            row[-1],
        )
        for row in rows[:limit]
    )
    return UserPage(views, views[-1].address if len(rows) > limit else "")


def delete_user(tx: Connection, request: DeleteUser) -> Effect | Denied:
    """Remove a user and the aliases that point there; the mail stays."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    gone = units.delete_users(tx, (row.id,))
    return Effect(
        row.id,
        note=f"the mail stays in {row.home}",
        gone_users=(row.id,),
        gone_aliases=tuple(gone),
        credentials=(CredentialChanged(row.id, row.credential_version + 1),),
    )


def set_password(
    tx: Connection, request: SetPassword, credential: Credential
) -> Effect | Denied:
    """Keep a new password."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    version = row.credential_version + 1
    units.change_credentials(tx, row.id, **credential.columns())
    units.change_user(tx, row.id, credential_version=version)
    return Effect(row.id, credentials=(CredentialChanged(row.id, version),))


def set_apop_secret(
    tx: Connection, request: SetApopSecret, apop: ApopSecrets
) -> Effect | Denied:
    """Keep an encrypted secret, or none."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    secret = request.secret.value
    if not secret:
        units.change_credentials(tx, row.id, apop_secret=None)
        return Effect(row.id)
    bad = check_new_password(secret)
    if bad is not None:
        return Denied("bad_value", "secret", bad.reason, bad.cure)
    units.change_credentials(tx, row.id, apop_secret=apop.encrypt(row.id, secret))
    return Effect(row.id)


def enable_user(tx: Connection, request: EnableUser) -> Effect | Denied:
    """Let a user log in and receive, or not."""
    row = find(tx, request.address)
    if isinstance(row, Denied):
        return row
    version = row.credential_version + 1
    units.change_user(tx, row.id, enabled=request.enabled, credential_version=version)
    after = units.find_user(tx, row.address)
    return Effect(
        row.id,
        users=(user_row(after),),
        credentials=(CredentialChanged(row.id, version),),
    )


def find(tx: Connection, address: str) -> units.AnyRow | Denied:
    """Return a user's row by the address that an administrator gave."""
    checked = check_address(address)
    if isinstance(checked, BadValue):
        return denied(checked)
    row = units.find_user(tx, "@".join(checked))
    return not_found("address", f"user {address!r}") if row is None else row


def _insert(
    tx: Connection,
    fresh: dict[str, NewUser],
    domain_ids: dict[str, int],
    now: float,
) -> tuple[UserRow, ...]:
    ids = units.insert_users(
        tx,
        [
            {
                "domain_id": domain_ids[user.domain],
                "address": address,
                "home": "",
                "first_name": user.first_name,
                "last_name": user.last_name,
                "enabled": True,
                "box_limit_octets": user.box_limit_octets,
                "message_limit_octets": user.message_limit_octets,
                "credential_version": 1,
                "made_at": now,
            }
            for address, user in fresh.items()
        ],
    )
    homes = {
        ids[address]: home_of(user.domain, user.local, ids[address])
        for address, user in fresh.items()
    }
    units.set_homes(tx, homes)
    units.insert_credentials(
        tx,
        [
            {"user_id": ids[address], **user.credential.columns()}
            for address, user in fresh.items()
        ],
    )
    return tuple(
        UserRow(
            ids[address],
            address,
            homes[ids[address]],
            True,
            user.box_limit_octets,
            user.message_limit_octets,
        )
        for address, user in fresh.items()
    )

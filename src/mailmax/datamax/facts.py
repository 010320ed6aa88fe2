"""What the checks look at, read from the database. A unit of work."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from mailmax.base.address import lower_ascii
from mailmax.datamax import apop_required
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.rows import own_values
from mailmax.datamax.settings import own_settings, value_of
from mailmax.policy.checks.facts import (
    BanFact,
    BindingFact,
    DomainFact,
    Facts,
    FilterFact,
    HubFact,
    ListenerFact,
    Owner,
    UserFact,
)
from mailmax.settings.listener import default_port
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.store.accounts import (
    access_units,
    binding_units,
    check_units,
    domain_units,
    forward_units,
)

_LOOKED_AT = ("forwarding_on", "reply_on", "message_limit_octets")
"""What is set for a user and looked at."""


def read_facts(
    tx: Connection, apop: ApopSecrets, hub: HubFact, base_port: int
) -> Facts:
    """Read all that the checks look at.

    Args:
        tx: The database.
        apop: Tells copies of passwords from secrets of their own.
        hub: What is known of the DataMax computer.
        base_port: Of that computer.
    """
    domains = _domains(tx)
    users = _users(tx)
    own = own_settings(tx)
    addresses = {0: ""}
    addresses |= {row.id: row.address for row in binding_units.all_bindings(tx)}
    return Facts(
        own=own,
        domains=domains,
        users=users,
        owners=_owners(tx, _pointed_to(own.get("postmaster", ""), domains, users)),
        bindings=tuple(
            BindingFact(row.address, own_values(row.settings).get("default_domain", ""))
            for row in binding_units.all_bindings(tx)
        ),
        listeners=_listeners(tx, own, base_port),
        filters=_filters(tx, addresses),
        bans=tuple(
            BanFact(addresses[row.binding_id or 0], row.value)
            for row in access_units.all_bans(tx)
        ),
        lacking_apop=_lacking_apop(tx, apop),
        hub=hub,
    )


def _domains(tx: Connection) -> tuple[DomainFact, ...]:
    aliases = domain_units.all_domain_aliases(tx)
    targets = {
        number: Owner(*row) for number, row in check_units.kinds_by_id(tx).items()
    }
    users, blank = check_units.count_users(tx), check_units.count_blank_users(tx)
    return tuple(
        DomainFact(
            row.name,
            row.kind,
            own_values(row.settings),
            aliases.get(row.id, ()),
            targets.get(row.catch_all_id),
            targets.get(row.monitor_id),
            row.mail_root or row.name,
            users.get(row.id, 0),
            blank.get(row.id, 0),
        )
        for row in sorted(domain_units.all_domains(tx), key=lambda row: row.name)
    )


def _users(tx: Connection) -> tuple[UserFact, ...]:
    rows = list(check_units.users_who_set(tx, _LOOKED_AT))
    lists = forward_units.forwards_of(tx, [row.id for row in rows])
    return tuple(
        UserFact(
            row.address,
            row.kind,
            own_values(row.settings),
            lists.get(row.id, ()),
            bool(row.is_administrator),
            bool(row.has_password),
        )
        for row in rows
    )


def _pointed_to(
    postmaster: str, domains: Sequence[DomainFact], users: Sequence[UserFact]
) -> set[str]:
    """Return every address whose owner a check may ask for."""
    names = {alias: one.name for one in domains for alias in one.aliases}
    wanted = {postmaster, *(f"postmaster@{one.name}" for one in domains)}
    for user in users:
        wanted.update((*user.forwards, user.own.get("reply_from", "")))
    found: set[str] = set()
    for address in map(lower_ascii, filter(None, wanted)):
        local, _, domain = address.rpartition("@")
        for name in {domain, names.get(domain, domain)}:
            found.update((f"{local}@{name}", f"{local.partition('+')[0]}@{name}"))
    return found


def _owners(tx: Connection, addresses: Iterable[str]) -> dict[str, Owner]:
    found = check_units.owners_of(tx, sorted(addresses))
    return {address: Owner(*row) for address, row in found.items()}


def _listeners(
    tx: Connection, own: Mapping[str, Any], base_port: int
) -> tuple[ListenerFact, ...]:
    system = Scope(SYSTEM_SETTINGS, own)
    return tuple(
        ListenerFact(
            row.address,
            row.service,
            row.port
            or base_port + default_port(row.service, lambda key: resolve(key, system)),
            row.is_open,
        )
        for row in binding_units.all_listeners(tx)
    )


def _filters(tx: Connection, addresses: Mapping[int, str]) -> tuple[FilterFact, ...]:
    return tuple(
        FilterFact(address, row.id, row.pattern, row.kind, row.flags)
        for number, address in addresses.items()
        for row in access_units.rules_of(tx, number or None)
    )


def _lacking_apop(tx: Connection, apop: ApopSecrets) -> str:
    """Say who cannot log in to POP3, where APOP is required."""
    if not apop_required.is_required(tx):
        return ""
    keeping = value_of(tx, "password_keeping")
    denied = apop_required.who_lacks(tx, apop, apop_required.KEY, keeping)
    return "" if denied is None else denied.reason

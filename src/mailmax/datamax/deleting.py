"""Deleting users and domains, in three ways (manual 6.6, 7.7). Units of work.

Theory:
    The database forgets them at once. Their files stay (``database``), or are noted
    for Housekeeping: to be put away under the date (``archive``) or to be removed
    after the days of grace (``remove``).

Rules:
    What others point to (catch-all, monitor, forwards, default domain, postmaster, who
    administers what) is listed and refused until it is redirected or confirmed
    (DECISIONS 23); who administers domains hears of these alone (TRUST I2). A number is
    never given again, so mail that stays is never handed to a later user of that name.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from mailmax.base.units import DAY_S, counted
from mailmax.datamax import domain_values, moving, rule_references, rules, users
from mailmax.datamax.bindings import why_default
from mailmax.datamax.domain_values import row_of
from mailmax.datamax.effect import Effect
from mailmax.datamax.rows import is_moving
from mailmax.datamax.settings import POSTMASTER, back_to_default, value_of
from mailmax.hub.contract.domains import DeleteDomain
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import SettingRow
from mailmax.hub.contract.users import DeleteUser
from mailmax.store.accounts import (
    administrator_units,
    domain_units,
    reference_units,
    removal_units,
    rule_units,
    units,
    user_lines,
)

_SHOWN = 5
Files = removal_units.Files


def delete_user(tx: Connection, request: DeleteUser, now: float) -> Effect | Denied:
    """Remove a user and the aliases that point there."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    refused = None if request.confirmed else pointing_to(tx, [row], 0, request.within)
    if refused is not None:
        return refused
    return remove_user(tx, row, request.way, now)


def remove_user(tx: Connection, row: units.AnyRow, way: str, now: float) -> Effect:
    """Remove a user of whom that was decided."""
    effect = _forget(tx, [row])
    files = Files("user", row.address, row.home)
    note = _note_files(tx, files, way, now)
    return replace(effect, item_id=row.id, note=note)


def delete_domain(tx: Connection, request: DeleteDomain, now: float) -> Effect | Denied:
    """Remove a domain with its users and every alias on it or of them."""
    row = domain_values.find_itself(tx, request.name)
    if isinstance(row, Denied):
        return row
    for name in (row.name, *domain_units.aliases_of(tx, row.id)):
        taken = why_default(tx, name)
        if taken is not None:
            return taken
    if is_moving(row.settings):
        return Denied("conflict", "domain", moving.BEGUN, "wait until that is done")
    members = units.users_of_domain(tx, row.id)
    if members and not request.with_users:
        return Denied(
            "conflict",
            "domain",
            f"{row.name} has {counted(len(members), 'user')}",
            "delete them first, or say --with-users",
        )
    refused = None if request.confirmed else pointing_to(tx, members, row.id)
    if refused is not None:
        return refused
    on_domain = units.aliases_of_domain(tx, row.id)
    units.delete_aliases(tx, on_domain)
    gone_rules = rule_units.delete_of_domain(tx, row.id)
    effect = _forget(tx, members)
    moving.move_below(tx, row.name, now)
    administrators = administrator_units.administrators_of(tx, row.id)
    domain_units.delete_domain(tx, row.id)
    user_lines.renew(tx, [one.id for one in administrators])
    files = Files("domain", row.name, row.mail_root or row.name)
    note = _note_files(tx, files, request.way, now)
    return replace(
        effect,
        item_id=row.id,
        note=note,
        domains=tuple(one for one in effect.domains if one.domain_id != row.id),
        gone_domains=(row.id,),
        gone_aliases=(*on_domain, *effect.gone_aliases),
        gone_rules=(*gone_rules, *effect.gone_rules),
    )


def pointing_to(
    tx: Connection,
    gone: Sequence[units.AnyRow],
    domain_id: int = 0,
    within: Collection[str] | None = None,
) -> Denied | None:
    """List what points from outside to users who go, and to their domain with them.

    Args:
        tx: The transaction.
        gone: The users.
        domain_id: Of the domain that goes with them; 0: none.
        within: Domains whose things may be named; None: all may.
    """
    ids = [row.id for row in gone]
    found = [
        (f"{what} of {name}", name)
        for number, name, what in reference_units.domains_served_by(tx, ids)
        if number != domain_id
    ]
    found += [
        (f"forward of {address}", _domain(address))
        for address, number in _forwarding(tx, gone).items()
        if number not in ids
    ]
    if domain_id:
        found += [
            (f"administrator {row.address}", _domain(row.address))
            for row in administrator_units.administrators_of(tx, domain_id)
            if row.id not in ids
        ]
    found += _ruling(tx, gone, domain_id)
    found += _needing(tx, gone, domain_id)
    if not found:
        return None
    known = [words for words, name in found if within is None or name in within]
    some = ", ".join(known[:_SHOWN]) or "what is not yours to see"
    more = len(found) - min(len(known), _SHOWN)
    some += f" and {more} more" if known and more else ""
    return Denied(
        "conflict",
        "address",
        f"others point there: {some}",
        "redirect them first, or confirm with --yes: they will point nowhere",
    )


def _ruling(
    tx: Connection, gone: Sequence[units.AnyRow], domain_id: int
) -> Iterator[tuple[str, str]]:
    """Yield the rules of others that forward to users who go, and their domains."""
    ids = {row.id for row in gone}
    rules_there = rule_references.forwarding_to(tx, _addresses(tx, gone)).values()
    for row, _ in rules_there:
        if row.user_id not in ids and (not domain_id or row.domain_id != domain_id):
            whose = rule_units.name_of(tx, row)
            yield f"rule {row.id} of {whose}", _domain(whose)


def _needing(
    tx: Connection, gone: Sequence[units.AnyRow], domain_id: int
) -> Iterator[tuple[str, str]]:
    """Yield what of the system, or of other domains, is theirs to do; and of which."""
    if is_postmaster(tx, gone):
        yield f"the setting {POSTMASTER}", ""
    for row in gone:
        if row.is_system_administrator:
            yield f"the administration of the system by {row.address}", ""
        for number, name in administrator_units.administered_by(tx, row.id):
            if number != domain_id:
                yield f"the administration of {name} by {row.address}", name


def _domain(name: str) -> str:
    """Return the domain of a user or domain, lower case as they are kept."""
    return name.rpartition("@")[2]


def is_postmaster(tx: Connection, rows: Sequence[units.AnyRow]) -> bool:
    """Tell whether the setting names one of some users, by any of the addresses."""
    owner = users.owner_of(tx, value_of(tx, POSTMASTER))
    return owner is not None and owner.id in {row.id for row in rows}


def _forwarding(tx: Connection, gone: Sequence[units.AnyRow]) -> dict[str, int]:
    return reference_units.forwarding_to(tx, _addresses(tx, gone))


def _addresses(tx: Connection, gone: Sequence[units.AnyRow]) -> list[str]:
    """Return all addresses that go with some users."""
    aliases = units.aliases_of_users(tx, [row.id for row in gone])
    return [*(row.address for row in gone), *aliases]


def _forget(tx: Connection, gone: Sequence[units.AnyRow]) -> Effect:
    """Remove users with all that is theirs; return what services must hear."""
    ids = [row.id for row in gone]
    settings: tuple[SettingRow, ...] = ()
    if is_postmaster(tx, gone):
        settings = (back_to_default(tx, POSTMASTER),)
    served = {number for number, _, _ in reference_units.domains_served_by(tx, ids)}
    forwarding = list(_forwarding(tx, gone).values())
    gone_rules = rule_units.delete_of_users(tx, ids)
    touched = rules.effect_on(tx, rule_references.cut(tx, _addresses(tx, gone)))
    reference_units.cut_references(tx, ids, _addresses(tx, gone))
    for number in forwarding:
        units.touch_user(tx, number)
    aliases = units.delete_users(tx, ids)
    left = [number for number in forwarding if number not in ids]
    return replace(
        users.effect_on(tx, left),
        settings=settings,
        domains=tuple(row_of(tx, number) for number in sorted(served)),
        gone_users=tuple(ids),
        gone_aliases=tuple(aliases),
        rules=touched.rules,
        gone_rules=(*gone_rules, *touched.gone_rules),
        credentials=tuple(
            CredentialChanged(row.id, row.credential_version + 1) for row in gone
        ),
    )


def _note_files(tx: Connection, files: Files, way: str, now: float) -> str:
    """Note what becomes of the files; return it in words."""
    if way == "database":
        removal_units.note_left(tx, files, now)
        # Whoever never got mail has no directory, and it may lie on another computer.
        place = removal_units.shown_place(files.place)
        return f"what mail there is stays in {place}"
    days = value_of(tx, "delete_grace_days") if way == "remove" else 0
    removal_units.ask_removal(tx, files, way, now, now + days * DAY_S)
    if way == "archive":
        return "Housekeeping puts the mail away"
    when = f"after {days} days of grace" if days else "now"
    return f"Housekeeping removes the mail {when}"

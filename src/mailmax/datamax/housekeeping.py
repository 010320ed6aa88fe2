"""Housekeeping's work, as the hub knows it. Units of work.

Rules:
    Whoever is too old is judged here, once for the list and again in the transaction
    that deletes, by the hub's clock: a service that lies about the time deletes nobody.
    What is due is given out once nobody is at it any more: no session of the user or
    in the domain is open, and services have heard of the deletion. A directory in
    which a user lives is never given out to be touched.

Limits:
    Five seconds for a service in the middle of a batch.

Manual: 4.1, 6.6, 7.7; DECISIONS 21, 22.
"""

from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from mailmax.datamax import deleting, moving
from mailmax.datamax.effect import Effect, not_found
from mailmax.datamax.rows import value_for_user
from mailmax.datamax.settings import own_settings, value_of
from mailmax.hub.contract.housekeeping import (
    GRACE,
    OPEN,
    SETTLED_S,
    SETTLING,
    WORK_ROWS,
    AskRemovals,
    AskUserWork,
    DeleteIdleUser,
    NoteRemoval,
    RemovalPage,
    RemovalWork,
    UserWork,
    UserWorkPage,
)
from mailmax.hub.contract.message import Denied, Done
from mailmax.policy.housekeeping import Standing, begin_of_new, is_idle, why_spared
from mailmax.policy.names import check_address
from mailmax.settings.field import BadValue
from mailmax.store.accounts import (
    administrator_units,
    domain_units,
    reference_units,
    removal_units,
    units,
)

LONGEST_NOTE = 500


def user_work(
    tx: Connection, asked: AskUserWork, now: float, here: AbstractSet[str]
) -> UserWorkPage | Denied:
    """Return the users of a page for whom something is set.

    Args:
        tx: The open transaction.
        asked: Which page.
        now: Unix time, by the hub's clock.
        here: Addresses whose sessions are open.
    """
    if asked.domain and domain_units.find_domain(tx, asked.domain) is None:
        return not_found("domain", f"domain {asked.domain!r}")
    limit = max(1, min(asked.limit, WORK_ROWS))
    rows = units.page_of_users(tx, asked.domain, asked.after, limit + 1)
    system = own_settings(tx)
    work = []
    for row in rows[:limit]:
        method, days = (
            value_for_user(row, key, system)
            for key in ("housekeeping", "housekeeping_days")
        )
        if method == "messages_by_age" and days:
            work.append(UserWork(row.id, row.address, row.home, method, days))
        elif method == "users_by_age" and days:
            standing = _standing(tx, row, here)
            idle = is_idle(standing, begin_of_new(now, days))
            why = why_spared(standing) if idle else ""
            work.append(
                UserWork(row.id, row.address, row.home, method, days, idle, why)
            )
    return UserWorkPage(
        tuple(work),
        now,
        rows[limit - 1].address if len(rows) > limit else "",
        value_of(tx, "housekeeping_spares_flagged"),
        value_of(tx, "housekeeping_way"),
    )


def delete_idle_user(
    tx: Connection, asked: DeleteIdleUser, now: float, here: AbstractSet[str]
) -> Effect | Denied:
    """Delete a user who is still too old and not spared."""
    row = units.user_by_id(tx, asked.user_id)
    if row is None:
        return not_found("user_id", f"user {asked.user_id}")
    system = own_settings(tx)
    method = value_for_user(row, "housekeeping", system)
    days = value_for_user(row, "housekeeping_days", system)
    standing = _standing(tx, row, here)
    idle = is_idle(standing, begin_of_new(now, days))
    if method != "users_by_age" or not idle:
        return Denied("conflict", "user_id", f"{row.address} is not too old")
    why = why_spared(standing)
    if why:
        return Denied("conflict", "user_id", f"{row.address} {why}")
    return deleting.remove_user(tx, row, value_of(tx, "housekeeping_way"), now)


def due_removals(
    tx: Connection, asked: AskRemovals, now: float, here: AbstractSet[str]
) -> RemovalPage:
    """Return directories that may be touched now, and those that never may.

    Where it was asked so: those that wait for the end of their grace instead.
    """
    limit = max(1, min(asked.limit, WORK_ROWS))
    if asked.waiting:
        waiting = removal_units.waiting_removals(tx, now, limit, asked.after)
        return RemovalPage(tuple(_removal(row, GRACE) for row in waiting), now)
    rows = removal_units.open_removals(tx, now, limit, asked.after)
    return RemovalPage(
        tuple(
            _move(tx, row, here)
            if row.way == "move"
            else _removal(row, _why_not(tx, row, now, here))
            for row in rows
        ),
        now,
    )


def note_removal(tx: Connection, said: NoteRemoval, now: float) -> Done:
    """Keep what became of one."""
    done_at = now if said.is_done else None
    removal_units.note_removal(tx, said.removal_id, said.note[:LONGEST_NOTE], done_at)
    return Done()


def _removal(row: units.AnyRow, refused: str) -> RemovalWork:
    return RemovalWork(
        row.id,
        row.what,
        row.name,
        row.place,
        row.way,
        row.asked_at,
        row.note,
        refused,
        due_at=row.due_at,
    )


def _move(tx: Connection, row: units.AnyRow, here: AbstractSet[str]) -> RemovalWork:
    """Sessions are in the way only once the domain's services have paused."""
    domain = domain_units.domain_named(tx, row.name)
    is_open = row.note == moving.BEGUN and _is_in_use(row, here)
    place = moving.directory_of(domain) if domain is not None else ""
    refused = "" if place else "there is no such domain"
    return RemovalWork(
        row.id,
        row.what,
        row.name,
        place,
        row.way,
        row.asked_at,
        row.note,
        OPEN if is_open else refused,
        row.place,
    )


def _is_in_use(row: units.AnyRow, here: AbstractSet[str]) -> bool:
    if row.what == "user":
        return row.name in here
    return any(one.endswith(f"@{row.name}") for one in here)


def _why_not(
    tx: Connection, row: units.AnyRow, now: float, here: AbstractSet[str]
) -> str:
    if _is_in_use(row, here):
        return OPEN
    if row.asked_at > now - SETTLED_S:
        return SETTLING
    living = removal_units.who_lives_in(tx, row.place)
    if living is not None:
        return f"mail of {living} is there"
    owner = domain_units.domain_in(tx, row.place)
    return f"it is the directory of the domain {owner}" if owner else ""


def _standing(tx: Connection, row: units.AnyRow, here: AbstractSet[str]) -> Standing:
    return Standing(
        row.kind,
        row.made_at,
        row.last_login_at,
        is_postmaster=_is_postmaster(tx, row),
        is_administrator=administrator_units.administers_anything(tx, row.id),
        is_pointed_to=deleting.pointing_to(tx, [row]) is not None,
        forwards=reference_units.has_forwards(tx, row.id),
        is_here=row.address in here,
    )


def _is_postmaster(tx: Connection, row: units.AnyRow) -> bool:
    """Tell whether mail for a postmaster comes to a user, by any of the names."""
    named = check_address(value_of(tx, "postmaster"))
    address = "" if isinstance(named, BadValue) else "@".join(named)
    names = (row.address, *units.aliases_of_users(tx, [row.id]))
    return address in names or any(name.startswith("postmaster@") for name in names)

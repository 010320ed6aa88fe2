"""Bans: add, list, remove, expire; and those that spam traps make. Units of work.

Rules:
    The comment of a ban begins with who or what made it.
    A value stands once in a list; banning it again is a conflict for administrators
    and an extension for traps. What a trap does never shortens a ban and never makes
    one of an administrator end that would not.

Limits:
    100,000 bans altogether; above it traps make no more.

Manual: 4.9, 5.3; DECISIONS 11, 12.
"""

import shlex
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from mailmax.base.units import DAY_S
from mailmax.datamax.access import binding_of, check_comment
from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.settings import value_of
from mailmax.hub.contract.access import (
    AddBan,
    BanPage,
    BanView,
    CountBanHits,
    ListBans,
    RemoveBan,
    ShowBan,
    TrapHit,
)
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import BanRow
from mailmax.policy.bans import bans_own, read_ban
from mailmax.policy.names import note_on_domain
from mailmax.settings.field import BadValue
from mailmax.store.accounts import access_units, domain_units, hit_units, schema
from mailmax.store.accounts.units import AnyRow

MOST_BANS = 100_000
EXPIRED_AT_ONCE = 1_000
LATEST = 253_402_300_799.0
"""The last second of the year 9999."""
_BY_HAND = "by an administrator"


def ban_row(row: Any) -> BanRow:
    """Make the tables' row of a ban."""
    return BanRow(row.id, row.binding_id or 0, row.value, row.expires_at or 0.0)


def add_ban(tx: Connection, request: AddBan, now: float) -> Effect | Denied:
    """Refuse mail from there."""
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    value = read_ban(request.value)
    if isinstance(value, BadValue):
        return denied(value)
    bad = _wild(value) or check_comment(request.comment)
    if bad is None and request.expires_at and not now < request.expires_at < LATEST:
        bad = Denied(
            "bad_value", "expires", "it is not in the future", "give a later one"
        )
    if bad is not None:
        return bad
    if access_units.find_ban(tx, binding, value) is not None:
        of = f" --connection {request.connection}" if request.connection else ""
        return Denied(
            "conflict",
            "value",
            f"{value} is banned already",
            f"to change that, first: mailmax ban remove {shlex.quote(value)}{of}",
        )
    if access_units.count_bans(tx) >= MOST_BANS:
        return Denied(
            "conflict",
            "value",
            f"there are {MOST_BANS} bans, the most that there may be",
            "ban whole domains in place of addresses",
        )
    number = access_units.insert_ban(
        tx,
        binding_id=binding,
        value=value,
        comment=f"{_BY_HAND}: {request.comment}" if request.comment else _BY_HAND,
        made_at=now,
        expires_at=request.expires_at or None,
    )
    note = note_on_domain(value.rpartition("@")[2].removeprefix("*."))
    if bans_own(value, _own_domains(tx)):
        note = "caution: this is a domain here; who logs in is exempt"
    row = BanRow(number, binding or 0, value, request.expires_at)
    return Effect(number, note, bans=(row,))


def _wild(value: str) -> Denied | None:
    """Refuse what is meant for a whole domain and would be the address of one."""
    local, at, domain = value.rpartition("@")
    if not at or local != "*":
        return None
    return Denied(
        "bad_value",
        "value",
        f"{value} would be one address, whose name is an asterisk",
        f"give {domain} for every address of the domain",
    )


def remove_ban(tx: Connection, request: RemoveBan) -> Effect | Denied:
    """Take mail from there again."""
    row = find(tx, request)
    if isinstance(row, Denied):
        return row
    access_units.delete_ban(tx, row.id)
    return Effect(row.id, gone_bans=(row.id,))


def find(tx: Connection, request: RemoveBan | ShowBan) -> AnyRow | Denied:
    """Return the ban that is meant."""
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    value = read_ban(request.value)
    if isinstance(value, BadValue):
        return denied(value)
    row = access_units.find_ban(tx, binding, value)
    return not_found("value", f"ban of {value}") if row is None else row


def list_bans(tx: Connection, request: ListBans) -> BanPage | Denied:
    """Return one page."""
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    limit = max(1, min(request.limit, PAGE_ROWS))
    wanted = access_units.BansWanted(request.kind, request.holds)
    rows = access_units.page_of_bans(tx, binding, request.after, limit + 1, wanted)
    views = tuple(map(_view, rows[:limit]))
    return BanPage(views, views[-1].value if len(rows) > limit else "")


def show_ban(tx: Connection, request: ShowBan) -> BanPage | Denied:
    """Return one ban."""
    row = find(tx, request)
    return row if isinstance(row, Denied) else BanPage((_view(row),))


def _view(row: AnyRow) -> BanView:
    return BanView(
        row.id,
        row.value,
        row.comment,
        row.made_at,
        row.expires_at or 0.0,
        row.hits,
        row.last_hit_at,
    )


def count_hits(tx: Connection, request: CountBanHits) -> None:
    """Note how often bans have refused somebody."""
    rows = [(one.ban_id, one.hits, one.last_at) for one in request.rows]
    hit_units.add_hits(tx, schema.bans, rows)


def have_expired(tx: Connection, now: float) -> bool:
    """Tell whether there are bans whose time is over."""
    return access_units.has_expired_bans(tx, now)


def drop_expired(tx: Connection, now: float) -> Effect:
    """Let bans go whose time is over."""
    gone = access_units.delete_expired_bans(tx, now, EXPIRED_AT_ONCE)
    return Effect(gone_bans=tuple(gone))


def ban_trapped(tx: Connection, hits: Iterable[TrapHit], now: float) -> Effect:
    """Ban who wrote to spam traps, for a while; ban the banned for longer."""
    days = value_of(tx, "trap_ban_days")
    expires_at = now + days * DAY_S if days else None
    own_domains = _own_domains(tx)
    free = MOST_BANS - access_units.count_bans(tx)
    changed: dict[int, BanRow] = {}
    for hit in hits:
        value = read_ban(hit.sender)
        if isinstance(value, BadValue) or "@" not in value:
            continue
        if bans_own(value, own_domains):
            continue
        row = access_units.find_ban(tx, None, value)
        if row is None and len(changed) < free:
            comment = f"wrote to the spam trap {hit.trap}, from {hit.peer}"
            number = access_units.insert_ban(
                tx,
                value=value,
                comment=comment,
                made_at=now,
                expires_at=expires_at,
            )
            changed[number] = BanRow(number, 0, value, expires_at or 0.0)
        elif row is not None and row.expires_at and _is_longer(expires_at, row):
            access_units.change_ban(tx, row.id, expires_at=expires_at)
            changed[row.id] = BanRow(row.id, 0, value, expires_at or 0.0)
    return Effect(bans=tuple(changed.values()))


def _is_longer(expires_at: float | None, row: Any) -> bool:
    return expires_at is None or expires_at > row.expires_at


def _own_domains(tx: Connection) -> set[str]:
    """Return the names of all domains here, aliases too."""
    names = {row.name for row in domain_units.all_domains(tx)}
    for aliases in domain_units.all_domain_aliases(tx).values():
        names.update(aliases)
    return names

"""Who acts by the web: looked up by token or by number. Units of work.

Rules:
    Nothing is remembered: what holds is what the database says now, rights too. A
    session is over 8 h after its last request, and 30 days after it was opened.
    That it was used is noted once a minute.

Manual: 7.4.
"""

import json
from typing import Final

from sqlalchemy import Connection

from mailmax.base.units import DAY_S, HOUR_S, MINUTE_S
from mailmax.datamax.web.tokens import hash_token, is_key
from mailmax.hub.contract.web import SYSTEM_ID, Actor, Principal
from mailmax.store.accounts import administrator_units, web_units

IDLE_S: Final = 8 * HOUR_S
LONGEST_S: Final = 30 * DAY_S
NOTED_S: Final = MINUTE_S
SYSTEM_NAME: Final = "host password"


def by_token(tx: Connection, token: str, now: float) -> Principal | None:
    """Return whose token that is."""
    hashed = hash_token(token)
    if is_key(token):
        return _of_key(tx, web_units.find_key(tx, token_hash=hashed), now)
    return _of_session(tx, web_units.find_session(tx, token_hash=hashed), now)


def by_actor(tx: Connection, actor: Actor, now: float) -> Principal | None:
    """Return who that is, while it is somebody."""
    if actor.session_id and not actor.key_id:
        row = web_units.find_session(tx, number=actor.session_id)
        return _of_session(tx, row, now)
    if actor.key_id and not actor.session_id:
        return _of_key(tx, web_units.find_key(tx, number=actor.key_id), now)
    return None


def was_noted(tx: Connection, principal: Principal, now: float) -> bool:
    """Tell whether it is noted already that somebody is here."""
    if principal.session_id:
        row = web_units.find_session(tx, number=principal.session_id)
        return row is None or now - row.seen_at < NOTED_S
    row = web_units.find_key(tx, number=principal.key_id)
    return row is None or now - row.used_at < NOTED_S


def note_use(tx: Connection, principal: Principal, now: float) -> None:
    """Note that somebody is here."""
    if principal.session_id:
        web_units.touch_session(tx, principal.session_id, now)
    else:
        web_units.touch_key(tx, principal.key_id, now)


def ends_at(row: web_units.AnyRow) -> float:
    """Return when a session is over if nothing more is asked by it."""
    seen_at: float = row.seen_at
    opened_at: float = row.opened_at
    return min(seen_at + IDLE_S, opened_at + LONGEST_S)


def _of_session(
    tx: Connection, row: web_units.AnyRow | None, now: float
) -> Principal | None:
    if row is None or ends_at(row) <= now:
        return None
    return Principal(
        session_id=row.id,
        key_id=0,
        user_id=row.user_id or SYSTEM_ID,
        name=row.address or SYSTEM_NAME,
        is_system=_is_system(row),
        domains=_domains(tx, row),
        ends_at=ends_at(row),
        has_totp=bool(row.has_totp),
        opened_at=row.opened_at,
        other_names=_other_names(tx, row),
    )


def _of_key(
    tx: Connection, row: web_units.AnyRow | None, now: float
) -> Principal | None:
    if row is None or 0 < row.ends_at <= now:
        return None
    return Principal(
        session_id=0,
        key_id=row.id,
        user_id=row.user_id or SYSTEM_ID,
        name=row.address or SYSTEM_NAME,
        is_system=_is_system(row),
        domains=_domains(tx, row),
        scopes=tuple(json.loads(row.scopes)),
        ends_at=row.ends_at,
        has_totp=bool(row.has_totp),
        key_name=row.name,
        opened_at=row.made_at,
        other_names=_other_names(tx, row),
    )


def _is_system(row: web_units.AnyRow) -> bool:
    return row.user_id is None or bool(row.is_system_administrator)


def _domains(tx: Connection, row: web_units.AnyRow) -> tuple[str, ...]:
    if _is_system(row):
        return ()
    return administrator_units.domains_administered(tx, row.user_id)


def _other_names(tx: Connection, row: web_units.AnyRow) -> tuple[str, ...]:
    if _is_system(row):
        return ()
    return administrator_units.other_names_administered(tx, row.user_id)

"""What an account wants to find again: columns of lists, views.

Rules:
    A preference is JSON that nobody but the pages reads.

Limits:
    64 of one owner, 16 KiB each.
"""

import re

import msgspec
from sqlalchemy import Connection

from mailmax.hub.contract.message import Denied, Done
from mailmax.hub.contract.web import Preference, Preferences, PutPreference
from mailmax.store.accounts import factor_units

MOST = 64
LONGEST_OCTETS = 16_384
_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")


def why_bad(key: str, value: str) -> Denied | None:
    """Say why that is not kept."""
    if not _KEY.fullmatch(key):
        cure = "give up to 100 letters, digits, '.', '-' and '_'"
        return Denied("bad_value", "key", "that is no key", cure)
    if not value:
        return None
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST_OCTETS:
        why = "it is too long"
        return Denied("bad_value", "value", why, f"{LONGEST_OCTETS} octets at most")
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Denied("bad_value", "value", str(error)[:200], "give JSON")
    return None


def all_of(tx: Connection, owner_id: int) -> Preferences:
    """Return what an owner keeps."""
    rows = factor_units.preferences_of(tx, owner_id)
    return Preferences(tuple(Preference(row.key, row.value) for row in rows))


def put(tx: Connection, owner_id: int, request: PutPreference) -> Done | Denied:
    """Keep one, or forget it."""
    bad = why_bad(request.key, request.value)
    if bad is not None:
        return bad
    kept = {row.key for row in factor_units.preferences_of(tx, owner_id)}
    if request.value and len(kept - {request.key}) >= MOST:
        why = f"there are {len(kept)} already"
        return Denied("conflict", "key", why, "forget one of them first")
    factor_units.put_preference(tx, owner_id, request.key, request.value)
    return Done()

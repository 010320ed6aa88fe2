"""What an account wants to find again: columns of lists, views, its connection tree.

Rules:
    A preference is JSON that nobody but the pages reads; the connection tree is
    checked: it holds names, each once, and addresses, and never a password.

Limits:
    64 of one owner, 16 KiB each; the tree 500 systems and groups.

Manual: 2.2.
"""

import re

import msgspec
from sqlalchemy import Connection

from mailmax.hub.contract.message import Denied, Done
from mailmax.hub.contract.web import (
    CONNECTIONS,
    Preference,
    Preferences,
    PutPreference,
)
from mailmax.store.accounts import factor_units

MOST = 64
LONGEST_OCTETS = 16_384
MOST_SYSTEMS = 500
_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")


class System(
    msgspec.Struct, tag_field="kind", tag="system", forbid_unknown_fields=True
):
    """A MailMax somewhere."""

    name: str
    address: str
    """Of its pages: https://host[:port]."""


class Group(msgspec.Struct, tag_field="kind", tag="group", forbid_unknown_fields=True):
    """Systems under one name; there are no groups in groups."""

    name: str
    is_cluster: bool = False
    members: list[System] = msgspec.field(default_factory=list)


_tree = msgspec.json.Decoder(list[System | Group])
_ADDRESS = re.compile(r"https?://[^\s/@?#]{1,255}/?")


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
        return _why_bad_tree(_tree.decode(value)) if key == CONNECTIONS else None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Denied("bad_value", "value", str(error)[:200], "give JSON of that shape")


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


def _why_bad_tree(tree: list[System | Group]) -> Denied | None:
    members = [
        one for group in tree if isinstance(group, Group) for one in group.members
    ]
    everything = [*tree, *members]
    if len(everything) > MOST_SYSTEMS:
        why = f"{len(everything)} systems and groups are too many"
        return Denied("bad_value", "value", why, f"keep at most {MOST_SYSTEMS}")
    names: set[str] = set()
    for one in everything:
        name = one.name.strip().casefold()
        if not name or not one.name.isprintable():
            return Denied("bad_value", "value", "a name is blank", "name each of them")
        if name in names:
            why = f"the name {one.name[:100]!r} is there twice"
            return Denied("bad_value", "value", why, "give each a name of its own")
        names.add(name)
        if isinstance(one, System) and not _ADDRESS.fullmatch(one.address):
            why = f"{one.address[:100]!r} is no address of a system"
            return Denied("bad_value", "value", why, "give https://host or …:port")
    return None

"""API keys: made, listed, removed. Units of work.

Rules:
    A key may what its owner may, narrowed to its scopes; it ends with its owner's
    password (TRUST G9). It is shown once; a hash is kept.

Limits:
    100 keys of one owner, 100 scopes of one key, 100 characters of a name.
"""

import json
import re

from sqlalchemy import Connection

from mailmax.datamax import users
from mailmax.datamax.effect import Effect
from mailmax.datamax.numbered_pages import cut, place_of, rows_of
from mailmax.datamax.web import tokens
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.web import (
    AddApiKey,
    ApiKeyAdded,
    ApiKeyPage,
    ApiKeyRow,
    ListApiKeys,
    RemoveApiKey,
)
from mailmax.store.accounts import web_units
from mailmax.store.accounts.schema import api_keys

MOST_OF_ONE = 100
MOST_SCOPES = 100
_LONGEST_NAME = 100
_SCOPE = re.compile(r"\*|[a-z][a-z_-]{0,40}:(?:read|write|\*)")


def check(request: AddApiKey, now: float) -> Denied | None:
    """Say what is wrong with a new key."""
    name = request.name
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        why = "it is blank, too long, or has characters that cannot be shown"
        return Denied("bad_value", "name", why, "give up to 100 characters")
    if not 0 < len(request.scopes) <= MOST_SCOPES:
        why = f"{len(request.scopes)} scopes"
        return Denied("bad_value", "scopes", why, f"give 1 to {MOST_SCOPES}")
    for scope in request.scopes:
        if not _SCOPE.fullmatch(scope):
            why = f"{scope[:60]!r} is no scope"
            cure = "give such as domains:read, queue:write, users:* or *"
            return Denied("bad_value", "scopes", why, cure)
    if request.ends_at and not now < request.ends_at:
        why = "that moment has passed"
        return Denied("bad_value", "ends_at", why, "give a later one, or none")
    return None


def add(tx: Connection, request: AddApiKey, now: float) -> ApiKeyAdded | Denied:
    """Make a key."""
    bad = check(request, now)
    if bad is not None:
        return bad
    owner = users.find(tx, request.owner) if request.owner else None
    if isinstance(owner, Denied):
        return owner
    if owner is not None and owner.kind != "normal":
        why = f"{owner.address} is {owner.kind}: nobody logs in there"
        return Denied("conflict", "owner", why, "name another owner")
    owner_id = None if owner is None else owner.id
    names = web_units.keys_of(tx, owner_id)
    if request.name in names:
        why = "there is a key of that name"
        return Denied("conflict", "name", why, "choose another")
    if len(names) >= MOST_OF_ONE:
        why = f"there are {len(names)} keys already"
        return Denied("conflict", "owner", why, "remove those that nobody uses")
    key = tokens.make_key()
    number = web_units.insert_key(
        tx,
        token_hash=tokens.hash_token(key),
        user_id=owner_id,
        credential_version=0 if owner is None else owner.credential_version,
        name=request.name,
        scopes=json.dumps(sorted(set(request.scopes))),
        made_at=now,
        ends_at=request.ends_at,
        used_at=0.0,
    )
    return ApiKeyAdded(number, Secret(key))


def list_keys(tx: Connection, request: ListApiKeys) -> ApiKeyPage | Denied:
    """Return a page of keys."""
    conditions = []
    if request.owner:
        owner = users.find(tx, request.owner)
        if isinstance(owner, Denied):
            return owner
        conditions.append(web_units.of_user(api_keys, owner.id))
    after = place_of(request.after)
    rows = web_units.page_of_keys(tx, after, rows_of(request.limit) + 1, *conditions)
    kept, more = cut(rows, request.limit)
    shown = tuple(
        ApiKeyRow(
            row.id,
            row.name,
            row.address or "",
            tuple(json.loads(row.scopes)),
            row.made_at,
            row.ends_at,
            row.used_at,
        )
        for row in kept
    )
    return ApiKeyPage(shown, str(shown[-1].key_id) if more else "")


def remove(tx: Connection, request: RemoveApiKey) -> Effect | Denied:
    """Remove a key."""
    row = web_units.find_key(tx, number=request.key_id)
    if row is None or (request.owner and row.address != request.owner.lower()):
        why = f"there is no key {request.key_id}"
        return Denied("not_found", "key_id", why, "look at: mailmax token list")
    web_units.delete_key(tx, row.id)
    return Effect(row.id, principals=True)

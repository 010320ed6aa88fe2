"""Writes docs/reference/rest.md: how the REST API speaks, and all its routes."""

import sys
from pathlib import Path

from mailmax.webadmin.api import all_routes
from mailmax.webadmin.authorize import OfAlias, OfDomain, OfUser, Whose
from mailmax.webadmin.rest.routes import AT_HOME, BASE, Route

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "rest.md"

OWN = ", ".join(f"`/{one}`" for one in sorted(AT_HOME))
HEAD = f"""# REST API

Written by `tools/rest_docs.py`. Below `{BASE}`; the types are in `/api/openapi.json`
(OpenAPI 3.1). How to sign in and to make a key: [the web](../howto/web.md).

**Things.** JSON objects, sent as `application/json`; moments as RFC 3339 in UTC, sizes
as whole numbers of octets. What is not known is refused, a key that stands there twice,
too; at most 1 MiB, 32 levels deep.

**Lists** answer `{{"rows": […], "next": "…", "total": …}}`. `limit` is 1 to 500 (100);
`cursor` takes the `next` of the page before; it is empty at the end. `q` searches in
the texts that are shown. `sort` takes a column (`-` in front: the last first; what has
no value is last); another one is refused with those that there are. Searched alone, a
list keeps its own order. Rows that come and go between two pages neither repeat nor
hide one that stays as it is; one whose value changes meanwhile moves. Lists other than
of domains, users, aliases, administrators, the queue, the dead mail and the audit log
are sorted and searched up to 10,000 rows.

**Changes.** `PATCH` takes a merge patch (RFC 7396, `application/merge-patch+json`):
what is named changes, null takes the own value away, so that what is above holds.
Answers tell in `waiting_for` which services do not act by it yet. Where a thing has an
`ETag`, its change needs that in `If-Match`: 428 without, 412 when it has changed
meanwhile. `POST` makes: 201 with `Location`. What others point to is refused with 409
until `?confirmed=true`.

**Settings** come as rows: `key`, `value` (what holds), `own` (it was set there),
`source` (built-in, system, domain, user), `default`.

**Who asks.** A session by cookie, for browsers: a change needs the header
`X-CSRF-Token` with what `GET {BASE}/session` tells, and no other site as its origin.
Programs: `Authorization: Bearer mmx_…`; a key may what its owner may, narrowed to its
scopes (`domains:read`, `domains:*`, `*`). What one may not see is missing (404); what
one sees and may not change is forbidden (403).

**Other systems** that are saved here ([how](../howto/systems.md)) have the same routes
below `{BASE}/s/NAME`, for who administers this whole system; a key needs `systems:read`
or `systems:write`, too. What is about oneself stays here:
{OWN}. One that is away is 503.

**Refusals** are problems (RFC 9457, `application/problem+json`): `status`, `code` (a
word that does not change), `field`, `detail` (the reason), `hint` (the cure).

| status | when |
|---|---|
| 400 | the request is not understood |
| 401 | nobody has signed in; address, password or code is wrong |
| 403 | not allowed; or not sent by our pages (`csrf`); a key without the `scope` |
| 404 | there is no such thing, or not for you |
| 405 | not this method; `Allow` names those that are |
| 409 | it is there already, or others point to it |
| 412, 428 | `If-Match`: it has changed meanwhile; it is missing |
| 413, 414, 431 | too much |
| 415 | not JSON |
| 421 | that is no name of this server (`[web] names`) |
| 422 | a value that cannot be used |
| 503 | not now: the hub is away; `Retry-After` |

Beside it: `/healthz/live` (this process answers), `/healthz/ready` (the hub can be
asked), `/metrics` (Prometheus; for programs of this computer, or the scope
`metrics:read`).

"""

_WHOSE = {
    Whose.EVERYBODY: "everybody",
    Whose.SIGNED_IN: "whoever has signed in",
    Whose.SYSTEM: "system administrators",
    Whose.ADMINISTERED: "administrators, what is theirs",
}


def page() -> str:
    """Return the page."""
    lines = ["| route | what it does | scope | who |", "|---|---|---|---|"]
    lines += [_row(one) for one in all_routes().all]
    return HEAD + "\n".join(lines) + "\n"


def _row(one: Route) -> str:
    return (
        f"| `{one.method} {one.path}` | {one.summary} | `{one.scope}` | {_who(one)} |"
    )


def _who(one: Route) -> str:
    owner = one.owner(dict.fromkeys(one.parameters, "x@y.test"))
    if isinstance(owner, Whose):
        return _WHOSE[owner]
    if isinstance(owner, OfUser):
        own = ", and the user" if owner.is_own else ""
        return f"administrators of the user's domain{own}"
    if isinstance(owner, OfAlias):
        return "administrators of the address' domain"
    assert isinstance(owner, OfDomain)  # noqa: S101 - the four kinds
    if one.changes and not owner.is_open:
        return "system administrators"
    return "administrators of the domain"


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    sys.exit(main())

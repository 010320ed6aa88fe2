"""Rules of the system, of a domain, of a user: one resource, in three places.

Theory:
    ``/rules``, ``/domains/{name}/rules`` and ``/users/{address}/rules`` are lists of
    the same things; a handler finds in the path whose list is meant, and the hub
    refuses a number that stands in another.

    Places and hits change by themselves, so they are no part of what is shown with an
    ETag: they stand in the list, and in a rule's ``standing``.

Rules:
    Whoever does not administer the system makes and touches no rule that runs a
    program or reads a file of the server. The hub says so (`datamax.behalf`), by who
    the session is of; that is why trials, too, are asked on somebody's behalf.

Manual: 4.7, 6.4, 7.5, 8; DECISIONS 25.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from mailmax.hub.contract import rules as asked
from mailmax.hub.contract.rules import RuleOwner, RulePage, RuleShown, RuleView
from mailmax.webadmin.api.rank import check_rank
from mailmax.webadmin.api.rule_trials import (
    RuleBody,
    RuleTrial,
    TriedRule,
    definition_of,
    try_rule,
)
from mailmax.webadmin.api.words import Carried, carried, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import (
    BASE,
    FindOwner,
    Handler,
    Route,
    Shape,
    domains,
    nobodys,
    route,
    users,
)
from mailmax.webadmin.rest.sorting import Columns, part_of

_COLUMNS = Columns(
    sorted=("place", "name", "enabled", "hits", "last_hit_at"),
    own=("number",),
    searched=("name", "summary"),
)


class RuleRow(msgspec.Struct, frozen=True):
    """A rule in a list."""

    number: int
    """Its own, whatever its place is."""
    place: int
    """1 is applied first."""
    name: str
    enabled: bool
    summary: str
    """In English; the beginning of a long one."""
    hits: int
    last_hit_at: str | None
    conditions: list[dict[str, Any]] | None
    """Null where the rule is too long for a list."""
    actions: list[dict[str, Any]] | None


class RuleDetail(msgspec.Struct, frozen=True):
    """All of one rule."""

    number: int
    name: str
    enabled: bool
    summary: str
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]


class RuleStanding(msgspec.Struct, frozen=True):
    """What of a rule changes by itself."""

    place: int
    hits: int
    last_hit_at: str | None


class NewRule(RuleBody, frozen=True, forbid_unknown_fields=True):
    """A rule to be."""

    enabled: bool = True
    place: int = 0
    """From 1; 0, or beyond the end: last."""


class AddedRule(msgspec.Struct, frozen=True):
    """It is durable and acts."""

    number: int
    waiting_for: list[str]
    note: str


class RuleSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a rule acts."""

    enabled: bool


class RuleMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rule shall stand: one of the two."""

    place: int = 0
    """From 1; beyond the end: last."""
    steps: int = 0
    """Down the list; below zero: up."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a list of rules is."""

    scope: asked.RuleScope
    path: str
    owner: FindOwner


_PLACES = (
    _Place("system", "/rules", nobodys(Whose.SYSTEM)),
    _Place("domain", "/domains/{name}/rules", domains("name", is_open=True)),
    _Place("user", "/users/{address}/rules", users("address", is_own=True)),
)


async def _list(call: Call) -> Page[RuleRow]:
    """List the rules {of} in their order."""
    owner = _owner(call)

    async def read(cursor: str, limit: int) -> Page[RuleRow]:
        page = await call.ask(asked.ListRules(owner, cursor, limit), RulePage)
        return Page([_row(view) for view in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _COLUMNS)


async def _show(call: Call) -> RuleDetail:
    """Show all of a rule {of}."""
    shown = await call.ask(asked.ShowRule(_number(call), _owner(call)), RuleShown)
    view, whole = shown.view, json.loads(shown.definition)
    return RuleDetail(
        view.rule_id,
        view.name,
        view.is_enabled,
        view.summary,
        whole["conditions"],
        whole["actions"],
    )


async def _show_standing(call: Call) -> RuleStanding:
    """Show place and hits of a rule {of}."""
    shown = await call.ask(asked.ShowRule(_number(call), _owner(call)), RuleShown)
    view = shown.view
    return RuleStanding(view.place, view.hits, moment(view.last_hit_at))


async def _add(call: Call) -> Answer:
    """Add a rule {of}."""
    await _check_rank(call)
    new = call.taken(NewRule)
    request = asked.AddRule(
        _owner(call), definition_of(new), max(0, new.place), new.enabled
    )
    changed = await call.change(request)
    told = AddedRule(changed.item_id, list(changed.waiting_for), changed.note)
    return made(told, f"{BASE}{_path(call)}/{changed.item_id}")


async def _change(call: Call) -> Carried:
    """Give a rule {of} another name, other conditions and actions."""
    await _check_rank(call)
    definition = definition_of(call.taken(RuleBody))
    request = asked.ChangeRule(_number(call), definition, _owner(call))
    return carried(await call.change(request))


async def _delete(call: Call) -> Carried:
    """Delete a rule {of}."""
    await _check_rank(call)
    request = asked.DeleteRule(_number(call), _owner(call))
    return carried(await call.change(request))


async def _switch(call: Call) -> Carried:
    """Let a rule {of} act, or not."""
    await _check_rank(call)
    is_enabled = call.taken(RuleSwitch).enabled
    request = asked.SwitchRule(_number(call), is_enabled, _owner(call))
    return carried(await call.change(request))


async def _move(call: Call) -> Carried:
    """Apply a rule {of} earlier or later."""
    await _check_rank(call)
    move = call.taken(RuleMove)
    request = asked.MoveRule(_number(call), move.place, move.steps, _owner(call))
    return carried(await call.change(request))


async def _try(call: Call) -> TriedRule:
    """Say what a rule {of}, kept or not, makes of a message; nothing is done."""
    return await try_rule(call, call.taken(RuleTrial), _owner(call))


def _routes_of(place: _Place) -> list[Route]:
    """Return the routes of the lists of one scope."""
    of = {"system": "of the system", "domain": "of a domain", "user": "of a user"}

    def declare(way: str, handler: Handler, shape: Shape) -> Route:
        method, _, rest = way.partition(" ")
        scope = "rules:read" if method == "GET" else "rules:write"
        named = _named(handler, place.scope, of[place.scope])
        path = f"{method} {place.path}{rest}"
        return route(path, scope=scope, owner=place.owner, shape=shape)(named)

    show = declare("GET /{number}", _show, Shape(gives=RuleDetail))
    seen = show.handler
    made_ = HTTPStatus.CREATED
    return [
        declare(
            "GET ",
            _list,
            Shape(query=Asked, gives=Page[RuleRow], sorts=_COLUMNS.sorted),
        ),
        show,
        declare("GET /{number}/standing", _show_standing, Shape(gives=RuleStanding)),
        declare("POST ", _add, Shape(takes=NewRule, gives=AddedRule, status=made_)),
        declare(
            "PUT /{number}",
            _change,
            Shape(takes=RuleBody, gives=Carried, shown_by=seen),
        ),
        declare("DELETE /{number}", _delete, Shape(gives=Carried, shown_by=seen)),
        declare(
            "PUT /{number}/enabled",
            _switch,
            Shape(takes=RuleSwitch, gives=Carried, shown_by=seen),
        ),
        declare(
            "POST /{number}/move",
            _move,
            Shape(takes=RuleMove, gives=Carried, shown_by=seen),
        ),
        declare("POST /test", _try, Shape(takes=RuleTrial, gives=TriedRule)),
    ]


def _named(handler: Handler, scope: str, of: str) -> Handler:
    """Return a handler with a name and a sentence of its own (OpenAPI needs both)."""

    async def named(call: Call) -> Any:
        return await handler(call)

    verb, _, rest = handler.__name__.strip("_").partition("_")
    things = "rules" if verb == "list" else "rule"
    named.__name__ = "_".join(filter(None, (verb, scope, things, rest)))
    named.__doc__ = (handler.__doc__ or "").replace("{of}", of)
    return named


ROUTES = tuple(one for place in _PLACES for one in _routes_of(place))


def _owner(call: Call) -> RuleOwner:
    """Return whose list the path names."""
    if "address" in call.params:
        return RuleOwner("user", call.params["address"])
    if "name" in call.params:
        return RuleOwner("domain", call.params["name"])
    return RuleOwner("system")


def _path(call: Call) -> str:
    """Return where the list is that the path names."""
    owner = _owner(call)
    found = next(one.path for one in _PLACES if one.scope == owner.scope)
    name = quote(owner.name, safe="")
    return found.replace("{name}", name).replace("{address}", name)


def _number(call: Call) -> int:
    text = call.params["number"]
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 16 and int(text)):
        raise not_found(f"there is no rule {text[:20]!r}")
    return int(text)


async def _check_rank(call: Call) -> None:
    """Refuse to touch the rules of a user who may more (TRUST I3)."""
    if "address" in call.params:
        await check_rank(call, call.params["address"])


def _row(view: RuleView) -> RuleRow:
    whole = json.loads(view.definition) if view.definition else {}
    return RuleRow(
        view.rule_id,
        view.place,
        view.name,
        view.is_enabled,
        view.summary,
        view.hits,
        moment(view.last_hit_at),
        whole.get("conditions"),
        whole.get("actions"),
    )

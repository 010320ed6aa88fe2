"""Every route of the REST API says who may, changes nothing by GET, is described."""

import json
import re

import pytest

from mailmax.webadmin.api import all_routes
from mailmax.webadmin.authorize import (
    Allowed,
    Anonymous,
    OfAlias,
    OfDomain,
    OfUser,
    User,
    Whose,
    decide,
)
from mailmax.webadmin.rest.openapi import describe
from mailmax.webadmin.rest.routes import BASE, Route

ROUTES = all_routes()
PUBLIC = {"show_session", "sign_in", "sign_out"}
"""All that somebody may ask who has not signed in."""

each = pytest.mark.parametrize("route", ROUTES.all, ids=lambda one: one.name)


@each
def test_it_has_a_scope_and_an_owner(route: Route):
    owner = route.owner(dict.fromkeys(route.parameters, "x@y.test"))

    assert re.fullmatch("[a-z_]+:(read|write)", route.scope)
    assert isinstance(owner, Whose | OfDomain | OfUser | OfAlias)
    assert route.summary.endswith(".")


@each
def test_reading_needs_the_scope_to_read_and_changing_the_one_to_write(route: Route):
    assert route.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert route.scope.endswith(":read") is (route.method == "GET")


@each
def test_a_stranger_may_only_sign_in(route: Route):
    owner = route.owner(dict.fromkeys(route.parameters, "x@y.test"))
    may = decide(Anonymous(), route.scope, owner) is Allowed.YES

    assert may is (route.name in PUBLIC)


@each
def test_a_user_is_shown_nothing_of_another(route: Route):
    owner = route.owner(dict.fromkeys(route.parameters, "x@y.test"))
    may = decide(User("tim@y.test"), route.scope, owner) is Allowed.YES

    assert may is (owner in {Whose.EVERYBODY, Whose.SIGNED_IN})


def test_what_changes_a_thing_that_is_shown_asks_for_what_was_seen():
    """But for somebody's own small things, of which the last one holds."""
    shown = {one.path for one in ROUTES.all if one.method == "GET" and one.parameters}
    blind = [
        one.name
        for one in ROUTES.all
        if one.method in {"PATCH", "DELETE"}
        and one.path in shown
        and one.shown_by is None
        and one.owner(dict.fromkeys(one.parameters, "")) is not Whose.SIGNED_IN
    ]

    assert blind == []


def test_all_are_described_by_names_of_their_own():
    told = json.loads(describe(ROUTES))
    operations = [
        (method.upper(), path.removeprefix(BASE), one)
        for path, ways in told["paths"].items()
        for method, one in ways.items()
    ]
    refs = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(told)))

    assert {(m, p) for m, p, _ in operations} == {
        (one.method, one.path) for one in ROUTES.all
    }
    assert len({one["operationId"] for _, _, one in operations}) == len(operations)
    assert refs <= set(told["components"]["schemas"])
    assert all(one["responses"]["default"] for _, _, one in operations)

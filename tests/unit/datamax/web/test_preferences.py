"""What is kept as a preference, and what is not."""

import json

import pytest

from mailmax.datamax.web.preferences import why_bad
from mailmax.hub.contract.web import CONNECTIONS


def group(*members, name="all", **more):
    return {"kind": "group", "name": name, "members": list(members), **more}


def system(name="one", address="https://mail.one.test:8443", **more):
    return {"kind": "system", "name": name, "address": address, **more}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("columns.users", '["address", "kind"]'),
        ("theme", '"dark"'),
        ("gone", ""),
        (CONNECTIONS, json.dumps([system(), group(system("two"), is_cluster=True)])),
        (CONNECTIONS, json.dumps([group(), group(system(), name="others")])),
    ],
)
def test_small_json_is_kept(key, value):
    assert why_bad(key, value) is None


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("", "1", "key"),
        ("a/b", "1", "key"),
        ("k" * 101, "1", "key"),
        ("theme", "dark", "value"),
        ("theme", json.dumps("x" * 16_384), "value"),
        ("theme", "[" * 9_000, "value"),
        (CONNECTIONS, '"text"', "value"),
        (CONNECTIONS, json.dumps([system(password="x")]), "value"),
        (CONNECTIONS, json.dumps([system(address="javascript:alert(1)")]), "value"),
        (CONNECTIONS, json.dumps([system(address="https://me:pw@one.test")]), "value"),
        (CONNECTIONS, json.dumps([group(name=" ")]), "value"),
        (CONNECTIONS, json.dumps([group(group(name="inner"))]), "value"),
        (CONNECTIONS, json.dumps([system(), group(system("ONE "))]), "value"),
        (CONNECTIONS, json.dumps([system(str(at)) for at in range(501)]), "value"),
    ],
)
def test_anything_else_is_refused(key, value, field):
    denied = why_bad(key, value)

    assert denied is not None
    assert (denied.kind, denied.field) == ("bad_value", field)
    assert denied.cure

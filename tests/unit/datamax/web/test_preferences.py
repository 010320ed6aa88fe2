"""What is kept as a preference, and what is not."""

import json

import pytest

from mailmax.datamax.web.preferences import why_bad


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("columns.users", '["address", "kind"]'),
        ("theme", '"dark"'),
        ("gone", ""),
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
    ],
)
def test_anything_else_is_refused(key, value, field):
    denied = why_bad(key, value)

    assert denied is not None
    assert (denied.kind, denied.field) == ("bad_value", field)
    assert denied.cure

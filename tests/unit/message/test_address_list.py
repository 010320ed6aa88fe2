"""Address lists, sane and otherwise."""

import pytest

from mailmax.message.address_list import GROUP_END, TOKENS_LIMIT, Entry, parse


def one(name: bytes | None, local: bytes, domain: bytes) -> Entry:
    return Entry(name, None, local, domain)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", []),
        (b" , ,, ", []),
        (b"a@b", [one(None, b"a", b"b")]),
        (b"<a@b>", [one(None, b"a", b"b")]),
        (b"A B <a@b>, c@d", [one(b"A B", b"a", b"b"), one(None, b"c", b"d")]),
        (b'"B, \\"A\\"" <a@b>', [one(b'B, "A"', b"a", b"b")]),
        (b"J. R. Doe <a@b>", [one(b"J. R. Doe", b"a", b"b")]),
        (b"a@b (Al (x) Z)", [one(b"Al (x) Z", b"a", b"b")]),
        (b"a . b @ c . d", [one(None, b"a.b", b"c.d")]),
        (b'"a b"@c', [one(None, b"a b", b"c")]),
        (b"a@[192.0.2.1]", [one(None, b"a", b"[192.0.2.1]")]),
        (b"<@x,@y:a@b>", [Entry(None, b"@x,@y", b"a", b"b")]),
        (b"postmaster", [one(None, b"postmaster", b"")]),
        (b"a@b@c", [one(None, b"a@b", b"c")]),
        (b"=?utf-8?q?a=40evil?= <a@b>", [one(b"=?utf-8?q?a=40evil?=", b"a", b"b")]),
        (b"<>", []),
    ],
)
def test_addresses(value, expected):
    assert parse(value) == expected


def test_groups_are_flattened_with_a_start_and_an_end():
    value = b"A Group:Ed Jones <joe@where.test>,joe@x;, b@c"

    assert parse(value) == [
        Entry(None, None, b"A Group", None),
        one(b"Ed Jones", b"joe", b"where.test"),
        one(None, b"joe", b"x"),
        GROUP_END,
        one(None, b"b", b"c"),
    ]


def test_an_empty_and_an_open_group_end():
    assert parse(b"undisclosed recipients:;") == [
        Entry(None, None, b"undisclosed recipients", None),
        GROUP_END,
    ]
    assert parse(b"g: a@b")[-1] == GROUP_END


@pytest.mark.parametrize("extra", [-3, 0, 3])
def test_tokens_limit(extra):
    addresses = (TOKENS_LIMIT + extra) // 4  # word, at, word, comma

    found = parse(b"a@b," * addresses)

    assert len(found) == min(addresses, TOKENS_LIMIT // 4)


@pytest.mark.parametrize(
    "value",
    [
        b"a (" + b"(" * 100_000,
        b"a (\\",
        b'"' * 99_999,
        b"<" * 100_000,
        b"," * 100_000,
        b"g:a@b;" * 20_000,
        b"\\" * 1000,
        b"[[[",
        b"(" + b"\\" * 99_999,
        b")" * 1000,
        b";" * 1000,
        b"@" * 1000,
    ],
)
def test_hostile_lists_are_read_to_their_end_or_limit(value):
    """TRUST D-2, D-5."""
    assert len(parse(value)) <= TOKENS_LIMIT + 1

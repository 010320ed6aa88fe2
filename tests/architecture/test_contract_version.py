"""Who speaks another contract is refused by its version, so the version tells (HUB).

Theory:
    A digest is taken of all that may be said: names, tags and fields, down to the rows
    in them. It stands here beside the version that it is of.
"""

import hashlib
import types
import typing

import msgspec

from mailmax.hub import codec
from mailmax.hub.contract.joining import VERSION

KEPT = (6, "e170d335c451cf04")
"""A version, and the digest of its contract."""

CURES = {
    (True, False): "the contract has changed: raise VERSION in hub/contract/joining.py"
    " (once between two releases is enough), run this again, and let KEPT be what it"
    " says; only where nothing but fields with a default was added at an end may KEPT"
    " be {now}",
    (False, True): "VERSION has changed and the contract has not: put it back, or let"
    " KEPT be {now}",
    (False, False): "VERSION and contract have changed: let KEPT be {now}",
}
"""By whether the version, and the digest, are the same as before."""


def spell(kind: object, met: dict[str, type]) -> str:
    """Spell a type, and note the structs that are met in it."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return f"one of {sorted(map(repr, inside))}"
    if origin is not None:
        spelt = [spell(one, met) for one in inside]
        if origin in (typing.Union, types.UnionType):
            return " | ".join(sorted(spelt))
        return f"{origin.__name__}[{', '.join(spelt)}]"
    if not isinstance(kind, type):
        return repr(kind)  # the dots of a tuple
    if issubclass(kind, msgspec.Struct):
        met[kind.__name__] = kind
    return kind.__name__


def describe(*spoken: object) -> list[str]:
    """Describe every struct of some unions, and those in them, a line each."""
    met: dict[str, type] = {}
    lines: dict[str, str] = {}
    for union in spoken:
        spell(union, met)
    while todo := [name for name in met if name not in lines]:
        for name in todo:
            kind = met[name]
            hints = typing.get_type_hints(kind, include_extras=True)
            fields = [
                f"{field.encode_name}: {spell(hints[field.name], met)}"
                + ("" if field.required else " = …")
                for field in msgspec.structs.fields(kind)
            ]
            tag = kind.__struct_config__.tag
            lines[name] = f"{name} {tag} ({'; '.join(fields)})"
    return sorted(lines.values())


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def why_not(kept: tuple[int, str], now: tuple[int, str]) -> str:
    """Say what is to be done; nothing: it is as it was."""
    same = kept[0] == now[0], kept[1] == now[1]
    return "" if all(same) else CURES[same].format(now=now)


def test_the_version_and_the_contract_change_together():
    now = VERSION, digest(describe(codec.ToHub, codec.FromHub))

    assert not why_not(KEPT, now), why_not(KEPT, now)


class Row(msgspec.Struct, array_like=True):
    number: int


class Said(msgspec.Struct, array_like=True, tag=1):
    rows: tuple[Row, ...]


def renewed(name: str, *fields, tag: int | None = None) -> type:
    return msgspec.defstruct(name, fields, array_like=True, tag=tag)


def test_every_change_of_a_message_or_of_a_row_in_it_is_seen():
    rows = ("rows", tuple[Row, ...])
    longer = renewed("Row", ("number", int), ("more", str, ""))
    other = renewed("Row", ("number", float))
    contracts = [
        Said,
        Said | renewed("Other", tag=2),
        renewed("Said", rows, tag=2),
        renewed("Told", rows, tag=1),
        renewed("Said", rows, ("more", int, 0), tag=1),
        renewed("Said", ("rows", tuple[longer, ...]), tag=1),
        renewed("Said", ("rows", tuple[other, ...]), tag=1),
    ]

    digests = [digest(describe(contract)) for contract in contracts]

    assert len(set(digests)) == len(contracts)
    assert digest(describe(renewed("Said", rows, tag=1))) == digests[0]


def test_the_text_says_what_is_to_be_done():
    assert why_not((3, "a"), (3, "a")) == ""
    assert "raise VERSION" in why_not((3, "a"), (3, "b"))
    assert "put it back" in why_not((3, "a"), (4, "a"))
    assert "let KEPT be (4, 'b')" in why_not((3, "a"), (4, "b"))

"""Fields and where they lie."""

import pytest

from mailmax.base.units import KIB, MIB
from mailmax.message import header
from mailmax.message.header import Field


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"A: b\r\n\r\nbody", 8),
        (b"A: b\n\nbody", 6),
        (b"A: b\r\n\nbody", 7),
        (b"A: b\n\r\nbody", 7),
        (b"\r\nbody", 2),
        (b"\nbody", 1),
        (b"A: b\r\n", 6),
        (b"A: b", 4),
        (b"", 0),
        (b"A: b\n\nx\r\n\r\n", 6),
    ],
)
def test_the_body_begins_behind_the_first_empty_line(octets, expected):
    assert header.find_end(octets) == expected


def test_fields_keep_order_case_and_folding():
    octets = b"B: 1\r\n two\r\na : x\r\nb: 3\r\n\r\n"

    assert header.raw_fields(octets) == [
        (b"B", b" 1\r\n two\r"),
        (b"a", b" x\r"),
        (b"b", b" 3\r"),
    ]
    assert header.first_fields(octets)[b"b"] == b" 1\r\n two\r"


def test_offsets_give_back_the_octets():
    octets = b"B: 1\r\n two\r\na : x\r\n"

    found = header.fields(octets)

    assert found == [Field(b"B", 0, 12), Field(b"a", 12, 19)]
    assert b"".join(octets[f.start : f.end] for f in found) == octets


def test_lines_that_are_no_field_are_passed_over():
    octets = b" first\r\nno colon\r\n: no name\r\nX\xff: y\r\nA: b\r\n\r\n"

    assert header.raw_fields(octets) == [(b"A", b" b\r")]


def test_unfolding_drops_line_ends_and_nul():
    assert header.unfold(b" a\r\n\tb\n c\0d \r") == b"a\tb cd"


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_fields_limit(extra):
    count = header.FIELDS_LIMIT + extra

    found = header.raw_fields(b"A: b\r\n" * count)

    assert len(found) == min(count, header.FIELDS_LIMIT)
    assert len(header.fields(b"A: b\r\n" * count)) == min(count, header.FIELDS_LIMIT)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_field_limit(extra):
    size = 100 * KIB + extra

    [(_, value)] = header.raw_fields(b"A:" + b"x" * size)

    assert len(value) == min(size, 100 * KIB)


def test_only_the_first_mebibyte_is_parsed():
    octets = b"A: " + b"x" * MIB + b"\r\nB: y\r\n"

    assert [name for name, _ in header.raw_fields(octets)] == [b"A"]

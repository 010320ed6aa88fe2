"""Lines with limits, independent of how they were cut."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.lines import LineBuffer, LineFault

LIMIT = 12


def lines_of(buffer, limit=LIMIT):
    found = []
    while (line := buffer.next_line(limit)) is not None:
        found.append(line)
    return found


def read(*chunks, limit=LIMIT):
    buffer = LineBuffer()
    found = []
    for chunk in chunks:
        buffer.feed(chunk)
        found += lines_of(buffer, limit)
    return found


def test_lines_come_without_their_ends():
    assert read(b"EHLO a\r\n\r\nNO") == [b"EHLO a", b""]
    assert read(b"NO", b"OP\r", b"\nQ\r\n") == [b"NOOP", b"Q"]


def test_the_limit_counts_cr_lf():
    """TRUST §3: at L-1, L and L+1."""
    assert read(b"x" * 9 + b"\r\n") == [b"x" * 9]
    assert read(b"x" * 10 + b"\r\n") == [b"x" * 10]
    assert read(b"x" * 11 + b"\r\n") == [LineFault.TOO_LONG]


def test_a_long_line_is_one_fault_and_the_next_line_is_heard():
    octets = b"x" * 100 + b"\r\nNOOP\r\n"
    expected = [LineFault.TOO_LONG, b"NOOP"]
    assert read(octets) == expected
    assert read(*(octets[i : i + 1] for i in range(len(octets)))) == expected


def test_a_line_ended_by_lf_alone_is_a_fault():
    assert read(b"NOOP\nQUIT\r\n\n") == [
        LineFault.BARE_LF,
        b"QUIT",
        LineFault.BARE_LF,
    ]


def test_what_never_ends_is_not_kept():
    buffer = LineBuffer()
    for _ in range(100):
        buffer.feed(b"x" * 1024)
        buffer.next_line(LIMIT)
        assert len(buffer) <= LIMIT


def test_octets_can_be_taken_between_lines_and_given_back():
    buffer = LineBuffer()
    buffer.feed(b"DATA\r\nabc")
    buffer.feed(b"def\r\nQUIT\r\n")
    assert buffer.next_line(LIMIT) == b"DATA"
    assert buffer.take(2) == b"ab"
    assert len(buffer) == 12
    rest = buffer.take()
    assert rest == b"cdef\r\nQUIT\r\n"
    buffer.put_back(rest[4:])
    assert lines_of(buffer) == [b"", b"QUIT"]


def test_clear_forgets_a_half_line():
    buffer = LineBuffer()
    buffer.feed(b"MAIL FROM:")
    buffer.clear()
    buffer.feed(b"NOOP\r\n")
    assert lines_of(buffer) == [b"NOOP"]


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"xxxxxxxx"])), st.data())
def test_cutting_changes_nothing(pieces, data):
    octets = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=6))
    edges = [0, *sorted(cuts), len(octets)]
    chunks = [octets[a:b] for a, b in itertools.pairwise(edges)]
    assert read(*chunks) == read(octets)

"""Small parts of POP3: APOP, TOP, sizes."""

import itertools

import pytest

from mailmax.wire.pop3.apop import compute_digest, is_digest, make_challenge
from mailmax.wire.pop3.multiline import MultilineWriter, encode_message, octets_sent
from mailmax.wire.pop3.top import TopCutter


def test_the_example_of_the_rfc() -> None:
    """RFC 1939 §7."""
    challenge = "<1896.697170952@dbc.mtview.ca.us>"

    digest = compute_digest(challenge, "tanstaaf")

    assert digest == "c4c9334bac560ecc979e58001b3e22fb"
    assert is_digest(digest.encode())
    assert not is_digest(digest.upper().encode())


def test_a_challenge_is_random_and_printable() -> None:
    challenge = make_challenge(bytes(range(16)), "pop.example.com")

    assert challenge == "<000102030405060708090a0b0c0d0e0f@pop.example.com>"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("content", "lines", "expected"),
    [
        (b"a|b||1|2|3", 0, b"a|b||"),
        (b"a|b||1|2|3|", 2, b"a|b||1|2|"),
        (b"a|b||1|2|3", 3, b"a|b||1|2|3"),
        (b"a|b||1|2|3", 9, b"a|b||1|2|3"),
        (b"|1|2|", 1, b"|1|"),
        (b"a|b|", 1, b"a|b|"),
        (b"a|b||", 1, b"a|b||"),
        (b"a||||x|", 2, b"a||||"),
        (b"", 5, b""),
    ],
)
def test_top_ends_after_so_many_lines_however_it_is_cut(
    content: bytes, lines: int, expected: bytes, end: bytes
) -> None:
    content, expected = content.replace(b"|", end), expected.replace(b"|", end)

    for size in range(1, len(content) + 2):
        cutter = TopCutter(lines)
        got = b""
        for start in range(0, len(content), size):
            got += cutter.feed(content[start : start + size])
            if cutter.done:
                break
        assert got == expected


def read_back(sent: bytes) -> bytes:
    """What a client that takes LF for the end of a line makes of a response."""
    lines = sent.splitlines(keepends=True) if b"\r" not in sent else _lines(sent)
    assert lines[-1] == b".\r\n"
    assert b".\r\n" not in lines[:-1]
    assert b".\n" not in lines[:-1]
    return b"".join(line.removeprefix(b".") for line in lines[:-1])


def _lines(octets: bytes) -> list[bytes]:
    return [line + b"\n" for line in octets.split(b"\n")[:-1]]


def test_all_short_contents_arrive_with_the_size_that_is_listed() -> None:
    """TRUST F4, exhaustive up to six symbols, in any pieces of up to three."""
    for length in range(7):
        for symbols in itertools.product(b"\r\n.x", repeat=length):
            content = bytes(symbols)
            sent = encode_message(content)
            back = read_back(sent)
            assert back.removesuffix(b"\r\n") == content.removesuffix(b"\r\n")
            assert octets_sent(len(content), content[-2:]) == len(back)
            for size in (1, 2, 3):
                writer = MultilineWriter()
                pieces = [
                    writer.feed(content[start : start + size])
                    for start in range(0, length, size)
                ]
                assert b"".join(pieces) + writer.finish() == sent

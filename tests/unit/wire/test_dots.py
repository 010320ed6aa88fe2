"""Nothing but CR LF . CR LF ends a message (TRUST A1, A2, A3, A5)."""

import itertools
import time

import pytest

from mailmax.wire.dots import DotReader, DotWriter, stuff

SYMBOLS = (b"\r", b"\n", b".", b"x", b"\0")
LENGTH = 8


def specification(octets):
    """Ten lines that say what a reader of mail data must see."""
    seen = b"\r\n" + octets
    end = seen.find(b"\r\n.\r\n")
    whole = seen[: end + 2] if end >= 0 else None
    if whole is None:
        return None
    lines = whole[2:].split(b"\r\n")
    content = b"\r\n".join(line.removeprefix(b".") for line in lines)
    bare = any(b"\r" in line or b"\n" in line for line in lines)
    return content, bare, octets[end + 3 :]


def read(*chunks):
    reader = DotReader()
    content = b""
    for chunk in chunks:
        if reader.ended:
            reader.rest += chunk
        else:
            content += reader.feed(chunk)
    return (content, reader.bare, reader.rest) if reader.ended else None


class States:
    """Runs the reader from any state it can be in, each case once."""

    def __init__(self):
        self.memory = {}

    def run(self, state, octets):
        key = state, octets
        if key not in self.memory:
            reader = DotReader()
            reader._first, reader._held, reader.bare, reader.ended, reader.rest = state
            if reader.ended:
                content = b""
                reader.rest += octets
            else:
                content = reader.feed(octets)
            after = (
                reader._first, reader._held, reader.bare, reader.ended, reader.rest,
            )  # fmt: skip
            self.memory[key] = content, after
        return self.memory[key]


FRESH = (True, b"\r\n", False, False, b"")


def test_all_short_strings_at_every_split_agree_with_the_specification():
    """TRUST A2: 488,280 strings, each cut in two at every place."""
    states = States()
    checked = 0
    for length in range(1, LENGTH + 1):
        for symbols in itertools.product(SYMBOLS, repeat=length):
            octets = b"".join(symbols)
            expected = specification(octets)
            for cut in range(length):
                head, state = states.run(FRESH, octets[:cut]) if cut else (b"", FRESH)
                tail, (_, held, bare, ended, rest) = states.run(state, octets[cut:])
                if ended:
                    assert (head + tail, bare, rest) == expected, (octets, cut)
                else:
                    assert expected is None, (octets, cut)
                    assert len(held) <= 4
            checked += 1
    assert checked == 488_280


WRONG_ENDS = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\r\r\n",
    b"\r\n\0.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\0\r\n",
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_ENDS)
def test_no_other_sequence_ends_a_message(wrong):
    """TRUST A1: the list of the SEC Consult scanner."""
    smuggled = b"MAIL FROM:<evil@x>\r\n"
    octets = b"Subject: a\r\n\r\nbody" + wrong + smuggled
    result = read(octets + b"\r\n.\r\n")
    assert result is not None
    content, bare, rest = result
    assert smuggled in content
    assert rest == b""
    assert bare == (b"\0" not in wrong)


def test_a_doubled_cr_before_the_end_marks_the_message():
    assert read(b"a\r\r\n.\r\n") == (b"a\r\r\n", True, b"")


def test_terminator_split_in_three_and_a_wall_of_dots():
    """TRUST A5."""
    assert read(b"a\r\n", b".", b"\r", b"\nQUIT") == (b"a\r\n", False, b"QUIT")
    wall = b"\r\n.x" * 65536
    assert read(wall + b"\r\n.\r\n") == (b"\r\nx" * 65536 + b"\r\n", False, b"")


def test_reading_is_linear_whatever_the_dots():
    """TRUST A5: four times as much takes at most eight times as long."""

    def seconds(octets, chunk):
        pieces = [octets[at : at + chunk] for at in range(0, len(octets), chunk)]
        best = 1e9
        for _ in range(5):
            reader = DotReader()
            begin = time.thread_time()
            for piece in pieces:
                reader.feed(piece)
            best = min(best, time.thread_time() - begin)
            assert reader.ended
        return best

    for wall in (b"\r\n..", b"\r\n.x", b"\r\n", b"\r", b"\n.", b".\r"):
        for chunk, size in ((7, 10_000), (65536, 1 << 20)):
            small = b"x" + wall * (size // len(wall)) + b"\r\n.\r\n"
            large = b"x" + wall * (4 * size // len(wall)) + b"\r\n.\r\n"
            # Of a quadratic one no try is that quick, however the others went.
            tries = (seconds(large, chunk) < 8 * seconds(small, chunk) for _ in "123")
            assert any(tries), (wall, chunk)


def test_a_lone_first_dot_is_an_empty_message():
    assert read(b".\r\nNOOP\r\n") == (b"", False, b"NOOP\r\n")
    assert read(b".", b"\r", b"\n") == (b"", False, b"")


def test_every_octet_alone_reads_the_same():
    octets = b"..a\r\n\r\n.b\r\n...\r\nc.\r\n.\r\n"
    expected = (b".a\r\n\r\nb\r\n..\r\nc.\r\n", False, b"")
    assert read(octets) == expected
    assert read(*(octets[i : i + 1] for i in range(len(octets)))) == expected


# Receivers with a wrong idea of the end must see one message of ours, too.
CARELESS_ENDS = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n",
    b"\r\n.\n", b"\r\n.\r\r\n", b"\r\n\0.\r\n",
]  # fmt: skip


def test_what_we_send_ends_once_for_every_careless_receiver():
    """TRUST A3: with NUL a message is not sent at all (`policy.offers`)."""
    for length in range(9):
        for symbols in itertools.product(SYMBOLS[:4], repeat=length):
            body = b"".join(symbols)
            sent = b"\r\n" + stuff(body, mend=True)
            assert sent.endswith(b"\r\n.\r\n")
            inside = sent[:-5]
            assert b"\r\n.\r\n" not in sent[:-1]
            for end in CARELESS_ENDS:
                assert end not in inside, body


def test_what_is_sent_can_be_read_again():
    for length in range(7):
        for symbols in itertools.product(SYMBOLS[:4], repeat=length):
            body = b"".join(symbols)
            result = read(stuff(body))
            assert result is not None
            at_line_start = body.endswith(b"\r\n") or not body
            assert result[0] == (body if at_line_start else body + b"\r\n")


@pytest.mark.parametrize("mend", [False, True])
def test_chunks_do_not_change_what_is_sent(mend):
    for symbols in itertools.product(SYMBOLS[:4], repeat=5):
        body = b"".join(symbols)
        for cut in range(1, 5):
            writer = DotWriter(mend=mend)
            sent = writer.feed(body[:cut]) + writer.feed(body[cut:]) + writer.finish()
            assert sent == stuff(body, mend=mend)

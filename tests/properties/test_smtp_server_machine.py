"""The SMTP server machine: cutting changes nothing, nothing makes it raise."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.wire.smtp.states import Mode
from smtp_script import ScriptedRoom


def run(mode, chunks):
    room = ScriptedRoom(mode)
    output = room.feed(b"")
    for chunk in chunks:
        output += room.feed(chunk)
    return room.events, output, room.machine.state


LINES = [
    b"EHLO a.test", b"HELO a.test", b"LHLO a.test", b"MAIL FROM:<a@b.test>",
    b"MAIL FROM:<> SIZE=5 BODY=8BITMIME", b"MAIL FROM:<a@b.test> SIZE=9999999",
    b"RCPT TO:<tim@demo.test>", b"RCPT TO:<nobody@demo.test>", b"RCPT TO:<\xc3@a>",
    b"DATA", b"BDAT 4\r\nabcd", b"BDAT 3 LAST\r\na\r\n", b"BDAT 0 LAST", b"BDAT 0",
    b"BDAT 2\r\na\r", b"BDAT 1 LAST\r\n\n", b"BDAT 99999999999",
    b"RSET", b"NOOP", b"QUIT", b"VRFY tim", b"HELP", b"EXPN x", b"", b".", b"..", b"x",
    b"x\ny", b"a\rb", b"AUTH PLAIN AHRpbQBw", b"AUTH PLAIN AHRpbQBzZWNyZXQ=",
    b"AUTH LOGIN", b"dGlt", b"*", b"\0",
    b"X" * 2100, b"AUTH PLAIN " + b"A" * 5000, b"Subject: hello", b"POST / HTTP/1.1",
]  # fmt: skip

GOOD_START = b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<tim@demo.test>\r\n"


@st.composite
def dialogues(draw):
    start = draw(st.sampled_from([b"", GOOD_START, GOOD_START + b"DATA\r\n"]))
    lines = draw(st.lists(st.sampled_from(LINES), max_size=25))
    ends = draw(
        st.lists(
            st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r\r\n", b""]),
            min_size=len(lines),
            max_size=len(lines),
        )
    )
    return start + b"".join(map(bytes.__add__, lines, ends))


@settings(max_examples=300)
@given(st.sampled_from(Mode), dialogues(), st.data())
def test_cutting_changes_nothing(mode, octets, data):
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=8))
    edges = [0, *sorted(cuts), len(octets)]
    chunks = [octets[a:b] for a, b in itertools.pairwise(edges)]

    assert run(mode, chunks) == run(mode, [octets])


@given(st.sampled_from(Mode), dialogues())
def test_octet_by_octet_changes_nothing(mode, octets):
    chunks = [octets[i : i + 1] for i in range(len(octets))]

    assert run(mode, chunks) == run(mode, [octets])


@given(st.sampled_from(Mode), st.lists(st.binary(max_size=200), max_size=10))
def test_nothing_makes_it_raise(mode, chunks):
    _, output, _ = run(mode, chunks)

    assert output.startswith(b"220 ")
    for line in output.split(b"\r\n")[:-1]:
        assert line[:3].isdigit()
        assert line.isascii()
        assert line.decode().isprintable()

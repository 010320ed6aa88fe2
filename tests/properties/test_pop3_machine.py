"""The POP3 machine: cutting changes nothing, nothing makes it raise."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.machine import NotNow
from mailmax.wire.pop3 import commands
from mailmax.wire.pop3.server import Pop3Server

WORDS = [
    b"USER tim", b"PASS a b", b"AUTH PLAIN", b"AUTH PLAIN AHRpbQB4", b"AHRpbQB4", b"*",
    b"APOP tim " + b"0" * 32, b"CAPA", b"STLS", b"STAT", b"LIST", b"LIST 2", b"UIDL",
    b"RETR 1", b"RETR 3", b"TOP 1 2", b"DELE 1", b"RSET", b"NOOP", b"QUIT", b"x" * 513,
    b"AUTH PLAIN " + b"A" * 8190, b"y" * 20_000, b"\0", b"", b"GET /", b"USER \xff",
]  # fmt: skip

LINES = st.tuples(st.sampled_from(WORDS), st.sampled_from([b"\r\n", b"\r\n", b"\n"]))
STREAMS = st.one_of(
    st.lists(LINES, max_size=30).map(lambda lines: b"".join(a + b for a, b in lines)),
    st.binary(max_size=300),
)


class Room:
    """Lets tim in, has two messages, refuses others."""

    def __init__(self) -> None:
        self.machine = Pop3Server()
        self.machine.may_login = self.machine.may_apop = True
        self.machine.offers_tls = True
        self.machine.greet("ready", "<1@a>")
        self.seen: list[object] = []

    def feed(self, octets: bytes) -> None:
        self.machine.receive(octets)
        while not isinstance(event := self.machine.next_event(), NotNow):
            self.seen.append(event)
            self.answer(event)

    def answer(self, event: commands.Command) -> None:
        machine = self.machine
        match event:
            case commands.Retrieve(1) | commands.Top():
                machine.message("x", b".\r\n")
            case commands.List(None) | commands.Uidl(None):
                machine.begin_lines("x")
                machine.content(b"1 2\r\n")
                machine.end_lines()
            case commands.Retrieve() | commands.StartTls():
                machine.err("no")
            case _:
                machine.ok("yes")


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    room = Room()
    for piece in pieces:
        room.feed(piece)
    room.machine.receive_eof()
    room.feed(b"")
    machine = room.machine
    return room.seen, machine.take_output(), machine.state, machine.expects_close


@given(STREAMS, st.lists(st.integers(0, 30_000), max_size=12))
def test_cutting_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]

    assert outcome(pieces) == outcome([stream])


@given(STREAMS)
def test_octet_by_octet_is_the_same(stream: bytes) -> None:
    stream = stream[-1500:]

    assert outcome([bytes((octet,)) for octet in stream]) == outcome([stream])


@given(STREAMS)
def test_every_answer_is_whole_lines(stream: bytes) -> None:
    _, output, _, closed = outcome([stream])

    assert output.endswith(b"\r\n")
    assert closed

"""The IMAP machine: cutting changes nothing, nothing makes it raise."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.imap.commands.append import (
    Append,
    AppendAbandoned,
    AppendChunk,
    AppendEnd,
)
from mailmax.wire.imap.commands.fetch import Fetch
from mailmax.wire.imap.commands.idle import Idle
from mailmax.wire.imap.commands.login import Login
from mailmax.wire.imap.commands.starttls import StartTls
from mailmax.wire.imap.intake import Limits
from mailmax.wire.imap.server import ServerMachine
from mailmax.wire.machine import NotNow

LIMITS = Limits(
    command_octets_before=300,
    command_octets_after=600,
    message_octets=200,
    bad_before=5,
    bad_after=10,
)

WORDS = [
    b"a CAPABILITY", b"b NOOP", b"c LOGIN tim demo", b"d LOGIN {3}", b"tim {4+}",
    b"demo", b"tim", b"e SELECT INBOX", b"f FETCH 1:* (FLAGS UID)", b"g UID SEARCH ALL",
    b"h IDLE", b"DONE", b"i APPEND INBOX {12}", b"i APPEND INBOX (\\Seen) {12+}",
    b"hello world!", b"j APPEND {5}", b"INBOX {12}", b"k APPEND INBOX {999+}",
    b"l AUTHENTICATE PLAIN", b"AHRpbQBkZW1v", b"*", b"m AUTHENTICATE PLAIN =",
    b"n AUTHENTICATE LOGIN", b"dGlt", b"o LOGOUT", b"p STARTTLS", b"q FOO {9+}",
    b"x DELETE INBOX", b"r SEARCH SUBJECT {3+}", b"s SEARCH (((((((((((((((((((((((((",
    b"t {5}", b"u {99999999999999999999+}", b"v NOOP {0}", b"{3}", b"GET / HTTP/1.1",
    b"z" * 700, b"y" * 299, b"\0", b"", b"w STORE 1 +FLAGS (\\Deleted)", b" {3+}",
]  # fmt: skip

LINES = st.tuples(
    st.sampled_from(WORDS), st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"", b"\n"])
)
STREAMS = st.one_of(
    st.lists(LINES, max_size=30).map(lambda lines: b"".join(a + b for a, b in lines)),
    st.binary(max_size=400),
)


class Room:
    """Answers everything: logins and most commands well, FETCH not."""

    def __init__(self) -> None:
        self.machine = ServerMachine(LIMITS)
        self.seen: list[object] = []
        self.message = b""
        self.output = b""

    def feed(self, octets: bytes) -> None:
        self.machine.receive(octets)
        while not isinstance(event := self.machine.next_event(), NotNow):
            self.answer(event)
        self.output += self.machine.take_output()

    def answer(self, event: object) -> None:
        if isinstance(event, AppendChunk):
            self.message += event.octets
            return
        if isinstance(event, AppendEnd):
            event = (event, self.message)
        self.seen.append(event)
        match event:
            case AppendAbandoned():
                self.message = b""
            case Append(flags=flags) if flags.system:
                self.machine.no("not now")
            case Append():
                self.message = b""
                self.machine.accept_message()
            case Idle():
                self.machine.begin_idle()
            case Login(login_name="nobody") | Fetch() | StartTls():
                self.machine.no("no")
            case _:
                self.machine.ok("done")


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    room = Room()
    for piece in pieces:
        room.feed(piece)
    machine = room.machine
    return room.seen, room.output, machine.state, machine.expects_close


@given(STREAMS, st.lists(st.integers(0, 700)))
def test_cutting_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(places)]

    assert outcome([stream]) == outcome(pieces)


@given(STREAMS)
def test_octet_by_octet_changes_nothing(stream: bytes) -> None:
    assert outcome([stream]) == outcome([stream[i : i + 1] for i in range(len(stream))])


@given(st.integers(1, 60), st.sampled_from([b"FOO", b"FETCH", b"LOGIN", b"APPEND x"]))
def test_a_refused_literal_is_never_a_command(size: int, verb: bytes) -> None:
    """TRUST E3: the payload of ``{n+}`` is swallowed, whatever its command."""
    payload = b"x DELETE INBOX\r\n" * 10

    room = Room()
    room.feed(b"a %b {%d+}\r\n" % (verb, size) + payload[:size])

    assert b"x " not in room.output
    assert room.seen == []
    room.feed(b"\r\nb NOOP\r\n")
    assert room.output.endswith(b"b OK done\r\n")


@given(STREAMS)
def test_responses_are_whole_lines(stream: bytes) -> None:
    room = Room()
    room.feed(stream)

    for line in room.output.split(b"\r\n")[:-1]:
        assert line.startswith((b"* ", b"+ ")) or b" " in line
    assert room.output == b"" or room.output.endswith(b"\r\n")

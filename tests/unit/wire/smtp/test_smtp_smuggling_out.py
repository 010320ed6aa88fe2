"""What we send is one message to whoever has a wrong idea of the end (TRUST A3).

Every string of CR, LF, dot, a letter and NUL is a body; the machine sends it by DATA,
whole and in pieces, and counted; readers with any of the wrong ends that were ever
found in servers look for a second message in it.
"""

import itertools
import os

import pytest

from mailmax.policy.offers import check_nul
from mailmax.wire.dots import mend
from mailmax.wire.machine import LocalProtocolError, NotNow
from mailmax.wire.smtp.client import Replied, SmtpClient

SYMBOLS = (b"\r", b"\n", b".", b"x", b"\0")
LONGEST = int(os.environ.get("MAILMAX_SMUGGLING_SYMBOLS", "6"))
"""`make trust` says 8: 488,280 strings."""
ENDS = (
    b"\r\n.\r\n", b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n",
    b"\r\n.\n", b"\r\n.\r", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\n\0.\r\n",
)  # fmt: skip
"""The right one, and those that some server took for it."""
DOTS = [(end, end.index(b".")) for end in ENDS]

pytestmark = pytest.mark.timeout(300 + 5 ** max(0, LONGEST - 5) * 3)


class Line:
    """A connection that is told yes to everything; used again and again."""

    def __init__(self) -> None:
        self.machine = SmtpClient()
        self.hear(b"220 mx.test\r\n")
        self.machine.ehlo("us.test")
        self.machine.take_output()
        self.hear(b"250-mx.test\r\n250-CHUNKING\r\n250 BINARYMIME\r\n")

    def hear(self, octets: bytes) -> None:
        self.machine.receive(octets)
        while not isinstance(event := self.machine.next_event(), NotNow):
            assert isinstance(event, Replied)

    def by_data(self, *pieces: bytes) -> bytes:
        """Return what leaves behind 354."""
        machine = self.machine
        machine.data()
        machine.take_output()
        self.hear(b"354 go\r\n")
        if len(pieces) == 1:
            machine.message(pieces[0])
        else:
            for piece in pieces:
                machine.content(piece)
            machine.end_content()
        octets = machine.take_output()
        self.hear(b"250 taken\r\n")
        return octets

    def counted(self, *pieces: bytes) -> bytes:
        """Return what leaves behind BDAT 0, each chunk answered."""
        machine = self.machine
        machine.mail("a@x.test")
        self.hear(b"250 ok\r\n")
        machine.count()
        machine.take_output()
        self.hear(b"250 ok\r\n")
        octets = b""
        for piece in pieces:
            machine.chunk(piece, is_last=False)
            more = machine.take_output()
            if more:
                self.hear(b"250 ok\r\n")
            octets += more
        machine.chunk(b"", is_last=True)
        octets += machine.take_output()
        self.hear(b"250 taken\r\n")
        return octets


def bodies(longest: int):
    for length in range(longest + 1):
        for symbols in itertools.product(SYMBOLS, repeat=length):
            yield b"".join(symbols)


def whole(body: bytes) -> bytes:
    """Return a body as it is to arrive: whole lines, and no CR or LF alone."""
    mended = mend(body + b"x")[:-1]
    return mended if not mended or mended.endswith(b"\r\n") else mended + b"\r\n"


def wrong_end(octets: bytes) -> bytes | None:
    """Return the end by which some reader sees more than one message."""
    last_dot = len(octets) - 3
    for end, dot in DOTS:
        found = octets.find(end)
        if found >= 0 and found + dot != last_dot:
            return end
    return None


def unstuffed(octets: bytes) -> bytes:
    """Return what a reader that is right sees."""
    assert octets.endswith(b"\r\n.\r\n")
    return octets[:-3].replace(b"\r\n.", b"\r\n")[2:]


def read_chunks(octets: bytes) -> tuple[bytes, int]:
    """Return the content by its lengths, and how many messages there were."""
    content, messages = b"", 0
    while octets:
        head, _, octets = octets.partition(b"\r\n")
        verb, length, *last = head.split(b" ")
        assert verb == b"BDAT"
        assert len(octets) >= int(length)
        content, octets = content + octets[: int(length)], octets[int(length) :]
        messages += last == [b"LAST"]
    return content, messages


def test_a3_no_reader_sees_two_messages_in_what_we_send_by_data():
    line = Line()
    checked = 0
    for body in bodies(LONGEST):
        if check_nul(body):
            continue  # it never goes by DATA; see below
        octets = b"\r\n" + line.by_data(body)
        assert wrong_end(octets) is None, body
        assert unstuffed(octets) == whole(body), body
        checked += 1
    assert checked == sum(4**length for length in range(LONGEST + 1))


def test_a3_content_in_pieces_leaves_as_it_does_whole():
    line = Line()
    for body in bodies(LONGEST - 1):
        if check_nul(body):
            continue
        sent = line.by_data(body)
        for cut in range(1, len(body)):
            assert line.by_data(body[:cut], body[cut:]) == sent, (body, cut)


def test_a3_counted_content_is_one_message_and_has_whole_lines():
    """NUL too: whoever sends it on by DATA finds nothing to take for an end."""
    line = Line()
    for body in bodies(LONGEST):
        cut = len(body) // 2
        content, messages = read_chunks(line.counted(body[:cut], body[cut:]))
        assert (content, messages) == (whole(body), 1), body
        assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")


def test_a3_not_an_octet_leaves_before_the_server_reads_content():
    """A server that refuses a chunk, and reads on, takes content for commands."""
    for announce in (SmtpClient.data, SmtpClient.count):
        machine = (line := Line()).machine
        machine.mail("a@x.test")
        machine.rcpt("b@x.test")
        line.hear(b"250 ok\r\n250 ok\r\n")
        announce(machine)
        machine.take_output()
        line.hear(b"503 no\r\n")

        with pytest.raises(LocalProtocolError):
            machine.message(b"QUIT\r\n")
        with pytest.raises(LocalProtocolError):
            machine.chunk(b"QUIT\r\n", is_last=True)
        assert machine.take_output() == b""

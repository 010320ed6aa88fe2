"""The SMTP server machine: cutting changes nothing, nothing makes it raise."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.wire.machine import NotNow
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.commands import (
    Content,
    ContentEnded,
    ContentSpoiled,
    ContentStarted,
    Hello,
    LoginAttempt,
    MailFrom,
    RcptTo,
    Reset,
    Slow,
    StartTls,
)
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.server import SmtpServer
from mailmax.wire.smtp.states import Mode

REFUSED = Reply(550, "5.1.1", "No such user")


class Room:
    """Accepts what it is asked, refuses whatever is named after refusal."""

    def __init__(self, mode):
        self.machine = SmtpServer(Offers("mx.test", mode))
        self.machine.may_log_in = True
        self.machine.reply(Reply(220, "", "mx.test"))
        self.seen = []
        self.content = []

    def feed(self, octets):
        self.machine.receive(octets)
        while not isinstance(event := self.machine.next_event(), NotNow):
            self.answer(event)

    def answer(self, event):
        if isinstance(event, Content):
            self.content.append(event.octets)
            return
        self.seen.append(event)
        ANSWERS[type(event)](self, event)

    def decide(self, event):
        refuse = "refuse" in repr(event)
        self.machine.reply(REFUSED if refuse else replies.OK)

    def end_message(self):
        self.seen.append(b"".join(self.content))
        self.content.clear()
        if self.machine.offers.mode is Mode.LMTP:
            self.machine.reply_each([replies.OK] * self.machine.recipients)
        else:
            self.machine.reply(replies.OK)


ANSWERS = {
    Hello: lambda room, _: room.machine.accept_hello(),
    MailFrom: Room.decide,
    RcptTo: Room.decide,
    ContentStarted: lambda room, _: room.machine.accept_content(),
    ContentEnded: lambda room, _: room.end_message(),
    ContentSpoiled: lambda room, _: room.content.clear(),
    LoginAttempt: lambda room, _: room.machine.reply(replies.LOGGED_IN),
    Reset: lambda room, _: room.content.clear(),
    Slow: lambda room, _: room.machine.go_on(),
    StartTls: lambda room, _: room.machine.reply(REFUSED),
}


def run(mode, chunks):
    room = Room(mode)
    output = room.machine.take_output()
    for chunk in chunks:
        room.feed(chunk)
        output += room.machine.take_output()
    return room.seen, output, room.machine.state


LINES = [
    b"EHLO a.test", b"HELO a.test", b"LHLO a.test", b"MAIL FROM:<a@b.test>",
    b"MAIL FROM:<> SIZE=5 BODY=8BITMIME", b"MAIL FROM:<refuse@b.test>",
    b"RCPT TO:<tim@demo.test>", b"RCPT TO:<refuse@demo.test>", b"RCPT TO:<\xc3@a>",
    b"DATA", b"BDAT 4\r\nabcd", b"BDAT 3 LAST\r\na\r\n", b"BDAT 0 LAST", b"BDAT 0",
    b"BDAT 2\r\na\r", b"BDAT 1 LAST\r\n\n", b"BDAT 99999999999",
    b"RSET", b"NOOP", b"QUIT", b"VRFY tim", b"HELP", b"EXPN x", b"", b".", b"..", b"x",
    b"x\ny", b"a\rb", b"AUTH PLAIN AHRpbQBw", b"AUTH LOGIN", b"dGlt", b"*", b"\0",
    b"X" * 2100, b"AUTH PLAIN " + b"A" * 5000, b"Subject: hello", b"POST / HTTP/1.1",
]  # fmt: skip

GOOD_START = b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"


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

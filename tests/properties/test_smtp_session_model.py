"""The server machine against a model of RFC 5321 §4.1.4, step by step (TRUST A8)."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mailmax.wire.smtp.answers import Limits
from mailmax.wire.smtp.states import Mode
from smtp_script import ScriptedRoom

LIMITS = Limits(soft_errors=10_000, hard_errors=10_000, junk=10_000)


class SmtpModel(RuleBasedStateMachine):
    """A client that says anything; what it should hear is kept in four words."""

    def __init__(self):
        super().__init__()
        self.room = ScriptedRoom(Mode.RELAY, LIMITS)
        self.room.feed(b"")
        self.greeted = False
        self.mail = False
        self.recipients = 0
        self.chunking = b""
        self.delivered: list[bytes] = []

    def say(self, octets: bytes) -> bytes:
        """Say something; return the code of the last reply."""
        return self.room.feed(octets).split(b"\r\n")[-2][:3]

    def forget(self):
        self.mail = False
        self.recipients = 0
        self.chunking = b""

    @property
    def open_chunks(self):
        return self.room.machine._chunks is not None

    @rule(verb=st.sampled_from([b"EHLO a", b"HELO a", b"ehlo a"]))
    def hello(self, verb):
        assert self.say(verb + b"\r\n") == b"250"
        self.greeted = True
        self.forget()

    @rule(
        path=st.sampled_from([b"<>", b"<a@b.test>", b"<a@b.test> SIZE=9999999", b"<x>"])
    )
    def begin(self, path):
        code = self.say(b"MAIL FROM:" + path + b"\r\n")
        if not self.greeted or self.mail:
            assert code == b"503"
        elif path == b"<x>":
            assert code == b"501"
        elif b"SIZE" in path:
            assert code in {b"552", b"555"}
        else:
            assert code == b"250"
            self.mail = True

    @rule(name=st.sampled_from([b"tim", b"ann", b"nobody", b".."]))
    def name_recipient(self, name):
        code = self.say(b"RCPT TO:<" + name + b"@demo.test>\r\n")
        if not self.mail or self.open_chunks:
            assert code == b"503"
        elif name in {b"tim", b"ann"}:
            assert code == b"250"
            self.recipients += 1
        else:
            assert code == (b"550" if name == b"nobody" else b"501")

    @rule(
        lines=st.lists(st.sampled_from([b"x", b".", b"..", b"", b"QUIT", b"DATA"])),
    )
    def send_message(self, lines):
        code = self.say(b"DATA\r\n")
        if not self.recipients or self.open_chunks:
            assert code == b"503"
            return
        assert code == b"354"
        content = b"".join(line + b"\r\n" for line in lines)
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        assert self.say(stuffed + b".\r\n") == b"250"
        self.delivered.append(content)
        self.forget()

    @rule(content=st.sampled_from([b"", b"x", b"a\r\n", b"QUIT\r\n", b".\r\n"]),
          last=st.booleans())  # fmt: skip
    def send_chunk(self, content, last):
        command = b"BDAT %d%s\r\n" % (len(content), b" LAST" if last else b"")
        code = self.say(command + content)
        if not self.recipients:
            assert code == b"503"
            return
        assert code == b"250"
        self.chunking += content
        if last:
            self.delivered.append(self.chunking)
            self.forget()

    @rule()
    def reset(self):
        assert self.say(b"RSET\r\n") == b"250"
        self.forget()

    @rule(line=st.sampled_from([b"NOOP", b"VRFY x", b"HELP", b"BOGUS", b"EXPN x"]))
    def say_what_moves_nothing(self, line):
        assert self.say(line + b"\r\n")[:1] in {b"2", b"5"}

    @invariant()
    def what_was_delivered_is_what_was_sent(self):
        found = [event for event in self.room.events if isinstance(event, bytes)]
        assert found == self.delivered
        assert self.room.machine.recipients == self.recipients


SmtpModel.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestSmtpModel = SmtpModel.TestCase

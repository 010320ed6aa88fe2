"""The server machine's own laws, beside the dialogues."""

import pytest

from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED, LocalProtocolError
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.answers import Limits
from mailmax.wire.smtp.commands import (
    Content,
    ContentEnded,
    ContentSpoiled,
    ContentStarted,
    Hello,
    MailFrom,
    RcptTo,
    Slow,
    StartTls,
)
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.replies import Reply, printable
from mailmax.wire.smtp.server import SmtpServer
from mailmax.wire.smtp.states import TRANSITIONS, Mode, State
from smtp_script import ScriptedRoom

BANNER = Reply(220, "", "mx.test")


def opened(mode=Mode.RELAY, **facts):
    machine = SmtpServer(Offers("mx.test", mode, tls=True), Limits(**facts))
    machine.reply(BANNER)
    machine.take_output()
    return machine


def in_data(mode=Mode.RELAY):
    machine = opened(mode)
    hello = b"LHLO a" if mode is Mode.LMTP else b"EHLO a"
    machine.receive(
        hello + b"\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
    )
    assert isinstance(machine.next_event(), Hello)
    machine.accept_hello()
    assert isinstance(machine.next_event(), MailFrom)
    machine.reply(replies.SENDER_OK)
    for _ in range(2):
        assert isinstance(machine.next_event(), RcptTo)
        machine.reply(replies.RECIPIENT_OK)
    assert isinstance(machine.next_event(), ContentStarted)
    machine.accept_content()
    machine.take_output()
    return machine


def test_nothing_is_heard_before_the_banner():
    machine = SmtpServer(Offers("mx.test"))
    assert machine.next_event() is PAUSED
    machine.receive(b"EHLO a\r\n")
    assert machine.next_event() is PAUSED


def test_who_speaks_before_the_banner_is_sent_away():
    """TRUST A7."""
    machine = SmtpServer(Offers("mx.test"))
    machine.receive(b"EHLO a\r\n")
    machine.reply(BANNER)
    assert machine.take_output().startswith(b"554 5.5.1 ")
    assert machine.expects_close
    assert machine.next_event() is CLOSED


ENVELOPE = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<tim@demo.test>\r\n"


@pytest.mark.parametrize(
    ("first", "hasty"),
    [
        (b"", b"EHLO a\r\nMAIL FROM:<a@b.test>\r\n"),
        (b"", b"HELO a\r\nM"),
        (b"EHLO a\r\n", b"EHLO a\r\n\r\n"),
        (b"EHLO a\r\n", ENVELOPE + b"DATA\r\nhello\r\n.\r\n"),
        (b"HELO a\r\n", ENVELOPE + b"DATA\r\n."),
    ],
)
@pytest.mark.parametrize("must_wait", [False, True])
def test_who_must_wait_and_speaks_on_is_sent_away(first, hasty, must_wait):
    """TRUST A7: at HELO, EHLO and DATA nothing may stand behind (RFC 2920 §3.1)."""
    room = ScriptedRoom()
    room.machine.must_wait = must_wait
    room.feed(first)

    output = room.feed(hasty)

    assert must_wait is output.endswith(b"554 5.5.1 You spoke on before you were "
                                        b"answered\r\n")  # fmt: skip
    assert must_wait is room.machine.expects_close


def test_who_must_wait_may_pipeline_what_may_be_pipelined():
    room = ScriptedRoom()
    room.machine.must_wait = True
    room.feed(b"EHLO a\r\n")

    output = room.feed(b"RSET\r\n" + ENVELOPE + b"BDAT 2\r\nhiBDAT 0 LAST\r\nNOOP\r\n")

    assert [line[:3] for line in output.split(b"\r\n")[:-1]] == [b"250"] * 6
    assert b"354 " in room.feed(ENVELOPE + b"DATA\r\n")
    assert room.feed(b"hello\r\n.\r\n").startswith(b"250 ")


def test_a_banner_may_refuse():
    machine = SmtpServer(Offers("mx.test"))
    machine.reply(Reply(554, "5.7.1", "Not you"))
    assert machine.take_output() == b"554 5.7.1 Not you\r\n"
    assert machine.expects_close


def test_one_command_is_open_at_a_time():
    machine = opened()
    machine.receive(b"EHLO a\r\nNOOP\r\n")
    assert machine.next_event() == Hello("a", extended=True)
    assert machine.next_event() is PAUSED
    assert machine.is_answering
    machine.accept_hello()
    assert machine.next_event() is NEED_DATA
    assert machine.take_output().endswith(b"\r\n250 2.0.0 OK\r\n")


@pytest.mark.parametrize(
    "say",
    [
        lambda m: m.reply(replies.OK),
        lambda m: m.reply_each([]),
        lambda m: m.accept_content(),
        lambda m: m.accept_tls(),
        lambda m: m.accept_hello(),
    ],
)
def test_nothing_can_be_said_unasked(say):
    with pytest.raises(LocalProtocolError):
        say(opened())


def test_lmtp_wants_as_many_answers_as_recipients():
    machine = in_data(Mode.LMTP)
    machine.receive(b"x\r\n.\r\n")
    assert machine.next_event() == Content(b"x\r\n")
    assert machine.next_event() == ContentEnded()
    with pytest.raises(LocalProtocolError):
        machine.reply_each([replies.OK])
    machine.reply_each([replies.OK, Reply(552, "5.2.2", "Full")])
    assert machine.take_output() == b"250 2.0.0 OK\r\n552 5.2.2 Full\r\n"
    assert machine.state is State.READY


def test_a_spoiled_message_is_refused_for_each_lmtp_recipient():
    machine = in_data(Mode.LMTP)
    machine.receive(b"x\ny\r\n.\r\n")
    assert isinstance(machine.next_event(), Content)
    assert machine.next_event() == ContentSpoiled()
    assert machine.take_output().count(b"550 5.5.2 ") == 2
    assert machine.expects_close


def test_content_comes_as_it_arrives_and_is_not_kept():
    machine = in_data()
    for _ in range(100):
        machine.receive(b"x" * 1000)
        assert isinstance(machine.next_event(), Content)
        assert machine.next_event() is NEED_DATA
        assert machine.backlog == 0


def test_the_end_of_the_stream_in_a_message_is_no_end_of_the_message():
    machine = in_data()
    machine.receive(b"half\r\n")
    machine.receive_eof()
    assert machine.next_event() == Content(b"half")
    assert machine.next_event() is CLOSED


def test_after_tls_nothing_is_remembered():
    """RFC 3207 §4.2, TRUST H2."""
    machine = opened()
    machine.receive(b"EHLO a\r\n")
    machine.next_event()
    machine.accept_hello()
    machine.receive(b"STARTTLS\r\n")
    assert isinstance(machine.next_event(), StartTls)
    machine.accept_tls()
    machine.receive(b"MAIL FROM:<evil@x>\r\n")
    assert machine.next_event() is PAUSED
    assert machine.take_output().endswith(b"220 2.0.0 Ready to start TLS\r\n")
    machine.tls_started()
    assert machine.next_event() is NEED_DATA
    assert machine.take_output() == b""
    assert machine.state is State.START
    machine.receive(b"MAIL FROM:<a@b>\r\n")
    assert machine.next_event() is NEED_DATA
    assert machine.take_output() == b"503 5.5.1 Say EHLO first\r\n"


@pytest.mark.parametrize("command", [b"DATA\r\n", b"BDAT 6\r\nQUIT\r\n"])
def test_a_refused_message_ends_the_transaction_and_its_octets_are_not_heard(
    command,
):
    """TRUST A6, A9."""
    machine = opened()
    machine.receive(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\n" + command)
    machine.next_event()
    machine.accept_hello()
    for _ in range(2):
        machine.next_event()
        machine.reply(replies.OK)
    assert isinstance(machine.next_event(), ContentStarted)
    machine.take_output()
    machine.reply(Reply(451, "4.3.0", "Later"))
    assert machine.next_event() is NEED_DATA
    assert machine.take_output() == b"451 4.3.0 Later\r\n"
    assert machine.state is State.READY
    assert machine.recipients == 0


def test_tls_forgets_a_login():
    room = ScriptedRoom(Mode.SUBMISSION, tls=True)
    room.feed(b"EHLO a\r\nAUTH PLAIN AHRpbQBzZWNyZXQ=\r\n")
    assert room.machine.logged_in
    room.feed(b"STARTTLS\r\n")
    room.feed(b"EHLO a\r\n")
    assert room.feed(b"MAIL FROM:<>\r\n").startswith(b"530 ")


def test_tls_is_not_offered_twice():
    machine = opened()
    machine.encrypted = True
    machine.receive(b"EHLO a\r\nSTARTTLS\r\n")
    machine.next_event()
    machine.accept_hello()
    machine.next_event()
    assert b"STARTTLS" not in machine.take_output().replace(b"502 5.5.1", b"")


@pytest.mark.parametrize(("soft", "hard"), [(2, 4)])
def test_errors_are_slowed_down_and_end(soft, hard):
    """TRUST 3, at L-1, L and L+1."""
    machine = opened(soft_errors=soft, hard_errors=hard)
    machine.receive(b"X\r\n" * 2)
    assert machine.next_event() is NEED_DATA
    assert machine.take_output().count(b"500") == 2
    machine.receive(b"X\r\n")
    assert machine.next_event() == Slow()
    assert machine.next_event() is PAUSED
    assert machine.take_output() == b""
    machine.go_on()
    assert machine.take_output().startswith(b"500")
    machine.receive(b"X\r\n")
    assert machine.next_event() is CLOSED
    assert machine.take_output().endswith(b"421 4.7.0 Too many errors\r\n")


def test_errors_are_forgotten_after_an_accepted_message():
    room = ScriptedRoom(limits=Limits(hard_errors=3))
    room.feed(b"EHLO a\r\n" + b"X\r\n" * 2)
    room.feed(b"MAIL FROM:<>\r\nRCPT TO:<tim@demo.test>\r\nDATA\r\n.\r\n")
    assert room.machine.errors == 0
    assert not room.feed(b"X\r\n" * 2).endswith(b"Too many errors\r\n")


def test_recipients_beyond_the_limit_are_errors_in_the_end():
    room = ScriptedRoom(limits=Limits(recipients=3, hard_errors=2))
    room.feed(b"EHLO a\r\nMAIL FROM:<>\r\n")
    said = room.feed(b"RCPT TO:<tim@demo.test>\r\n" * 9)
    assert said.count(b"250") == 3
    assert said.count(b"452") == 5
    assert said.endswith(b"421 4.7.0 Too many errors\r\n")


def test_goodbye_can_be_said_at_any_time_and_once():
    machine = in_data()
    machine.say_goodbye(Reply(421, "4.3.2", "Stopping"))
    machine.say_goodbye(Reply(421, "4.3.2", "Again"))
    assert machine.take_output() == b"421 4.3.2 Stopping\r\n"
    machine.receive(b"more")
    assert machine.next_event() is CLOSED
    assert machine.backlog == 0


def test_replies_are_printable_ascii():
    """TRUST N1."""
    reply = Reply(250, "2.0.0", "a\r\nb\x1b[2J\u2028é")
    assert reply.encode() == b"250-2.0.0 a?\r\n250 2.0.0 b?[2J??\r\n"
    assert printable("plain") == "plain"


def test_the_table_names_every_command_that_depends_on_the_state():
    assert set(TRANSITIONS) == {
        b"HELO", b"EHLO", b"LHLO", b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"DATA",
        b"BDAT", b"ETRN",
    }  # fmt: skip
    for verb, row in TRANSITIONS.items():
        assert row.otherwise.code == 503, verb
        assert State.CLOSED not in row.legal
        assert State.GREETING not in row.legal

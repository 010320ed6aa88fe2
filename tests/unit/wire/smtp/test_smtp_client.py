"""The client machine against servers good and bad (TRUST A3, C1, C3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.wire.machine import CLOSED, NEED_DATA, LocalProtocolError, NotNow
from mailmax.wire.smtp.asking import Asked
from mailmax.wire.smtp.client import Broken, Replied, SmtpClient, Verb

EHLO = b"250-mx.test hello\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 8BITMIME\r\n"


def events(machine):
    found = []
    while not isinstance(event := machine.next_event(), NotNow):
        found.append(event)
    return found


def codes(machine):
    return [(event.verb, event.reply.code) for event in events(machine)]


def greeted(ehlo=EHLO):
    machine = SmtpClient()
    machine.receive(b"220 mx.test\r\n")
    events(machine)
    machine.ehlo("us.test")
    machine.take_output()
    machine.receive(ehlo)
    events(machine)
    return machine


def test_a_message_with_pipelining_leaves_in_one_go():
    machine = greeted()
    machine.mail("me@here.test", Asked(500, "8BITMIME", smtputf8=True))
    machine.rcpt("a@x.test")
    machine.rcpt("b@x.test")
    machine.data()
    expected = (
        b"MAIL FROM:<me@here.test> SIZE=500 BODY=8BITMIME\r\n"
        b"RCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n"
    )
    assert expected == machine.take_output()

    machine.receive(b"250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n")
    assert codes(machine) == [
        (Verb.MAIL, 250),
        (Verb.RCPT, 250),
        (Verb.RCPT, 550),
        (Verb.DATA, 354),
    ]
    machine.message(b".a\r\nb")
    assert machine.take_output() == b"..a\r\nb\r\n.\r\n"
    machine.receive(b"250 queued\r\n")
    assert codes(machine) == [(Verb.CONTENT, 250)]


def test_without_pipelining_each_command_waits():
    machine = greeted(b"250 mx.test\r\n")
    machine.mail("", Asked(500))
    machine.rcpt("a@x.test")
    machine.data()
    assert machine.take_output() == b"MAIL FROM:<>\r\n"

    machine.receive(b"250 ok\r\n")
    events(machine)
    assert machine.take_output() == b"RCPT TO:<a@x.test>\r\n"
    machine.receive(b"550 no\r\n")
    assert machine.take_back()
    assert codes(machine) == [(Verb.RCPT, 550)]
    assert machine.take_output() == b""


def test_offers_are_learned_and_forgotten_with_tls():
    machine = greeted(b"250-mx\r\n250-starttls\r\n250 Size 10\r\n")
    assert machine.offers == {"STARTTLS": "", "SIZE": "10"}

    machine.starttls()
    machine.receive(b"220 go\r\n250 injected\r\n")
    assert Replied(Verb.STARTTLS, (220, (b"go",))) == machine.next_event()
    machine.tls_started()
    assert machine.offers == {}
    assert NEED_DATA is machine.next_event()
    machine.ehlo("us.test")
    machine.receive(b"250 mx\r\n")
    assert codes(machine) == [(Verb.EHLO, 250)]


@pytest.mark.parametrize(
    "octets",
    [
        b"x" * (64 * 1024 + 1),
        b"250-more\r\n" * 100_000,
        b"250-a\r\n251 b\r\n",
        b"25\r\n",
        b"2500 x\r\n",
        b"999 x\r\n",
        b"2x0 x\r\n",
        b"199 x\r\n",
        b"\r\n",
        b"220\0\r\n",
        "２２０ x\r\n".encode(),
    ],
)
def test_what_is_no_reply_breaks_the_connection(octets):
    machine = SmtpClient()
    machine.receive(octets)

    assert isinstance(machine.next_event(), Broken)
    assert not machine.is_usable
    assert CLOSED is machine.next_event()


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        ("mail", b"354 go\r\n"),
        ("rcpt", b"354 go\r\n"),
        ("data", b"250 ok\r\n"),
    ],
)
def test_answers_that_no_server_in_its_senses_gives(say, answer):
    machine = greeted()
    if say == "data":
        machine.data()
    else:
        getattr(machine, say)("a@x.test")
    machine.receive(answer)

    assert isinstance(machine.next_event(), Broken)


def test_words_that_nobody_asked_for_break_the_connection():
    machine = greeted()
    machine.receive(b"250 ok\r\n")

    assert isinstance(machine.next_event(), Broken)


def test_421_ends_it_asked_for_or_not():
    machine = greeted()
    machine.receive(b"421 bye\r\n")
    assert codes(machine) == [(None, 421)]
    assert not machine.is_usable

    machine = greeted()
    machine.mail("a@x.test")
    machine.rcpt("a@x.test")
    machine.receive(b"421 bye\r\n250 too late\r\n")
    assert codes(machine) == [(Verb.MAIL, 421)]
    with pytest.raises(LocalProtocolError):
        machine.rset()


def test_a_refusal_in_the_middle_of_the_content_is_its_answer():
    machine = greeted()
    machine.data()
    machine.receive(b"354 go\r\n")
    events(machine)
    machine.content(b"first piece")
    machine.receive(b"552 enough\r\n")

    assert codes(machine) == [(Verb.CONTENT, 552)]
    assert not machine.is_usable


def test_the_end_of_the_stream_is_told_once():
    machine = greeted()
    machine.mail("a@x.test")
    machine.receive_eof()

    assert [Broken("connection closed")] == events(machine)


@pytest.mark.parametrize("address", ["a\r\nRCPT TO:<b>", "a\nb", "a\0b"])
def test_no_address_can_end_its_line(address):
    machine = greeted()
    with pytest.raises(LocalProtocolError):
        machine.rcpt(address)
    with pytest.raises(LocalProtocolError):
        machine.content(b"without 354")


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_nothing_that_a_server_sends_raises(pieces):
    machine = SmtpClient()
    for piece in pieces:
        machine.receive(piece)
        events(machine)
    machine.receive_eof()
    assert len(events(machine)) <= 1


@given(st.data())
def test_replies_are_the_same_however_they_are_cut(data):
    octets = b"220 hi\r\n" + EHLO + b"250 a\r\n550-b\r\n550 c\r\n354\n250 last\r\n"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(octets)))))

    def run(pieces):
        machine = SmtpClient()
        for say in (
            lambda: machine.ehlo("us"),
            lambda: machine.mail("a"),
            lambda: machine.rcpt("b"),
            machine.data,
        ):
            say()
        found = []
        for piece in pieces:
            machine.receive(piece)
            found += events(machine)
        return found

    pieces = [octets[i:j] for i, j in zip([0, *cuts], [*cuts, None], strict=True)]
    assert run([octets]) == run(pieces)


@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n"]), max_size=12))
def test_content_never_ends_early_and_has_no_lone_cr_or_lf(symbols):
    """TRUST A3: for receivers with any wrong idea of the end."""
    machine = greeted()
    machine.data()
    machine.receive(b"354 go\r\n")
    events(machine)
    machine.message(b"".join(symbols))
    octets = b"\r\n" + machine.take_output()

    assert octets.endswith(b"\r\n.\r\n")
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert b"\r\n.\r\n" not in octets[:-1]


def test_a_login_waits_for_each_answer():
    """RFC 4954 §4: 334 is no surprise, and nothing is pipelined behind AUTH."""
    machine = greeted()
    machine.auth("AUTH LOGIN")
    machine.mail("me@here.test")
    assert machine.take_output() == b"AUTH LOGIN\r\n"

    machine.receive(b"235 ok\r\n")

    assert codes(machine) == [(Verb.AUTH, 235)]
    assert machine.take_output() == b"MAIL FROM:<me@here.test>\r\n"
    again = greeted()
    again.auth("AUTH PLAIN")
    again.receive(b"334 \r\n")
    assert codes(again) == [(Verb.AUTH, 334)]
    assert again.is_usable

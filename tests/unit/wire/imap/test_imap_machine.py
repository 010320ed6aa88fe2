"""The machine, in dialogues (RFC 3501 §2.2, §4.3; RFC 7888; RFC 2177; RFC 4959)."""

import pytest

from mailmax.base.units import KIB
from mailmax.wire.imap.commands.append import (
    Append,
    AppendAbandoned,
    AppendChunk,
    AppendEnd,
)
from mailmax.wire.imap.commands.idle import Idle, IdleDone
from mailmax.wire.imap.commands.login import Login
from mailmax.wire.imap.commands.noop import Noop
from mailmax.wire.imap.commands.starttls import StartTls
from mailmax.wire.imap.intake import Limits
from mailmax.wire.imap.server import ServerMachine
from mailmax.wire.imap.states import State
from mailmax.wire.imap.types.malformed import Unacceptable
from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED, LocalProtocolError


@pytest.fixture
def machine() -> ServerMachine:
    return ServerMachine(Limits())


@pytest.fixture
def user() -> ServerMachine:
    machine = ServerMachine(Limits())
    machine.state = State.AUTHENTICATED
    return machine


def say(machine: ServerMachine, octets: bytes) -> object:
    machine.receive(octets)
    return machine.next_event()


def heard(machine: ServerMachine, octets: bytes) -> bytes:
    """Say something that the machine answers itself."""
    event = say(machine, octets)
    assert event in (NEED_DATA, CLOSED)
    return machine.take_output()


def test_one_command_is_open_at_a_time(user: ServerMachine) -> None:
    assert say(user, b"a NOOP\r\nb NOOP\r\n") == Noop()
    assert user.answering
    assert user.next_event() is PAUSED
    user.ok("done")
    assert user.next_event() == Noop()
    user.bad("no")
    assert user.take_output() == b"a OK done\r\nb BAD no\r\n"


def test_an_answer_needs_a_command(user: ServerMachine) -> None:
    for words in (user.ok, user.no, user.bad):
        with pytest.raises(LocalProtocolError):
            words("x")
    with pytest.raises(LocalProtocolError):
        user.accept_message()
    with pytest.raises(LocalProtocolError):
        user.begin_idle()


def test_states_follow_the_answers(machine: ServerMachine) -> None:
    assert say(machine, b"a LOGIN tim x\r\n") == Login("tim", "x")
    machine.no("no")
    assert machine.state is State.NOT_AUTHENTICATED
    say(machine, b"b LOGIN tim x\r\nc SELECT a\r\nd SELECT b\r\ne LOGOUT\r\n")
    machine.ok("in")
    machine.next_event()
    machine.ok("open")
    assert machine.state is State.SELECTED
    machine.next_event()
    machine.no("none")
    assert machine.state is State.AUTHENTICATED
    machine.next_event()
    machine.ok("bye")
    assert machine.expects_close
    assert machine.next_event() is CLOSED


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"a SELECT INBOX", b"a BAD not in the not authenticated state\r\n"),
        (b"a FOO", b"a BAD unknown command\r\n"),
        (b"a", b"* BAD tag and command expected\r\n"),
        (b"+ NOOP", b"* BAD tag and command expected\r\n"),
        (b"a\xe4 NOOP", b"* BAD tag and command expected\r\n"),
        (b"a UID", b"a BAD unknown command\r\n"),
        (b"a UID NOOP", b"a BAD unknown command\r\n"),
        (b"a NOOP x", b"a BAD too many arguments\r\n"),
    ],
)
def test_the_machine_answers_what_may_not_be(
    machine: ServerMachine, line: bytes, answer: bytes
) -> None:
    assert answer == heard(machine, line + b"\r\n")


def test_three_bad_commands_before_login_twenty_after(
    machine: ServerMachine, user: ServerMachine
) -> None:
    assert heard(machine, b"x\r\n" * 2).count(b"BAD") == 2
    assert heard(machine, b"x\r\n").endswith(b"* BYE Too many bad commands\r\n")
    assert heard(user, b"x\r\n" * 19).count(b"BAD") == 19
    assert not user.expects_close
    assert heard(user, b"x\r\n").endswith(b"* BYE Too many bad commands\r\n")
    assert user.expects_close


def test_a_synchronizing_literal_is_asked_for(machine: ServerMachine) -> None:
    assert heard(machine, b"a LOGIN {3}\r\n") == b"+ Go ahead\r\n"
    assert heard(machine, b"tim {4}\r\n") == b"+ Go ahead\r\n"
    assert say(machine, b"demo\r\n") == Login("tim", "demo")


def test_a_refused_login_is_not_asked_for_its_password(machine: ServerMachine) -> None:
    """LOGINDISABLED: neither a literal nor a challenge."""
    machine.login_refusal = Unacceptable("use TLS first", "PRIVACYREQUIRED")
    refusal = b" NO [PRIVACYREQUIRED] use TLS first\r\n"

    assert heard(machine, b"a LOGIN {3}\r\n") == b"a" + refusal
    assert heard(machine, b"b AUTHENTICATE PLAIN\r\n") == b"b" + refusal
    assert heard(machine, b"c LOGIN tim {4+}\r\ndemo\r\n") == b"c" + refusal


LIMIT_BEFORE = 8 * KIB
LIMIT_AFTER = 64 * KIB


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_literal_at_the_limit_before_login(over: int) -> None:
    machine = ServerMachine(Limits())
    line = b"a LOGIN {%d}\r\n"
    size = LIMIT_BEFORE - len(line % 8000) + over

    answer = heard(machine, line % size)

    expected = b"a NO [TOOBIG] literal too large\r\n" if over > 0 else b"+ Go ahead\r\n"
    assert expected == answer


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_line_at_the_limit_after_login(user: ServerMachine, over: int) -> None:
    start, end = b"a ENABLE ", b"\r\n"
    word = b"x" * (LIMIT_AFTER - len(start + end) + over)

    event = say(user, start + word + end)

    assert (event is CLOSED) == (over > 0)
    if over > 0:
        assert b"[TOOBIG]" in user.take_output()


def test_a_thousand_small_literals_count_together(user: ServerMachine) -> None:
    """TRUST E3."""
    user.state = State.SELECTED
    octets = b"a SEARCH " + b"SUBJECT {60+}\r\n%b " % (b"x" * 60) * 1000 + b"ALL\r\n"

    answer = heard(user, octets)

    assert answer == b"a NO [TOOBIG] literal too large\r\n"
    assert say(user, b"b NOOP\r\n") == Noop()


@pytest.mark.parametrize(
    "line",
    [
        b"a NOOP {99999999999+}",
        b"a NOOP {-1+}",
        b"a NOOP {x+}",
        b"a NOOP {4294967295+}",
    ],
)
def test_a_literal_nobody_can_swallow_closes(user: ServerMachine, line: bytes) -> None:
    """TRUST E3."""
    answer = heard(user, line + b"\r\nx NOOP\r\n")

    assert b"* BYE" in answer
    assert b"x " not in answer


@pytest.mark.parametrize("line", [b"a NOOP {99999999999}", b"a NOOP {-1}", b"{3}"])
def test_a_wrong_synchronizing_literal_is_bad(user: ServerMachine, line: bytes) -> None:
    assert b" BAD " in heard(user, line + b"\r\n")
    assert say(user, b"b NOOP\r\n") == Noop()


def test_http_is_turned_away(machine: ServerMachine) -> None:
    """TRUST A10: nothing is carried out, nothing echoed."""
    answer = heard(machine, b"POST /a HTTP/1.1\r\nHost: x\r\n\r\na NOOP\r\n")

    assert answer == b"* BYE This is an IMAP server\r\n"
    assert machine.expects_close


def test_deep_parentheses_close(user: ServerMachine) -> None:
    """TRUST E2."""
    answer = heard(user, b"a NOOP " + b"(" * 4000 + b"\r\n")

    assert answer.startswith(b"a BAD ")
    assert user.expects_close


def test_append_streams(user: ServerMachine) -> None:
    event = say(user, b"a APPEND INBOX {100000}\r\n")
    assert isinstance(event, Append)
    user.accept_message()
    assert user.take_output() == b"+ Ready for the message\r\n"
    assert user.next_event() is NEED_DATA

    user.receive(b"x" * 100_000 + b"\r\nb NOOP\r\n")
    assert user.next_event() == AppendChunk(b"x" * 65536)
    assert user.next_event() == AppendChunk(b"x" * (100_000 - 65536))
    assert user.next_event() == AppendEnd()
    assert user.next_event() is PAUSED
    user.ok("there")
    assert user.next_event() == Noop()


def test_a_refused_append_swallows_what_comes_anyhow(user: ServerMachine) -> None:
    say(user, b"a APPEND nix {16+}\r\nx DELETE INBOX\r\n\r\nb NOOP\r\n")
    user.no("none", "TRYCREATE")

    assert user.next_event() == Noop()
    assert user.take_output() == b"a NO [TRYCREATE] none\r\n"


def test_a_refused_append_swallows_a_second_message_too(user: ServerMachine) -> None:
    """MULTIAPPEND is not announced; whoever does it nonetheless harms nobody."""
    say(user, b"a APPEND nix {2+}\r\nhi {14+}\r\nx DELETE INBOX\r\nb NOOP\r\n")
    user.no("none")

    assert user.next_event() == Noop()
    assert user.take_output() == b"a NO none\r\n"


def test_too_large_a_message_is_refused_unread() -> None:
    user = ServerMachine(Limits(message_octets=100))
    user.state = State.AUTHENTICATED

    assert isinstance(say(user, b"a APPEND INBOX {100}\r\n"), Append)
    user.no("no")
    user.take_output()
    assert heard(user, b"b APPEND INBOX {101}\r\n") == (
        b"b NO [TOOBIG] message too large\r\n"
    )
    assert heard(user, b"c APPEND INBOX {101+}\r\n" + b"x" * 101 + b"\r\n") == (
        b"c NO [TOOBIG] message too large\r\n"
    )


def test_something_behind_the_message_abandons_it(user: ServerMachine) -> None:
    say(user, b"a APPEND INBOX {2+}\r\nhi there\r\n")
    user.accept_message()

    assert user.next_event() == AppendChunk(b"hi")
    assert user.next_event() == AppendAbandoned()
    assert user.take_output() == b"a BAD nothing may follow the message\r\n"


def test_idle_lasts_until_done(user: ServerMachine) -> None:
    assert say(user, b"a IDLE\r\n") == Idle()
    user.begin_idle()
    assert user.idling
    user.untagged(b"4 EXISTS")
    assert user.take_output() == b"+ idling\r\n* 4 EXISTS\r\n"
    assert say(user, b"done\r\n") == IdleDone(proper=True)
    user.ok("terminated")
    assert user.take_output() == b"a OK terminated\r\n"


def test_anything_but_done_ends_idle_badly(user: ServerMachine) -> None:
    say(user, b"a IDLE\r\n")
    user.begin_idle()

    assert say(user, b"b NOOP\r\n") == IdleDone(proper=False)


def test_junk_in_idle_closes(user: ServerMachine) -> None:
    """TRUST E9."""
    say(user, b"a IDLE\r\n")
    user.begin_idle()

    assert say(user, b"x" * 1_000_000) is CLOSED
    assert user.backlog == 0


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([b"a AUTHENTICATE PLAIN", b"*"], b"a BAD authentication cancelled\r\n"),
        ([b"a AUTHENTICATE PLAIN", b"!"], b"a BAD invalid authentication response\r\n"),
        ([b"a AUTHENTICATE PLAIN AHQA"], b"a BAD invalid authentication response\r\n"),
        (
            [b"a AUTHENTICATE PLAIN YWRtaW4AdGltAHg="],  # TRUST G1: admin NUL tim NUL x
            b"a NO [AUTHORIZATIONFAILED] nobody acts for another here\r\n",
        ),
        ([b"a AUTHENTICATE GSSAPI"], b"a NO [CANNOT] unknown mechanism\r\n"),
        ([b"a AUTHENTICATE PLAIN A B"], b"a BAD invalid authentication response\r\n"),
    ],
)
def test_authenticate_is_refused(
    machine: ServerMachine, lines: list[bytes], answer: bytes
) -> None:
    for line in lines:
        output = heard(machine, line + b"\r\n")
    assert answer == output


def test_authenticate_plain_and_login(machine: ServerMachine) -> None:
    assert heard(machine, b"a AUTHENTICATE PLAIN\r\n") == b"+ \r\n"
    assert say(machine, b"AHRpbQBkZW1v\r\n") == Login("tim", "demo", "PLAIN")
    machine.no("no")
    machine.take_output()
    assert heard(machine, b"b AUTHENTICATE LOGIN\r\n") == b"+ VXNlcm5hbWU6\r\n"
    assert heard(machine, b"dGlt\r\n") == b"+ UGFzc3dvcmQ6\r\n"
    assert say(machine, b"ZGVtbw==\r\n") == Login("tim", "demo", "LOGIN")


def test_one_megabyte_of_base64_closes(machine: ServerMachine) -> None:
    """TRUST E8."""
    say(machine, b"a AUTHENTICATE PLAIN\r\n")

    assert say(machine, b"A" * 1_000_000) is CLOSED


def test_starttls_drops_what_came_in_the_clear(machine: ServerMachine) -> None:
    """TRUST H1."""
    assert say(machine, b"a STARTTLS\r\nb LOGIN tim demo\r\n") == StartTls()
    machine.ok("begin")

    machine.tls_started()

    assert machine.next_event() is NEED_DATA
    assert machine.backlog == 0


def test_the_end_of_input_closes_when_all_is_answered(user: ServerMachine) -> None:
    say(user, b"a NOOP\r\nb NO")
    user.receive_eof()
    user.ok("done")

    assert user.next_event() is CLOSED
    assert user.expects_close
    assert user.take_output() == b"a OK done\r\n"


def test_a_backlog_of_four_commands_stops_the_reading(machine: ServerMachine) -> None:
    """TRUST §3: four queued commands, whatever their size before or after login."""
    say(machine, b"a NOOP\r\n")
    machine.receive(b"x" * (4 * LIMIT_BEFORE))
    assert machine.backlog == 4 * LIMIT_AFTER


@pytest.mark.parametrize("line", [b"a NOOP\n", b"a NOOP {1}\nx"])
def test_a_bare_lf_ends_no_line(user: ServerMachine, line: bytes) -> None:
    answer = heard(user, line)

    assert b"* BYE" in answer
    assert user.expects_close

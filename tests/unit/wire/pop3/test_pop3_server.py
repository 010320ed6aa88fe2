"""The POP3 machine: order, grammar, limits, answers."""

import pytest

from mailmax.wire.machine import CLOSED, NEED_DATA, PAUSED, LocalProtocolError
from mailmax.wire.pop3 import commands
from mailmax.wire.pop3.answers import Limits
from mailmax.wire.pop3.replies import Code
from mailmax.wire.pop3.server import Pop3Server
from mailmax.wire.pop3.states import MOVES, VERBS, State


def greeted(challenge: str = "") -> Pop3Server:
    machine = Pop3Server()
    machine.may_login = machine.may_apop = machine.offers_tls = True
    machine.greet("ready", challenge)
    machine.take_output()
    return machine


def in_transaction() -> Pop3Server:
    machine = greeted()
    machine.receive(b"USER a\r\nPASS b\r\n")
    machine.next_event()
    machine.ok()
    machine.take_output()
    return machine


def say(machine: Pop3Server, octets: bytes) -> object:
    machine.receive(octets)
    return machine.next_event()


def test_the_banner_carries_the_challenge() -> None:
    machine = Pop3Server()

    machine.greet("ready", "<1@a>")

    assert machine.take_output() == b"+OK ready <1@a>\r\n"


def test_a_command_is_open_until_it_is_answered() -> None:
    machine = in_transaction()

    assert say(machine, b"stat\r\nRETR 1\r\n") == commands.Stat()
    assert machine.next_event() is PAUSED
    machine.ok("0 0")
    assert machine.next_event() == commands.Retrieve(1)
    machine.err("No", Code.SYS_TEMP)
    assert machine.next_event() is NEED_DATA
    assert machine.take_output() == b"+OK 0 0\r\n-ERR [SYS/TEMP] No\r\n"


def test_saying_something_unasked_is_a_bug_of_ours() -> None:
    machine = in_transaction()

    for wrong in (
        machine.ok,
        lambda: machine.err("x"),
        lambda: machine.message("x", b""),
        lambda: machine.begin_lines("x"),
        lambda: machine.content(b"x"),
        machine.end_lines,
    ):
        with pytest.raises(LocalProtocolError):
            wrong()


@pytest.mark.parametrize("state", [State.AUTHORIZATION, State.NAMED, State.TRANSACTION])
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_without_a_row_never_reaches_the_room(state: State, verb: bytes) -> None:
    machine = in_transaction() if state is State.TRANSACTION else greeted()
    if state is State.NAMED:
        say(machine, b"USER tim\r\n")
        machine.take_output()
    arguments = {
        b"RETR": b" 1", b"TOP": b" 1 1", b"DELE": b" 1", b"USER": b" x", b"PASS": b" x",
    }.get(verb, b"")  # fmt: skip

    event = say(machine, verb + arguments + b"\r\n")

    if verb not in MOVES[state]:
        assert event is NEED_DATA
        assert machine.take_output() == b"-ERR Not now\r\n"
    else:
        assert not machine.take_output().startswith(b"-ERR Not now")


def test_pass_comes_right_after_user() -> None:
    machine = greeted()

    assert say(machine, b"USER tim\r\nCAPA\r\nQUUX\r\nPASS x\r\n") is NEED_DATA
    assert machine.take_output().endswith(b"-ERR Unknown command\r\n-ERR Not now\r\n")


def test_a_refused_login_leads_back_to_the_name() -> None:
    machine = greeted()

    assert say(machine, b"USER tim\r\nPASS x y \r\n") == commands.Login("tim", "x y ")
    machine.err("Wrong", Code.AUTH)
    assert say(machine, b"PASS x\r\n") is NEED_DATA
    assert machine.take_output().endswith(b"-ERR [AUTH] Wrong\r\n-ERR Not now\r\n")


def test_secrets_are_in_no_repr() -> None:
    assert "sesame" not in repr(commands.Login("tim", "sesame"))
    assert "abcdef" not in repr(commands.Apop("tim", "<1@a>", "abcdef"))


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b"STAT", commands.Stat()),
        (b"stat ", commands.Stat()),
        (b"LIST", commands.List(None)),
        (b"LIST 7", commands.List(7)),
        (b"Uidl", commands.Uidl(None)),
        (b"UIDL 0007", commands.Uidl(7)),
        (b"RETR 9999999999", commands.Retrieve(9999999999)),
        (b"TOP 1 0", commands.Top(1, 0)),
        (b"DELE 1", commands.Delete(1)),
        (b"RSET", commands.Reset()),
        (b"QUIT", commands.Quit()),
    ],
)
def test_commands_are_read(line: bytes, event: commands.Command) -> None:
    assert say(in_transaction(), line + b"\r\n") == event


@pytest.mark.parametrize(
    "line",
    [
        b"RETR", b"RETR 0", b"RETR -1", b"RETR +1", b"RETR 1_0", b"RETR 1 2", b"RETR x",
        b"RETR 10000000000", b"RETR \xd9\xa1", b"RETR " + b"1" * 400, b"TOP 1",
        b"TOP 1 -1", b"TOP 1 x", b"TOP 1 1 1", b"TOP 0 1", b"DELE 0", b"LIST 0",
        b"UIDL \0", b"STAT x", b"RSET 1", b"QUIT now", b"NOOP x", b"CAPA x",
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(line: bytes) -> None:
    machine = in_transaction()

    assert say(machine, line + b"\r\n") is NEED_DATA
    assert machine.take_output() == b"-ERR Wrong arguments\r\n"


def test_capabilities_follow_the_state() -> None:
    machine = greeted()
    say(machine, b"CAPA\r\n")
    before = machine.take_output().split(b"\r\n")
    machine.offers_tls = machine.may_login = False
    say(machine, b"CAPA\r\n")
    bare = machine.take_output().split(b"\r\n")
    later = in_transaction()
    say(later, b"CAPA\r\n")
    after = later.take_output().split(b"\r\n")

    assert before[-2:] == [b".", b""]
    for line in (b"TOP", b"UIDL", b"PIPELINING", b"RESP-CODES", b"EXPIRE NEVER"):
        assert line in before
        assert line in after
    assert {b"USER", b"SASL PLAIN", b"STLS"} <= set(before)
    assert not {b"USER", b"SASL PLAIN", b"STLS"} & set(bare)
    assert b"STLS" not in after


def test_messages_are_stuffed_once_and_ended() -> None:
    machine = in_transaction()
    say(machine, b"RETR 1\r\n")

    machine.message("7 octets", b".\r\n..x")

    assert machine.take_output() == b"+OK 7 octets\r\n..\r\n...x\r\n.\r\n"


def test_pieces_make_the_same_octets_as_the_whole() -> None:
    content = b".a\r\n.b\n.c\r\n\r.d\r\n."
    machine = in_transaction()
    say(machine, b"RETR 1\r\n")
    machine.message("x", content)
    whole = machine.take_output()

    say(machine, b"RETR 1\r\n")
    machine.begin_lines("x")
    assert machine.is_sending
    for octet in content:
        machine.content(bytes((octet,)))
    machine.end_lines()

    assert machine.take_output() == whole
    assert not machine.is_sending


def test_tls_forgets_what_was_said_in_the_clear() -> None:
    """TRUST F5."""
    machine = greeted()

    assert say(machine, b"USER tim\r\nSTLS\r\nUSER eve\r\n") == commands.StartTls()
    machine.ok()
    assert machine.next_event() is PAUSED
    machine.receive(b"PASS x\r\n")
    machine.take_output()
    machine.tls_started()

    assert machine.backlog == 0
    assert say(machine, b"PASS x\r\nSTLS\r\n") is NEED_DATA
    assert machine.take_output() == b"-ERR Not now\r\n-ERR TLS is not available\r\n"


def test_a_refused_stls_goes_on_in_the_clear() -> None:
    machine = greeted()
    say(machine, b"STLS\r\n")

    machine.err("no")

    assert say(machine, b"NOOP\r\nCAPA\r\n") is NEED_DATA


def test_passwords_are_not_heard_in_the_clear() -> None:
    machine = greeted("<1@a>")
    machine.may_login = machine.may_apop = False

    event = say(
        machine,
        b"USER a\r\nPASS b\r\nAUTH PLAIN AGEAYg==\r\nAUTH\r\nAPOP a "
        + b"0" * 32
        + b"\r\n",
    )

    assert event is NEED_DATA
    lines = machine.take_output().split(b"\r\n")
    assert [line[:4] for line in lines] == [
        b"-ERR", b"-ERR", b"-ERR", b"+OK", b".", b"-ERR", b"",
    ]  # fmt: skip


# SASL


def test_auth_lists_its_mechanisms() -> None:
    machine = greeted()

    say(machine, b"AUTH\r\nAUTH CRAM-MD5\r\nAUTH PLAIN a b\r\n")

    assert machine.take_output() == (
        b"+OK\r\nPLAIN\r\n.\r\n-ERR Unknown mechanism\r\n-ERR Wrong arguments\r\n"
    )


def test_auth_plain_asks_for_the_message() -> None:
    machine = greeted()

    assert say(machine, b"auth plain\r\n") is NEED_DATA
    assert machine.take_output() == b"+ \r\n"
    assert say(machine, b"AHRpbQB4\r\n") == commands.Login("tim", "x")
    machine.ok()
    assert machine.state is State.TRANSACTION


@pytest.mark.parametrize(
    "response",
    [b"*", b"", b"%", b"AHRpbQB4 ", b"dGlt", b"YQB0aW0AeA==", b"AAAAAA==", b"AP8A/w=="],
)
def test_a_wrong_response_ends_the_exchange(response: bytes) -> None:
    """TRUST G1: malformed, cancelled, for another, empty, not UTF-8."""
    machine = greeted()

    assert say(machine, b"AUTH PLAIN\r\n" + response + b"\r\n") is NEED_DATA
    assert machine.take_output().startswith(b"+ \r\n-ERR ")
    assert say(machine, b"USER tim\r\n") is NEED_DATA
    assert machine.take_output() == b"+OK Password?\r\n"


def test_an_unfinished_exchange_leaves_nothing_behind() -> None:
    machine = greeted()
    say(machine, b"AUTH PLAIN\r\n" + b"A" * 9000 + b"\r\n")
    machine.take_output()

    assert say(machine, b"AHRpbQB4\r\n") is NEED_DATA
    assert machine.take_output() == b"-ERR Unknown command\r\n"


# APOP


def test_apop_is_good_for_one_try() -> None:
    """TRUST F1."""
    machine = greeted("<1@a>")
    digest = b"0123456789abcdef" * 2

    event = say(machine, b"APOP tim " + digest + b"\r\n")
    assert event == commands.Apop("tim", "<1@a>", digest.decode())
    machine.err("Wrong", Code.AUTH)
    assert say(machine, b"APOP tim " + digest + b"\r\n") is NEED_DATA
    assert machine.take_output().endswith(b"-ERR APOP is not available\r\n")


@pytest.mark.parametrize(
    "arguments",
    [
        b"tim " + b"0" * 31, b"tim " + b"0" * 33, b"tim " + b"A" * 32, b"tim",
        b"tim " + b"0" * 31 + b"\0", b" " + b"0" * 32, b"", b"t\xff " + b"0" * 32,
    ],
)  # fmt: skip
def test_a_malformed_digest_spends_the_challenge(arguments: bytes) -> None:
    machine = greeted("<1@a>")

    assert say(machine, b"APOP " + arguments + b"\r\n") is NEED_DATA
    assert machine.take_output() == b"-ERR Wrong arguments\r\n"
    assert say(machine, b"APOP tim " + b"0" * 32 + b"\r\n") is NEED_DATA
    assert machine.take_output() == b"-ERR APOP is not available\r\n"


# Limits


@pytest.mark.parametrize(("octets", "heard"), [(511, True), (512, True), (513, False)])
def test_a_command_line_has_at_most_512_octets(octets: int, heard: bool) -> None:  # noqa: FBT001
    machine = greeted()
    say(machine, b"USER tim\r\n")
    machine.take_output()

    event = say(machine, b"PASS " + b"x" * (octets - 7) + b"\r\n")

    assert isinstance(event, commands.Login) == heard
    assert machine.take_output() == (b"" if heard else b"-ERR Line too long\r\n")


@pytest.mark.parametrize(
    ("octets", "heard"), [(8191, True), (8192, True), (8193, False)]
)
def test_auth_has_at_most_8192_octets(octets: int, heard: bool) -> None:  # noqa: FBT001
    machine = greeted()

    say(machine, b"AUTH PLAIN " + b"A" * (octets - 13) + b"\r\n")

    assert (machine.take_output() != b"-ERR Line too long\r\n") == heard


def test_three_lines_that_are_too_long_end_the_session() -> None:
    machine = in_transaction()

    assert say(machine, (b"x" * 513 + b"\r\n") * 3 + b"NOOP\r\n") is CLOSED
    assert machine.expects_close
    assert machine.take_output() == b"-ERR Line too long\r\n" * 3


def test_too_many_wrong_commands_end_the_session() -> None:
    machine = in_transaction()
    faults = Limits().faults

    assert say(machine, b"X\r\n" * (faults - 1)) is NEED_DATA
    assert say(machine, b"X\r\nSTAT\r\n") is CLOSED
    assert machine.take_output().endswith(b"-ERR Too many wrong commands; good-bye\r\n")


def test_failed_logins_end_the_session() -> None:
    machine = greeted()
    for _ in range(Limits().failed_logins):
        say(machine, b"USER tim\r\nPASS x\r\n")
        machine.err("Wrong")

    assert machine.next_event() is CLOSED


def test_a_bare_lf_ends_no_command() -> None:
    machine = in_transaction()

    assert say(machine, b"STAT\nSTAT\r\n") == commands.Stat()
    assert machine.take_output() == b"-ERR Lines end with CR LF\r\n"


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1", b"POST /x HTTP/1.0", b"CONNECT a:1"]
)
def test_a_browser_is_shown_the_door(line: bytes) -> None:
    """TRUST A10."""
    machine = greeted()

    assert say(machine, line + b"\r\nUSER tim\r\n") is CLOSED
    assert machine.take_output() == b"-ERR This is a mail server\r\n"


def test_quit_before_login_needs_no_room() -> None:
    machine = greeted()

    assert say(machine, b"QUIT\r\nCAPA\r\n") is CLOSED
    assert machine.take_output() == b"+OK Good-bye\r\n"


def test_quit_after_login_is_the_update_state() -> None:
    machine = in_transaction()

    assert say(machine, b"QUIT\r\n") == commands.Quit()
    assert machine.state is State.UPDATE
    machine.err("Not all removed")
    assert machine.next_event() is CLOSED


def test_the_end_of_input_is_no_quit() -> None:
    """RFC 1939 §6: without QUIT there is no UPDATE."""
    machine = in_transaction()
    machine.receive(b"NOOP\r\nQUIT")
    machine.receive_eof()

    assert machine.next_event() is CLOSED
    assert machine.take_output() == b"+OK\r\n"


def test_parting_never_breaks_into_a_response() -> None:
    machine = in_transaction()
    say(machine, b"RETR 1\r\n")
    machine.begin_lines("x")
    machine.take_output()

    machine.part("Stopping")

    assert machine.take_output() == b""
    assert machine.expects_close

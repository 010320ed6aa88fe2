"""POPMax: who gets in, how, and what the others hear."""

import poplib

import pytest

from fix_pop import MakePop, PopRoom, client, dialogue
from fix_tls import LoopbackTls
from mailmax.hub.porter import let_in
from mailmax.policy.access import BANNED, PERMITTED, TRUSTED

# Logging in


def test_every_refusal_sounds_the_same(pop: PopRoom) -> None:
    answers = set()
    for name, password in (
        ("tim", "wrong"), ("nobody", "open sesame"), ("tim", "  open sesame"),
        ("%{env:PATH}", "x"), ("../../etc", "y"), ("tim@example.com%evil", "z"),
    ):  # fmt: skip
        with client(pop) as pop3:
            pop3.user(name)
            with pytest.raises(poplib.error_proto) as refusal:
                pop3.pass_(password)
            answers.add(str(refusal.value))

    assert answers == {"b'-ERR [AUTH] Wrong name or password'"}


def test_a_password_keeps_its_spaces(pop: PopRoom) -> None:
    """TRUST F2: PASS takes the rest of the line as it is."""
    dialogue(pop, b"USER tim\r\nPASS  a b  \r\nQUIT\r\n")

    assert pop.hub.asked[0].password.value == " a b  "


def test_a_refusal_comes_after_the_delay_that_the_hub_asks_for(pop: PopRoom) -> None:
    pop.hub.retry_after_s = 0.3
    with client(pop) as pop3:
        pop3.user("tim")
        pop3.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            pop3.pass_("wrong")


def test_the_hub_away_is_never_a_wrong_password(pop: PopRoom) -> None:
    """TRUST D12."""
    pop.hub.away = True
    with client(pop) as pop3:
        pop3.user("tim")
        with pytest.raises(poplib.error_proto, match=r"-ERR \[SYS/TEMP\]"):
            pop3.pass_("open sesame")
        pop.hub.away = False
        pop3.user("tim")
        pop3.pass_("open sesame")


def test_ten_failed_logins_end_the_session(pop: PopRoom) -> None:
    answer = dialogue(pop, b"USER tim\r\nPASS no\r\n" * 12 + b"NOOP\r\n")

    assert answer.count(b"[AUTH]") == 10


def test_a_client_that_does_not_log_in_is_cut_off(make_pop: MakePop) -> None:
    """Octets now and then do not help (TRUST 3: slow clients)."""
    room = make_pop(login_total_s=0.3)
    ended = False
    with client(room) as pop3:
        while not ended:
            try:
                pop3.capa()
            except (ConnectionError, poplib.error_proto):
                ended = True


def test_passwords_in_the_clear_need_leave(make_pop: MakePop) -> None:
    room = make_pop(meet=let_in)

    with client(room) as pop3:
        capabilities = pop3.capa()
        assert "STLS" in capabilities
        assert not {"USER", "SASL"} & capabilities.keys()
        with pytest.raises(poplib.error_proto, match="STLS first"):
            pop3.user("tim")
    answer = dialogue(room, b"AUTH PLAIN AHRpbQBvcGVuIHNlc2FtZQ==\r\nQUIT\r\n")
    assert b"STLS first" in answer
    assert room.hub.asked == []


def test_the_banned_are_disconnected_at_once(make_pop: MakePop) -> None:
    """Manual 5.4, DECISIONS 8: a ban counts for every service."""
    room = make_pop(meet=lambda _visitor: BANNED)

    answer = dialogue(room, b"")

    assert answer == b"-ERR [SYS/PERM] Connections from there are refused\r\n"
    assert room.hub.told == []


def test_the_hub_hears_whether_a_peer_is_trusted(
    make_pop: MakePop, loopback_tls: LoopbackTls
) -> None:
    for access, exempt in ((TRUSTED, True), (PERMITTED, False)):
        room = make_pop(meet=lambda _visitor, access=access: access)
        pop3 = poplib.POP3("localhost", room.port, timeout=10)
        pop3.stls(loopback_tls.client)
        pop3.user("tim")
        pop3.pass_("open sesame")
        pop3.quit()
        assert room.hub.asked[-1].is_exempt is exempt


def test_auth_plain_with_and_without_initial_response(pop: PopRoom) -> None:
    begin = b"+OK pop.example.com MailMax POP3 ready\r\n"

    once = dialogue(pop, b"AUTH PLAIN AHRpbQBvcGVuIHNlc2FtZQ==\r\nSTAT\r\nQUIT\r\n")
    twice = dialogue(pop, b"AUTH PLAIN\r\nAHRpbQBvcGVuIHNlc2FtZQ==\r\nSTAT\r\nQUIT\r\n")

    end = b"+OK 0 messages (0 octets)\r\n+OK 0 0\r\n+OK Good-bye\r\n"
    assert once == begin + end
    assert twice == begin + b"+ \r\n" + end


# TLS


def test_stls_and_then_everything(make_pop: MakePop, loopback_tls: LoopbackTls) -> None:
    room = make_pop(meet=let_in)
    room.fill((b"x" * 68 + b"\r\n") * 10_000)

    pop3 = poplib.POP3("localhost", room.port, timeout=10)
    pop3.stls(loopback_tls.client)
    assert "STLS" not in pop3.capa()
    pop3.user("tim")
    pop3.pass_("open sesame")
    assert room.hub.asked[0].encrypted
    assert pop3.retr(1)[2] == 700_000
    pop3.quit()
    pop3.close()


def test_implicit_tls(pop: PopRoom, loopback_tls: LoopbackTls) -> None:
    pop3 = poplib.POP3_SSL(
        "localhost", pop.tls_port, timeout=10, context=loopback_tls.client
    )
    assert "STLS" not in pop3.capa()
    pop3.user("tim")
    pop3.pass_("open sesame")
    pop3.quit()
    pop3.close()


def test_what_was_said_behind_stls_is_never_heard(pop: PopRoom) -> None:
    """TRUST F5: the plaintext injection of CVE-2021-33515."""
    answer = dialogue(pop, b"STLS\r\nUSER tim\r\nPASS open sesame\r\n")

    assert answer.count(b"+OK") == 2
    assert pop.hub.asked == []


def test_without_a_certificate_stls_is_not_offered(make_pop: MakePop) -> None:
    room = make_pop(tls=False)

    with client(room) as pop3:
        assert "STLS" not in pop3.capa()
        with pytest.raises(poplib.error_proto, match="not available"):
            pop3._shortcmd("STLS")


# APOP


def test_apop_is_off_by_default(pop: PopRoom) -> None:
    with client(pop) as pop3:
        assert b"<" not in pop3.getwelcome()
        with pytest.raises(poplib.error_proto, match="not supported"):
            pop3.apop("tim", "sesame")


def test_apop_logs_in_with_its_own_secret(make_pop: MakePop) -> None:
    """TRUST F1."""
    room = make_pop(offer_apop=lambda: True)
    with client(room) as pop3:
        first = pop3.getwelcome()
        pop3.apop("tim", "sesame")
        assert pop3.stat() == (0, 0)
    with client(room) as pop3:
        assert pop3.getwelcome() != first
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\] Wrong name"):
            pop3.apop("tim", "wrong")
        with pytest.raises(poplib.error_proto, match="not available"):
            pop3.apop("tim", "sesame")


def test_apop_needs_tls_unless_told_otherwise(make_pop: MakePop) -> None:
    room = make_pop(offer_apop=lambda: True, meet=let_in)
    with client(room) as pop3, pytest.raises(poplib.error_proto, match="STLS first"):
        pop3.apop("tim", "sesame")

    other = make_pop(
        offer_apop=lambda: True,
        apop_needs_tls=False,
        meet=let_in,
    )
    with client(other) as pop3:
        pop3.apop("tim", "sesame")


@pytest.mark.manual("4.5.1")
def test_where_apop_is_required_no_password_is_taken(make_pop: MakePop) -> None:
    """POP-1: the challenge is there, whether APOP is offered or not."""
    room = make_pop(needs_apop=lambda: True)
    with client(room) as pop3:
        capa = pop3.capa()
        assert "USER" not in capa
        assert "SASL" not in capa
        for line in ("USER tim", "AUTH PLAIN", "AUTH PLAIN AHRpbQBzZXNhbWU="):
            with pytest.raises(poplib.error_proto, match="use APOP"):
                pop3._shortcmd(line)
        assert pop3._longcmd("AUTH")[1] == []
        pop3.apop("tim", "sesame")
        assert pop3.stat() == (0, 0)

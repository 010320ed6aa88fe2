"""Who gets in, who does not, and who is put out (TRUST G, 3)."""

import imaplib
import socket
import threading
import time

import pytest

from fix_imap import ImapRoom, MakeImap
from fix_tls import LoopbackTls
from mailmax.base.result import Reason
from mailmax.hub.contract.logins import CredentialChanged, LoginRefused
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.porter import let_in
from mailmax.imapmax import replies
from mailmax.policy.access import BANNED, PERMITTED, TRUSTED
from mailmax.store.mailboxes.memory.mailbox import MemoryMailbox
from waiting import wait_for


def test_a_wrong_password_and_no_user_are_told_alike(imap: ImapRoom) -> None:
    with imap.line(login=False) as line:
        assert line.ask(b"LOGIN tim wrong") == line.ask(b"LOGIN nobody x")
        assert line.ask(b"LOGIN tim wrong") == [
            b"NO [AUTHENTICATIONFAILED] Authentication failed"
        ]


def test_the_hub_says_how_long_a_refusal_takes(imap: ImapRoom) -> None:
    imap.hub.refusal = LoginRefused(retry_after_s=0.2)

    with imap.line(login=False) as line:
        begin = time.monotonic()
        line.ask(b"LOGIN tim wrong")
        assert time.monotonic() - begin >= 0.2


def test_a_hub_that_is_away_is_no_wrong_password(imap: ImapRoom) -> None:
    """TRUST D12."""
    imap.hub.away = True

    with imap.line(login=False) as line:
        assert line.ask(b'LOGIN tim "open sesame"') == [
            b"NO [UNAVAILABLE] Temporary failure, please try again"
        ]
        imap.hub.away = False
        assert line.ask(b'LOGIN tim "open sesame"')[0].startswith(b"OK [CAPABILITY ")


def test_a_refusal_s_reason_has_words(imap: ImapRoom) -> None:
    imap.hub.refusal = LoginRefused("SERVICE_SUSPENDED")

    with imap.line(login=False) as line:
        assert line.ask(b"LOGIN tim x") == [
            b"NO [UNAVAILABLE] This service is suspended"
        ]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    assert replies.of_reason(reason.name).text


def test_unknown_reasons_are_a_failed_login() -> None:
    assert replies.of_reason("NO_SUCH_REASON") == replies.of_reason("UNKNOWN_USER")


def test_the_banned_are_disconnected_at_once(make_imap: MakeImap) -> None:
    """Manual 5.4, DECISIONS 8: a ban counts for every service."""
    room = make_imap(meet=lambda _visitor: BANNED)

    with socket.create_connection(("127.0.0.1", room.port), 10) as sock:
        heard = sock.makefile("rb").read()

    assert heard == b"* BYE Connections from there are refused\r\n"
    assert room.hub.told == []
    assert room.troubles == []


def test_the_hub_hears_whether_a_peer_is_trusted(make_imap: MakeImap) -> None:
    for access, exempt in ((TRUSTED, True), (PERMITTED, False)):
        room = make_imap(meet=lambda _visitor, access=access: access, tls=True)
        assert _may_enter(room)
        assert room.hub.asked[-1].is_exempt is exempt


def test_twenty_sessions_of_a_user_from_one_address(make_imap: MakeImap) -> None:
    room = make_imap(meet=let_in, max_per_user_and_address=2, tls=True)
    trusted = make_imap(max_per_user_and_address=1)

    with trusted.line(), trusted.line() as second:
        assert second.ask(b"NOOP") == [b"OK NOOP completed"]
    room.service.room.connections[7, "127.0.0.1"] = 2
    assert not _may_enter(room)
    room.service.room.connections[7, "127.0.0.1"] = 1
    assert _may_enter(room)


def _may_enter(room: ImapRoom) -> bool:
    assert room._certificate is not None
    client = imaplib.IMAP4_SSL(
        "127.0.0.1", room.tls_port, ssl_context=room._certificate.client, timeout=10
    )
    try:
        client.login("tim", "open sesame")
    except imaplib.IMAP4.error as refusal:
        return "LIMIT" not in str(refusal)
    finally:
        client.shutdown()
    return True


def test_a_session_that_ends_is_counted_out(imap: ImapRoom) -> None:
    with imap.line():
        wait_for(lambda: imap.service.room.connections.total() == 1)
    wait_for(lambda: not imap.service.room.connections)
    wait_for(lambda: imap.service.connections == 0)
    wait_for(lambda: len(imap.hub.told) == 3)
    assert imap.service.room.sessions == {}
    kinds = [type(notice) for notice in imap.hub.told]
    assert kinds == [SessionOpened, SessionOpened, SessionClosed]
    assert imap.hub.told[1].address == "tim@example.com"


def test_new_credentials_end_older_sessions(imap: ImapRoom) -> None:
    """TRUST G9: at once, if no command is open."""
    with imap.line(select="INBOX") as line:
        line.send(b"i IDLE\r\n")
        assert line.read_line() == b"+ idling"
        imap.notify(CredentialChanged(7, 3))
        imap.notify(CredentialChanged(8, 9))
        imap.notify(CredentialChanged(7, 4))
        assert line.rest().startswith(b"* BYE The credentials were changed")


def test_login_twice_is_bad(imap: ImapRoom) -> None:
    """TRUST E8."""
    with imap.line() as line:
        assert line.ask(b"LOGIN tim x")[0].startswith(b"BAD ")


def test_stopping_says_good_bye(make_imap: MakeImap) -> None:
    """TRUST D11."""
    room = make_imap()
    with room.line() as line:
        room.run(room.service.stop(1.0))
        assert line.rest() == b"* BYE [UNAVAILABLE] The service is closed\r\n"


def test_silence_before_login_ends(make_imap: MakeImap) -> None:
    room = make_imap(idle_before_login_s=0.1)

    with room.line(login=False) as line:
        assert line.rest() == b"* BYE Idle for too long\r\n"


def test_silence_after_login_ends_later(make_imap: MakeImap) -> None:
    room = make_imap(idle_before_login_s=0.8, idle_s=lambda: 1.6)

    with room.line() as line:
        begin = time.monotonic()
        assert line.rest() == b"* BYE Idle for too long\r\n"
        assert time.monotonic() - begin > 1.0


def test_capabilities_change_with_login(imap: ImapRoom) -> None:
    with imap.line(login=False) as line:
        before = line.ask(b"CAPABILITY")[0].split()
        answer = line.ask(b'LOGIN tim "open sesame"')[0]
        after = answer.partition(b"]")[0].split()

    assert b"AUTH=PLAIN" in before
    assert b"LOGINDISABLED" not in before
    assert {b"UIDPLUS", b"MOVE", b"CONDSTORE", b"ESEARCH"} < set(after)
    assert b"AUTH=PLAIN" not in after


def test_id_tells_the_version_to_users_only(imap: ImapRoom) -> None:
    with imap.line(login=False) as line:
        assert line.ask(b"ID NIL")[0] == b'* ID ("name" "MailMax")'
        line.ask(b'LOGIN tim "open sesame"')
        assert b'"version"' in line.ask(b'ID ("name" "x")')[0]


def test_credentials_that_change_in_a_command_end_the_session_after_it(
    make_imap: MakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST G9 and D11: never in the middle of an answer."""
    room = make_imap()
    started, release = threading.Event(), threading.Event()

    def slow_sync(_self: MemoryMailbox) -> None:
        started.set()
        release.wait(60)

    monkeypatch.setattr(MemoryMailbox, "sync", slow_sync)
    with room.line(select="INBOX") as line:
        line.send(b"a CHECK\r\n")
        assert started.wait(60)
        room.notify(CredentialChanged(7, 4))
        release.set()
        assert line.read_line() == b"a OK CHECK completed"
        assert line.rest().startswith(b"* BYE The credentials were changed")


def test_what_came_with_starttls_is_never_answered(
    make_imap: MakeImap, loopback_tls: LoopbackTls
) -> None:
    """TRUST H1."""
    room = make_imap(tls=True)
    with socket.create_connection(("127.0.0.1", room.port), timeout=10) as sock:
        file = sock.makefile("rb")
        file.readline()
        sock.sendall(b"a STARTTLS\r\nb NOOP\r\n")
        assert file.readline() == b"a OK Begin TLS negotiation now\r\n"
        file.close()
        with loopback_tls.client.wrap_socket(
            sock, server_hostname="localhost"
        ) as encrypted:
            encrypted.sendall(b"c NOOP\r\n")
            assert encrypted.recv(100) == b"c OK NOOP completed\r\n"


def test_starttls_where_there_is_none(imap: ImapRoom) -> None:
    with imap.line(login=False) as line:
        assert line.ask(b"STARTTLS") == [b"BAD TLS is not available"]

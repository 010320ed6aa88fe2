"""POPMax through real sockets, with the standard library's client."""

import contextlib
import fcntl
import os
import poplib
import socket
from collections.abc import Iterator

import pytest

from fix_pop import MakePop, PopRoom
from fix_tls import LoopbackTls
from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract import CredentialChanged, SessionClosed, SessionOpened
from mailmax.store.mailboxes.memory import MemoryMailbox
from mailmax.store.mailboxes.port import Locked

MAIL = b"Subject: one\r\n\r\nhello\r\n.\r\n..two\r\n"


@contextlib.contextmanager
def client(room: PopRoom) -> Iterator[poplib.POP3]:
    found = poplib.POP3("127.0.0.1", room.port, timeout=10)
    try:
        yield found
    finally:
        found.close()


@contextlib.contextmanager
def logged_in(room: PopRoom) -> Iterator[poplib.POP3]:
    with client(room) as pop3:
        pop3.user("tim")
        pop3.pass_("open sesame")
        yield pop3


def dialogue(room: PopRoom, octets: bytes) -> bytes:
    """Send everything at once, read to the end."""
    with socket.create_connection(("127.0.0.1", room.port), timeout=10) as sock:
        sock.sendall(octets)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_a_whole_session(pop: PopRoom) -> None:
    pop.fill(MAIL, b"Subject: two\r\n\r\n")

    with logged_in(pop) as pop3:
        assert pop3.stat() == (2, len(MAIL) + 16)
        assert pop3.list()[1] == [b"1 %d" % len(MAIL), b"2 16"]
        assert pop3.list(2) == b"+OK 2 16"
        _, lines, octets = pop3.retr(1)
        assert b"\r\n".join(lines) + b"\r\n" == MAIL
        assert octets == len(MAIL)
        pop3.dele(1)
        assert pop3.stat() == (1, 16)
        pop3.quit()

    pop.inbox.refresh()
    assert list(pop.inbox.uids) == [2]


def test_unique_ids_are_the_same_in_every_session(pop: PopRoom) -> None:
    pop.fill(MAIL, MAIL, MAIL)
    with logged_in(pop) as pop3:
        first = pop3.uidl()[1]
        pop3.dele(1)
        pop3.quit()

    with logged_in(pop) as pop3:
        second = pop3.uidl()[1]
        assert pop3.uidl(1) == b"+OK " + second[0]

    validity = pop.inbox.folder.uid_validity
    assert first == [b"%d %d.%d" % (n, validity, n) for n in (1, 2, 3)]
    assert [line.split()[1] for line in second] == [
        line.split()[1] for line in first[1:]
    ]


def test_top_gives_the_header_and_some_lines(pop: PopRoom) -> None:
    pop.fill(b"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n")

    with logged_in(pop) as pop3:
        assert pop3.top(1, 0)[1] == [b"A: b", b"C: d", b""]
        assert pop3.top(1, 2)[1] == [b"A: b", b"C: d", b"", b"1", b"2"]
        assert pop3.top(1, 9999999999)[1][-1] == b"3"


def test_delete_without_quit_deletes_nothing(pop: PopRoom) -> None:
    """TRUST D8: the client is lost before QUIT."""
    pop.fill(MAIL)
    with logged_in(pop) as pop3:
        pop3.dele(1)

    with logged_in(pop) as pop3:
        assert pop3.stat()[0] == 1
        pop3.dele(1)
        assert pop3.stat()[0] == 0
        pop3.rset()
        assert pop3.stat()[0] == 1
        pop3.quit()

    pop.inbox.refresh()
    assert len(pop.inbox.uids) == 1


def test_quit_is_answered_after_the_removal_is_durable(
    pop: PopRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST D8: remove, then sync, then +OK."""
    happened: list[str] = []
    remove, refused = MemoryMailbox.remove, [Locked(), Locked()]

    def remove_late(self: MemoryMailbox, uids: list[int]) -> object:
        happened.append("remove")
        if refused:
            raise refused.pop()
        return remove(self, uids)

    monkeypatch.setattr(MemoryMailbox, "remove", remove_late)
    monkeypatch.setattr(MemoryMailbox, "sync", lambda _: happened.append("sync"))
    pop.fill(MAIL, MAIL)

    with logged_in(pop) as pop3:
        pop3.dele(1)
        pop3.dele(2)
        assert pop3.quit() == b"+OK Good-bye"

    assert happened == ["remove", "remove", "remove", "sync"]


def test_a_removal_that_fails_is_told(
    pop: PopRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: MemoryMailbox) -> None:
        raise TemporaryFailure("the disk is broken")

    monkeypatch.setattr(MemoryMailbox, "sync", fail)
    pop.fill(MAIL)
    with logged_in(pop) as pop3:
        pop3.dele(1)
        with pytest.raises(poplib.error_proto, match=r"SYS/TEMP.*not removed"):
            pop3.quit()

    with logged_in(pop):
        pass


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b".",
        b".\r\n",
        b"..\r\n.\r\n",
        b"no end",
        b"bare\nlines\n.\nand\n..dots\n",
        b"a\n.\r\n-ERR not an answer\r\n",
        b"From me\r\n\r\n\r",
        b"x" * 300_000 + b"\r\n.\r\n" + b"y" * 300_000,
        (b"." * 70 + b"\r\n") * 9000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_any_content_arrives_and_sizes_are_what_is_sent(
    pop: PopRoom, body: bytes
) -> None:
    """TRUST F4."""
    pop.fill(body, MAIL)
    sent = body if not body or body.endswith(b"\r\n") else body + b"\r\n"

    with logged_in(pop) as pop3:
        assert pop3.list(1) == b"+OK 1 %d" % len(sent)
        assert pop3.stat() == (2, len(sent) + len(MAIL))
        octets = pop3._shortcmd("RETR 1")
        assert octets.startswith(b"+OK %d " % len(sent))
        got = b""
        while (line := pop3.file.readline()) != b".\r\n":
            got += line.removeprefix(b".")
        assert got == sent
        assert b"\r\n".join(pop3.retr(2)[1]) + b"\r\n" == MAIL


@pytest.mark.parametrize(
    "line",
    [
        "RETR 0", "RETR -1", "RETR 1e20", "RETR abc", "RETR", "RETR 1 1",
        "RETR 99999999999999999999", "RETR 2", "RETR 4294967297", "TOP 1 -1", "TOP 1",
        "TOP 1 1000000000000000000", "TOP 0 0", "LIST 0", "LIST 2", "UIDL x", "UIDL 2",
        "DELE 0", "DELE 2", "STAT 1", "NOPE", "USER tim", "PASS x", "APOP a b", "STLS",
        "RETR \u0661",
    ],
)  # fmt: skip
def test_wrong_commands_are_refused_and_the_session_goes_on(
    pop: PopRoom, line: str
) -> None:
    """TRUST F3."""
    pop.fill(MAIL)

    with logged_in(pop) as pop3:
        pop3.encoding = "utf-8"
        with pytest.raises(poplib.error_proto, match="-ERR"):
            pop3._shortcmd(line)
        assert pop3.stat() == (1, len(MAIL))


def test_a_long_listing(pop: PopRoom) -> None:
    pop.fill(*[b"\r\n"] * 10_000)

    with logged_in(pop) as pop3:
        lines = pop3.list()[1]
        unique = pop3.uidl()[1]

    assert lines == [b"%d 2" % number for number in range(1, 10_001)]
    assert len({line.split()[1] for line in unique}) == 10_000


# The lock


def test_a_second_session_is_told_since_when_the_maildrop_is_in_use(
    pop: PopRoom,
) -> None:
    pop.fill(MAIL)
    with logged_in(pop) as first:
        with client(pop) as second:
            second.user("tim@example.com")
            with pytest.raises(
                poplib.error_proto, match=r"-ERR \[IN-USE\] .* since 20\d\d-.* UTC"
            ):
                second.pass_("open sesame")
        assert first.stat()[0] == 1
        first.quit()

    with logged_in(pop) as third:
        assert third.stat()[0] == 1


def test_the_maildrop_is_free_when_the_client_is_lost(pop: PopRoom) -> None:
    with logged_in(pop) as pop3:
        pop3.sock.shutdown(socket.SHUT_RDWR)
        pop.wait_until(lambda: pop.service.sessions == 0)

    with logged_in(pop):
        pass


def test_the_maildrop_is_free_after_idling(make_pop: MakePop) -> None:
    """RFC 1939 §3: closed without a word, nothing removed."""
    room = make_pop(idle_s=0.2)
    room.fill(MAIL)
    with logged_in(room) as pop3:
        pop3.dele(1)
        assert pop3.file.read() == b""

    with logged_in(room) as pop3:
        assert pop3.stat()[0] == 1


def test_another_process_may_hold_the_maildrop(pop: PopRoom) -> None:
    """Whoever holds the flock: the note in the file is for people."""
    pop.service._claims.joinpath("7.lock").write_bytes(b"no json")
    descriptor = os.open(pop.service._claims / "7.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with client(pop) as pop3:
        pop3.user("tim")
        with pytest.raises(poplib.error_proto, match=r"-ERR \[IN-USE\] .* session'"):
            pop3.pass_("open sesame")
    os.close(descriptor)

    with logged_in(pop):
        pass


def test_an_operator_can_free_a_maildrop(pop: PopRoom) -> None:
    with logged_in(pop) as pop3:

        async def end() -> int:
            return pop.service.end_sessions(7)

        assert pop.run(end()) == 1
        assert pop3.file.readline().startswith(b"-ERR [AUTH]")
        assert pop3.file.read() == b""

    with logged_in(pop):
        pass


# IMAP beside it


def test_messages_that_imap_expunged_are_gone_and_numbers_stay(pop: PopRoom) -> None:
    pop.fill(b"one\r\n", b"two\r\n", b"three\r\n")
    with logged_in(pop) as pop3:
        pop.inbox.remove([2])
        pop.fill(b"four\r\n")
        pop.run(_nothing())

        with pytest.raises(poplib.error_proto, match="No such message"):
            pop3.retr(2)
        with pytest.raises(poplib.error_proto, match="No such message"):
            pop3.dele(2)
        assert pop3.retr(3)[1] == [b"three"]
        with pytest.raises(poplib.error_proto, match="No such message"):
            pop3.retr(4)
        pop3.dele(3)
        pop3.quit()

    pop.inbox.refresh()
    assert list(pop.inbox.uids) == [1, 4]


async def _nothing() -> None:
    """Let the loop take a turn."""


def test_a_message_that_cannot_be_read_is_refused(
    pop: PopRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    pop.fill(MAIL)

    def fail(*_: object) -> bytes:
        raise TemporaryFailure("this message cannot be read now")

    with logged_in(pop) as pop3:
        monkeypatch.setattr(MemoryMailbox, "read", fail)
        for command in ("RETR 1", "TOP 1 0"):
            with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\] this message"):
                pop3._shortcmd(command)
        monkeypatch.undo()
        assert pop3.retr(1)[2] == len(MAIL)


def test_a_message_that_breaks_off_breaks_the_connection(
    pop: PopRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client must not take a part for the whole."""
    pop.fill(b"x" * 600_000)
    read = MemoryMailbox.read

    def fail_later(self: MemoryMailbox, place: int, start: int, length: int) -> bytes:
        if start:
            raise TemporaryFailure("this message cannot be read now")
        return read(self, place, start, length)

    with logged_in(pop) as pop3:
        monkeypatch.setattr(MemoryMailbox, "read", fail_later)
        pop3._putcmd("RETR 1")
        got = b""
        with contextlib.suppress(ConnectionError):
            while octets := pop3.sock.recv(65536):
                got += octets

        assert not got.endswith(b"\r\n.\r\n")


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
    room = make_pop(may_login_clear=lambda _peer: False)

    with client(room) as pop3:
        capabilities = pop3.capa()
        assert "STLS" in capabilities
        assert not {"USER", "SASL"} & capabilities.keys()
        with pytest.raises(poplib.error_proto, match="STLS first"):
            pop3.user("tim")
    answer = dialogue(room, b"AUTH PLAIN AHRpbQBvcGVuIHNlc2FtZQ==\r\nQUIT\r\n")
    assert b"STLS first" in answer
    assert room.hub.asked == []


def test_auth_plain_with_and_without_initial_response(pop: PopRoom) -> None:
    begin = b"+OK pop.example.com MailMax POP3 ready\r\n"

    once = dialogue(pop, b"AUTH PLAIN AHRpbQBvcGVuIHNlc2FtZQ==\r\nSTAT\r\nQUIT\r\n")
    twice = dialogue(pop, b"AUTH PLAIN\r\nAHRpbQBvcGVuIHNlc2FtZQ==\r\nSTAT\r\nQUIT\r\n")

    end = b"+OK 0 messages (0 octets)\r\n+OK 0 0\r\n+OK Good-bye\r\n"
    assert once == begin + end
    assert twice == begin + b"+ \r\n" + end


# TLS


def test_stls_and_then_everything(make_pop: MakePop, loopback_tls: LoopbackTls) -> None:
    room = make_pop(may_login_clear=lambda _peer: False)
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
    room = make_pop(offer_apop=lambda: True, may_login_clear=lambda _peer: False)
    with client(room) as pop3, pytest.raises(poplib.error_proto, match="STLS first"):
        pop3.apop("tim", "sesame")

    other = make_pop(
        offer_apop=lambda: True,
        apop_needs_tls=False,
        may_login_clear=lambda _peer: False,
    )
    with client(other) as pop3:
        pop3.apop("tim", "sesame")


# The suite around it


def test_a_changed_password_ends_older_sessions(pop: PopRoom) -> None:
    """TRUST G9."""
    with logged_in(pop) as pop3:
        pop.notify(CredentialChanged(7, 3))
        pop.notify(CredentialChanged(8, 9))
        pop3.noop()
        pop.notify(CredentialChanged(7, 4))
        assert pop3.file.readline().startswith(b"-ERR [AUTH]")
        assert pop3.file.read() == b""


def test_the_hub_hears_who_comes_and_goes(pop: PopRoom) -> None:
    with logged_in(pop) as pop3:
        pop3.quit()
    pop.wait_until(lambda: pop.service.sessions == 0)

    opened, named, closed = pop.hub.told
    assert isinstance(opened, SessionOpened)
    assert (opened.service, opened.peer, opened.address) == ("pop3", "127.0.0.1", "")
    assert (named.session, named.address) == (opened.session, "tim@example.com")
    assert closed == SessionClosed(opened.session)


def test_stopping_says_good_bye(pop: PopRoom) -> None:
    """TRUST D11."""
    with logged_in(pop) as pop3:
        pop.run(pop.service.stop(2.0))
        assert pop3.file.readline().startswith(b"-ERR [SYS/TEMP] The server is stop")
        assert pop3.file.read() == b""


def test_a_client_that_takes_nothing_is_cut_off(make_pop: MakePop) -> None:
    """Else it would hold its maildrop for ever."""
    room = make_pop(stall_s=0.2)
    room.fill(b"x" * 30_000_000)
    with logged_in(room) as pop3:
        pop3._putcmd("RETR 1")
        room.wait_until(lambda: room.service.sessions == 0)

    with logged_in(room):
        pass


def test_pipelined_retrievals_hold_little_memory_and_arrive(pop: PopRoom) -> None:
    """RFC 2449 §6.6; what the client does not read is not read from disk."""
    body = (b"y" * 998 + b"\r\n") * 200
    pop.fill(body)
    with logged_in(pop) as pop3:
        pop3.sock.sendall(b"RETR 1\r\n" * 200)
        for _ in range(200):
            assert pop3._getlongresp()[2] == len(body)
        assert pop3.stat()[0] == 1

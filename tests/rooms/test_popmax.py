"""POPMax through real sockets, with the standard library's client."""

import contextlib
import fcntl
import os
import poplib
import socket

import pytest

from fix_pop import MakePop, PopRoom, client, logged_in
from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.store.mailboxes.memory.mailbox import MemoryMailbox
from mailmax.store.mailboxes.port import Locked
from waiting import wait_for

MAIL = b"Subject: one\r\n\r\nhello\r\n.\r\n..two\r\n"


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
        wait_for(lambda: pop.service.sessions == 0)

    with logged_in(pop):
        pass


def test_the_maildrop_is_free_after_idling(make_pop: MakePop) -> None:
    """RFC 1939 §3: closed without a word, nothing removed."""
    room = make_pop(idle_s=lambda: 0.2)
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
        assert pop3.file.readline().startswith(b"-ERR [SYS/TEMP]")
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


def test_under_an_old_password_no_answer_can_be_drawn_out(
    pop: PopRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST G9: within a minute, also while a message is being sent."""
    monkeypatch.setattr("mailmax.popmax.session.ENDING_S", 0.3)
    pop.fill((b"x" * 70 + b"\r\n") * 400_000)
    with logged_in(pop) as pop3:
        pop3._putcmd("RETR 1")
        pop3.sock.recv(1000)
        pop.notify(CredentialChanged(7, 4))
        wait_for(lambda: pop.service.sessions == 0)


def test_the_hub_hears_who_comes_and_goes(pop: PopRoom) -> None:
    with logged_in(pop) as pop3:
        pop3.quit()
    wait_for(lambda: pop.service.sessions == 0)

    opened, named, closed = pop.hub.told
    assert isinstance(opened, SessionOpened)
    assert (opened.service, opened.peer, opened.address) == ("pop3", "127.0.0.1", "")
    assert (named.session, named.address) == (opened.session, "tim@example.com")
    assert closed == SessionClosed(opened.session)


def test_stopping_says_good_bye(pop: PopRoom) -> None:
    """TRUST D11."""
    with logged_in(pop) as pop3:
        pop.run(pop.service.stop(2.0))
        assert pop3.file.readline().startswith(b"-ERR [SYS/TEMP] The service is closed")
        assert pop3.file.read() == b""


def test_a_client_that_takes_nothing_is_cut_off(make_pop: MakePop) -> None:
    """Else it would hold its maildrop for ever."""
    room = make_pop(stall_s=0.2)
    room.fill(b"x" * 30_000_000)
    with logged_in(room) as pop3:
        pop3._putcmd("RETR 1")
        wait_for(lambda: room.service.sessions == 0)

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

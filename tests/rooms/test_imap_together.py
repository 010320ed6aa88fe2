"""Several sessions in one mailbox, and what each is told (RFC 3501 §5.2, §7.4.1)."""

import contextlib
import select
import socket
import time

import pytest

from fix_imap import ImapRoom, MakeImap
from mailmax.base.errors import TemporaryFailure
from mailmax.store.mailboxes.memory.mailbox import MemoryMailbox
from mailmax.store.mailboxes.port import Locked
from waiting import wait_for

MAIL = b"Subject: x\r\n\r\ny\r\n"


def test_idle_is_told_of_new_mail_at_once(imap: ImapRoom) -> None:
    """RFC 2177."""
    imap.deliver(MAIL)
    with imap.line(select="INBOX") as line:
        line.send(b"i IDLE\r\n")
        assert line.read_line() == b"+ idling"

        imap.deliver(MAIL)

        assert line.read_line() == b"* 2 EXISTS"
        assert line.read_line() == b"* 2 RECENT"
        line.send(b"DONE\r\n")
        assert line.until(b"i") == [b"OK IDLE terminated"]


def test_idle_is_told_of_flags_and_expunges_of_others(imap: ImapRoom) -> None:
    imap.deliver(MAIL, MAIL, MAIL)
    with imap.line(select="INBOX") as idler, imap.line(select="INBOX") as other:
        idler.send(b"i IDLE\r\n")
        assert idler.read_line() == b"+ idling"

        other.ask(b"STORE 1:2 +FLAGS.SILENT (\\Deleted $x)")
        assert idler.read_line() == (
            b"* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $x)"
        )
        flags = {idler.read_line(), idler.read_line()}
        assert flags == {
            b"* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent $x))",
            b"* 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent $x))",
        }

        other.ask(b"EXPUNGE")
        assert [idler.read_line(), idler.read_line()] == [
            b"* 2 EXPUNGE",
            b"* 1 EXPUNGE",
        ]


def test_expunge_is_held_back_during_fetch_store_and_search(imap: ImapRoom) -> None:
    """RFC 3501 §7.4.1: told at the end of the next command that may tell it."""
    imap.deliver(MAIL, MAIL, MAIL)
    with imap.line(select="INBOX") as slow, imap.line(select="INBOX") as other:
        other.ask(b"STORE 2 +FLAGS.SILENT (\\Deleted)")
        other.ask(b"EXPUNGE")

        assert slow.ask(b"FETCH 1:3 (UID)") == [
            b"* 1 FETCH (UID 1)",
            b"* 3 FETCH (UID 3)",
            b"OK [EXPUNGEISSUED] FETCH completed",
        ]
        assert slow.ask(b"SEARCH ALL") == [b"* SEARCH 1 3", b"OK SEARCH completed"]
        assert slow.ask(b"STORE 3 +FLAGS (\\Seen)") == [
            b"* 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))",
            b"OK STORE completed",
        ]
        assert slow.ask(b"STORE 2 +FLAGS (\\Seen)") == [
            b"OK [EXPUNGEISSUED] STORE completed"
        ]
        assert slow.ask(b"UID SEARCH 1:*") == [
            b"* SEARCH 1 3",
            b"* 2 EXPUNGE",
            b"OK SEARCH completed",
        ]
        assert slow.ask(b"FETCH 2 (UID)")[0] == b"* 2 FETCH (UID 3)"


def test_one_s_own_silent_store_is_not_echoed_others_are(imap: ImapRoom) -> None:
    imap.deliver(MAIL, MAIL)
    with imap.line(select="INBOX") as one, imap.line(select="INBOX") as other:
        other.ask(b"STORE 2 +FLAGS.SILENT (\\Flagged)")

        assert one.ask(b"STORE 1 +FLAGS.SILENT (\\Seen)") == [
            b"* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))",
            b"OK STORE completed",
        ]


def test_a_deleted_mailbox_puts_others_out(imap: ImapRoom) -> None:
    with imap.line() as line, imap.line() as other:
        line.ask(b"CREATE a")
        other.ask(b"SELECT a")
        line.ask(b"SELECT a")

        assert line.ask(b"DELETE a") == [b"OK DELETE completed"]

        assert line.ask(b"CHECK")[0].startswith(b"BAD not in the authenticated")
        assert other.rest() == b"* BYE The selected mailbox is gone\r\n"


def test_a_renamed_mailbox_stays_selected(imap: ImapRoom) -> None:
    with imap.line() as line, imap.line() as other:
        line.ask(b"CREATE a")
        line.ask(b"SELECT a")
        other.ask(b"RENAME a b")

        assert line.ask(b"NOOP") == [b"OK NOOP completed"]


def test_mailboxes_of_others_are_not_there(imap: ImapRoom) -> None:
    """TRUST E7."""
    with imap.client("ann") as client:
        client.create("secret")

    with imap.line() as line:
        for command in (b"SELECT", b"EXAMINE", b"DELETE"):
            assert line.ask(command + b" secret") == line.ask(command + b" nothing")
            assert line.ask(command + b" secret")[0].startswith(b"NO [NONEXISTENT]")


@pytest.mark.rfc("7162", "3.1.3")
def test_unchangedsince_leaves_alone_what_changed(imap: ImapRoom) -> None:
    imap.deliver(MAIL, MAIL)
    with imap.line() as line:
        answer = line.ask(b"SELECT INBOX (CONDSTORE)")
        (highest,) = [one for one in answer if b"HIGHESTMODSEQ" in one]
        modseq = int(highest.split(b"HIGHESTMODSEQ ")[1].split(b"]")[0])
        line.ask(b"STORE 1 +FLAGS.SILENT (\\Seen)")

        answer = line.ask(b"STORE 1:2 (UNCHANGEDSINCE %d) +FLAGS (\\Flagged)" % modseq)

        assert answer[-1] == b"OK [MODIFIED 1] STORE completed"
        assert len(answer) == 2
        assert answer[0].startswith(
            b"* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) MODSEQ ("
        )


@pytest.mark.rfc("7162", "3.1.4")
def test_changedsince_sends_what_changed(imap: ImapRoom) -> None:
    imap.deliver(MAIL, MAIL)
    with imap.line(select="INBOX") as line:
        before = line.ask(b"FETCH 2 (MODSEQ)")[0]
        modseq = int(before.split(b"MODSEQ (")[1].rstrip(b")"))
        answer = line.ask(b"STORE 1 +FLAGS.SILENT (\\Seen)")
        assert answer[0].startswith(b"* 1 FETCH (UID 1 MODSEQ (")

        answer = line.ask(b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d)" % modseq)

        assert len(answer) == 2
        assert answer[0].startswith(b"* 1 FETCH (FLAGS (\\Seen \\Recent) MODSEQ (")
        found = line.ask(b"SEARCH MODSEQ %d" % (modseq + 1))[0]
        assert found.startswith(b"* SEARCH 1 (MODSEQ ")


def test_esearch(imap: ImapRoom) -> None:
    """RFC 4731 §3.1."""
    imap.deliver(MAIL, MAIL, MAIL)
    with imap.line(select="INBOX") as line:
        assert line.ask(b"UID SEARCH RETURN (MIN MAX COUNT ALL) 2:3")[0] == (
            b'* ESEARCH (TAG "t3") UID MIN 2 MAX 3 ALL 2:3 COUNT 2'
        )
        assert line.ask(b"SEARCH RETURN (COUNT) SEEN")[0] == (
            b'* ESEARCH (TAG "t4") COUNT 0'
        )


def test_recent_is_for_the_first_to_come(imap: ImapRoom) -> None:
    """RFC 3501 §2.3.2."""
    imap.deliver(MAIL)
    with imap.line() as one, imap.line() as two:
        assert b"* 1 RECENT" in one.ask(b"SELECT INBOX")
        assert b"* 0 RECENT" in two.ask(b"SELECT INBOX")


def test_commands_may_be_pipelined(imap: ImapRoom) -> None:
    """RFC 3501 §5.5."""
    imap.deliver(MAIL, MAIL)
    with imap.line() as line:
        line.send(
            b"a SELECT INBOX\r\nb APPEND INBOX {3+}\r\nabc\r\nc NOOP\r\n"
            b"d FETCH 3 (RFC822.SIZE)\r\ne SEARCH ALL\r\n"
        )
        line.until(b"a")
        line.until(b"c")
        assert line.until(b"d")[0] == b"* 3 FETCH (RFC822.SIZE 3)"
        assert line.until(b"e")[0] == b"* SEARCH 1 2 3"


def test_an_append_that_is_not_finished_leaves_nothing(imap: ImapRoom) -> None:
    with imap.line() as line:
        line.send(b"a APPEND INBOX {100000}\r\n")
        assert line.read_line().startswith(b"+ ")
        line.send(b"x" * 1000)
        wait_for(lambda: imap.service.room.arrivals.octets == 1000)
    wait_for(lambda: imap.service.room.arrivals.octets == 0)
    with imap.line() as line:
        assert b"* 0 EXISTS" in line.ask(b"SELECT INBOX")


def test_appends_share_a_bounded_memory(make_imap: MakeImap) -> None:
    room = make_imap(append_memory_octets=1000, append_small_octets=100)
    with room.line() as one, room.line() as two:
        one.send(b"a APPEND INBOX {5000}\r\n")
        assert one.read_line().startswith(b"+ ")
        one.send(b"x" * 600)
        wait_for(lambda: room.service.room.arrivals.octets == 600)
        assert two.ask(b"APPEND INBOX {500}")[0].startswith(b"NO [INUSE]")
        assert two.ask(b"APPEND INBOX {100+}\r\n" + b"y" * 100)[0].startswith(b"OK")

        one.send(
            b"x" * 4400 + b"\r\n"
        )  # as big as it is, the only one that is not small
        assert one.until(b"a")[0].startswith(b"OK")


def test_what_is_announced_and_not_sent_keeps_nobody_out(make_imap: MakeImap) -> None:
    room = make_imap(append_memory_octets=1000, append_small_octets=10)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            line = stack.enter_context(room.line())
            line.send(b"a APPEND INBOX {900}\r\n")
            assert line.read_line().startswith(b"+ ")
        other = stack.enter_context(room.line())
        answer = other.ask(b"APPEND INBOX {200+}\r\n" + b"y" * 200)
        assert answer[0].startswith(b"OK")


def test_a_message_that_finds_no_memory_any_more_is_let_go(make_imap: MakeImap) -> None:
    """A user has a quarter; a single message may be bigger."""
    room = make_imap(append_memory_octets=4000, append_small_octets=10)
    arrivals = room.service.room.arrivals
    with room.line() as one, room.line() as two:
        for line in (one, two):
            line.send(b"a APPEND INBOX {900}\r\n")
            assert line.read_line().startswith(b"+ ")
        one.send(b"x" * 600)
        wait_for(lambda: arrivals.octets == 600)

        two.send(b"y" * 300)
        wait_for(lambda: arrivals.octets == 900)
        two.send(b"y" * 600 + b"\r\n")

        assert two.until(b"a")[0].startswith(b"NO [INUSE]")
        assert arrivals.octets == 600
        one.send(b"x" * 300 + b"\r\n")
        assert one.until(b"a")[0].startswith(b"OK")
        assert arrivals.octets == 0
        assert b"* 1 EXISTS" in two.ask(b"SELECT INBOX")


def test_a_message_that_comes_octet_by_octet_is_whole(imap: ImapRoom) -> None:
    body = b"Subject: x\r\n\r\n" + bytes(range(32, 127)) * 100
    with imap.line() as line:
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.send(b"a APPEND INBOX {%d}\r\n" % len(body))
        assert line.read_line().startswith(b"+ ")
        for start in (*range(60), *range(60, len(body), 500)):
            end = start + 1 if start < 60 else start + 500
            line.send(body[start:end])
        line.send(b"\r\n")
        assert line.until(b"a")[0].startswith(b"OK")
        line.ask(b"SELECT INBOX")
        fetched = line.ask(b"FETCH 1 BODY.PEEK[]")
    assert b"\r\n".join(fetched).count(body) == 1


def test_an_append_that_comes_too_slowly_is_ended(make_imap: MakeImap) -> None:
    """TRUST 3: 100 octets a second; one that says something is not silent."""
    room = make_imap(message_s=0.5)
    with room.line() as line:
        line.send(b"a APPEND INBOX {100000}\r\n")
        assert line.read_line().startswith(b"+ ")
        answers = select.poll()  # in the whole suite descriptors are beyond select's
        answers.register(line.sock, select.POLLIN)
        for _ in range(100):
            line.send(b"x")
            if answers.poll(50):
                break

        assert line.read_line() == b"* BYE The message comes too slowly"
        wait_for(lambda: room.service.room.arrivals.octets == 0)


def test_an_append_that_comes_fast_enough_goes_on(make_imap: MakeImap) -> None:
    room = make_imap(message_s=1.5)
    with room.line() as line:
        line.send(b"a APPEND INBOX {30000}\r\n")
        assert line.read_line().startswith(b"+ ")
        for _ in range(15):
            line.send(b"x" * 2000)
            time.sleep(0.15)
        line.send(b"\r\n")
        assert line.until(b"a")[0].startswith(b"OK")


def test_a_nul_is_not_stored(imap: ImapRoom) -> None:
    """TRUST E1."""
    with imap.line() as line:
        line.send(b"a APPEND INBOX {3+}\r\na\0b\r\n")
        assert line.until(b"a") == [b"BAD NUL in the message"]


def test_append_to_nowhere(imap: ImapRoom) -> None:
    """RFC 3501 §6.3.11."""
    with imap.line() as line:
        assert line.ask(b"APPEND nix {3}") == [b"NO [TRYCREATE] No such mailbox"]
        assert line.ask(b"APPEND INBOX {0}")[0].startswith(b"NO [CANNOT]")


def test_a_locked_user_is_waited_for(
    make_imap: MakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap = make_imap()
    imap.deliver(MAIL)
    tries: list[int] = []
    real = MemoryMailbox.store

    def locked_twice(self: MemoryMailbox, *args: object, **named: object) -> object:
        tries.append(1)
        if len(tries) < 3:
            raise Locked
        return real(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryMailbox, "store", locked_twice)
    with imap.line(select="INBOX") as line:
        answer = line.ask(b"STORE 1 +FLAGS (\\Seen)")

    assert answer[-1] == b"OK STORE completed"
    assert len(tries) == 3


def test_a_user_locked_too_long_is_in_use(
    make_imap: MakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap = make_imap()

    def locked(*_args: object, **_named: object) -> None:
        raise Locked

    monkeypatch.setattr(MemoryMailbox, "store", locked)
    monkeypatch.setattr("mailmax.imapmax.blocking.LOCK_PATIENCE_S", 0.05)
    imap.deliver(MAIL)
    with imap.line(select="INBOX") as line:
        assert line.ask(b"STORE 1 +FLAGS (\\Seen)")[-1].startswith(b"NO [INUSE]")
        assert line.ask(b"FETCH 1 (BODY[])")[-1] == b"OK FETCH completed"


def test_a_damaged_message_is_passed_over(make_imap: MakeImap) -> None:
    """TRUST D9: never silently served."""
    imap = make_imap()
    imap.deliver(MAIL, MAIL)
    with imap.line(select="INBOX") as line:
        account = imap.account()
        mailbox = account.open("INBOX", read_only=True)  # type: ignore[attr-defined]
        body = mailbox._bodies[0]  # type: ignore[attr-defined]
        mailbox._bodies[0] = type(body)(b"?", body.crc, body.fragment, body.date)  # type: ignore[attr-defined]
        mailbox.sizes[0] = 1

        answer = line.ask(b"FETCH 1:2 (BODY.PEEK[])")

    assert answer[0] == b"* 2 FETCH (BODY[] {%d}" % len(MAIL)
    assert answer[-1] == b"NO [CANNOT] this message is damaged"


def test_a_search_that_takes_too_long_is_refused(make_imap: MakeImap) -> None:
    """TRUST E4."""
    room = make_imap(search_s=0.0)
    room.deliver(MAIL)
    with room.line(select="INBOX") as line:
        assert line.ask(b"SEARCH ALL")[-1].startswith(b"NO [LIMIT]")


def test_star_in_an_empty_mailbox_is_nothing(imap: ImapRoom) -> None:
    """TRUST E4."""
    with imap.line(select="INBOX") as line:
        assert line.ask(b"FETCH *:* (FLAGS)") == [b"OK FETCH completed"]
        assert line.ask(b"UID FETCH 1:* (FLAGS)") == [b"OK FETCH completed"]
        assert line.ask(b"FETCH 1:4294967295 (FLAGS)") == [b"BAD No such message"]
        assert line.ask(b"SEARCH *") == [b"* SEARCH", b"OK SEARCH completed"]
        assert line.ask(b"UID STORE 5 +FLAGS (\\Seen)") == [b"OK STORE completed"]
        assert line.ask(b"UID COPY 5 Sent") == [b"OK COPY completed"]
        assert line.ask(b"UID MOVE 5 Sent") == [b"OK MOVE completed"]


def test_close_removes_silently_unselect_nothing(imap: ImapRoom) -> None:
    """RFC 3501 §6.4.2, RFC 3691."""
    imap.deliver(MAIL, MAIL)
    with imap.line(select="INBOX") as line:
        line.ask(b"STORE 1 +FLAGS.SILENT (\\Deleted)")
        assert line.ask(b"UNSELECT") == [b"OK UNSELECT completed"]
        assert b"* 2 EXISTS" in line.ask(b"SELECT INBOX")
        assert line.ask(b"CLOSE") == [b"OK CLOSE completed"]
        assert b"* 1 EXISTS" in line.ask(b"SELECT INBOX")


def test_uid_expunge_removes_only_those_named(imap: ImapRoom) -> None:
    """RFC 4315 §2.1."""
    imap.deliver(MAIL, MAIL, MAIL)
    with imap.line(select="INBOX") as line:
        line.ask(b"STORE 1:3 +FLAGS.SILENT (\\Deleted)")
        assert line.ask(b"UID EXPUNGE 2:9")[:2] == [b"* 3 EXPUNGE", b"* 2 EXPUNGE"]


def test_a_client_that_reads_nothing_is_held_back(
    imap: ImapRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST E9: and cut off in the end; others go on."""
    monkeypatch.setattr("mailmax.imapmax.backpressure.STUCK_S", 0.3)
    imap.deliver(MAIL + b"x" * 8_000_000)
    with imap.line(select="INBOX") as line, imap.line() as other:
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.send(b"a FETCH 1 (BODY.PEEK[])\r\n" * 4)
        assert other.ask(b"NOOP") == [b"OK NOOP completed"]
        wait_for(lambda: imap.service.connections == 1)
        assert other.ask(b"NOOP") == [b"OK NOOP completed"]


def test_a_fetch_goes_on_by_numbers_while_others_expunge(make_imap: MakeImap) -> None:
    """RFC 3501 §7.4.1: what was removed meanwhile is passed over, not confused."""
    imap = make_imap()
    large = MAIL + b"x" * 15_000_000
    imap.deliver(large, large, MAIL, MAIL)
    with imap.line(select="INBOX") as slow, imap.line(select="INBOX") as other:
        slow.send(b"a FETCH 1:4 (UID BODY.PEEK[])\r\n")
        assert slow.read_line().startswith(b"* 1 FETCH (UID 1 BODY[] {")
        other.ask(b"STORE 3 +FLAGS.SILENT (\\Deleted)")
        assert other.ask(b"EXPUNGE")[0] == b"* 3 EXPUNGE"

        lines = [
            line for line in slow.until(b"a") if b" FETCH " in line or b"OK" in line
        ]

        assert [line.partition(b" BODY")[0] for line in lines] == [
            b"* 2 FETCH (UID 2",
            b"* 4 FETCH (UID 4",
            b"OK [EXPUNGEISSUED] FETCH completed",
        ]
        assert slow.ask(b"NOOP")[0] == b"* 3 EXPUNGE"


def test_a_literal_that_cannot_be_completed_ends_the_connection(
    make_imap: MakeImap,
) -> None:
    imap = make_imap()
    imap.deliver(MAIL + b"x" * 20_000_000)
    with imap.line(select="INBOX") as slow, imap.line(select="INBOX") as other:
        slow.send(b"a FETCH 1 (BODY.PEEK[])\r\n")
        assert slow.read_line().startswith(b"* 1 FETCH (BODY[] {")
        other.ask(b"STORE 1 +FLAGS.SILENT (\\Deleted)")
        other.ask(b"EXPUNGE")

        with contextlib.suppress(ConnectionError):
            assert b"a OK" not in slow.rest()[-1000:]
        wait_for(lambda: imap.service.connections == 1)


def test_a_search_looks_at_messages_by_uid_while_others_expunge(
    make_imap: MakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailmax.imapmax.searching.TURN_S", 0.0)
    imap = make_imap()
    imap.deliver(*(b"Subject: %d\r\n\r\nword%d\r\n" % (n, n % 2) for n in range(400)))
    with imap.line(select="INBOX") as searcher, imap.line(select="INBOX") as other:
        other.ask(b"STORE 1:100 +FLAGS.SILENT (\\Deleted)")
        searcher.send(b"a UID SEARCH BODY word1\r\n")
        other.ask(b"EXPUNGE")
        found = searcher.until(b"a")

    uids = [int(uid) for uid in found[0].split()[2:]]
    assert set(range(102, 401, 2)) <= set(uids)
    assert all(uid % 2 == 0 for uid in uids)


@pytest.mark.parametrize(
    "command",
    [b"STORE 1 +FLAGS (\\Seen)", b"STORE 1 FLAGS.SILENT (\\Seen)", b"EXPUNGE"],
)
def test_nothing_left_to_do_is_ok_only_when_what_was_done_is_durable(
    make_imap: MakeImap, monkeypatch: pytest.MonkeyPatch, command: bytes
) -> None:
    """TRUST D7: the message was read, or expunged by others, a moment ago."""
    imap = make_imap()
    imap.deliver(MAIL)
    broken = True

    def sync(_mailbox: MemoryMailbox) -> None:
        if broken:
            raise TemporaryFailure("the disk is broken")

    monkeypatch.setattr(MemoryMailbox, "sync", sync)
    with imap.line(select="INBOX") as line:
        assert line.ask(b"FETCH 1 (BODY[])")[-1] == b"OK FETCH completed"

        assert line.ask(command)[-1].startswith(b"NO ")

        broken = False
        assert line.ask(command)[-1].startswith(b"OK ")

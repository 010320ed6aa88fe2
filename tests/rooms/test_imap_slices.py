"""Changes of more messages than one slice: the same answers, all or nothing."""

import errno
import socket
import struct
import threading
from types import SimpleNamespace

import pytest

from fix_imap import ImapRoom, MakeImap
from mailmax.imapmax import slices
from mailmax.imapmax.commands import expunge
from mailmax.store.mailboxes.segments import log
from mailmax.store.mailboxes.segments.store import SegmentStore
from waiting import wait_for

RESET = struct.pack("ii", 1, 0)
MAIL = b"Subject: x\r\n\r\ny\r\n"


@pytest.fixture
def room(make_imap: MakeImap, tmp_path, monkeypatch) -> ImapRoom:
    monkeypatch.setattr(slices, "SLICE", 2)
    monkeypatch.setattr(expunge, "SLICE", 2)
    room = make_imap(store=SegmentStore(tmp_path / "mail", role="imapmax"))
    room.deliver(*[MAIL] * 5)
    return room


def test_copies_have_their_numbers_in_order(room):
    with room.line(select="INBOX") as line:
        (copied,) = line.ask(b"COPY 1:5 Trash")
        assert copied.split(b"]")[0].endswith(b" 1:5 1:5")
        assert line.ask(b"STATUS Trash (MESSAGES)")[0].endswith(b"(MESSAGES 5)")


def test_flags_are_told_of_all_and_what_goes_from_the_last_to_the_first(room):
    with room.line(select="INBOX") as line, room.line(select="INBOX") as other:
        *told, done = line.ask(b"STORE 1:5 +FLAGS (\\Deleted)")
        assert len(told) == 5
        assert done.startswith(b"OK ")
        *gone, done = line.ask(b"EXPUNGE")
        assert gone == [b"* %d EXPUNGE" % number for number in (5, 4, 3, 2, 1)]
        assert done.startswith(b"OK ")
        assert other.ask(b"NOOP")[:5] == gone


def test_what_was_changed_since_is_named_once(room):
    with room.line(select="INBOX") as line, room.line(select="INBOX") as other:
        modseq = line.ask(b"FETCH 5 (MODSEQ)")[0].split(b"(")[-1].rstrip(b")")
        other.ask(b"STORE 1,4 +FLAGS (\\Seen)")
        store = b"STORE 1:5 (UNCHANGEDSINCE %b) +FLAGS.SILENT (\\Flagged)" % modseq
        *_, done = line.ask(store)
        assert b"[MODIFIED 1,4]" in done


def test_copies_of_earlier_slices_are_taken_back(room, monkeypatch):
    real, asked = log.append, []

    def fail_second(file, end, frame):
        asked.append(end)
        if len(asked) == 2:
            raise OSError(errno.ENOSPC, "full")
        real(file, end, frame)

    with room.line(select="INBOX") as line, room.line(select="Trash") as other:
        monkeypatch.setattr(log, "append", fail_second)
        (answer,) = line.ask(b"COPY 1:5 Trash")
        assert answer.startswith(b"NO ")
        assert len(asked) == 3, (
            "one slice, one that failed, and what takes the first back"
        )
        assert line.ask(b"STATUS Trash (MESSAGES)")[0].endswith(b"(MESSAGES 0)")
        assert other.ask(b"UID SEARCH ALL")[0] == b"* SEARCH"


def test_who_leaves_in_the_middle_has_copied_nothing(room, monkeypatch):
    """RFC 3501 §6.4.7: nothing, or all."""
    real, is_in = slices.asyncio.sleep, threading.Event()

    async def stay(seconds):
        is_in.set()
        await real(5 if seconds == 0 else seconds)

    with room.line() as other:
        with room.line(select="INBOX") as line:
            monkeypatch.setattr(slices, "asyncio", SimpleNamespace(sleep=stay))
            line.send(b"a COPY 1:5 Trash\r\n")
            assert is_in.wait(60)
            assert other.ask(b"STATUS Trash (MESSAGES)")[0].endswith(b"(MESSAGES 2)")
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        wait_for(lambda: b"(MESSAGES 0)" in other.ask(b"STATUS Trash (MESSAGES)")[0])

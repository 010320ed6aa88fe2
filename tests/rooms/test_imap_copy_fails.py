"""COPY and MOVE that the disk does not let become durable: NO, and nothing is left."""

import errno

import pytest

from fix_imap import ImapRoom, MakeImap
from mailmax.store import disk
from mailmax.store.mailboxes.segments.store import SegmentStore

MAIL = b"Subject: x\r\n\r\ny\r\n"


@pytest.fixture
def room(make_imap: MakeImap, tmp_path) -> ImapRoom:
    room = make_imap(store=SegmentStore(tmp_path / "mail", role="imapmax"))
    room.deliver(MAIL, MAIL)
    return room


@pytest.mark.parametrize("verb", [b"COPY", b"MOVE"])
def test_what_cannot_be_synced_is_taken_back_however_often_it_is_tried(
    room, monkeypatch, verb
):
    with room.line(select="INBOX") as line, room.line(select="Trash") as other:

        def fail_each(fds):
            return [OSError(errno.EIO, "broken") for _ in fds]

        def fail(_fd):
            raise OSError(errno.EIO, "broken")

        monkeypatch.setattr(disk, "fdatasync_each", fail_each)
        monkeypatch.setattr(disk, "fdatasync", fail)
        for _ in range(3):
            (answer,) = line.ask(verb + b" 1:2 Trash")
            assert answer.startswith(b"NO ")

        status = line.ask(b"STATUS Trash (MESSAGES)")
        assert status[0] == b'* STATUS "Trash" (MESSAGES 0)'
        assert other.ask(b"UID SEARCH ALL")[0] == b"* SEARCH"
        assert line.ask(b"UID SEARCH ALL")[0] == b"* SEARCH 1 2"

"""After a power cut mailboxes are looked through, and nobody else waits for that."""

import threading
import zlib
from pathlib import Path

import pytest

from fix_imap import MakeImap
from fix_pop import MakePop, logged_in
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.segments import unproven
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage

BODY = b"Subject: hello\r\n\r\nworld\r\n"
NAMES = ("INBOX", "Sent", "Drafts", "Trash")


def after_a_cut(root: Path, role: str, home: str) -> SegmentStore:
    """Leave messages in all mailboxes of which nothing says that they are durable."""
    store = SegmentStore(root, role=role, boot=b"1" * 16)
    account = store.account(UserId(7), home)
    message = NewMessage(BODY, len(BODY), zlib.crc32(BODY), b"", 0)
    for name in NAMES:
        account.open(name).append([message] * 3)
    return SegmentStore(root, role=role, boot=b"2" * 16)


@pytest.fixture
def lookers(monkeypatch) -> list[threading.Thread]:
    """In which threads bodies are read."""
    found: list[threading.Thread] = []
    real = unproven.missing

    def missing(home, bodies):
        bodies = list(bodies)
        if bodies:
            found.append(threading.current_thread())
        return real(home, bodies)

    monkeypatch.setattr(unproven, "missing", missing)
    return found


def test_imap_looks_off_the_loop(make_imap: MakeImap, tmp_path, lookers):
    store = after_a_cut(tmp_path, "imapmax", "example.com/tim")
    room = make_imap(store=store)

    with room.line(select="INBOX") as line:
        status = line.ask(b"STATUS Sent (MESSAGES)")
        copied = line.ask(b"COPY 1:3 Drafts")
        line.send(b"a APPEND Trash {%d+}\r\n%b\r\n" % (len(BODY), BODY))
        appended = line.until(b"a")

    assert status[0].endswith(b" (MESSAGES 3)")
    assert b"OK" in copied[-1]
    assert b"OK" in appended[-1]
    assert len(lookers) == len(NAMES)
    assert room._thread not in lookers


def test_pop_looks_off_the_loop(make_pop: MakePop, tmp_path, lookers):
    store = after_a_cut(tmp_path, "popmax", "example.com/00/tim~7")
    room = make_pop(store=store)

    with logged_in(room) as client:
        assert client.stat()[0] == 3

    assert len(lookers) == 1
    assert room._thread not in lookers
    store.close()

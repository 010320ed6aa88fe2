"""Filer and QueueMax over real journals and mailboxes: a user in trouble, repaired."""

import asyncio
import contextlib
import ctypes
import fcntl
import os
from typing import Any

import pytest

from fix_directory import Book
from fix_outbound import Office
from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.ids import UserId
from mailmax.base.virus import Finding, facts_of
from mailmax.filer.checkpoint import Checkpoints
from mailmax.filer.service import Filer
from mailmax.hub.contract.rows import UserRow
from mailmax.policy.retry import RetryLimits
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.quarantine import Quarantine
from mailmax.store.spool.port import Entry
from waiting import until

USERS = {
    7: UserRow(7, "tim@demo.test", "demo.test/ab/tim~7"),
    8: UserRow(8, "eve@demo.test", "demo.test/cd/eve~8"),
}
HEAD = b"Return-Path: <ada@far.test>\r\n"
AT_FDCWD = -100
RENAME_EXCHANGE = 2


class Node:
    """The real thing but for hub and network."""

    def __init__(self, root) -> None:
        self.root = root
        self.smtp = JournalWriter(root, "smtpmax")
        self.office = Office(root)
        self.office.set(retry=RetryLimits(0, 1_000_000, 0, 0))
        self.filer = None
        self.quarantine = Quarantine(root / "quarantine")

    async def start(self) -> None:
        self.checkpoints = Checkpoints(self.root / "journal" / "filer.position")
        position = self.checkpoints.load().position
        self.reader = JournalReader(self.root, ("smtpmax", "queuemax"), position)
        self.office.filer = JournalWriter(self.root, "filer")
        self.office.reports = JournalWriter(self.root, "queuemax")
        self.office.make_reader = lambda at: JournalReader(self.root, ("filer",), at)
        self.store = SegmentStore(self.root / "mail", role="filer")
        self.filer = Filer(
            self.reader,
            self.office.filer,
            self.store,
            self.checkpoints,
            Book(*USERS.values()),
            lambda: None,
            quarantine=self.quarantine,
        )
        self.filer.start()
        await self.office.open()

    async def stop(self) -> None:
        await asyncio.to_thread(self.filer.stop)
        await self.office.close()
        for one in (self.office.reader, self.office.filer, self.office.reports):
            one.close()
        self.reader.close()
        self.store.close()

    def send(self, text: bytes, *user_ids: int, **more: Any) -> None:
        body = HEAD + b"Subject: hello\r\n\r\n" + text
        to = tuple(Recipient(USERS[n].address, n) for n in user_ids)
        envelope = Envelope(
            "ada@far.test", to, 1_700_000_000_000, return_path_octets=len(HEAD), **more
        )
        self.smtp.commit([Entry(envelope, chunks=(body,))])

    def inbox(self, user_id: int) -> list[bytes]:
        user = USERS[user_id]
        account = self.store.account(UserId(user_id), user.home)
        mailbox = account.open("INBOX")
        mailbox.refresh()
        try:
            bodies = [mailbox.read(n) for n in range(len(mailbox.uids))]
            return [bytes(body).rpartition(b"\r\n\r\n")[2] for body in bodies]
        finally:
            mailbox.close()
            account.close()

    def listed(self) -> list[tuple[str, str]]:
        page = self.office.hub.listed(limit=50)
        return [(row.recipient, row.last_reply) for row in page.rows]

    def numbers(self) -> list[str]:
        page = self.office.hub.listed(limit=50)
        return [row.entry_id for row in page.rows]


@pytest.fixture
async def node(tmp_path, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 0.1)
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 0.5)
    monkeypatch.setattr("mailmax.filer.aside.TROUBLE_S", 0.3)
    monkeypatch.setattr("mailmax.queuemax.checkpoint.EVERY_S", 0.3)
    monkeypatch.setattr("mailmax.queuemax.checkpoint.SETTLE_S", 0.1)
    node = Node(tmp_path)
    await node.start()
    yield node
    await node.stop()
    node.smtp.close()


@contextlib.contextmanager
def locked(home):
    """Hold a user's lock as another process would."""
    fd = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def no_directory(home):
    """Put a file where the user's directory was.

    The two change places at one stroke: in a moment without either, the filer would
    rightly make a new directory.
    """
    away = home.with_suffix(".away")
    away.write_bytes(b"")
    exchange(away, home)
    try:
        yield
    finally:
        exchange(away, home)
        away.unlink()


def exchange(one, other):
    """Let two names change places (renameat2(2), RENAME_EXCHANGE)."""
    both = [os.fsencode(path) for path in (one, other)]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, both[0], AT_FDCWD, both[1], RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2", str(other))


@pytest.mark.parametrize("trouble", [locked, no_directory])
async def test_a_user_in_trouble_gets_everything_once_when_it_is_over(node, trouble):
    node.send(b"first", 7, 8)
    await until(lambda: node.inbox(7) == node.inbox(8) == [b"first"])
    home = node.root / "mail" / USERS[7].home

    with trouble(home):
        await node.stop()  # what it holds open would go on as if nothing were wrong
        await node.start()
        node.send(b"second", 7, 8)
        node.send(b"third", 7)
        node.send(b"large" * 100_000, 7)
        await until(lambda: node.inbox(8) == [b"first", b"second"])
        await until(lambda: node.smtp.passed == node.smtp.number)
        await until(lambda: "tim@demo.test" in {name for name, _ in node.listed()})
        node.send(b"fourth", 8)
        await until(lambda: node.smtp.passed == node.smtp.number)
        assert node.inbox(8) == [b"first", b"second", b"fourth"]
        await node.stop()  # what waits is there after a restart
        await node.start()

    await until(lambda: len(node.inbox(7)) == 4)
    await until(lambda: node.listed() == [])
    wanted = [b"first", b"large" * 100_000, b"second", b"third"]
    assert sorted(node.inbox(7)) == wanted


@pytest.mark.parametrize("limits", [None, RetryLimits(0, 0, 0, 0)])
async def test_infected_mail_waits_alone_while_the_quarantine_is_away(node, limits):
    """It goes round until it can be kept, past the end of the retry table, too.

    Where nothing is tried again, it is all the same: nobody would hear of its end.
    """
    if limits is not None:
        node.office.service._ledger.limits = limits
    node.quarantine.directory.write_text("in the way")
    evil = facts_of(Finding("infected", "Evil.Virus"))
    node.send(b"evil", 7, facts=evil)
    node.send(b"clean", 7)

    await until(lambda: node.inbox(7) == [b"clean"])
    await until(node.listed)
    [(address, reply)] = node.listed()
    assert address == USERS[7].address
    assert "the quarantine cannot be used" in reply
    seen = set()
    await until(lambda: seen.update(node.numbers()) or len(seen) > 3)

    node.quarantine.directory.unlink()
    await until(node.quarantine.ids)
    await until(lambda: not node.listed())
    assert node.inbox(7) == [b"clean"]

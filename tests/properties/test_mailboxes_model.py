"""The mailbox stores against a list: whatever is done, they agree with it.

Two stores on one mail root stand for two processes; sometimes one is stopped and
started, or everything due is compacted, however small.
"""

import shutil
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from mailmax.base.envelope import Origin
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.port import Account, Mailbox, Store
from mailmax.store.mailboxes.segments import compact
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage, Usage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
NAMES = ("INBOX", "Sent", "lists")
WORDS = ("work", "Work", "$Junk")


@dataclass
class Message:
    """What one message should be."""

    body: bytes
    flags: int
    words: set[str]


@dataclass
class Model:
    """What one mailbox should be."""

    messages: dict[int, Message] = field(default_factory=dict)
    uid_next: int = 1
    origins: set[int] = field(default_factory=set)

    def add(self, body: bytes, flags: int = 0, words: Sequence[str] = ()) -> int:
        uid = self.uid_next
        self.uid_next += 1
        self.messages[uid] = Message(body, flags, lowered(words))
        return uid


def lowered(words: Sequence[str]) -> set[str]:
    """Keywords ignore case."""
    return {word.lower() for word in words}


class Session:
    """A client's picture of a mailbox, kept by notes alone."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        mailbox.refresh()
        self.uids = list(mailbox.uids)
        self.flags = list(mailbox.flags)

    def look(self) -> None:
        notes = self.mailbox.refresh()
        if notes is None:
            return
        assert [self.uids[place] for place in notes.expunged] == notes.expunged_uids
        for place in reversed(notes.expunged):
            del self.uids[place], self.flags[place]
        end = len(self.uids)
        assert all(place < end for place in notes.changed)
        self.uids += self.mailbox.uids[end : end + notes.added]
        self.flags += self.mailbox.flags[end : end + notes.added]
        for place in notes.changed:
            self.flags[place] = self.mailbox.flags[place]


names = st.sampled_from(NAMES)
sides = st.integers(0, 1)
picks = st.lists(st.integers(0, 40), max_size=6)
bits = st.integers(0, 31)
words = st.lists(st.sampled_from(WORDS), max_size=2, unique_by=str.lower)


class MailboxMachine(RuleBasedStateMachine):
    """Does things to two processes and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.models = {name: Model() for name in NAMES}
        self.bodies = 0

    def make(self, side: int) -> Store:
        return SegmentStore(self.root, role=f"side{side}", background=False)

    @initialize()
    def start(self) -> None:
        self.stores = [self.make(0), self.make(1)]
        account = self.stores[0].account(TIM, HOME)
        account.create("lists")
        self.enter(0)
        self.enter(1)

    def enter(self, side: int) -> None:
        account: Account = self.stores[side].account(TIM, HOME)
        if not hasattr(self, "accounts"):
            self.accounts: list[Account | None] = [None, None]
            self.sessions: list[dict[str, Session]] = [{}, {}]
        self.accounts[side] = account
        self.sessions[side] = {name: Session(account.open(name)) for name in NAMES}

    def box(self, side: int, name: str) -> Mailbox:
        return self.sessions[side][name].mailbox

    def chosen(self, name: str, picks: Sequence[int]) -> list[int]:
        """UIDs, mostly of messages that are there."""
        end = max(1, self.models[name].uid_next)
        return list(dict.fromkeys(1 + pick % end for pick in picks))

    def new_body(self) -> bytes:
        self.bodies += 1
        return b"Subject: %d\r\n\r\n" % self.bodies + b"x" * (self.bodies * 37 % 900)

    def message(self, body: bytes, flags: int = 0, words=(), origin=None):
        return NewMessage(
            body=body,
            size=len(body),
            crc=zlib.crc32(body),
            fragment=b"\x02" + body[:20],
            internal_date_ms=self.bodies,
            flags=flags,
            keywords=tuple(words),
            origin=origin,
        )

    @rule(side=sides, name=names, count=st.integers(1, 4), flags=bits, words=words)
    def append(self, side, name, count, flags, words):
        bodies = [self.new_body() for _ in range(count)]
        given = self.box(side, name).append(
            [self.message(body, flags, words) for body in bodies]
        )
        expected = [self.models[name].add(body, flags, words) for body in bodies]
        assert list(given.uids) == expected

    @rule(side=sides, name=names, numbers=st.lists(st.integers(0, 30), max_size=4))
    def deliver(self, side, name, numbers):
        model = self.models[name]
        batch, expected = [], []
        for number in numbers:
            body = b"Subject: delivered\r\n\r\n%d" % number
            origin = Origin(b"o" * 16, number)
            batch.append(Delivery(TIM, HOME, name, self.message(body, origin=origin)))
            expected.append(number in model.origins)
            if number not in model.origins:
                model.origins.add(number)
                model.add(body)
        outcomes = self.stores[side].deliver(batch)
        assert [outcome.duplicate for outcome in outcomes] == expected

    @rule(
        side=sides,
        name=names,
        picks=picks,
        mode=st.sampled_from("+-="),
        flags=bits,
        words=words,
    )
    def store_flags(self, side, name, picks, mode, flags, words):
        model = self.models[name]
        uids = self.chosen(name, picks)
        change = self.box(side, name).store(uids, mode, flags, words)
        spelt = lowered(words)
        changed = []
        for uid in uids:
            message = model.messages.get(uid)
            if message is None:
                continue
            before = (message.flags, set(message.words))
            if mode == "+":
                message.flags |= flags
                message.words |= spelt
            elif mode == "-":
                message.flags &= ~flags
                message.words -= spelt
            else:
                message.flags, message.words = flags, set(spelt)
            if before != (message.flags, message.words):
                changed.append(uid)
        assert list(change.uids) == changed

    @rule(side=sides, name=names, picks=picks)
    def remove(self, side, name, picks):
        uids = self.chosen(name, picks)
        change = self.box(side, name).remove(uids)
        there = sorted(uid for uid in uids if uid in self.models[name].messages)
        assert list(change.uids) == there
        for uid in there:
            del self.models[name].messages[uid]

    @rule(side=sides, name=names)
    def expunge(self, side, name):
        change = self.box(side, name).expunge()
        messages = self.models[name].messages
        marked = [uid for uid, message in messages.items() if message.flags & 8]
        assert list(change.uids) == marked
        for uid in marked:
            del messages[uid]

    @rule(side=sides, name=names, other=names, picks=picks, move=st.booleans())
    def copy_or_move(self, side, name, other, picks, move):
        source, into = self.models[name], self.models[other]
        uids = self.chosen(name, picks)
        verb = "move" if move else "copy"
        change = getattr(self.box(side, name), verb)(uids, self.box(side, other))
        there = [uid for uid in uids if uid in source.messages]
        rows = [source.messages[uid] for uid in there]
        expected = [into.add(row.body, row.flags, sorted(row.words)) for row in rows]
        assert list(change.uids) == expected
        assert list(change.conflicts) == [uid for uid in uids if uid not in there]
        if move:
            for uid in there:
                del source.messages[uid]

    @rule(side=sides, name=names)
    def look(self, side, name):
        session = self.sessions[side][name]
        session.look()
        self.compare(session, self.models[name])

    def compare(self, session: Session, model: Model) -> None:
        mailbox = session.mailbox
        assert session.uids == list(mailbox.uids) == list(model.messages)
        rows = list(model.messages.values())
        assert session.flags == list(mailbox.flags) == [row.flags for row in rows]
        assert [row.body for row in rows] == [
            mailbox.read(place) for place in range(len(rows))
        ]
        assert mailbox.fragments(range(len(rows))) == [
            b"\x02" + row.body[:20] for row in rows
        ]
        spelt: dict[str, set[int]] = {}
        for uid, row in model.messages.items():
            for word in row.words:
                spelt.setdefault(word, set()).add(uid)
        assert {w.lower(): uids for w, uids in mailbox.keywords.items()} == spelt
        assert mailbox.uid_next == model.uid_next

    @rule(side=sides)
    def compact_logs(self, side):
        home = self.stores[side]._home(TIM, HOME)
        for folder_id in (1, *range(2, 9)):
            assert compact.compact_log(home, folder_id)

    @rule(side=sides)
    def compact_octets(self, side):
        compact.compact_octets(self.stores[side]._home(TIM, HOME))

    @rule(side=sides)
    def restart(self, side):
        self.stores[side].close()
        self.stores[side] = self.make(side)
        self.enter(side)

    @precondition(lambda self: hasattr(self, "accounts"))
    @invariant()
    def counted(self):
        rows = [m for model in self.models.values() for m in model.messages.values()]
        expected = Usage(sum(len(row.body) for row in rows), len(rows))
        assert self.accounts[0].usage() == expected
        for name in NAMES:
            status = self.accounts[1].status(name)
            messages = self.models[name].messages.values()
            assert status.messages == len(messages)
            assert status.unseen == sum(not m.flags & 1 for m in messages)
            assert status.uid_next == self.models[name].uid_next

    def teardown(self) -> None:
        for side, sessions in enumerate(getattr(self, "sessions", [])):
            for name, session in sessions.items():
                session.look()
                self.compare(session, self.models[name])
            self.stores[side].close()
        shutil.rmtree(self.root)


class MemoryMachine(MailboxMachine):
    """The same for the twin: two stores are one."""

    def make(self, side: int) -> Store:
        if side == 0:
            self.twin = MemoryStore()
        return self.twin

    def enter(self, side: int) -> None:
        """One process has one object of a mailbox, and one who refreshes it."""
        if side == 0:
            super().enter(0)
        self.accounts[1], self.sessions[1] = self.accounts[0], self.sessions[0]

    def compact_logs(self, side=0):
        """Nothing to compact."""

    def compact_octets(self, side=0):
        """Nothing to compact."""

    def restart(self, side=0):
        """Memory does not survive."""


_SETTINGS = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
compact.DEAD_OCTETS = 1


class TestSegments(MailboxMachine.TestCase):
    settings = _SETTINGS


class TestMemory(MemoryMachine.TestCase):
    settings = _SETTINGS

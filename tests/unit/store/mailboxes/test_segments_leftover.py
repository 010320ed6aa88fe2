"""A compaction died before it switched; what it left is never written over once live.

Whoever comes first may make it the truth, also in the middle of the next compaction.
"""

import zlib
from pathlib import Path

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.segments import compact, ground, roster, snap
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"


def message(number: int) -> NewMessage:
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 90
    return NewMessage(body, len(body), zlib.crc32(body), b"\x01f", 1_700_000_000_000)


class Processes:
    """Stores of one mail root, each as its own process has it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stores: list[SegmentStore] = []

    def start(self, role: str) -> SegmentStore:
        store = SegmentStore(self.root, role=role, boot=b"\1" * 16, background=False)
        self.stores.append(store)
        return store

    def account(self, role: str):
        return self.start(role).account(TIM, HOME)

    def home(self, role: str) -> Home:
        return self.start(role)._home(TIM, HOME)

    def names(self, stem: str) -> list[str]:
        return sorted(p.name for p in (self.root / HOME).glob(f"{stem}.*"))


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    for store in processes.stores:
        store._node.files.close()


def at_call(monkeypatch, owner, name: str, number: int, act):
    """Do something once, before a function is called for the n-th time.

    Returns:
        What does it now, unless it was done.
    """
    real = getattr(owner, name)
    calls: list[int] = []
    waiting = [act]

    def act_once() -> None:
        while waiting:
            waiting.pop()()

    def called(*arguments):
        calls.append(1)
        if len(calls) == number:
            act_once()
        return real(*arguments)

    monkeypatch.setattr(owner, name, called)
    return act_once


def die(*_arguments):
    raise TemporaryFailure("died")


@pytest.mark.parametrize("grown", [False, True])
@pytest.mark.parametrize(
    ("owner", "name"), [(Box, "truth"), (snap, "encode"), (compact, "_switch")]
)
def test_a_log_that_others_went_on_in_stays(processes, monkeypatch, owner, name, grown):
    account = processes.account("imapmax")
    inbox = account.open("INBOX")
    inbox.append([message(1)])
    home = processes.home("filer")
    with home.mutex:
        home.box(1)
    with monkeypatch.context() as patch:
        patch.setattr(compact, "_switch", die)
        with pytest.raises(TemporaryFailure):
            compact.compact_log(inbox.home, 1)
    assert processes.names("log.1") == ["log.1.1", "log.1.2"]
    promised = [1]
    if grown:
        promised += inbox.append([message(2)]).uids

    def go_on() -> None:
        other = processes.account("popmax").open("INBOX")
        promised.extend(other.append([message(3)]).uids)
        more = at_call(monkeypatch, ground, "write_atomic", 1, lambda: add(other))
        meanwhile.append(more)

    def add(other) -> None:
        promised.extend(other.append([message(4)]).uids)

    meanwhile: list = []
    go_on_now = at_call(monkeypatch, owner, name, 1, go_on)
    assert compact.compact_log(home, 1)
    go_on_now()
    meanwhile[0]()

    fresh = processes.account("fresh").open("INBOX")
    assert list(fresh.uids) == promised
    assert len(promised) == len(set(promised)) == 3 + grown
    assert fresh.read(len(promised) - 1) == message(4).body
    assert len(processes.names("log.1")) == len(processes.names("snap.1")) == 1


@pytest.mark.parametrize(
    ("owner", "name", "number"),
    [(roster.Roster, "_whole", 2), (ground, "write_atomic", 1)],
)
def test_a_list_that_others_went_on_in_stays(
    processes, monkeypatch, owner, name, number
):
    monkeypatch.setattr(roster, "REWRITE_OCTETS", 0)
    account = processes.account("imapmax")
    for place in range(40):
        account.subscribe("INBOX", subscribed=place % 2 == 0)
    home = processes.home("filer")
    with home.mutex:
        home.roster.read()
    with monkeypatch.context() as patch:
        patch.setattr(roster.Roster, "switch", die)
        with pytest.raises(TemporaryFailure):
            compact.rewrite_roster(account.home)
    assert processes.names("folders") == ["folders.1", "folders.2"]

    go_on = at_call(
        monkeypatch,
        owner,
        name,
        number,
        lambda: processes.account("popmax").create("in between"),
    )
    assert compact.rewrite_roster(home)
    go_on()

    assert processes.account("fresh").find("in between") is not None
    assert len(processes.names("folders")) == 1

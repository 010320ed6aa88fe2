"""Several clients in one mailbox, each checking all it is told (TRUST E10).

Each client keeps the list of UIDs that the protocol's rules give it: EXISTS makes the
list longer, EXPUNGE takes one out, FETCH says which UID a number has. Whatever is
fetched must fit the list; in the end all lists are the mailbox.
"""

import random
import re
import threading

import pytest

from fix_imap import ImapRoom, Line

EXISTS = re.compile(rb"\* (\d+) EXISTS")
EXPUNGE = re.compile(rb"\* (\d+) EXPUNGE")
FETCH = re.compile(rb"\* (\d+) FETCH .*UID (\d+)")


class ModelClient:
    """A client that believes nothing."""

    def __init__(self, line: Line, seed: int) -> None:
        self.line = line
        self.random = random.Random(seed)
        self.uids: list[int] = []
        self.ask(b"SELECT INBOX")
        self.learn()

    def ask(self, command: bytes) -> bytes:
        quiet = command.startswith((b"FETCH", b"STORE", b"SEARCH"))
        lines = self.line.ask(command)
        for line in lines[:-1]:
            if found := EXISTS.fullmatch(line):
                count = int(found[1])
                assert count >= len(self.uids), "EXISTS never falls"
                self.uids += [0] * (count - len(self.uids))
            elif found := EXPUNGE.fullmatch(line):
                assert not quiet, "EXPUNGE where it may not be said"
                del self.uids[int(found[1]) - 1]
            elif found := FETCH.match(line):
                self.check(int(found[1]), int(found[2]))
        return lines[-1]

    def check(self, number: int, uid: int) -> None:
        assert number <= len(self.uids)
        assert self.uids[number - 1] in (0, uid), "a number names another message"
        self.uids[number - 1] = uid
        known = [uid for uid in self.uids if uid]
        assert known == sorted(set(known)), "UIDs ascend, and are given once"

    def learn(self) -> None:
        self.ask(b"UID FETCH 1:* (FLAGS)")

    def act(self) -> None:
        actions = (
            self.append, self.append, self.flag, self.flag, self.remove, self.fetch,
            self.fetch, self.search, self.copy, self.noop, self.learn,
        )  # fmt: skip
        self.random.choice(actions)()

    def some(self) -> bytes:
        return b"%d" % self.random.randint(1, len(self.uids))

    def append(self) -> None:
        answer = self.ask(b"APPEND INBOX {3+}\r\nabc")
        assert answer.startswith(b"OK [APPENDUID ")

    def flag(self) -> None:
        if self.uids:
            flag = self.random.choice([b"\\Deleted", b"\\Seen", b"$x"])
            mode = self.random.choice([b"+FLAGS", b"-FLAGS", b"+FLAGS.SILENT"])
            answer = self.ask(b"STORE %b %b (%b)" % (self.some(), mode, flag))
            assert answer.startswith(b"OK")

    def remove(self) -> None:
        assert self.ask(b"EXPUNGE").startswith(b"OK")

    def fetch(self) -> None:
        if self.uids:
            answer = self.ask(b"FETCH %b:* (UID BODY.PEEK[])" % self.some())
            assert answer.startswith(b"OK")

    def search(self) -> None:
        self.ask(b"SEARCH UNSEEN")

    def copy(self) -> None:
        if self.uids:
            self.ask(b"COPY %b Sent" % self.some())

    def noop(self) -> None:
        self.ask(b"NOOP")


@pytest.mark.parametrize("seed", range(4))
def test_clients_in_turn_agree(imap: ImapRoom, seed: int) -> None:
    with imap.line() as a, imap.line() as b, imap.line() as c:
        clients = [
            ModelClient(line, seed * 10 + at) for at, line in enumerate((a, b, c))
        ]
        turns = random.Random(seed)

        for _ in range(120):
            turns.choice(clients).act()

        agree(clients)


def test_clients_at_once_agree(imap: ImapRoom) -> None:
    failures: list[BaseException] = []
    done: list[ModelClient] = []

    def live(seed: int) -> None:
        try:
            with imap.line() as line:
                client = ModelClient(line, seed)
                for _ in range(60):
                    client.act()
                barrier.wait(60)
                client.noop()
                client.learn()
                done.append(client)
        except BaseException as failure:  # noqa: BLE001 - shown by the test
            failures.append(failure)
            barrier.abort()

    barrier = threading.Barrier(6)
    threads = [threading.Thread(target=live, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert len(done) == 6
    assert len({tuple(client.uids) for client in done}) == 1


def agree(clients: list[ModelClient]) -> None:
    for client in clients:
        client.noop()
        client.learn()
    assert len({tuple(client.uids) for client in clients}) == 1

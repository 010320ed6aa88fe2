"""The programme: peers, rounds in turn (A B A B), and what was measured."""

import contextlib
import imaplib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import watch
from bench.peers.base import PASSWORDS, Peer, connect, free_port

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Row:
    """One line of the results."""

    group: str
    title: str
    unit: str
    more_is_better: bool
    values: dict[str, list[float]] = field(default_factory=dict)
    beside: str = ""
    """Title of the row of ours that it is compared with; empty: with the peers."""


class Programme:
    """Runs workloads on all peers and keeps the rows."""

    def __init__(self, *, quick: bool, rounds: int) -> None:
        """Start the sink; peers are added with `add`."""
        self.quick = quick
        self.rounds = rounds
        self.peers: list[Peer] = []
        self.rows: dict[tuple[str, str], Row] = {}
        self.failures: list[str] = []
        self.group = ""
        self.sizes: dict[tuple[str, str], int] = {}
        ports = self.sink_port, self._count_port = free_port(), free_port()
        self._sink = subprocess.Popen(
            [sys.executable, "-m", "bench.sink", *map(str, ports)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._sink.stdout is not None
        self._sink.stdout.readline()

    def add(self, peer: Peer) -> None:
        """Set a peer up and start it."""
        with self.noted(f"{peer.name}: start"):
            peer.setup(self.sink_port)
            seconds = peer.start()
            self.note_in("Start", "start to first banner", "s", False, peer, seconds)
            self.peers.append(peer)
            return
        peer.stop()
        peer.remove()

    def close(self) -> None:
        """Stop everything."""
        for peer in self.peers:
            peer.stop()
            peer.remove()
        self._sink.terminate()
        self._sink.wait()

    # Measuring

    @contextlib.contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Keep a failure as a line of the results and go on."""
        try:
            yield
        except (OSError, RuntimeError, ValueError, KeyError, AssertionError) as failure:
            self.failures.append(f"{what}: {failure}")
            print(f"  ! {what}: {failure}", file=sys.stderr)

    def each(self, peers: list[Peer], what: str, act: Callable[[Peer], None]) -> None:
        """Act on each peer in turn, as often as there are rounds."""
        for _ in range(self.rounds):
            for peer in peers:
                with self.noted(f"{what}, {peer.name}"):
                    act(peer)

    def note(
        self, title: str, unit: str, better: bool, peer: Peer, value: float
    ) -> None:
        """Keep one value; `better` says that more is better."""
        self.note_in(self.group, title, unit, better, peer, value)

    def note_in(
        self,
        group: str,
        title: str,
        unit: str,
        better: bool,
        peer: Peer,
        value: float,
    ) -> None:
        """Keep one value in a group of its own."""
        row = self.rows.setdefault(
            (group, title), Row(group, title, unit, more_is_better=better)
        )
        row.values.setdefault(peer.name, []).append(value)
        print(f"  {group}: {title}: {peer.name} {value:.3g} {unit}", flush=True)

    def compare(self, title: str, beside: str) -> None:
        """Compare a row of this group with another of ours in place of the peers."""
        if row := self.rows.get((self.group, title)):
            row.beside = beside

    def load(self, processes: int = 1, **job: object) -> list[dict]:
        """Run load processes side by side and return what each measured."""
        job.setdefault("timeout_s", 300)
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.load", json.dumps(job)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(processes)
        ]
        results: list[dict] = []
        for process in running:
            out, err = process.communicate()
            if process.returncode:
                raise RuntimeError(err.decode(errors="replace")[-600:])
            results.append(json.loads(out))
        return results

    def sunk(self) -> int:
        """Return how many messages reached the sink."""
        with connect(("127.0.0.1", self._count_port)) as link:
            return int(link.recv(100))

    def with_imap(self) -> list[Peer]:
        """Return the peers that have IMAP."""
        return [peer for peer in self.peers if peer.imap_address is not None]

    def capabilities(self, peer: Peer) -> set[str]:
        """Return what a peer's IMAP announces after a login."""
        assert isinstance(peer.imap_address, tuple)
        with imaplib.IMAP4(*peer.imap_address) as session:
            session.login(peer.login("m1k"), PASSWORDS)
            _, answer = session.capability()
            return set(answer[0].decode().upper().split())

    def filled(self, peer: Peer, user: str, count: int, size: int = 4000) -> str:
        """Make sure that a user's INBOX holds so many messages; return the login."""
        login = peer.login(user)
        if self.sizes.get((peer.name, user)) != count:
            begin = time.monotonic()
            self.load(
                kind="fill", address=peer.imap_address, user=login, folder="INBOX",
                count=count, size=size, sessions=10, batch=200, timeout_s=900,
            )  # fmt: skip
            self.sizes[peer.name, user] = count
            seconds = time.monotonic() - begin
            print(f"  filled {user} of {peer.name}: {count} in {seconds:.1f} s")
        return login


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    """Look every 20 ms until something is so."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"not done after {seconds} s")
        time.sleep(0.02)


def cpu_us(peer: Peer, before: float, messages: int) -> float:
    """Return CPU microseconds a message since a moment."""
    return (watch.cpu_seconds(peer.roots()) - before) / messages * 1e6

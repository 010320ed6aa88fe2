"""Mail in: accepted, delivered, its CPU and its syncs."""

import time
from typing import NamedTuple

from bench import watch
from bench.peers.base import DOMAIN, RECEIVERS, Peer
from bench.programme import Programme, cpu_us, wait_until

TITLE = "Receive and deliver"
_RECIPIENTS = [f"u{number}@{DOMAIN}" for number in range(RECEIVERS)]

# (octets, sessions at a time, messages a session, messages in all)
_CASES = [
    (4000, 1, 1, 300),
    (4000, 10, 1, 2000),
    (4000, 50, 1, 3000),
    (4000, 200, 1, 3000),
    (4000, 50, 10, 4000),
    (50_000, 50, 1, 2000),
    (50_000, 50, 10, 2000),
]
_QUICK = [(4000, 1, 1, 100), (4000, 50, 1, 1000), (4000, 50, 10, 1000)]


def run(programme: Programme) -> None:
    peers = [peer for peer in programme.peers if peer.receive_address is not None]
    cases = _QUICK if programme.quick else _CASES
    for size, sessions, per_session, messages in cases:
        name = f"{size // 1000} kB, {sessions} sessions, {per_session} a session"
        case = Case(name, size, sessions, per_session, messages)
        programme.each(
            peers, name, lambda peer, case=case: measure(programme, peer, case)
        )
    by_lmtp = Case("LMTP, 4 kB, 50 sessions, 10 a session", 4000, 50, 10, cases[2][3])
    programme.each(
        [peer for peer in peers if peer.lmtp_address is not None],
        by_lmtp.name,
        lambda peer: measure(programme, peer, by_lmtp, lmtp=True),
    )
    for peer in peers:
        with programme.noted(f"syncs, {peer.name}"):
            _count_syncs(programme, peer)


class Case(NamedTuple):
    """A load."""

    name: str
    size: int
    sessions: int
    per_session: int
    messages: int


def measure(
    programme: Programme, peer: Peer, case: Case, *, lmtp: bool = False
) -> None:
    """Send a load; note what was accepted, what was delivered, and its CPU."""
    processes = 2 if case.sessions > 1 else 1
    messages = case.messages // processes * processes
    there = peer.delivered()
    before = watch.cpu_seconds(peer.roots())
    begin = time.perf_counter()
    results = programme.load(
        processes,
        kind="send",
        address=peer.lmtp_address if lmtp else peer.receive_address,
        hello="LHLO" if lmtp else peer.hello,
        recipients=_RECIPIENTS,
        size=case.size,
        sessions=case.sessions // processes,
        per_session=case.per_session,
        messages=messages // processes,
        sources=peer.sources,
    )
    accepted = max(result["seconds"] for result in results)
    process_start = time.perf_counter() - begin - accepted
    if not _is_delivered_with_250(peer):
        wait_until(lambda: peer.delivered() >= there + messages, 120)
    delivered = time.perf_counter() - begin - process_start
    used = cpu_us(peer, before, messages)
    programme.note(f"{case.name}: accepted", "/s", True, peer, messages / accepted)
    programme.note(f"{case.name}: delivered", "/s", True, peer, messages / delivered)
    programme.note(f"{case.name}: CPU", "us", False, peer, used)


def _is_delivered_with_250(peer: Peer) -> bool:
    """Dovecot answers when the message is in the mailbox."""
    return peer.hello == "LHLO"


def _count_syncs(programme: Programme, peer: Peer) -> None:
    """Show that each side really syncs (TRUST D1)."""
    for sessions, messages in ((1, 40), (20, 200)):

        def act(sessions: int = sessions, messages: int = messages) -> None:
            programme.load(
                kind="send", address=peer.receive_address, hello=peer.hello,
                recipients=_RECIPIENTS, size=4000, sessions=sessions, per_session=1,
                messages=messages,
            )  # fmt: skip
            time.sleep(1.0)

        found = watch.count_syncs(peer.roots(), act)
        if found is None:
            programme.failures.append("syncs were not counted: no strace")
            return
        calls = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
        print(f"  {peer.name}, {sessions} sessions, {messages} messages: {calls}")
        programme.note(
            f"syncs a message, {sessions} sessions",
            "",
            False,
            peer,
            sum(found.values()) / messages,
        )

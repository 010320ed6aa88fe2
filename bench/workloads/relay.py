"""Mail through: received here, sent on to the sink."""

import time

from bench import watch
from bench.peers.base import Peer
from bench.programme import Programme, cpu_us, wait_until

TITLE = "Relay"


def run(programme: Programme) -> None:
    peers = [peer for peer in programme.peers if peer.relay_address is not None]
    messages = 1000 if programme.quick else 4000
    for per_session in (1, 10):
        programme.each(
            peers,
            f"relay, {per_session} a session",
            lambda peer, per_session=per_session: _measure(
                programme, peer, per_session, messages
            ),
        )


def _measure(programme: Programme, peer: Peer, per_session: int, messages: int) -> None:
    there = programme.sunk()
    before = watch.cpu_seconds(peer.roots())
    begin = time.perf_counter()
    [result] = programme.load(
        kind="send",
        address=peer.relay_address,
        hello="EHLO",
        login=peer.login(peer.relay_login) if peer.relay_login else "",
        recipients=[f"r{number}@sink.example.org" for number in range(50)],
        size=4000,
        sessions=50,
        per_session=per_session,
        messages=messages,
    )
    process_start = time.perf_counter() - begin - result["seconds"]
    wait_until(lambda: programme.sunk() >= there + messages, 120)
    drained = time.perf_counter() - begin - process_start
    name = f"4 kB, 50 sessions, {per_session} a session"
    accepted = messages / result["seconds"]
    programme.note(f"{name}: accepted", "/s", True, peer, accepted)
    programme.note(f"{name}: drained", "/s", True, peer, messages / drained)
    programme.note(f"{name}: CPU", "us", False, peer, cpu_us(peer, before, messages))

"""Mail for dead hosts in the queue: what it costs everybody else."""

import smtplib
import time
from collections.abc import Callable

from bench.mail import message
from bench.peers.base import DEAD, PASSWORDS, Peer
from bench.peers.deferring import Deferring
from bench.peers.mailmax import MailMax
from bench.programme import Programme, wait_until

TITLE = "A queue full of mail for a thousand dead hosts"
_FRESH = 200


def run(programme: Programme) -> None:
    deferring = Deferring()
    try:
        deferring.setup(programme.sink_port)
        deferring.start()
        peers: list[Peer] = [
            deferring if isinstance(peer, MailMax) else peer
            for peer in programme.peers
            if peer.relay_address is not None
        ]
        messages = 10_000 if programme.quick else 100_000
        for peer in peers:
            with programme.noted(f"deferred, {peer.name}"):
                _measure(programme, peer, messages)
    finally:
        deferring.stop()
        deferring.remove()


def _measure(programme: Programme, peer: Peer, messages: int) -> None:
    [result] = programme.load(
        kind="send",
        address=peer.relay_address,
        hello="EHLO",
        login="",
        recipients=[f"r{number % 7}@{name}" for number, name in enumerate(DEAD)],
        size=4000,
        sessions=50,
        per_session=10,
        messages=messages,
        timeout_s=1800,
    )
    name = f"{messages:,} messages"
    programme.note(f"{name}: accepted", "/s", True, peer, messages / result["seconds"])
    _fresh(programme, peer, f"{name}, being tried")
    wait_until(lambda: peer.deferred() >= messages, 1800)
    _timed(programme, peer, f"{name}: list the first of them", peer.list_queue)
    peer.stop()
    begin = time.perf_counter()
    peer.start()
    there = programme.sunk()
    _send(peer, 1)
    wait_until(lambda: programme.sunk() > there, 300)
    seconds = time.perf_counter() - begin
    title = f"{name}: start until fresh mail is through"
    programme.note(title, "s", False, peer, seconds)
    _fresh(programme, peer, f"{name}, after the start")


def _fresh(programme: Programme, peer: Peer, what: str) -> None:
    """Send one message after another to a live host, and wait for each."""
    times: list[float] = []
    for number in range(_FRESH):
        there = programme.sunk()
        begin = time.perf_counter()
        _send(peer, number)
        while programme.sunk() <= there:
            if time.perf_counter() > begin + 60:
                raise RuntimeError("fresh mail does not arrive")
            time.sleep(0.001)
        times.append(time.perf_counter() - begin)
    times.sort()
    for title, part in (("p50", 0.5), ("p99", 0.99)):
        value = times[int(len(times) * part)] * 1e3
        programme.note(f"{what}: fresh mail, {title}", "ms", False, peer, value)


def _send(peer: Peer, number: int) -> None:
    assert isinstance(peer.relay_address, tuple)
    with smtplib.SMTP(*peer.relay_address, timeout=60) as smtp:
        if peer.relay_login:
            smtp.login(peer.login(peer.relay_login), PASSWORDS)
        sender = peer.login("u0")
        smtp.sendmail(sender, ["r@sink.example.org"], message(number, 4000))


def _timed(
    programme: Programme, peer: Peer, title: str, act: Callable[[], None]
) -> None:
    begin = time.perf_counter()
    act()
    programme.note(title, "ms", False, peer, (time.perf_counter() - begin) * 1e3)

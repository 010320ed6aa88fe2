"""APPEND by one client and by ten."""

from bench.peers.base import Peer
from bench.programme import Programme

TITLE = "APPEND"


def run(programme: Programme) -> None:
    count = 100 if programme.quick else 400
    for clients in (1, 10):

        def act(peer: Peer, clients: int = clients) -> None:
            [result] = programme.load(
                kind="append",
                address=peer.imap_address,
                users=[peer.login(f"u{number}") for number in range(clients)],
                folder="INBOX",
                size=4000,
                count=count,
            )
            rate = result["appended"] / result["seconds"]
            programme.note(f"4 kB, {clients} clients", "/s", True, peer, rate)

        programme.each(programme.with_imap(), f"APPEND, {clients}", act)

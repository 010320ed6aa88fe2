"""POP3: whole maildrops read by one client and by twenty."""

from bench import watch
from bench.peers.base import POP_USERS, Peer
from bench.programme import Programme, cpu_us

TITLE = "POP3"


def run(programme: Programme) -> None:
    count = 200 if programme.quick else 1000
    peers = [peer for peer in programme.with_imap() if peer.pop_address is not None]
    for clients in (1, POP_USERS):
        ready: list[Peer] = []
        for peer in peers:
            with programme.noted(f"fill maildrops, {peer.name}"):
                for number in range(clients):
                    programme.filled(peer, f"p{number}", count)
                ready.append(peer)

        def act(peer: Peer, clients: int = clients) -> None:
            before = watch.cpu_seconds(peer.roots())
            [result] = programme.load(
                kind="pop",
                address=peer.pop_address,
                users=[peer.login(f"p{number}") for number in range(clients)],
                count=count,
            )
            total = clients * count
            rate = total / result["seconds"]
            name = f"{count} messages of 4 kB, {clients} clients"
            programme.note(name, "messages/s", True, peer, rate)
            programme.note(
                f"{name}: CPU", "us", False, peer, cpu_us(peer, before, total)
            )

        programme.each(ready, f"POP3, {clients}", act)

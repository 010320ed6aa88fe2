"""Start: how long from the command to the first banner."""

from bench import watch
from bench.programme import Programme

TITLE = "Start"


def run(programme: Programme) -> None:
    for _ in range(1 if programme.quick else 3):
        for peer in programme.peers:
            with programme.noted(f"start, {peer.name}"):
                peer.stop()
                seconds = peer.start()
                programme.note("start to first banner", "s", False, peer, seconds)
    for peer in programme.peers:
        with programme.noted(f"weight, {peer.name}"):
            programme.note(
                "memory after start", "MiB", False, peer,
                watch.pss_kib(peer.roots()) / 1024,
            )  # fmt: skip

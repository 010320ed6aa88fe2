"""Start: how long from the command to the first banner."""

from bench import watch
from bench.peers.base import Peer
from bench.programme import Programme

TITLE = "Start"


def run(programme: Programme) -> None:
    for _ in range(1 if programme.quick else 3):
        for peer in programme.peers:
            with programme.noted(f"start, {peer.name}"):
                peer.stop()
                seconds = peer.start()
                programme.note("start to first banner", "s", False, peer, seconds)
                _first_select(programme, peer)
    for peer in programme.peers:
        with programme.noted(f"weight, {peer.name}"):
            programme.note(
                "memory after start", "MiB", False, peer,
                watch.pss_kib(peer.roots()) / 1024,
            )  # fmt: skip


def _first_select(programme: Programme, peer: Peer) -> None:
    """Open the largest mailbox that was filled, once: nothing is warm but the disk."""
    filled = {
        user: size
        for (name, user), size in programme.sizes.items()
        if name == peer.name
    }
    if peer.imap_address is None or not filled:
        return
    user = max(filled, key=lambda one: filled[one])
    [result] = programme.load(
        kind="imap_open", address=peer.imap_address, user=peer.login(user), count=1
    )
    title = f"first LOGIN + SELECT, {filled[user]:,} messages"
    programme.note(title, "ms", False, peer, result["times"][0] * 1e3)

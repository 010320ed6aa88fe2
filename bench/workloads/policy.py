"""Mail in with everything on that decides about it; the peers decide nothing."""

from bench.peers.base import Peer, free_port
from bench.peers.guarded import Guarded
from bench.peers.mailmax import MailMax
from bench.programme import Programme
from bench.workloads.receive import Case, measure

TITLE = "Receive and deliver, everything on (the others: nothing)"
_CASES = [
    Case("4 kB, 50 sessions, 1 a session", 4000, 50, 1, 3000),
    Case("4 kB, 50 sessions, 10 a session", 4000, 50, 10, 4000),
]


def run(programme: Programme) -> None:
    guarded = Guarded()
    try:
        guarded.setup(free_port())
        guarded.start()
        peers: list[Peer] = [
            guarded if isinstance(peer, MailMax) else peer
            for peer in programme.peers
            if peer.receive_address is not None
        ]
        for case in _CASES:
            programme.each(
                peers, case.name, lambda peer, case=case: measure(programme, peer, case)
            )
    finally:
        guarded.stop()
        guarded.remove()

"""Many IMAP sessions: whole ones a second, and a mix of commands by fifty."""

from bench.peers.base import Peer
from bench.programme import Programme

TITLE = "IMAP sessions"


def run(programme: Programme) -> None:
    count = 200 if programme.quick else 1000

    def whole(peer: Peer) -> None:
        login = programme.filled(peer, "m1k", 1000)
        [result] = programme.load(
            kind="imap_sessions",
            address=peer.imap_address,
            users=[login],
            sessions=50,
            count=count,
            commands=["SELECT INBOX", "FETCH 1:20 (FLAGS UID ENVELOPE)"],
        )
        rate = count / result["seconds"]
        programme.note("whole sessions, 50 at a time", "/s", True, peer, rate)

    def mixed(peer: Peer) -> None:
        login = programme.filled(peer, "m10k", 10_000)
        [result] = programme.load(
            kind="mixed",
            address=peer.imap_address,
            user=login,
            sessions=50,
            seconds=3 if programme.quick else 8,
            mailbox=10_000,
        )
        programme.note(
            "mixed commands, 50 clients, one mailbox of 10k",
            "commands/s",
            True,
            peer,
            result["rate"],
        )

    programme.each(programme.with_imap(), "sessions", whole)
    programme.each(programme.with_imap(), "mixed", mixed)

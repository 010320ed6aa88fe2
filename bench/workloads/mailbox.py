"""IMAP on mailboxes of 1,000, 10,000 and 100,000 messages (DESIGN 1)."""

import statistics

from bench.peers.base import Peer
from bench.programme import Programme

TITLE = "IMAP"

_COLD = "FETCH 1:* (ENVELOPE BODYSTRUCTURE), first"
# title, command, repeats
_READS = [
    ("SELECT again", "SELECT INBOX", 9),
    ("FETCH 1:* (FLAGS UID RFC822.SIZE)", "FETCH 1:* (FLAGS UID RFC822.SIZE)", 5),
    (
        "FETCH 1:* (ENVELOPE BODYSTRUCTURE)",
        "FETCH 1:* (ENVELOPE BODYSTRUCTURE)",
        5,
    ),
    ("FETCH 1:100 BODY.PEEK[]", "FETCH 1:100 BODY.PEEK[]", 9),
    ("SEARCH UNSEEN", "SEARCH UNSEEN", 5),
    ("SEARCH SUBJECT", 'SEARCH SUBJECT "report 77"', 3),
    ("SORT (SUBJECT)", "SORT (SUBJECT) UTF-8 ALL", 3),
    ("SORT (DATE)", "SORT (DATE) UTF-8 ALL", 3),
    ("THREAD=REFERENCES", "THREAD REFERENCES UTF-8 ALL", 3),
]

_NEEDED = {"SORT": "SORT", "THREAD": "THREAD=REFERENCES"}


def run(programme: Programme) -> None:
    sizes = {"m1k": 1000, "m10k": 10_000}
    if not programme.quick:
        sizes["m100k"] = 100_000
    peers = programme.with_imap()
    for user, count in sizes.items():
        filled: list[Peer] = []
        for peer in peers:
            with programme.noted(f"fill {user}, {peer.name}"):
                programme.filled(peer, user, count)
                filled.append(peer)
        for peer in filled:
            with programme.noted(f"cold, {user}, {peer.name}"):
                _read(programme, peer, user, (_COLD, _READS[2][1], 1))
        programme.each(
            filled,
            f"LOGIN + SELECT {user}",
            lambda peer, user=user: _open(programme, peer, user),
        )
        for read in _READS:
            needed = _NEEDED.get(read[1].split()[0], "IMAP4REV1")
            programme.each(
                [peer for peer in filled if needed in programme.capabilities(peer)],
                f"{read[0]} {user}",
                lambda peer, user=user, read=read: _read(programme, peer, user, read),
            )
        if user == "m10k":
            _bodies(programme, filled)
            _changes(programme, filled)


def _open(programme: Programme, peer: Peer, user: str) -> None:
    [result] = programme.load(
        kind="imap_open", address=peer.imap_address, user=peer.login(user), count=7
    )
    seconds = statistics.median(result["times"])
    programme.note(f"LOGIN + SELECT, {user[1:]}", "ms", False, peer, seconds * 1e3)


def _commands(programme: Programme, peer: Peer, user: str, commands: list[str]) -> dict:
    [result] = programme.load(
        kind="imap", address=peer.imap_address, user=peer.login(user), commands=commands
    )
    return result


def _read(
    programme: Programme, peer: Peer, user: str, read: tuple[str, str, int]
) -> None:
    title, command, repeats = read
    result = _commands(programme, peer, user, ["SELECT INBOX", *[command] * repeats])
    seconds = statistics.median(result["times"][1:])
    programme.note(f"{title}, {user[1:]}", "ms", False, peer, seconds * 1e3)


def _bodies(programme: Programme, peers: list[Peer]) -> None:
    def bodies(peer: Peer) -> None:
        commands = ["SELECT INBOX", *["FETCH 1:1000 BODY.PEEK[]"] * 5]
        result = _commands(programme, peer, "m10k", commands)
        rate = statistics.median(
            octets / seconds / 1e6
            for octets, seconds in zip(
                result["octets"][1:], result["times"][1:], strict=True
            )
        )
        programme.note("FETCH 1:1000 BODY.PEEK[]", "MB/s", True, peer, rate)

    programme.each(peers, "bodies", bodies)
    read = ("SEARCH BODY", 'SEARCH BODY "zebra"', 2)
    programme.each(peers, read[0], lambda peer: _read(programme, peer, "m10k", read))


# Each begins with INBOX of 10,000 and an empty Other and Third, and leaves it so.
_FLAGS = [
    "SELECT INBOX",
    "STORE 1:* +FLAGS.SILENT (\\Flagged)",
    "STORE 1:* -FLAGS.SILENT (\\Flagged)",
]
_EMPTY = ["STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE"]
_COPIES = [
    "CREATE Other", "CREATE Third", "SELECT INBOX", "COPY 1:1000 Other",
    "SELECT Other", "MOVE 1:1000 Third", "SELECT Third", *_EMPTY,
    "SELECT INBOX", "DELETE Other", "DELETE Third",
]  # fmt: skip


def _changes(programme: Programme, peers: list[Peer]) -> None:
    def flags(peer: Peer) -> None:
        times = _commands(programme, peer, "m10k", _FLAGS)["times"]
        seconds = statistics.mean(times[1:])
        programme.note("STORE flags on 10k", "ms", False, peer, seconds * 1e3)

    def copies(peer: Peer) -> None:
        times = _commands(programme, peer, "m10k", _COPIES)["times"]
        for title, place in (("COPY 1k", 3), ("MOVE 1k", 5), ("EXPUNGE 1k", 8)):
            programme.note(title, "ms", False, peer, times[place] * 1e3)

    programme.each(peers, "STORE", flags)
    programme.each(peers, "COPY, MOVE, EXPUNGE", copies)

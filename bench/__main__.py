"""``python -m bench``: measure MailMax beside Postfix and Dovecot.

Needs root, because Postfix and Dovecot do; each server runs in a directory of its own
below the temporary directory, on loopback, and is removed at the end.
"""

import argparse
import os
import sys
from pathlib import Path

from bench import report
from bench.peers.base import Peer
from bench.peers.dovecot import Dovecot
from bench.peers.mailmax import MailMax
from bench.peers.postfix import Postfix
from bench.programme import ROOT, Programme
from bench.workloads import (
    append,
    deferred,
    looking,
    mailbox,
    policy,
    pop,
    receive,
    relay,
    sessions,
    start,
    waiting,
)

_PEERS: dict[str, type[Peer]] = {
    "postfix": Postfix,
    "dovecot": Dovecot,
    "mailmax": MailMax,
}
_WORKLOADS = {
    "receive": receive,
    "policy": policy,
    "looking": looking,
    "relay": relay,
    "deferred": deferred,
    "append": append,
    "mailbox": mailbox,
    "pop": pop,
    "sessions": sessions,
    "waiting": waiting,
    "start": start,
}


def main() -> int:
    options = _options()
    if os.geteuid() != 0 and {"postfix", "dovecot"} & set(options.peers):
        print("Postfix and Dovecot need root: run as root or --peers mailmax")
        return 2
    programme = Programme(quick=options.quick, rounds=options.rounds)
    try:
        for name in options.peers:
            programme.add(_PEERS[name]())
        for name in options.only:
            programme.group = _WORKLOADS[name].TITLE
            print(f"{programme.group}", flush=True)
            _WORKLOADS[name].run(programme)
            report.write(programme, options.peers, options.out)
    finally:
        report.write(programme, options.peers, options.out)
        programme.close()
    print(options.out.read_text())
    return 1 if programme.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes")
    parser.add_argument("--rounds", type=int, default=0, help="default 3, quick 2")
    parser.add_argument("--peers", type=_names(_PEERS), default=list(_PEERS))
    parser.add_argument("--only", type=_names(_WORKLOADS), default=list(_WORKLOADS))
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "RESULTS.md")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 3)
    return options


def _names(known: dict):
    def read(text: str) -> list[str]:
        names = text.split(",")
        if bad := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{bad[0]} is none of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    sys.exit(main())

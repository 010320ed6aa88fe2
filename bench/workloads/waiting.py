"""Sessions that wait: how soon they are told, and what they weigh."""

import json
import subprocess
import sys
import time

from bench import watch
from bench.peers.base import Peer
from bench.programme import ROOT, Programme

TITLE = "Idle"
_WATCHERS = 100


def _job(peer: Peer, login: str, **more: object) -> list[str]:
    job = {"address": peer.imap_address, "user": login, "timeout_s": 120, **more}
    return [sys.executable, "-m", "bench.idle", json.dumps(job)]


def run(programme: Programme) -> None:
    sessions = 100 if programme.quick else 500

    def push(peer: Peer) -> None:
        login = peer.login("u40")
        done = subprocess.run(
            _job(peer, login, sessions=_WATCHERS, idle=True, push=5),
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace")[-500:])
        result = json.loads(done.stdout)
        name = f"APPEND to EXISTS at {_WATCHERS} watchers"
        programme.note(f"{name}: median", "ms", False, peer, result["median"])
        programme.note(f"{name}: last", "ms", False, peer, result["last"])

    def weigh(peer: Peer) -> None:
        for idle in (True, False):
            # Afresh: a process that served others before hides what one costs.
            peer.stop()
            peer.start()
            programme.capabilities(peer)  # a first session, so that all is loaded
            time.sleep(1.0)
            before = watch.pss_kib(peer.roots())
            holder = subprocess.Popen(
                _job(peer, peer.login("m1k"), sessions=sessions, idle=idle),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert holder.stdin is not None
            assert holder.stdout is not None
            try:
                if not holder.stdout.readline():
                    raise RuntimeError("sessions were not opened")
                time.sleep(1.0)
                after = watch.pss_kib(peer.roots())
            finally:
                holder.stdin.close()
                holder.wait()
            what = "in IDLE" if idle else "selected, silent"
            programme.note(
                f"memory a session {what}, {sessions}",
                "KiB",
                False,
                peer,
                (after - before) / sessions,
            )
            time.sleep(1.0)

    peers = programme.with_imap()
    programme.each(peers, "push", push)
    for peer in peers:
        with programme.noted(f"idle memory, {peer.name}"):
            programme.filled(peer, "m1k", 1000)
            weigh(peer)

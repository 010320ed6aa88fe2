"""What every peer offers to the workloads."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.dialogues import PASSWORD

DOMAIN = "bench.test"
PASSWORDS = PASSWORD
RECEIVERS = 50
POP_USERS = 20
DEAD = {
    f"dead{number}.example": f"127.0.{100 + number // 200}.{number % 200 + 1}"
    for number in range(1000)
}
"""Domains whose mail server, at that address, is dead."""
DEAD_PORT = 9

Address = tuple[str, int] | str


def user_names() -> list[str]:
    """Return the local parts of all users a peer must have."""
    return [
        *(f"u{number}" for number in range(RECEIVERS)),
        *(f"p{number}" for number in range(POP_USERS)),
        "m1k",
        "m10k",
        "m100k",
    ]


class Peer:
    """A server on loopback in a directory of its own."""

    name = "peer"
    hello = "EHLO"
    relay_login = ""
    """User who must log in before mail is relayed; empty: loopback may."""

    sources: Sequence[str | None] = (None,)
    """Addresses that clients come from, in turn; None: the system's choice."""

    def __init__(self) -> None:
        """Make the directory; nothing runs yet."""
        self.directory = Path(tempfile.mkdtemp(prefix=f"bench-{self.name}-"))
        self.directory.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        self.receive_address: Address | None = None
        """Where mail for local users is handed in."""
        self.lmtp_address: Address | None = None
        """Where it takes local mail by LMTP, if it does."""
        self.relay_address: Address | None = None
        """Where mail is handed in that goes on to the sink."""
        self.imap_address: Address | None = None
        self.pop_address: Address | None = None

    def setup(self, sink_port: int) -> None:
        """Write the configuration; mail for other domains goes to the sink."""
        raise NotImplementedError

    def command(self) -> Sequence[str]:
        """Return the command that runs the server in the foreground."""
        raise NotImplementedError

    def start(self) -> float:
        """Start it; return the seconds to the first banner."""
        log = (self.directory / "out.log").open("ab")
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=log, start_new_session=True
        )
        wait_for_banner(self.banner_address(), 60.0, self.process)
        return time.perf_counter() - begin

    def banner_address(self) -> Address:
        """Return where the first banner is awaited."""
        address = self.receive_address or self.imap_address
        assert address is not None
        return address

    def stop(self) -> None:
        """End it and wait."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Forget its directory."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def roots(self) -> list[int]:
        """Return the pids whose trees are the server."""
        return [self.process.pid] if self.process else []

    def delivered(self) -> int:
        """Return how many messages lie in the mailboxes of u0, u1, …."""
        raise NotImplementedError

    def deferred(self) -> int:
        """Return how many messages wait in the queue."""
        raise NotImplementedError

    def list_queue(self) -> None:
        """Show the first page of what waits, by the server's own command."""
        raise NotImplementedError

    def login(self, user: str) -> str:
        """Return the login name of a user."""
        return f"{user}@{DOMAIN}"


def wait_for_banner(
    address: Address, seconds: float, process: subprocess.Popen[bytes]
) -> None:
    """Wait until something greets at an address."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError), connect(address) as link:
            link.settimeout(5)
            if link.recv(100):
                return
        time.sleep(0.005)
    raise TimeoutError(f"no banner at {address}")


def connect(address: Address) -> socket.socket:
    """Connect to an address."""
    if isinstance(address, str):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.connect(address)
        except OSError:
            link.close()
            raise
        return link
    return socket.create_connection(address, timeout=5)


def free_port() -> int:
    """Return a port that nobody has just now."""
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def ids(name: str) -> tuple[int, int]:
    """Return user and group id of a system user."""
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid

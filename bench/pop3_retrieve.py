"""POP3: log in, RETR 1,000 messages of 4 kB one by one, QUIT; 1 and 20 clients.

    python bench/pop3_retrieve.py [memory|segments]

The server (uvloop) is its own process; so are the clients, which use plain sockets:
they send one RETR, read to the final dot, send the next.
"""

import asyncio
import multiprocessing
import selectors
import socket
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

import uvloop

from mailmax.hub.contract.logins import LoginAccepted
from mailmax.hub.doors import Doors
from mailmax.hub.entrance import Names
from mailmax.policy.access import AT_HOME
from mailmax.popmax.room import Options
from mailmax.popmax.service import PopService
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.port import Store
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage

MESSAGES = 1000
BODY = (b"Subject: a message\r\n\r\n" + (b"x" * 70 + b"\r\n") * 57)[:4096] + b"\r\n"


class _Hub:
    async def ask(self, request: Any) -> LoginAccepted:
        name = request.login_name
        return LoginAccepted(int(name[1:]), name, name)

    def tell(self, notice: Any) -> None:
        """Nobody listens."""

    def on_notice(self, kind: Any, callback: Any) -> None:
        """Nothing is ever said."""


async def _serve(sock: socket.socket, users: int, kind: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store: Store = MemoryStore()
        if kind == "segments":
            store = SegmentStore(Path(directory))
        message = NewMessage(BODY, len(BODY), zlib.crc32(BODY), b"", 0)
        for user in range(1, users + 1):
            store.account(user, f"u{user}").open("INBOX").append([message] * MESSAGES)
        options = Options(Path(directory), meet=lambda _visitor: AT_HOME)
        names = Names(lambda: "localhost", lambda: "")
        doors = Doors(names, None, {"pop3": [sock]})
        service = PopService(_Hub(), store, options, doors)
        await service.start()
        await asyncio.Event().wait()


def _server(sock: socket.socket, users: int, kind: str) -> None:
    uvloop.run(_serve(sock, users, kind))


class _Client:
    def __init__(self, address: tuple[str, int], user: int) -> None:
        self.sock = socket.create_connection(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in (b"", b"USER u%d\r\n" % user, b"PASS x\r\n"):
            self.sock.sendall(line)
            self.sock.recv(4096)
        self.next = 1
        self.got = 0
        self.sock.sendall(b"RETR 1\r\n")

    def turn(self) -> bool:
        """Read; True when all is done."""
        octets = self.sock.recv(65536)
        self.got += len(octets)
        if octets.endswith(b"\r\n.\r\n"):
            self.next += 1
            if self.next > MESSAGES:
                self.sock.close()
                return True
            self.sock.sendall(b"RETR %d\r\n" % self.next)
        return False


def _run(address: tuple[str, int], clients: int) -> float:
    start = time.perf_counter()
    selector = selectors.DefaultSelector()
    for user in range(1, clients + 1):
        client = _Client(address, user)
        selector.register(client.sock, selectors.EVENT_READ, client)
    left = clients
    while left:
        for key, _ in selector.select():
            client = key.data
            if client.turn():
                selector.unregister(key.fileobj)
                left -= 1
    return clients * MESSAGES / (time.perf_counter() - start)


def main() -> None:
    """Measure, and print messages a second."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    kind = sys.argv[1] if len(sys.argv) > 1 else "segments"
    server = multiprocessing.Process(target=_server, args=(sock, 20, kind), daemon=True)
    server.start()
    time.sleep(3.0)
    for clients in (1, 20):
        figures = sorted(_run(sock.getsockname(), clients) for _ in range(5))
        print(
            f"{kind}, {clients:3} clients: {figures[2]:8.0f} messages/s (median of 5)"
        )
    server.terminate()
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""MailMax: the whole suite of this tree, set up as an operator would."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bench.peers.base import (
    DOMAIN,
    PASSWORDS,
    Peer,
    connect,
    user_names,
)
from mailmax.hub.client import HubClient
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.store.mailboxes.segments import usage

_PROGRAM = str(Path(sys.executable).parent / "mailmax")
_PORTS = (25, 80, 110, 143, 465, 587, 993, 995, 8080)


class MailMax(Peer):
    """MailMax: everything."""

    name = "mailmax"
    relay_login = "u0"
    trust_loopback = True
    name_servers: Sequence[str] = ()

    def setup(self, sink_port: int) -> None:
        base = _free_base()
        answers = self.directory / "answers.toml"
        users = "".join(
            f'[[users]]\nname = "{name}"\npassword = "{PASSWORDS}"\n'
            for name in user_names()
        )
        answers.write_text(
            f'host_password = "bench-host"\nip = "127.0.0.1"\nbase_port = {base}\n'
            f'domain = "{DOMAIN}"\nhostname = "mailmax.{DOMAIN}"\n'
            f"trust_loopback = {str(self.trust_loopback).lower()}\n"
            f"name_servers = {json.dumps(self.name_servers)}\n"
            f'smart_host = "127.0.0.1:{sink_port}"\n{users}'
        )
        self.administer("setup", "--answers", str(answers))
        self.receive_address = self.relay_address = ("127.0.0.1", base + 25)
        self.lmtp_address = str(self.directory / "node/run/lmtp.sock")
        self.imap_address = ("127.0.0.1", base + 143)
        self.pop_address = ("127.0.0.1", base + 110)

    def administer(self, *words: str) -> None:
        """Type a command."""
        command = [_PROGRAM, *words, "--dir", str(self.directory / "node")]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            text = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"mailmax {words[0]}: {text[-2000:]}")

    @contextlib.asynccontextmanager
    async def administering(self) -> AsyncIterator[HubClient]:
        """Give the hub, for more than anybody would type."""
        node = self.directory / "node"
        hub = HubClient(
            f"unix:{node / 'run' / 'datamax.sock'}",
            PasswordFile(node / "secrets" / "host-password"),
            Identity("admin", "bench"),
            frozenset(),
        )
        await hub.start(10)
        try:
            yield hub
        finally:
            await hub.stop()

    def command(self) -> list[str]:
        return [_PROGRAM, "serve", "--dir", str(self.directory / "node")]

    def start(self) -> float:
        try:
            seconds = super().start()
        except RuntimeError as failure:
            log = (self.directory / "out.log").read_text(errors="replace")
            raise RuntimeError(f"{failure}: {log[-1500:]}") from failure
        self.administer("status", "--wait", "30")
        return seconds

    def delivered(self) -> int:
        total = 0
        for file in self.directory.glob("node/mail/*/*/u*~*/usage"):
            found = usage.decode(file.read_bytes())
            total += found.messages if found else 0
        return total


def _free_base() -> int:
    """Return a base whose service ports nobody has, below those of clients."""
    start = os.getpid() * 17
    for step in range(0, 20_000, 1_001):
        base = 10_000 + (start + step) % 20_000
        if not any(_is_taken(base + port) for port in _PORTS):
            return base
    raise RuntimeError("no free ports")


def _is_taken(port: int) -> bool:
    try:
        connect(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True

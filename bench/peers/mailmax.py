"""MailMax: the whole suite of this tree, set up as an operator would."""

import imaplib
import os
import subprocess
import sys
from pathlib import Path

from bench.peers.base import (
    DOMAIN,
    PASSWORDS,
    RECEIVERS,
    Peer,
    connect,
    free_port,
    user_names,
)

_PROGRAM = str(Path(sys.executable).parent / "mailmax")
_SERVICES = {"smtp": 25, "pop3": 110, "imap": 143}


class MailMax(Peer):
    """MailMax: everything."""

    name = "mailmax"

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
            f"trust_loopback = true\nname_servers = []\n"
            f'smart_host = "127.0.0.1:{sink_port}"\n{users}'
        )
        self._run("setup", "--answers", str(answers))
        self.receive_address = self.relay_address = ("127.0.0.1", base + 25)
        self.imap_address = ("127.0.0.1", base + 143)
        self.pop_address = ("127.0.0.1", base + 110)
        self._counted = dict.fromkeys(range(RECEIVERS), 0)

    def _run(self, verb: str, *more: str) -> None:
        command = [_PROGRAM, verb, "--dir", str(self.directory / "node"), *more]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            text = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"mailmax {verb}: {text[-2000:]}")

    def command(self) -> list[str]:
        return [_PROGRAM, "serve", "--dir", str(self.directory / "node")]

    def start(self) -> float:
        seconds = super().start()
        self._run("status", "--wait", "30")
        return seconds

    def delivered(self) -> int:
        assert isinstance(self.imap_address, tuple)
        total = 0
        for number in range(RECEIVERS):
            with imaplib.IMAP4(*self.imap_address) as session:
                session.login(self.login(f"u{number}"), PASSWORDS)
                _, answer = session.status("INBOX", "(MESSAGES)")
                total += int(answer[0].decode().rsplit(" ", 1)[1].rstrip(")"))
        return total


def _free_base() -> int:
    """Return a base whose service ports nobody has."""
    for _ in range(100):
        base = free_port() & ~1023 or 2048
        base = 10_000 + (base + os.getpid() * 17) % 50_000
        if not any(_is_taken(base + port) for port in (25, 80, 110, 143, 587, 993)):
            return base
    raise RuntimeError("no free ports")


def _is_taken(port: int) -> bool:
    try:
        connect(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True

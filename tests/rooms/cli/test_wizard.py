"""The wizard, typed at a real (pseudo) terminal."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from fix_terminal import has_input
from mailmax.settings.local import load_local
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database


class Terminal:
    """A program at the other end of a pseudo terminal."""

    def __init__(self, *words: str) -> None:
        self._master, slave = pty.openpty()
        self.program = subprocess.Popen(
            [sys.executable, "-m", "mailmax", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            close_fds=True,
            start_new_session=True,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
        )
        os.close(slave)
        self.seen = ""

    def wait_for(self, words: str) -> None:
        """Read until the words come."""
        end = time.monotonic() + 60
        while words not in self.seen:
            assert time.monotonic() < end, self.seen
            if has_input(self._master, 0.1):
                try:
                    self.seen += os.read(self._master, 4096).decode()
                except OSError:  # the program ended
                    assert words in self.seen, self.seen

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, then type a line."""
        self.wait_for(question)
        self.seen = self.seen.partition(question)[2]
        time.sleep(0.05)
        os.write(self._master, text.encode() + b"\n")

    def close(self) -> int:
        code = self.program.wait(60)
        os.close(self._master)
        return code


def test_the_wizard_asks_again_after_a_bad_answer_and_sets_up(tmp_path: Path):
    root = tmp_path / "D"
    terminal = Terminal("setup", "--dir", str(root))

    terminal.answer("Domain", "")
    terminal.wait_for("it is blank; give letters")
    terminal.answer("Domain", "not a domain")
    terminal.wait_for("is no domain name")
    terminal.answer("Domain", "demo.test")
    terminal.answer("Host name", "")
    terminal.answer("IP address", "1.2.3")
    terminal.wait_for("is no IP address")
    terminal.answer("IP address", "192.0.2.7")
    terminal.wait_for("this computer does not have 192.0.2.7")
    terminal.answer("IP address", "127.0.0.1")
    terminal.answer("standard ports", "4000")
    terminal.answer("Trust programs", "y")
    terminal.answer("Name servers", "")
    terminal.answer("Smart host", "")
    terminal.answer("Host password", "")
    terminal.answer("postmaster@demo.test", "y")
    terminal.answer("Password", "")
    terminal.answer("admin@demo.test", "n")
    terminal.answer("root@demo.test", "n")
    if os.geteuid() == 0:
        terminal.answer("User that the services become", "No User")
        terminal.wait_for("is no user name")
        terminal.answer("User that the services become", "root")
    terminal.wait_for("Start it with")
    terminal.wait_for(f"mailmax admin link --dir {root}")

    assert terminal.close() == 0
    assert "postmaster@demo.test has the password" in terminal.seen
    local = load_local(root)
    assert local.base_port == 4000
    assert len(local.paths.host_password.read_text()) > 12
    database = Database(local.database_url)
    assert database.run(units.find_user, "postmaster@demo.test") is not None
    assert database.run(units.find_user, "admin@demo.test") is None
    database.close()

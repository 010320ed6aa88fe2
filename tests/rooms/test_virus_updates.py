"""Virus definitions are updated by a program, and mail goes on meanwhile (LOC-3)."""

import asyncio
import os
import signal
import smtplib
import socket
import threading
from pathlib import Path

import pytest

from fix_clamd import Clamd, SaysClamd, says
from fix_smtp import SmtpRoom
from mailmax.net import clamd as net_clamd
from mailmax.net import updater
from mailmax.net.updater import Updater
from mailmax.settings.local import UpdateSettings
from mailmax.smtpmax import definitions
from mailmax.smtpmax.definitions import Definitions
from waiting import wait_for

CLEAN = b"Subject: one\r\n\r\nhello\r\n"


def script(folder: Path, text: str) -> str:
    path = folder / "update.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


class Updating:
    """Definitions of an SMTPMax in this process."""

    def __init__(self, room: SmtpRoom, folder: Path, **settings) -> None:
        self.room = room
        self.told: list[str] = []
        room.run(self._make(folder, UpdateSettings(**settings)))

    async def _make(self, folder: Path, settings: UpdateSettings) -> None:
        inner = self.room.service.room
        inner.on_trouble = lambda: self.told.append(self.trouble)
        self.definitions = Definitions(inner, settings, folder)
        await self.definitions.start()

    @property
    def trouble(self) -> str:
        return self.room.service.trouble()

    async def begin(self) -> None:
        """Update now, and wait for the end of that."""
        await self.definitions.begin()

    def stop(self) -> None:
        self.room.run(self.definitions.stop())


@pytest.fixture
def looking(smtp: SmtpRoom, fake_clamd: SaysClamd) -> SmtpRoom:
    clean = says(b"stream: OK\0")

    def behave(sock: socket.socket) -> None:
        if sock.recv(9, socket.MSG_PEEK).startswith(b"zRELOAD"):
            sock.sendall(b"RELOADING\0")
        else:
            clean(sock)

    fake_clamd.behave = behave
    smtp.hub.set("virus_check", True)
    smtp.hub.set("clamd_address", fake_clamd.address)
    return smtp


def send(room: SmtpRoom) -> int:
    with smtplib.SMTP("127.0.0.1", room.port, timeout=30) as one:
        one.ehlo()
        one.mail("a@far.test")
        one.rcpt("tim@demo.test")
        return one.data(CLEAN)[0]


def test_the_first_look_waits_for_the_update_at_the_start(
    looking: SmtpRoom, fake_clamd: SaysClamd, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    command = script(
        tmp_path, f"echo new > $1/main.cvd; until [ -e {go} ]; do sleep 0.05; done"
    )
    updating = Updating(
        looking, tmp_path, on_start=True, command=("/bin/sh", command, "%d")
    )
    codes: list[int] = []
    sending = threading.Thread(target=lambda: codes.append(send(looking)))
    sending.start()
    wait_for((tmp_path / "main.cvd").exists)
    assert fake_clamd.calls == 0
    assert codes == []

    go.touch()

    sending.join(20)
    assert codes == [250]
    assert updating.trouble == ""
    updating.stop()


def test_an_update_that_hangs_is_ended_and_mail_goes_on(
    looking: SmtpRoom, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(definitions, "MINUTE_S", 1.5)
    command = script(tmp_path, "sleep 100 & echo $! > pid; sleep 100")
    updating = Updating(
        looking,
        tmp_path,
        on_start=True,
        timeout_minutes=1,
        command=("/bin/sh", command),
    )

    assert send(looking) == 250
    wait_for(lambda: "and was ended" in updating.trouble)
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: not Path(f"/proc/{pid}").exists() or is_zombie(pid))
    assert updating.told == [updating.trouble]
    updating.stop()


def test_an_update_that_cannot_be_ended_keeps_no_mail_waiting(
    looking: SmtpRoom, tmp_path: Path, monkeypatch
) -> None:
    """As where its disk hangs: the kernel lets no process go that it holds."""
    monkeypatch.setattr(definitions, "MINUTE_S", 1.5)
    monkeypatch.setattr(updater, "BURY_S", 0.1)
    ends: list[int] = []
    end = os.killpg
    monkeypatch.setattr(updater.os, "killpg", lambda pid, _: ends.append(pid))
    command = script(tmp_path, "echo >> $1/runs; exec sleep 100")
    updating = Updating(
        looking,
        tmp_path,
        on_start=True,
        timeout_minutes=1,
        command=("/bin/sh", command, "%d"),
    )
    try:
        assert send(looking) == 250
        wait_for(lambda: "its disk does not answer" in updating.trouble)
        looking.run(updating.begin())
        assert "of the last time has not ended" in updating.trouble
        wait_for((tmp_path / "runs").exists)
        assert (tmp_path / "runs").read_text() == "\n"
    finally:
        monkeypatch.setattr(updater.os, "killpg", end)
        end(ends[0], signal.SIGKILL)

    wait_for(lambda: looking.run(updating.begin()) or "seconds" in updating.trouble)
    assert (tmp_path / "runs").read_text() == "\n\n"
    updating.stop()


def is_zombie(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        )
    except OSError:
        return True


def test_what_is_due_is_done_and_failures_are_told_until_it_works(
    looking: SmtpRoom, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(definitions, "LOOK_S", 0.02)
    monkeypatch.setattr(definitions, "is_due", lambda *_: True)
    command = script(
        tmp_path, '[ -e $1/fixed ] && exit 0\necho "Can\'t connect"\nexit 58'
    )
    updating = Updating(
        looking, tmp_path, daily_at="03:30", command=("/bin/sh", command, "%d")
    )
    wait_for(lambda: updating.told)
    assert updating.told[0] == (
        "virus definitions: /bin/sh ended with 58: Can't connect"
    )
    assert send(looking) == 250

    (tmp_path / "fixed").touch()

    wait_for(lambda: updating.told[-1] == "")
    updating.stop()


def test_nothing_is_run_that_is_not_asked_for(looking, tmp_path: Path) -> None:
    command = script(tmp_path, "touch $1/ran")
    updating = Updating(looking, tmp_path, command=("/bin/sh", command, "%d"))
    assert send(looking) == 250
    updating.stop()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("command", ["/nobody/is/there", "/etc/hostname"])
async def test_a_program_that_cannot_be_run(tmp_path: Path, command: str) -> None:
    assert await Updater((command,), tmp_path).run(5)


def test_a_program_that_others_may_change_is_not_run(tmp_path: Path) -> None:
    path = Path(script(tmp_path, "touch $1/ran"))
    path.chmod(0o777)
    said = asyncio.run(Updater((str(path), "%d"), tmp_path).run(5))
    assert "others may write" in said
    assert not (tmp_path / "ran").exists()


async def test_much_output_does_no_harm(tmp_path: Path) -> None:
    command = script(tmp_path, "yes | head -c 5000000; echo end >&2; exit 3")
    said = await Updater(("/bin/sh", command), tmp_path).run(20)
    assert said == "/bin/sh ended with 3: end"


async def test_clamd_reads_new_definitions_again(clamd: Clamd) -> None:
    assert await net_clamd.reload(clamd.address)
    assert not await net_clamd.reload("/nobody/is/there")
    await asyncio.to_thread(wait_for, clamd.answers, 20)

"""What SMTPMax tells of its scanners: state, the test with EICAR, updates asked for."""

import os
import socket
import time
from pathlib import Path

import pytest

from fix_clamd import NAME, Clamd, SaysClamd, says
from fix_smtp import MakeSmtp, SmtpRoom
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    VirusState,
)
from mailmax.net.children.runner import Programs
from mailmax.settings.local import UpdateSettings
from mailmax.smtpmax.definitions import Definitions
from mailmax.smtpmax.virus_desk import VirusDesk
from waiting import wait_for

FINDS = '/bin/sh -c "grep -l EICAR %d/* | xargs -r rm"'
FINDS_NOTHING = '/bin/sh -c "exit 0" %d'


def finds_nothing(sock: socket.socket) -> None:
    """Say what it is, or that there is nothing in a stream."""
    if sock.recv(9, socket.MSG_PEEK).startswith(b"zVERSION"):
        sock.sendall(b"ClamAV 1.0.7\0")
    else:
        says(b"stream: OK\0")(sock)


class Desk:
    """The desk of an SMTPMax in this process, asked as the hub asks it."""

    def __init__(self, room: SmtpRoom, folder: Path, **settings) -> None:
        self._room = room
        self._handlers: dict = {}
        room.run(self._make(folder, UpdateSettings(**settings)))

    async def _make(self, folder: Path, settings: UpdateSettings) -> None:
        inner = self._room.service.room
        self._definitions = Definitions(inner, settings, folder)
        self._desk = VirusDesk(inner, self._definitions, "one")
        self._desk.answer(self)
        await self._desk.start()

    def on_request(self, kind, handler) -> None:
        self._handlers[kind] = handler

    def ask(self, request) -> VirusState | Denied:
        return self._room.run(self._handlers[type(request)](request))

    def state(self) -> VirusState:
        return self.ask(AskVirusState())

    def tested(self) -> list[tuple[str, str, str]]:
        begun = self.ask(BeginVirusTest())
        assert isinstance(begun, VirusState), begun
        wait_for(lambda: not self.state().trial.is_running, 30)
        verdicts = self.state().trial.verdicts
        return [(one.kind, one.verdict, one.words) for one in verdicts]

    def stop(self) -> None:
        self._room.run(self._desk.stop())
        self._room.run(self._definitions.stop())


@pytest.fixture
def room(make_smtp: MakeSmtp, tmp_path: Path) -> SmtpRoom:
    return make_smtp(programs=Programs(tmp_path / "working"))


@pytest.fixture
def desk(room: SmtpRoom, tmp_path: Path):
    script = tmp_path / "update.sh"
    script.write_text(
        '#!/bin/sh\n[ -e "$1/broken" ] && { echo no route >&2; exit 58; }\n'
        'until [ -e "$1/go" ]; do sleep 0.02; done\necho x >> "$1/ran"\n'
    )
    command = ("/bin/sh", str(script), "%d")
    made = Desk(room, tmp_path, command=command, every_hours=6)
    yield made
    made.stop()


def test_the_scanners_that_are_on_find_eicar(room, desk, clamd: Clamd) -> None:
    """VIR-1, VIR-2: both are really asked, in the order in which they see mail."""
    room.hub.set("external_check", True)
    room.hub.set("external_command", FINDS)
    room.hub.set("virus_check", True)
    room.hub.set("clamd_address", clamd.address)

    assert desk.tested() == [
        ("external", "found", "external check: eicar.com"),
        ("clamd", "found", NAME),
    ]
    assert room.mails() == []


def test_a_scanner_that_does_not_know_it_or_does_not_answer_is_told(
    room, desk, fake_clamd: SaysClamd
) -> None:
    room.hub.set("external_check", True)
    room.hub.set("external_command", FINDS_NOTHING)
    room.hub.set("virus_check", True)
    room.hub.set("clamd_address", "/nobody/is/there")
    assert desk.tested() == [
        ("external", "clean", ""),
        ("clamd", "failed", "it cannot be reached"),
    ]

    room.hub.set("external_check", False)
    room.hub.set("clamd_address", fake_clamd.address)
    fake_clamd.behave = finds_nothing
    assert desk.tested() == [("clamd", "clean", "")]


def test_where_no_scanner_is_on_there_is_nothing_to_test(desk) -> None:
    denied = desk.ask(BeginVirusTest())
    assert isinstance(denied, Denied)
    assert denied.kind == "conflict"
    assert desk.state().trial.begun_at == 0


def test_the_state_says_who_answers_and_how_old_the_signatures_are(
    room, desk, fake_clamd: SaysClamd
) -> None:
    made = time.mktime(time.strptime("Sat Jan  4 09:41:01 2025"))
    words = b"ClamAV 1.0.7/27500/Sat Jan  4 09:41:01 2025\0"
    fake_clamd.behave = lambda sock: (sock.recv(20), sock.sendall(words))
    room.hub.set("clamd_address", fake_clamd.address)
    room.hub.set("external_command", "/nobody/is/there %d")

    external, clamd = desk.state().scanners

    assert (clamd.is_on, clamd.trouble) == (False, "")
    assert (clamd.engine, clamd.signatures) == ("ClamAV 1.0.7", "27500")
    assert clamd.made_at == made
    assert external.trouble
    assert external.engine == "/nobody/is/there"


def test_a_clamd_that_is_away_is_told(room, desk) -> None:
    room.hub.set("clamd_address", "/nobody/is/there")
    external, clamd = desk.state().scanners
    assert clamd.trouble == "it does not answer at /nobody/is/there"
    assert external.trouble == "no command is set"


def test_an_update_that_is_asked_for_runs_once_and_is_told(desk, tmp_path) -> None:
    """LOC-3."""
    assert desk.state().update.ended_at == 0
    begun = desk.ask(BeginVirusUpdate()).update
    again = desk.ask(BeginVirusUpdate()).update
    assert begun.is_running
    assert again.begun_at == begun.begun_at

    (tmp_path / "go").touch()

    wait_for(lambda: not desk.state().update.is_running)
    update = desk.state().update
    assert (tmp_path / "ran").read_text() == "x\n"
    assert (update.trouble, update.every_hours) == ("", 6)
    assert update.ended_at >= update.begun_at > 0
    assert update.directory == os.fspath(tmp_path)


def test_an_update_that_fails_says_why(desk, tmp_path) -> None:
    (tmp_path / "broken").touch()
    desk.ask(BeginVirusUpdate())
    wait_for(lambda: not desk.state().update.is_running)
    assert desk.state().update.trouble == "/bin/sh ended with 58: no route"

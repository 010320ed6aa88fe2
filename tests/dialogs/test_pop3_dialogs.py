"""The dialogues of POP3, played against the bare machine and the real room."""

from pathlib import Path

import pytest

from dialogs import Dialog, MachineWire, SocketWire, load, play
from fix_pop import MakePop
from mailmax.wire.machine import NotNow
from mailmax.wire.pop3 import commands
from mailmax.wire.pop3.replies import Code
from mailmax.wire.pop3.server import Pop3Server
from mailmax.wire.pop3.top import TopCutter

DIALOGS = sorted(Path(__file__).parent.joinpath("pop3").iterdir())
MAIL = (b"Subject: one\r\n\r\nhello\r\n.\r\n..dots\r\n", b"Subject: two\r\n\r\nx\r\n")


class ScriptedRoom:
    """Lets tim in and has the two messages; no clock, no disk, no socket."""

    def __init__(self) -> None:
        self.machine = Pop3Server()
        self.machine.may_login = self.machine.offers_tls = True
        self.machine.greet("pop.example.com MailMax POP3 ready")
        self.left = {1, 2}

    def feed(self, octets: bytes) -> bytes:
        self.machine.receive(octets)
        while not isinstance(event := self.machine.next_event(), NotNow):
            self.answer(event)
        return self.machine.take_output()

    def feed_eof(self) -> bytes:
        self.machine.receive_eof()
        return self.feed(b"")

    def totals(self) -> tuple[int, int]:
        return len(self.left), sum(len(MAIL[n - 1]) for n in self.left)

    def summary(self) -> str:
        messages, octets = self.totals()
        return f"{messages} messages ({octets} octets)"

    def answer(self, event: commands.Command) -> None:
        machine = self.machine
        number = getattr(event, "number", None)
        match event:
            case commands.Login("tim", "open sesame"):
                machine.ok(self.summary())
            case commands.Login():
                machine.err("Wrong name or password", Code.AUTH)
            case commands.Stat():
                machine.ok(" ".join(map(str, self.totals())))
            case commands.Reset():
                self.left = {1, 2}
                machine.ok(self.summary())
            case commands.Quit():
                machine.ok("Good-bye")
            case commands.List(None) | commands.Uidl(None):
                self.list_all(event)
            case _ if number not in self.left:
                machine.err("No such message")
            case _:
                self.answer_for(event, number, MAIL[number - 1])

    def list_all(self, event: commands.List | commands.Uidl) -> None:
        sizes = isinstance(event, commands.List)
        self.machine.begin_lines(self.summary() if sizes else "Unique-ids follow")
        for number in sorted(self.left):
            item = len(MAIL[number - 1]) if sizes else f"9.{number}"
            self.machine.content(f"{number} {item}\r\n".encode())
        self.machine.end_lines()

    def answer_for(self, event: commands.Command, number: int, mail: bytes) -> None:
        machine = self.machine
        match event:
            case commands.List():
                machine.ok(f"{number} {len(mail)}")
            case commands.Uidl():
                machine.ok(f"{number} 9.{number}")
            case commands.Retrieve():
                machine.message(f"{len(mail)} octets", mail)
            case commands.Top():
                machine.message("Top follows", TopCutter(event.lines).feed(mail))
            case commands.Delete():
                self.left.discard(number)
                machine.ok(f"Message {number} deleted")


@pytest.mark.parametrize("path", DIALOGS, ids=lambda path: path.stem)
def test_the_machine_with_a_scripted_room(path: Path) -> None:
    play(load(path), lambda _: MachineWire(ScriptedRoom()))


@pytest.mark.parametrize("path", DIALOGS, ids=lambda path: path.stem)
def test_the_room_through_a_socket(path: Path, make_pop: MakePop) -> None:
    room = make_pop()
    room.fill(*MAIL)
    wires: list[SocketWire] = []

    def connect(_dialog: Dialog) -> SocketWire:
        wires.append(SocketWire(("127.0.0.1", room.port)))
        return wires[-1]

    try:
        play(load(path), connect)
    finally:
        for wire in wires:
            wire.close()

    room.inbox.refresh()
    assert len(room.inbox.uids) == 2, "no dialogue ends with a deletion"

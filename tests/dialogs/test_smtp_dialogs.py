"""Each SMTP dialogue twice: against the bare machine, and through a real socket."""

from contextlib import closing
from pathlib import Path

import pytest

from dialogs import Dialog, MachineWire, SocketWire, load, play
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.access import AT_HOME, PERMITTED
from mailmax.wire.smtp.answers import Limits
from mailmax.wire.smtp.states import Mode
from smtp_script import HELD_DOMAIN, ScriptedRoom

FILES = sorted(Path(__file__).parent.glob("smtp/*.dialog"))
MODES = {"smtp": Mode.RELAY, "submission": Mode.SUBMISSION, "lmtp": Mode.LMTP}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def dialog(request) -> Dialog:
    return load(request.param)


def test_there_are_dialogues():
    assert len(FILES) > 10


def test_with_the_bare_machine(dialog):
    if dialog.options.get("only") == "socket":
        pytest.skip("for sockets only")

    def connect(dialog: Dialog) -> MachineWire:
        mode = MODES[dialog.options.get("port", "smtp")]
        trusted = "stranger" not in dialog.options
        limits = Limits(recipients=int(dialog.options.get("recipients", "1000")))
        room = ScriptedRoom(mode, limits, may_log_in=trusted, tls=True)
        room.machine.is_lenient = trusted and "strict" not in dialog.options
        return MachineWire(room)

    play(dialog, connect)


def test_through_a_socket(dialog, make_smtp):
    trusted = "stranger" not in dialog.options
    room = make_smtp(
        meet=lambda _visitor: AT_HOME if trusted else PERMITTED,
        limits=Limits(recipients=int(dialog.options.get("recipients", "1000"))),
    )
    room.hub.set("postmaster", "tim@demo.test")
    room.hub.update(domains=(DomainRow(9, HELD_DOMAIN, kind="etrn"),))
    wires: list[SocketWire] = []

    def connect(dialog: Dialog) -> SocketWire:
        port = room.ports[dialog.options.get("port", "smtp")]
        wires.append(SocketWire(("127.0.0.1", port)))
        return wires[-1]

    try:
        play(dialog, connect)
    finally:
        for wire in wires:
            with closing(wire):
                pass

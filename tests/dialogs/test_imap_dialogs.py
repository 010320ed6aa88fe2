"""Each IMAP dialogue through a real socket, on both stores."""

from contextlib import closing
from pathlib import Path

import pytest

from dialogs import Dialog, SocketWire, load, play
from fix_imap import ImapRoom

FILES = sorted(Path(__file__).parent.glob("imap/*.dialog"))

MESSAGE = (
    b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
    b"From: Terry Gray <gray@cac.washington.edu>\r\n"
    b"Subject: Message %d\r\n"
    b"To: imap@cac.washington.edu\r\n"
    b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
    b"Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
    b"Line, one of two.\r\nLine two.\r\n"
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def dialog(request: pytest.FixtureRequest) -> Dialog:
    return load(request.param)


def test_there_are_imap_dialogues() -> None:
    assert len(FILES) > 10


def test_an_imap_dialogue(dialog: Dialog, imap: ImapRoom) -> None:
    count = int(dialog.options.get("deliver", "0"))
    imap.deliver(*(MESSAGE % (number + 1) for number in range(count)))
    wires: list[SocketWire] = []

    def connect(_dialog: Dialog) -> SocketWire:
        wires.append(SocketWire(("127.0.0.1", imap.port)))
        return wires[-1]

    try:
        play(dialog, connect)
    finally:
        for wire in wires:
            with closing(wire):
                pass

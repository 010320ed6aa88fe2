"""The processes that `test_power_cuts` starts: one that APPENDs, one that looks.

``mailbox_child.py write ROOT LIFE [broken]`` adds messages for ever, from several
threads, and prints a line after each promise (``promise UID name``) and for each that
others could see before (``seen UID name``); ``mailbox_child.py read ROOT`` prints as
JSON what is there.

Broken builds: ``no-bodies`` promises when the log is durable, ``no-log`` when the
bodies are, ``keep`` keeps records whose bodies were lost: its writer says ``gap`` when
the log is durable and the bodies are not, and waits for the cut. None of them begins
to write early: ext4 would take along, with one file, what it has begun of the others.
"""

import itertools
import json
import os
import random
import sys
import threading
import time
import zlib
from pathlib import Path

from mailmax.base.errors import Failure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments import mailbox, syncing, unproven
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.segments.together import Wanted
from mailmax.store.mailboxes.values import NewMessage

TIM, HOME = UserId(7), "example.test/a1/tim~7"
NAMES = ("INBOX", "Sent")
GAP_S = 10.0
"""Longer than anybody takes to cut the power."""


def write(root: Path, life: str, broken: str = "") -> None:
    if broken in ("no-bodies", "no-log"):
        whole = syncing.Syncing.__init__

        def some(self, home, box):
            whole(self, home, box)
            synced = broken == "no-log"
            self.files = [file for file in self.files if is_body(file) is synced]

        syncing.Syncing.__init__ = some
    if broken == "keep":
        wait_in_the_gap()
    store = open_store(root, life)
    account = store.account(TIM, HOME)
    threads = [
        threading.Thread(target=add_to, args=(account.open(name), life, turn))
        for turn, name in enumerate(NAMES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_in_the_gap() -> None:
    whole = mailbox.sync_each

    def in_turn(files, *, at_once):
        bodies = [file for file in files if is_body(file)]
        others = [file for file in files if not is_body(file)]
        outcomes = dict(zip(others, whole(others, at_once=at_once), strict=True))
        if bodies:
            say("gap")
            time.sleep(GAP_S)
        outcomes |= zip(bodies, whole(bodies, at_once=at_once), strict=True)
        return [outcomes[file] for file in files]

    mailbox.sync_each = in_turn


def is_body(file: Wanted) -> bool:
    return "/mail." in file[1]


def add_to(opened: mailbox.SegmentMailbox, life: str, turn: int) -> None:
    chance = random.Random(f"{life} {turn}")
    for number in itertools.count():
        name = f"{life}.{turn}.{number}"
        try:
            (uid,) = opened.add([message(name, chance.choice((1, 30, 3000)))]).uids
            say(f"seen {opened.folder.name} {uid} {name}")
            opened.sync()
            say(f"promise {opened.folder.name} {uid} {name}")
        except Locked:
            continue
        except Failure:
            os._exit(0)


def message(name: str, times: int) -> NewMessage:
    body = f"Subject: {name}\r\n\r\n".encode() + b"%s\r\n" % name.encode() * times
    return NewMessage(body, len(body), zlib.crc32(body), b"\x01f", 1_700_000_000_000)


def open_store(root: Path, life: str) -> SegmentStore:
    """Each life is a start of the machine."""
    return SegmentStore(root, boot=life.encode().ljust(16, b"-"))


def read(root: Path, life: str, broken: str = "") -> None:
    if broken == "keep":
        unproven.missing = lambda *_: []
    account = open_store(root, life).account(TIM, HOME)
    found: dict[str, dict[int, str]] = {}
    for name in NAMES:
        opened = account.open(name)
        held = found[name] = {}
        for place, uid in enumerate(opened.uids):
            try:
                subject = opened.read(place).partition(b"\r\n")[0]
                held[uid] = subject.removeprefix(b"Subject: ").decode()
            except Failure:
                held[uid] = "damaged"
    say(json.dumps(found))
    os._exit(0)  # as if the power went again: nothing is stopped in order


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    verb = {"write": write, "read": read}[sys.argv[1]]
    verb(Path(sys.argv[2]), *sys.argv[3:])

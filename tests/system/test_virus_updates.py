"""Virus definitions are updated on schedule by a running suite, and mail flows (LOC-3).

A small program brings the definition of a virus that the real clamd did not know. It
stands still until the test lets it go on, so mail is handed in during the update.
"""

import shutil
import smtplib
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fix_clamd import CLAMD, Clamd
from fix_suite import MakeSuite, Suite, run_mailmax
from mailmax.settings.local import load_local
from waiting import wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not Path(CLAMD).exists(), reason="clamd is not installed"),
]

NEW_VIRUS = b"a virus of tomorrow " + uuid.uuid4().hex.encode()
PROGRAM = """#!/bin/sh
touch {place}/begun
until [ -e {place}/go ]; do sleep 0.05; done
echo 'MailMax.Test.New:0:*:{signature}' > "$1/new.ndb"
echo x >> {place}/ended
"""
STRANGER = "127.0.0.2"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a directory that clamd and the services may read."""
    found = Path(tempfile.mkdtemp(prefix="mailmax-updates-", dir="/tmp"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found)


@pytest.fixture
def clamd_here(place: Path) -> Iterator[Clamd]:
    """Give a clamd whose definitions are the suite's to update."""
    clamd = Clamd(place / "clamd")
    clamd.folder.chmod(0o755)
    yield clamd
    clamd.stop()


def give(suite: Suite, content: bytes) -> int:
    """Hand in a message at port 25; return the answer to its content."""
    door = ("127.0.0.1", suite.port("smtp"))
    with smtplib.SMTP(*door, timeout=30, source_address=(STRANGER, 0)) as smtp:
        smtp.ehlo()
        smtp.mail("bob@far.test")
        assert smtp.rcpt(suite.users[0].address)[0] == 250
        return smtp.data(content)[0]


def schedule(suite: Suite, place: Path, definitions: Path) -> None:
    """Have the next update begin with a minute that is yet to come, and a day later."""
    program = place / "update.sh"
    services = load_local(suite.directory).run_as
    for one in (place, definitions, *definitions.iterdir()):
        if services:
            shutil.chown(one, services)
    program.write_text(PROGRAM.format(place=place, signature=NEW_VIRUS.hex()))
    at = (datetime.now().astimezone() + HALF_MINUTE + timedelta(minutes=1)).strftime(
        "%H:%M"
    )
    file = suite.directory / "mailmax.toml"
    file.write_text(
        f'{file.read_text()}\n[directories]\nvirus = "{definitions}"\n'
        f'[virus_updates]\ndaily_at = "{at}"\n'
        f'command = ["/bin/sh", "{program}", "%d"]\n'
    )


def test_definitions_are_updated_at_their_time_while_mail_flows(
    make_suite: MakeSuite, clamd_here: Clamd, place: Path
) -> None:
    suite = make_suite(users=1, trust_loopback=False)
    where = ("--dir", str(suite.directory))
    run_mailmax("filter", "add", "127.0.0.1", "trusted", *where)
    run_mailmax("config", "set", "clamd_address", clamd_here.address, *where)
    run_mailmax("config", "set", "virus_check", "on", *where)
    suite.stop()
    schedule(suite, place, clamd_here.folder / "signatures")
    suite.start()
    evil = b"Subject: early\r\n\r\n%b\r\n" % NEW_VIRUS

    assert give(suite, evil) == 250  # nobody knows it yet
    assert not (place / "begun").exists()
    wait_for((place / "begun").exists, 150)
    begin = time.monotonic()
    during = give(suite, evil.replace(b"early", b"meanwhile"))
    waited_s = time.monotonic() - begin
    suite.wait_for(suite.users[0], "meanwhile")
    (place / "go").touch()
    wait_for(lambda: give(suite, evil) == 554, 60)

    assert during == 250
    assert waited_s < 20  # the program would have stood there for five minutes
    assert (place / "ended").read_text() == "x\n"
    assert give(suite, b"Subject: clean\r\n\r\nhello\r\n") == 250
    suite.wait_for(suite.users[0], "clean")
    told = (suite.directory / "logs" / "smtpmax.log").read_text()
    assert "virus definitions are up to date" in told
    assert "virus definitions:" not in run_mailmax("status", *where).stdout

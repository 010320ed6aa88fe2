"""A user whose directory is broken on the running suite: nobody else is held up."""

import json
import time
import uuid

import msgspec
import pytest

from fix_suite import Account, Suite, run_mailmax
from mailmax.filer.checkpoint import Mark

pytestmark = pytest.mark.system


def position(suite: Suite) -> bytes:
    octets = (suite.directory / "journal" / "filer.position").read_bytes()
    return msgspec.msgpack.decode(octets, type=Mark).position


def waiting(suite: Suite, address: str) -> list[dict]:
    done = run_mailmax("queue", "list", "--dir", str(suite.directory), "--json")
    rows = json.loads(done.stdout)["rows"]
    return [row for row in rows if row["recipient"] == address]


def test_mail_for_a_broken_home_waits_in_the_queue(
    suite: Suite, tim: Account, anna: Account
) -> None:
    mark = f"mark{uuid.uuid4().hex}"
    suite.send("eve@far.test", tim.address, b"Subject: before\r\n\r\nbefore\r\n")
    suite.wait_for(tim, "before")
    name = tim.address.partition("@")[0]
    (home,) = (suite.directory / "mail").glob(f"*/*/{name}~*")
    away = home.with_suffix(".away")
    home.rename(away)
    home.write_bytes(b"")
    suite.wait_back("filer", suite.kill("filer"))  # it has the old one open
    try:
        suite.send("eve@far.test", tim.address, f"Subject: {mark}\r\n\r\n".encode())
        before = position(suite)
        suite.send("eve@far.test", anna.address, f"Subject: {mark}\r\n\r\n".encode())
        suite.wait_for(anna, mark)

        end = time.monotonic() + 60
        while not (rows := waiting(suite, tim.address)) or position(suite) == before:
            assert time.monotonic() < end, suite.last_words()
            time.sleep(0.2)
    finally:
        home.unlink()
        away.rename(home)

    # One, or two: the filer was killed, and filing "before" may be made sure again.
    assert {row["state"] for row in rows} == {"retry"}
    assert all("the mailbox is in trouble" in row["last_reply"] for row in rows)
    suite.send("eve@far.test", tim.address, b"Subject: after\r\n\r\nafterwards\r\n")
    suite.wait_for(tim, "afterwards")

"""What is in quarantine is let go by one press of a button (manual 4.11).

CI lets go of 200 messages; `make trust` of 1,000 (``MAILMAX_RELEASED=1000``), within
ten seconds until the last one lies in its mailbox.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence

import pytest

from fix_suite import Account, Suite
from fix_web import Browser
from hub_asking import ask_hub
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.virus import Finding, facts_of
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.store.quarantine import Quarantine
from waiting import until

MANY = int(os.environ.get("MAILMAX_RELEASED", "200"))
OCTETS = 20_000
SECONDS = 10.0

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("4.11"),
]


@pytest.fixture
def kept(suite: Suite, tim: Account, anna: Account) -> Sequence[str]:
    """Put messages for two users into quarantine; return their ids."""
    quarantine = Quarantine(suite.directory / "quarantine")
    ids = [_keep(quarantine, n, (tim, anna)[n % 2]) for n in range(MANY)]
    quarantine.sync(ids)
    owner = (suite.directory / "mail").stat()  # the services may be another user
    for path in (quarantine.directory, *quarantine.directory.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)
    return ids


def _keep(quarantine: Quarantine, number: int, to: Account) -> str:
    facts = facts_of(Finding("infected", "Evil"))
    at_ms = int(time.time() * 1000)
    envelope = Envelope("bob@far.test", (Recipient(to.address),), at_ms, facts=facts)
    text = b"Return-Path: <bob@far.test>\r\nSubject: evil %d\r\n\r\n" % number
    body = text.ljust(OCTETS, b"x") + b"\r\n"
    origin = Origin(os.urandom(16), number)
    return quarantine.keep(origin, envelope, body, ("infected", "Evil"))


@pytest.fixture
def administrator(suite: Suite, tim: Account) -> Iterator[Account]:
    """Let tim administer the system."""
    right = SetAdministration(tim.address, is_system=True, confirmed=True)
    ask_hub(suite.directory, right)
    yield tim
    ask_hub(suite.directory, SetAdministration(tim.address))


def subjects(suite: Suite, user: Account) -> list[bytes]:
    with suite.imap(user) as client:
        _, (count,) = client.select("INBOX", readonly=True)
        if count == b"0":
            return []
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [one[1].split()[2] for one in found if isinstance(one, tuple)]


async def test_all_that_is_in_quarantine_is_released_at_once(
    suite: Suite,
    administrator: Account,
    anna: Account,
    kept: Sequence[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    browser = Browser(suite.port("http"))
    told = await browser.sign_in(administrator.address, administrator.password)
    assert told.status == 201
    got: list[bytes] = []

    def all_is_there() -> bool:
        got[:] = subjects(suite, administrator) + subjects(suite, anna)
        return len(got) >= MANY

    begin = time.monotonic()
    order = {"deed": "release", "ids": kept}
    done = await browser.ask("POST /quarantine/deeds", order)
    answered_s = time.monotonic() - begin
    await until(all_is_there, 120)
    filed_s = time.monotonic() - begin

    with capsys.disabled():
        sys.stdout.write(
            f" [{MANY} released: answered in {answered_s:.1f} s, filed in"
            f" {filed_s:.1f} s]"
        )
    assert done.json == {"messages": MANY, "missing": []}
    assert sorted(got) == sorted(b"%d" % number for number in range(MANY))
    left = await browser.ask("GET /quarantine?limit=500")
    assert not {row["id"] for row in left.json["rows"]}.intersection(kept)
    assert filed_s < SECONDS

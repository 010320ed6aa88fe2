"""What a mailbox holds is told to who looks at lists, on the running suite (USR)."""

import json
import time
import uuid
from typing import Any

import pytest

from fix_suite import Account, Suite, run_mailmax
from waiting import PATIENCE_S

pytestmark = pytest.mark.system


@pytest.fixture
def here(suite: Suite) -> tuple[str, ...]:
    return ("--dir", str(suite.directory))


@pytest.fixture
def joe(here: tuple[str, ...]) -> Account:
    """Give a user with 2 kB in a domain of one's own."""
    domain = f"{uuid.uuid4().hex}.test"
    user = Account(f"joe@{domain}", "joes-password")
    run_mailmax("domain", "add", domain, *here)
    limit = ("--set", "box_limit_octets=2k")
    run_mailmax("user", "add", user.address, "--password", user.password, *limit, *here)
    return user


def rows(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run_mailmax(*words, "--json").stdout)[
        "rows"
    ]
    return found


def wait_for(words: tuple[str, ...], octets: int) -> dict[str, Any]:
    """Wait until the one row of a list says what is used."""
    end = time.monotonic() + PATIENCE_S
    while True:
        [row] = rows(*words)
        if row["used_octets"] == octets:
            return row
        assert time.monotonic() < end, row
        time.sleep(0.3)


@pytest.mark.manual("2.4")
def test_mail_that_comes_and_goes_is_seen_in_the_lists(
    suite: Suite, joe: Account, here: tuple[str, ...]
) -> None:
    domain = joe.address.partition("@")[2]
    mine = ("user", "list", domain, *here)
    assert rows(*mine)[0]["used_octets"] is None
    assert rows(*mine, "--nearly-full") == []

    suite.send("eve@far.test", joe.address, b"Subject: big\r\n\r\n" + b"x" * 1_800)
    suite.wait_for(joe, "big")
    with suite.imap(joe) as client:
        client.select("INBOX")
        _, (size,) = client.fetch("1", "(RFC822.SIZE)")
        octets = int(size.split()[-1].rstrip(b")"))
        row = wait_for(mine, octets)

        assert row["used_messages"] == 1
        assert row["used_at"] == pytest.approx(time.time(), abs=30)
        assert [one["address"] for one in rows(*mine, "--nearly-full")] == [joe.address]
        assert rows(*mine, "--no-nearly-full") == []
        assert wait_for(("domain", "list", "--search", domain, *here), octets)
        table = run_mailmax(*mine, "--sort", "used_octets").stdout
        assert f"\t{octets}\t" in table

        # another process changes it: it tells, too, and the newest counts
        client.store("1", "+FLAGS", r"(\Deleted)")
        client.expunge()
    assert wait_for(mine, 0)["used_messages"] == 0

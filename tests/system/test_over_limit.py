"""The notice that a box is nearly full, on the running suite (GEN-7, DOM-7)."""

import time
import uuid

import pytest

from fix_suite import Account, Suite, run_mailmax

pytestmark = pytest.mark.system


@pytest.fixture
def small(suite: Suite) -> Account:
    """Give a user with 20 kB in a domain that tells when half of that is left."""
    domain = f"{uuid.uuid4().hex}.test"
    user = Account(f"joe@{domain}", "joes")
    here = ("--dir", str(suite.directory))
    notice = ("over_limit_notice=percent", "over_limit_threshold=50")
    run_mailmax("domain", "add", domain, "--set", notice[0], "--set", notice[1], *here)
    limit = ("--set", "box_limit_octets=20k")
    run_mailmax("user", "add", user.address, "--password", "joes", *limit, *here)
    return user


def count(suite: Suite, user: Account, text: str) -> int:
    with suite.imap(user) as client:
        client.select("INBOX", readonly=True)
        _, (found,) = client.search(None, "TEXT", f'"{text}"')
        return len(found.split())


@pytest.mark.manual("6.2")
def test_one_notice_for_many_messages_also_over_a_restart(
    suite: Suite, small: Account
) -> None:
    body = b"x" * 60 + b"\r\n"
    for number in range(8):
        mark = f"{uuid.uuid4().hex}"
        head = f"Subject: {mark}\r\n\r\n".encode()
        suite.send("eve@far.test", small.address, head + body * 30)
        suite.wait_for(small, mark)
        if number == 2:
            assert count(suite, small, "nearly full") == 0
        if number == 5:
            suite.wait_for(small, "nearly full")
            suite.wait_back("filer", suite.kill("filer"))

    time.sleep(0.5)
    assert count(suite, small, "nearly full") == 1

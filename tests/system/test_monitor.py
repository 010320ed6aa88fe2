"""The monitor account on the running suite: mail in and out (DOM-6)."""

import smtplib
import uuid
from collections.abc import Iterator

import pytest

from fix_forwarding import copies, settle_here
from fix_sink import Sink
from fix_suite import Account, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("6.2"),
]


@pytest.fixture
def watched(suite: Suite, anna: Account) -> Iterator[tuple[Account, Account]]:
    """Give two users of a domain that anna, of another one, watches."""
    domain = f"{uuid.uuid4().hex}.test"
    here = ("--dir", str(suite.directory))
    run_mailmax("domain", "add", domain, "--set", f"monitor={anna.address}", *here)
    users = Account(f"joe@{domain}", "joes"), Account(f"kim@{domain}", "kims")
    for user in users:
        run_mailmax("user", "add", user.address, "--password", user.password, *here)
    yield users
    run_mailmax("domain", "delete", domain, "--with-users", *here)


def test_mail_in_for_two_is_one_copy(
    suite: Suite, watched: tuple[Account, Account], anna: Account
) -> None:
    mark = uuid.uuid4().hex
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as smtp:
        smtp.sendmail(
            "eve@far.test", [one.address for one in watched], f"Subject: {mark}\r\n\r\n"
        )

    for user in (*watched, anna):
        suite.wait_for(user, mark)

    settle_here(suite, anna)
    assert copies(suite, anna, mark) == 1


def test_mail_out_is_watched(
    suite: Suite, watched: tuple[Account, Account], anna: Account, sink: Sink
) -> None:
    mark = uuid.uuid4().hex
    sender = watched[0]
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as smtp:
        smtp.login(sender.address, sender.password)
        smtp.sendmail(sender.address, ["x@away.test"], f"Subject: {mark}\r\n\r\n")

    assert sink.wait_for(mark.encode()).recipients == ["x@away.test"]
    suite.wait_for(anna, mark)


def test_mail_of_another_domain_is_not(
    suite: Suite, watched: tuple[Account, Account], tim: Account, anna: Account
) -> None:
    mark = uuid.uuid4().hex
    suite.send("eve@far.test", tim.address, f"Subject: {mark}\r\n\r\n".encode())

    suite.wait_for(tim, mark)

    settle_here(suite, anna)
    assert copies(suite, anna, mark) == 0


def test_an_account_that_is_not_here_is_refused(suite: Suite) -> None:
    with pytest.raises(pytest.fail.Exception, match="there is no user"):
        run_mailmax(
            *("domain", "set", "suite.test", "monitor=nobody@suite.test"),
            *("--dir", str(suite.directory)),
        )

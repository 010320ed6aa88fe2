"""Housekeeping by page: what a run would do, then the run, in numbers."""

import imaplib
import re
import time

import pytest

from fix_suite import run_mailmax
from waiting import wait_for

pytestmark = [pytest.mark.manual("4.1"), pytest.mark.manual("6.6")]

OLD_DAYS = 45


@pytest.fixture
def hoarder(shown, person):
    """Give a user with an old message and a new one, of whom the old may go."""
    words = ("user", "set", person.address, "--dir", str(shown.directory))
    done = run_mailmax(*words, "housekeeping=messages_by_age", "housekeeping_days=30")
    assert done.returncode == 0, done.stderr
    with shown.imap(person) as client:
        for days in (OLD_DAYS, 0):
            date = imaplib.Time2Internaldate(time.time() - days * 86_400)
            body = b"Subject: %d days\r\n\r\nHello\r\n" % days
            assert client.append("INBOX", None, date, body)[0] == "OK"
    return person


def subjects(shown, person):
    with shown.imap(person) as client:
        client.select("INBOX", readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return [one[1].split()[1] for one in found if isinstance(one, tuple)]


def test_a_run_is_looked_at_first_and_loses_what_was_shown(shown, admin, hoarder):
    """HOUSEKEEPING, GEN-4: nothing goes before its number was seen and typed to."""
    page = admin.page
    domain = hoarder.address.partition("@")[2]
    admin.go("/system/housekeeping")
    run = page.get_by_role("button", name="Run now")
    assert run.is_disabled()

    page.get_by_label("Only this domain").fill(domain)
    page.get_by_role("button", name="Show what a run would do").click()
    page.get_by_text(f"What a run would do, {domain}").wait_for()
    page.locator('[data-sum="messages"]', has_text=re.compile(r"^[1-9]")).wait_for()
    page.get_by_role("cell", name=hoarder.address).first.wait_for()
    assert admin.violations() == []
    assert subjects(shown, hoarder) == [str(OLD_DAYS).encode(), b"0"]

    run.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(re.compile(r"^messages? \(")).wait_for()
    sure = dialog.get_by_role("button", name="Run now")
    assert sure.is_disabled()
    assert admin.violations() == []
    dialog.get_by_label(re.compile("to confirm|Type")).fill(domain)
    sure.click()
    page.get_by_text(f"Run, {domain}").wait_for()
    page.get_by_text("Done", exact=True).wait_for()

    assert subjects(shown, hoarder) == [b"0"]
    wait_for(run.is_disabled)
    base = f"{admin.base}/api/v1/housekeeping"
    told = page.context.request.get(base).json()
    assert told["last"]["state"] == "done"
    assert told["last"]["totals"]["messages"] >= 1
    wanted = f"q={hoarder.address.upper()}&sort=-messages"
    [mine] = page.context.request.get(f"{base}/deeds?{wanted}").json()["rows"]
    assert mine["name"] == hoarder.address
    assert (mine["what"], mine["messages"]) == ("messages", 1)

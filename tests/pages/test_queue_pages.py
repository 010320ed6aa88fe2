"""Queue, dead mail, quarantine and logs by their pages, as a person uses them."""

import json
import time

from fix_suite import run_mailmax


def waiting(shown) -> list[dict]:
    out = run_mailmax("queue", "list", "--json", "--dir", str(shown.directory)).stdout
    return json.loads(out)["rows"] if out.strip().startswith("{") else json.loads(out)


def post(shown, chief, recipient: str) -> None:
    """Send mail to a domain that no name server knows, and wait until it waits."""
    shown.send(chief.address, recipient, b"Subject: stays here\r\n\r\nHello there\r\n")
    end = time.monotonic() + 20
    while recipient not in json.dumps(waiting(shown)):
        assert time.monotonic() < end, "it does not wait"
        time.sleep(0.2)


def test_waiting_mail_is_looked_at_held_and_deleted(admin, shown, chief):
    post(shown, chief, "nobody@nowhere.invalid.test")
    page = admin.page
    admin.go("/queue")
    row = page.get_by_role("row").filter(has_text="nobody@nowhere.invalid.test")
    row.first.wait_for()
    assert admin.violations() == []

    row.first.dblclick()
    side = page.get_by_role("dialog")
    side.get_by_text("nobody@nowhere.invalid.test").first.wait_for()
    side.get_by_role("tab", name="Text").click()
    side.get_by_text("Hello there").wait_for()
    side.get_by_text("stays here").wait_for()
    assert admin.violations() == []
    page.keyboard.press("Escape")
    side.wait_for(state="detached")

    row.first.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Hold").click()
    page.get_by_text("One recipient is held").wait_for()
    row.first.get_by_text("Held").wait_for()

    page.get_by_role("tab", name="Destinations").click()
    page.get_by_text("nowhere.invalid.test").first.wait_for()
    assert admin.violations() == []
    page.get_by_role("tab", name="Messages").click()

    row.first.focus()
    page.keyboard.press("Delete")
    question = page.get_by_role("dialog")
    question.get_by_text("This will be lost").wait_for()
    question.get_by_text("recipient", exact=True).wait_for()
    question.get_by_role("button", name="Delete").click()
    page.get_by_text("One recipient deleted").wait_for()
    assert "nowhere.invalid.test" not in json.dumps(waiting(shown))


def test_dead_mail_and_quarantine_say_that_nothing_is_there(admin):
    for path, words in (
        ("/dead-mail", "No dead mail"),
        ("/filtering/quarantine", "Nothing in quarantine"),
    ):
        admin.go(path)
        admin.page.get_by_role("heading", name=words).wait_for()
        assert admin.violations() == []


def test_a_log_is_read_searched_and_followed(admin, shown, chief):
    where = ("--dir", str(shown.directory))
    run_mailmax("config", "set", "smtp_log_rate", "daily", *where)
    every = "connections,commands,conversation,errors"
    run_mailmax("config", "set", "smtp_log_events", every, *where)
    shown.send(chief.address, chief.address, b"Subject: one\r\n\r\nx\r\n")
    page = admin.page
    admin.go("/logs")
    lines = page.get_by_role("log")
    lines.get_by_text("MAIL FROM").first.wait_for()
    assert admin.violations() == []

    shown.send("someone-new@far.test", chief.address, b"Subject: two\r\n\r\nx\r\n")
    lines.get_by_text("someone-new@far.test").first.wait_for()

    page.get_by_label("Search in this file").fill("SOMEONE-NEW")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_function(
        "[...document.querySelectorAll('[role=log] > div')]"
        ".every((line) => line.textContent.includes('someone-new'))"
    )
    page.get_by_label("Search in this file").fill("not to be found")
    page.keyboard.press("Enter")
    lines.get_by_text("was not found here").wait_for()

"""Queue, dead mail, quarantine and logs by their pages, as a person uses them.

Theory:
    The suite's outbound mail goes to a sink that refuses whom a test names. Senders,
    subjects, replies and log lines hold an element that would run a script: each page
    shows it as text (TRUST I5); the browser would tell of anything else as an error.
"""

import json
import os
import smtplib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fix_clamd import NAME, Clamd, with_attachment
from fix_sink import Sink
from fix_suite import Suite, run_mailmax
from hub_asking import ask_hub
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.quarantine import ListQuarantine
from mailmax.hub.contract.queue import ListQueue, Selection
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.steering import ListDead, SteerQueue
from waiting import wait_for

SHOTS = os.environ.get("MAILMAX_SHOTS", "")
EVIL = "<img src=x onerror=ran=1>"
HOSTILE = f'"{EVIL}"@far.test'
"""An address that is well-formed, and that QueueMax does not say to others."""
IN_VAIN = f"450 4.2.1 {EVIL} come back later\r\n".encode()
FOR_GOOD = f"550 5.1.1 {EVIL} nobody of that name\r\n".encode()
LETTER = f"From: {EVIL} <bob@far.test>\r\nSubject: {EVIL}\r\n\r\nHello there {EVIL}\r\n"
THEMED = """(theme) => new Promise((seen) => {
  document.documentElement.dataset.theme = theme
  const isFinite = (it) => it instanceof CSSTransition
  const ends = () => document.getAnimations().filter(isFinite).map((it) => it.finished)
  const wait = () => Promise.allSettled(ends()).then(seen)
  requestAnimationFrame(() => requestAnimationFrame(wait))
})"""
A_WHILE_MS = 60_000


@pytest.fixture
def remote(sink: Sink) -> Iterator[Sink]:
    """Give where outbound mail goes; it refuses the recipients that are named."""
    yield sink
    sink.refused.clear()


def named(word: str) -> str:
    """Return an address that no other test has, at a domain of its own."""
    return f"{word}@{uuid.uuid4().hex[:12]}.test"


@pytest.fixture(scope="module", autouse=True)
def _loopback_may_send_anywhere(shown: Suite) -> Iterator[None]:
    where = ("--json", "--dir", str(shown.directory))
    added = run_mailmax("filter", "add", "127.0.0.1", "trusted", *where).stdout
    yield
    run_mailmax("filter", "remove", str(json.loads(added)["item_id"]), *where)


def hand_in(shown: Suite, *recipients: str, sender: str = "bob@far.test") -> None:
    with smtplib.SMTP("127.0.0.1", shown.port("smtp"), timeout=60) as smtp:
        smtp.ehlo()
        for words in (f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{r}>" for r in recipients)):
            code, said = smtp.docmd(words)
            assert code == 250, said
        assert smtp.data(LETTER.encode())[0] == 250


def ask(shown: Suite, request: Any) -> Any:
    return ask_hub(shown.directory, request)


def queued(shown: Suite, recipient: str) -> list[Any]:
    choice = ListQueue(selection=Selection(recipient=recipient))
    return list(ask(shown, choice).rows)


def is_put_off(shown: Suite, recipient: str, tries: int = 1) -> bool:
    return any(
        one.state == "retry" and one.tries >= tries for one in queued(shown, recipient)
    )


def for_everybody(visitor: Any, name: str) -> None:
    """See that a page is for everybody in both themes, and that nothing in it ran."""
    page = visitor.page
    for theme in ("dark", "light"):
        page.evaluate(THEMED, theme)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{theme}.png"))
        assert (name, theme, visitor.violations()) == (name, theme, [])
    assert page.locator("img[src='x']").count() == 0
    assert page.evaluate("window.ran") is None


def row_of(visitor: Any, text: str) -> Any:
    return visitor.page.get_by_role("row").filter(has_text=text)


def choose(visitor: Any, row: Any, act: str) -> None:
    """Do something with a row by its menu."""
    row.get_by_role("button", name="Actions for").click()
    visitor.page.get_by_role("menuitem", name=act).click()


def sort_by(visitor: Any, heading: str, way: str) -> None:
    """Press a column's heading, and wait until the list is in that order."""
    page = visitor.page
    wanted = f"sort={'' if way == 'ascending' else '-'}"
    with page.expect_response(lambda told: wanted in told.url) as answer:
        page.get_by_role("button", name=heading, exact=True).click()
    assert answer.value.status == 200
    page.locator(f'th[aria-sort="{way}"]').wait_for()


def look_through(visitor: Any, text: str, other: str) -> None:
    """Sort by when it came, and search for a text that another row does not have."""
    for way in ("ascending", "descending"):
        sort_by(visitor, "Came", way)
    search = visitor.page.get_by_label("Filter", exact=True)
    search.fill(text)
    row_of(visitor, other).wait_for(state="detached")
    row_of(visitor, text).wait_for()
    search.fill("")
    row_of(visitor, other).wait_for()


def numbers(question: Any) -> list[str]:
    """Return what a question says will be lost."""
    question.get_by_text("This will be lost").wait_for()
    return question.locator("dl").inner_text().split()


def test_waiting_mail_is_looked_at_held_let_go_and_tried(admin, shown, remote):
    page = admin.page
    one = named("one")
    remote.refused[one] = IN_VAIN
    page.keyboard.type("gq")
    page.get_by_role("heading", name="Queue", level=1).wait_for()
    page.get_by_role("heading", name="Nothing waits").wait_for()
    for_everybody(admin, "queue-empty")

    hand_in(shown, one)
    row = row_of(admin, one)
    row.wait_for(timeout=A_WHILE_MS)  # without a hand laid on the page
    wait_for(lambda: is_put_off(shown, one))
    page.get_by_role("button", name="Refresh").click()
    row.get_by_text("Put off").wait_for()
    row.get_by_text(f"{EVIL} come back later").wait_for()
    row.get_by_text("bob@far.test").wait_for()
    for_everybody(admin, "queue")

    row.press("Enter")
    side = page.get_by_role("dialog")
    side.get_by_text(f"{EVIL} come back later").wait_for()
    for_everybody(admin, "queue-message")
    side.get_by_role("tab", name="Text").click()
    side.get_by_text("Hello there").wait_for()
    side.get_by_text(EVIL).nth(2).wait_for()
    for_everybody(admin, "queue-text")
    page.keyboard.press("Escape")
    side.wait_for(state="detached")

    choose(admin, row, "Hold")
    page.get_by_text("One recipient is held", exact=True).wait_for()
    row.get_by_text("Held", exact=True).wait_for()
    assert [one.state for one in queued(shown, one)] == ["held"]
    choose(admin, row, "Release")
    page.get_by_text("One recipient is released", exact=True).wait_for()
    row.get_by_text("Held", exact=True).wait_for(state="detached")
    wait_for(lambda: is_put_off(shown, one, tries=2))

    choose(admin, row, "Try now")
    page.get_by_text("One recipient is tried now", exact=True).wait_for()
    wait_for(lambda: is_put_off(shown, one, tries=3))

    row.focus()
    del remote.refused[one]
    retry = SteerQueue(deed="retry", selection=Selection(recipient=one), by="a test")
    ask(shown, retry)
    wait_for(lambda: any(one in taken.recipients for taken in remote.messages))
    page.get_by_role("heading", name="Nothing waits").wait_for(timeout=A_WHILE_MS)


def test_what_is_found_is_deleted_in_numbers_and_nothing_else(admin, shown, remote):
    page = admin.page
    kept, lost = named("kept"), named("lost")
    other = lost.replace("lost@", "other@")
    for each in (kept, lost, other):
        remote.refused[each] = IN_VAIN
    domain = lost.partition("@")[2]
    hand_in(shown, kept)
    hand_in(shown, lost, other)
    for each in (kept, lost, other):
        wait_for(lambda who=each: is_put_off(shown, who))
    admin.go("/queue")
    for way in ("ascending", "descending"):
        sort_by(admin, "Next try", way)
        for each in (kept, lost, other):
            row_of(admin, each).wait_for()
    page.get_by_role("tab", name="Destinations").click()
    page.get_by_text(domain, exact=True).wait_for()
    for_everybody(admin, "queue-destinations")
    line = page.get_by_role("listitem").filter(has_text=domain)
    line.get_by_role("button", name="Show messages").click()
    chosen = page.get_by_label("Destination", exact=True)
    wait_for(lambda: chosen.input_value() == domain)
    row_of(admin, kept).wait_for(state="detached")
    for_everybody(admin, "queue-narrowed")
    page.get_by_label("Destination", exact=True).fill("nowhere.test")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Clear filter").click()
    row_of(admin, kept).wait_for()

    page.get_by_label("Filter", exact=True).fill(domain)
    row_of(admin, kept).wait_for(state="detached")
    page.get_by_role("button", name="With all that match").click()
    page.get_by_role("menuitem", name="Delete").click()
    question = page.get_by_role("dialog")
    assert numbers(question) == ["1", "message", "2", "recipients"]
    for_everybody(admin, "queue-delete")
    question.get_by_role("button", name="Delete").click()
    page.get_by_text("2 recipients deleted", exact=True).wait_for()
    page.get_by_role("heading", name="Nothing matches").wait_for()
    assert queued(shown, domain) == []
    assert len(queued(shown, kept)) == 1

    page.get_by_role("button", name="Clear filter").click()
    row_of(admin, kept).press("Delete")
    assert numbers(question) == ["1", "message", "1", "recipient"]
    question.get_by_text(kept).wait_for()
    question.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Nothing waits").wait_for()
    page.get_by_role("tab", name="Held for ETRN").click()
    page.get_by_role("heading", name="Nothing is held").wait_for()
    for_everybody(admin, "queue-etrn")


def test_dead_mail_is_read_sent_again_and_deleted(admin, shown, remote):
    page = admin.page
    again, gone, other = named("again"), named("gone"), named("other")
    for one in (again, gone, other):
        remote.refused[one] = FOR_GOOD
    hand_in(shown, again)
    hand_in(shown, gone, sender=HOSTILE)
    hand_in(shown, other)
    wait_for(lambda: len(ask(shown, ListDead()).rows) == 3)
    admin.go("/dead-mail")
    row_of(admin, EVIL).nth(2).wait_for()
    assert row_of(admin, EVIL).count() == 3
    row_of(admin, gone).get_by_text(HOSTILE).wait_for()
    row = row_of(admin, again)
    row.get_by_text(f"{EVIL} nobody of that name").wait_for()
    sort_by(admin, "Failed", "ascending")
    wait_for(lambda: row_of(admin, EVIL).count() == 3)
    for_everybody(admin, "dead-mail")

    row.get_by_role("button", name=again, exact=True).click()
    side = page.get_by_role("dialog")
    side.get_by_text(f"{EVIL} nobody of that name").wait_for()
    side.get_by_role("tab", name="Text").click()
    side.get_by_text("Hello there").wait_for()
    for_everybody(admin, "dead-mail-text")
    del remote.refused[again]
    side.get_by_role("button", name="Send again").click()
    page.get_by_text("One message is back in the queue", exact=True).wait_for()
    row.wait_for(state="detached")
    wait_for(lambda: any(again in taken.recipients for taken in remote.messages))

    row_of(admin, gone).press("Delete")
    question = page.get_by_role("dialog")
    assert numbers(question) == ["1", "message", "1", "recipient"]
    question.get_by_role("button", name="Delete").click()
    page.get_by_text("One message deleted", exact=True).wait_for()
    row_of(admin, gone).wait_for(state="detached")
    page.get_by_role("button", name="With all").click()
    page.get_by_role("menuitem", name="Delete").click()
    assert numbers(question) == ["1", "message", "1", "recipient"]
    question.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="No dead mail").wait_for()
    for_everybody(admin, "dead-mail-empty")


@pytest.fixture
def checked(shown: Suite, clamd: Clamd) -> Iterator[Suite]:
    """Give the suite that looks for viruses."""
    for key, value in (("clamd_address", clamd.address), ("virus_check", "on")):
        assert isinstance(ask(shown, SetSetting(key, value)), Changed)
    yield shown
    for key in ("virus_check", "clamd_address"):
        ask(shown, SetSetting(key, ""))


def keep_infected(shown: Suite, recipient: str) -> None:
    """Hand in infected mail as a user, and wait until it is in quarantine."""
    tim = shown.users[0]
    with smtplib.SMTP("127.0.0.1", shown.port("submission"), timeout=60) as smtp:
        smtp.starttls(context=shown.tls())
        smtp.login(tim.address, tim.password)
        smtp.docmd(f"MAIL FROM:<{tim.address}>")
        code, said = smtp.docmd(f"RCPT TO:<{recipient}>")
        assert code == 250, said
        assert smtp.data(with_attachment())[0] == 250

    def is_kept() -> bool:
        rows = ask(shown, ListQuarantine()).rows
        return any(recipient in one.recipients for one in rows)

    wait_for(is_kept)


def test_what_is_in_quarantine_is_shown_saved_let_go_and_deleted(
    admin, checked, remote, tmp_path
):
    page = admin.page
    domain = f"{uuid.uuid4().hex[:12]}.test"
    gone = f'"{EVIL}"@{domain}'
    keep_infected(checked, f"back@{domain}")
    keep_infected(checked, gone)
    admin.go("/filtering/quarantine")
    row_of(admin, gone).get_by_text(NAME).wait_for()
    row = row_of(admin, f"back@{domain}")
    row.get_by_text(NAME).wait_for()
    row.get_by_text("Infected", exact=True).wait_for()
    look_through(admin, f"BACK@{domain}", gone)
    for_everybody(admin, "quarantine")

    row_of(admin, gone).press("Enter")
    side = page.get_by_role("dialog")
    side.get_by_text(gone).wait_for()
    for_everybody(admin, "quarantine-message")
    side.get_by_role("tab", name="Text").click()
    side.get_by_text("Plain text alone").wait_for()
    side.get_by_text("Subject", exact=True).wait_for()
    assert side.locator("pre a, pre img, pre iframe, dd a").count() == 0
    for_everybody(admin, "quarantine-text")
    page.keyboard.press("Escape")
    side.wait_for(state="detached")

    row.press("Enter")
    side.get_by_text(f"back@{domain}").wait_for()
    side.get_by_role("button", name="Save as file").click()
    question = page.get_by_role("dialog", name="The file may do harm")
    with page.expect_download() as saved:
        question.get_by_role("button", name="Save as file").click()
    saved.value.save_as(tmp_path / "kept.eml")
    assert b'filename="eicar.com"' in (tmp_path / "kept.eml").read_bytes()

    side.get_by_role("button", name="Release").click()
    question = page.get_by_role("dialog", name="Let the recipients have it?")
    question.get_by_text("One message leaves the quarantine.").wait_for()
    for_everybody(admin, "quarantine-release")
    question.get_by_role("button", name="Release").click()
    page.get_by_text("One message is on its way", exact=True).wait_for()
    row.wait_for(state="detached")
    remote.wait_for(b'filename="eicar.com"')

    row_of(admin, gone).press("Delete")
    question = page.get_by_role("dialog")
    assert numbers(question) == ["1", "message"]
    question.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Nothing in quarantine").wait_for()
    assert ask(checked, ListQuarantine()).rows == ()
    for_everybody(admin, "quarantine-empty")


OLD = "smtp-events-2026-01-01.log"


@pytest.fixture
def logging(shown: Suite) -> Iterator[Suite]:
    """Give the suite that writes a log of SMTP, and has one of an old period."""
    wanted = {
        "smtp_log_rate": "daily",
        "smtp_log_events": "connections,commands,conversation,errors",
    }
    for key, value in wanted.items():
        assert isinstance(ask(shown, SetSetting(key, value)), Changed)
    folder = shown.directory / "logs"
    old = folder / OLD
    old.write_text(f"a line of old\nthe Needle of long ago {EVIL}\n")
    owner = folder.stat()
    os.chown(old, owner.st_uid, owner.st_gid)
    long_ago = time.time() - 300 * 86_400
    os.utime(old, (long_ago, long_ago))
    yield shown
    old.unlink()
    for key in wanted:
        ask(shown, SetSetting(key, ""))


def test_logs_are_followed_and_searched_over_their_periods(
    admin, logging, chief, remote
):
    page = admin.page
    hand_in(logging, chief.address, sender=HOSTILE)
    admin.go("/logs")
    lines = page.get_by_role("log")
    lines.get_by_text(f'MAIL FROM:<\\"{EVIL}').first.wait_for()
    lines.get_by_text(f"the Needle of long ago {EVIL}").wait_for()
    for_everybody(admin, "logs")

    new = f"needle-{uuid.uuid4().hex}@far.test"
    hand_in(logging, chief.address, sender=new)
    lines.get_by_text(new).first.wait_for()

    page.get_by_label("Search in all files").fill("nEEdLE")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_function(
        """() => {
          const lines = [...document.querySelectorAll('[role=log] > div')]
          const isFound = (it) => /needle/i.test(it.querySelector('mark')?.textContent)
          return lines.length > 1 && lines.every(isFound)
        }"""
    )
    lines.get_by_text("of long ago").wait_for()
    lines.get_by_text(new).first.wait_for()
    lines.get_by_text(OLD).wait_for()
    for_everybody(admin, "logs-found")

    page.get_by_label("File", exact=True).select_option(OLD)
    lines.get_by_text(new).first.wait_for(state="detached")
    lines.get_by_text("of long ago").wait_for()
    page.get_by_label("Search in this file").fill("not to be found")
    page.keyboard.press("Enter")
    lines.get_by_text("“not to be found” was not found.").wait_for()

    page.get_by_role("radio", name="QueueMax").or_(
        page.get_by_role("button", name="QueueMax")
    ).click()
    page.get_by_role("heading", name="There is no log file").wait_for()
    for_everybody(admin, "logs-none")
    page.get_by_role("link", name="Log settings").first.click()
    page.get_by_role("heading", name="Log files", level=1).wait_for()


def test_the_overview_leads_to_what_it_counts(admin):
    for path, title in (("queue", "Queue"), ("users", "Users"), ("domains", "Domains")):
        admin.go("/")
        admin.page.locator(f"main a[href='/admin/{path}']").first.click()
        admin.page.get_by_role("heading", name=title, level=1).wait_for()

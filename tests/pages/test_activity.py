"""Overview, Activity and Spy: what a person sees while real mail runs."""

import imaplib
import poplib
import re
import smtplib
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, urlparse

import pytest

from fix_suite import Suite
from hub_asking import ask_hub
from mailmax.base.units import HOUR_S
from mailmax.hub.contract.access import ListFilters, RemoveFilter
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.settings import SetSetting
from waiting import wait_for

CUT_OFF = """() => [...document.querySelectorAll('main *')].filter((it) =>
  getComputedStyle(it).textOverflow === 'ellipsis' && it.scrollWidth > it.clientWidth
).map((it) => it.innerText)"""
RCPT = re.compile("RCPT TO", re.IGNORECASE)
MAIL_FROM = re.compile("MAIL FROM", re.IGNORECASE)
MAIL = "Subject: seen by the spy\r\n\r\nhello\r\n"


def send(shown, chief, text: str = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", shown.port("smtp"), timeout=30) as smtp:
        smtp.sendmail("ann@example.net", [chief.address], text)


ELSEWHERE = "127.7.7.7"
"""Another address of this computer, where no browser comes from."""


SPIKE = "127.7.7.8"


class PopFrom(poplib.POP3):
    """A client that has an address of its own."""

    def __init__(self, port: int, source: str) -> None:
        self._source = source
        super().__init__("127.0.0.1", port, timeout=60)

    def _create_socket(self, timeout: float) -> socket.socket:
        ours = (self._source, 0)
        return socket.create_connection((self.host, self.port), timeout, ours)


def greeting(shown, source: str) -> bytes:
    """Return what POPMax says at once to a client of that address."""
    where = ("127.0.0.1", shown.port("pop3"))
    with socket.create_connection(where, 60, (source, 0)) as sock:
        try:
            return sock.recv(200)
        except ConnectionError:
            return b""


def fail_logins(shown, chief, source: str = "127.0.0.1") -> None:
    for _ in range(6):
        pop = PopFrom(shown.port("pop3"), source)
        try:
            pop.user(chief.address)
            pop.pass_("old-password")
        except poplib.error_proto:
            pass
        finally:
            pop.close()


def begin_trace(admin, service: str, *events: str) -> None:
    admin.page.get_by_role("button", name="New trace").first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("Service").select_option(label=service)
    for event in events:
        dialog.get_by_label(event).click()
    dialog.get_by_role("button", name="Start").click()
    dialog.wait_for(state="detached")


def test_the_overview_says_first_whether_mail_flows(admin):
    page = admin.page
    health = page.get_by_role("region", name="Health").or_(
        page.get_by_role("status", name="Health")
    )
    health.get_by_role("heading").wait_for()

    for name in ("SMTPMax", "POPMax", "IMAPMax", "QueueMax"):
        page.get_by_role("heading", name=name, level=3).wait_for()
    page.get_by_text("Free disk space").wait_for()
    page.get_by_role("img", name=re.compile("SMTP messages")).wait_for()
    page.get_by_text(re.compile("Users \\d+")).first.wait_for()
    for width in (1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CUT_OFF) == []
    assert admin.violations() == []


def test_graphs_and_tables_are_chosen_by_keys(admin, shown, chief):
    send(shown, chief)
    admin.go("/activity")
    page = admin.page
    page.get_by_role("heading", name="POP3 connections").wait_for()
    page.locator("canvas").nth(5).wait_for()
    assert page.locator("canvas").count() == 6

    page.keyboard.press("4")
    page.locator("[data-state=on]", has_text="Week").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    page.keyboard.press("1")
    page.get_by_role("button", name="Table", exact=True).first.click()
    page.get_by_role("columnheader", name="failed logins").wait_for()

    assert saved.value.suggested_filename == "mailmax-activity-week.csv"
    page.get_by_role("row", name=re.compile("POPMax.*Running")).wait_for()
    assert admin.violations() == []


@pytest.fixture
def pop_log(shown: Suite) -> Iterator[None]:
    """Have POPMax write a log."""
    wanted = {"pop_log_rate": "daily", "pop_log_events": "connections"}
    for key, value in wanted.items():
        assert isinstance(ask_hub(shown.directory, SetSetting(key, value)), Changed)
    yield
    for key in wanted:
        ask_hub(shown.directory, SetSetting(key, ""))


def since_of(page) -> float:
    """Return from when the log is shown (Unix time)."""
    page.wait_for_url(re.compile("/logs"))
    asked = parse_qs(urlparse(page.url).query)
    assert asked["service"] == ["pop"]
    return datetime.fromisoformat(asked["since"][0]).timestamp()


@pytest.mark.usefixtures("pop_log")
def test_a_moment_of_a_graph_leads_to_the_log_of_that_time(admin, shown):
    """SCREENS 3.4."""
    assert greeting(shown, SPIKE).startswith(b"+OK")
    page = admin.page
    begun = time.time()
    admin.go("/activity")
    graph = page.get_by_role("region", name="POP3 connections")
    graph.get_by_role("img", name="POPMax was started").wait_for()
    graph.locator(".u-over").hover(position={"x": 3, "y": 50})
    graph.get_by_text("failed logins 0").wait_for()

    graph.locator(".u-over").click(position={"x": 3, "y": 50})
    log = page.get_by_role("log")
    log.get_by_text(re.compile(r"From .*\d{4}, .* on")).wait_for()
    log.get_by_text(SPIKE).first.wait_for()
    assert begun - 120 < since_of(page) + HOUR_S < time.time() + 120
    wait_for(lambda: not page.get_by_role("switch", name="Follow live").is_checked())
    assert admin.violations() == []

    begun = time.time()
    page.go_back()
    graph.get_by_role("button", name="Table", exact=True).click()
    moments = graph.get_by_role("rowheader").get_by_role("button")
    moments.last.focus()
    assert admin.violations() == []
    page.keyboard.press("Enter")
    page.get_by_label("From this time on").wait_for()
    assert begun - 60 < since_of(page) < time.time() + 60
    page.get_by_label("From this time on").fill("2099-01-01T00:00:00")
    log.get_by_text("Nothing was written from that time on").wait_for()
    page.get_by_role("button", name="Older lines").click()
    log.get_by_text(SPIKE).first.wait_for()

    page.get_by_role("switch", name="Follow live").click()
    wait_for(lambda: page.get_by_label("From this time on").input_value() == "")
    log.get_by_text(SPIKE).first.wait_for()


def test_many_failed_logins_are_told_in_words(admin, shown, chief):
    fail_logins(shown, chief)
    admin.go("/activity")

    admin.page.get_by_text(
        re.compile(r"failed logins at POPMax within the hour, \d+ % from 127\.")
    ).wait_for()


def test_who_guesses_is_shut_out_by_a_click_and_oneself_is_not(admin, shown, chief):
    """SCREENS 3.4."""
    page = admin.page
    fail_logins(shown, chief)
    admin.go("/")
    page.get_by_role("button", name="Block this address").first.click()
    question = page.get_by_role("dialog", name="Block 127.0.0.1?")
    question.get_by_text("You come from 127.0.0.1 yourself").wait_for()
    act = question.get_by_role("button", name="Block this address")
    assert act.is_disabled()
    assert admin.violations() == []
    page.keyboard.press("Escape")

    row = page.get_by_role("status").filter(has_text=ELSEWHERE)
    for _ in range(8):  # until there are more of them than of what other tests did
        fail_logins(shown, chief, ELSEWHERE)
        admin.go("/activity")
        page.get_by_role("button", name="Block this address").first.wait_for()
        if row.count():
            break
    row.get_by_role("button", name="Block this address").click()
    question = page.get_by_role("dialog", name=f"Block {ELSEWHERE}?")
    question.get_by_text("matches one address").wait_for()
    question.get_by_text("You come from 127.0.0.1, which is not among them").wait_for()
    assert admin.violations() == []
    question.get_by_role("button", name="Block this address").click()
    row.get_by_text("Blocked", exact=True).wait_for()
    assert admin.violations() == []

    first = ask_hub(shown.directory, ListFilters()).rows[0]
    assert (first.pattern, first.kind) == (ELSEWHERE, "banned")
    assert greeting(shown, "127.0.0.1").startswith(b"+OK")
    assert not greeting(shown, ELSEWHERE).startswith(b"+OK")
    ask_hub(shown.directory, RemoveFilter(first.rule_id))


def test_a_trace_shows_real_mail_and_one_conversation_of_it(admin, shown, chief):
    admin.go("/spy")
    page = admin.page
    begin_trace(admin, "SMTPMax", "Commands sent", "Mail received")
    page.get_by_text("Live", exact=True).wait_for()
    send(shown, chief)
    pane = page.get_by_role("log", name="Lines of SMTPMax")
    pane.get_by_text(RCPT).first.wait_for()
    send(shown, chief)

    pane.get_by_role("button", name=re.compile("Show conversation")).first.click()
    page.get_by_role("button", name="Show all conversations").wait_for()
    assert admin.violations() == []
    page.get_by_role("button", name="Show all conversations").click()
    page.get_by_label("Filter lines").fill("rcpt")
    pane.get_by_text(MAIL_FROM).first.wait_for(state="detached")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as .log").click()
    assert "rcpt TO" in saved.value.path().read_text()


def test_it_pauses_and_clears_by_keys(admin, shown, chief):
    admin.go("/spy")
    page = admin.page
    begin_trace(admin, "SMTPMax", "Commands sent")
    page.get_by_text("Live", exact=True).wait_for()
    pane = page.get_by_role("log", name="Lines of SMTPMax")
    send(shown, chief)
    pane.get_by_text(RCPT).first.wait_for()

    pane.focus()
    page.keyboard.press("Space")
    page.keyboard.press("c")
    send(shown, chief)
    page.get_by_text(re.compile(r"Paused, \d+ lines wait")).wait_for()
    assert pane.get_by_text(RCPT).count() == 0
    page.keyboard.press("Space")
    pane.get_by_text(RCPT).first.wait_for()


def test_traces_dock_side_by_side_and_no_password_is_shown(admin, shown, chief):
    page = admin.page
    admin.go("/activity")
    row = page.get_by_role("row", name=re.compile("IMAPMax"))
    row.get_by_role("button", name="Actions for IMAPMax").click()
    page.get_by_role("menuitem", name="Trace events").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("No events were selected").wait_for()
    assert dialog.get_by_role("button", name="Start").is_disabled()
    dialog.get_by_label("Commands sent").click()
    dialog.get_by_role("button", name="Start").click()
    dock = page.get_by_role("region", name="Docked panel")
    dock.get_by_role("button", name="New trace").click()
    page.get_by_role("dialog").get_by_label("Service").select_option("logins")
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    dock.get_by_text("Live", exact=True).wait_for()

    with imaplib.IMAP4("127.0.0.1", shown.port("imap")) as imap:
        imap.login(chief.address, chief.password)
    logins = dock.get_by_role("log", name="Lines of Logins")
    logins.get_by_text(chief.address).first.wait_for()
    dock.get_by_role("log", name="Lines of IMAPMax").get_by_text(
        re.compile("LOGIN", re.IGNORECASE)
    ).first.wait_for()

    assert chief.password not in dock.inner_text()
    assert admin.violations() == []
    dock.get_by_role("button", name="Close Spy").click()
    dock.wait_for(state="detached")

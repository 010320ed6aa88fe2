"""From an empty directory to a mail that is read, by keyboard alone (manual 1.4).

The wizard before there is a system, then the one of a system that runs.
"""

import imaplib
import re
import smtplib
import time
from pathlib import Path

import pytest

from fix_pages import Visitor
from fix_ports import free_base
from fix_suite import run_mailmax

PASSWORD = "my-own-password-1"
SHOWN = """theme => document.documentElement.dataset.theme === theme
    && new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
        () => done(true))))"""
STEPS = (
    "Welcome to MailMax", "This computer", "The first domain",
    "Where everything lies", "The first mailboxes", "Look it over",
)  # fmt: skip


@pytest.fixture
def opened(chromium, serve_nothing):
    """Give a browser that has opened the link, and the base of free ports."""
    setting_up = serve_nothing()
    link = setting_up.link()
    base = free_base()  # its own port is taken by now
    context = chromium.new_context(
        locale="en-GB",
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    visitor = Visitor(context.new_page(), f"http://127.0.0.1:{base + 80}")
    visitor.page.on("pageerror", lambda error: visitor.troubles.append(str(error)))
    visitor.page.goto(link)
    yield visitor, setting_up, base
    context.close()
    assert visitor.troubles == []


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reach(page, label: str, role: str = "") -> None:
    """Press Tab until the field of that label, or that button, has the focus."""
    if role:
        wanted = page.get_by_role(role, name=label, exact=True)
    else:
        wanted = page.get_by_label(label, exact=True).first
    for _ in range(40):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {label}")


def fill(page, label: str, text: str) -> None:
    reach(page, label)
    press(page, "Control+a")
    page.keyboard.type(text)


def go_on(page, button: str = "Next") -> None:
    reach(page, button, "button")
    press(page, "Enter")


def at_step(page, number: int) -> None:
    page.get_by_role("heading", name=STEPS[number], level=1).wait_for()


def looked_at(visitor: Visitor) -> None:
    """See that the step is for everybody, in both themes."""
    for theme in ("dark", "light"):
        visitor.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        visitor.page.wait_for_function(SHOWN, arg=theme)
        assert visitor.violations() == []


@pytest.mark.manual("1.4")
def test_by_keyboard_from_nothing_to_a_mail_that_is_read(opened):  # noqa: PLR0915 - it is one way
    visitor, setting_up, base = opened
    page = visitor.page
    at_step(page, 0)
    assert "token" not in page.url
    looked_at(visitor)
    press(page, "Tab")
    fill(page, "Host password", "two words")
    press(page, "Enter")
    page.get_by_text("it contains a space").wait_for()
    assert page.get_by_label("Host password", exact=True).get_attribute("aria-invalid")
    looked_at(visitor)
    fill(page, "Host password", "a-good-long-password")
    press(page, "Enter")

    at_step(page, 1)
    fill(page, "Host name", "mail.wizard.test")
    fill(page, "IP address to listen on", "127.0.0.1")
    press(page, "Escape")
    reach(page, "Advanced", "button")
    press(page, "Enter")
    fill(page, "Added to the standard ports", str(base))
    fill(page, "Smart host", "127.0.0.1:9")
    reach(page, "Trust programs on this computer")
    press(page, "Space")
    looked_at(visitor)
    go_on(page)

    at_step(page, 2)
    press(page, "Tab")
    fill(page, "Domain", "no domain")
    press(page, "Enter")
    page.get_by_text("is no domain name").wait_for()
    page.go_back()
    at_step(page, 1)
    assert (
        page.get_by_label("Host name", exact=True).input_value() == "mail.wizard.test"
    )
    page.go_forward()
    at_step(page, 2)
    assert page.get_by_label("Domain", exact=True).input_value() == "no domain"
    looked_at(visitor)
    fill(page, "Domain", "wizard.test")
    press(page, "Enter")

    at_step(page, 3)
    page.get_by_text(re.compile(r"free of")).first.wait_for()
    looked_at(visitor)
    go_on(page)

    at_step(page, 4)
    fill(page, "Name", "anna")
    fill(page, "Your password", PASSWORD)
    looked_at(visitor)
    press(page, "Enter")

    at_step(page, 5)
    page.get_by_text("anna@wizard.test").wait_for()
    ports = f"Added to the standard ports: {base}, SMTP at {base + 25}"
    for line in (ports, "Smart host: 127.0.0.1:9", re.compile("^Name servers: ")):
        page.get_by_text(line).wait_for()
    page.reload()
    at_step(page, 0)
    for number in range(1, 6):  # what was typed is there still, but for passwords
        go_on(page)
        at_step(page, number)
        if number == 4:
            fill(page, "Your password", PASSWORD)
    looked_at(visitor)
    go_on(page, "Set up")

    page.get_by_role("heading", name="MailMax is set up", level=1).wait_for()
    shown = page.get_by_label("postmaster@wizard.test").first.inner_text()
    assert len(shown) == 20
    assert page.get_by_label("anna@wizard.test").first.inner_text() == PASSWORD
    way = page.get_by_role("button", name="Go to the administration")
    way.wait_for(timeout=60_000)
    looked_at(visitor)
    assert way.evaluate("one => one === document.activeElement")
    press(page, "Enter")
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    assert page.url.startswith(f"http://127.0.0.1:{base + 80}/admin/")

    # Mail for the new postmaster comes, and is read with the password that was shown.
    with smtplib.SMTP("127.0.0.1", base + 25, timeout=20) as smtp:
        smtp.sendmail(
            "a@b.example", ["postmaster@wizard.test"], b"Subject: first\r\n\r\nHi.\r\n"
        )
    assert b"Subject: first" in _read(base + 143, "postmaster@wizard.test", shown)

    the_wizard_of_a_system_that_runs(visitor, setting_up.directory)
    what_is_empty_offers_the_wizard(visitor, setting_up.directory)


def _read(port: int, address: str, password: str) -> bytes:
    end = time.monotonic() + 60
    with imaplib.IMAP4("127.0.0.1", port, timeout=20) as client:
        client.login(address, password)
        while time.monotonic() < end:
            client.select("INBOX", readonly=True)
            _, (found,) = client.search(None, "ALL")
            if found:
                return client.fetch("1", "(BODY[])")[1][0][1]
            client.noop()
    pytest.fail("no mail has come")


def the_wizard_of_a_system_that_runs(visitor: Visitor, directory: Path) -> None:
    """See what is there and what is not, and that nobody can connect so (ADM-9)."""
    page, where = visitor.page, ("--dir", str(directory))
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Wizard").click()
    page.get_by_role("heading", name="Wizard", level=1).wait_for()
    page.get_by_text("wizard.test", exact=True).wait_for()

    def state(of: str) -> str:
        row = page.get_by_role("listitem").filter(
            has=page.get_by_role("heading", name=of)
        )
        return row.get_by_text(
            re.compile("^(done|to do|as on this computer)$")
        ).inner_text()

    assert [
        state(one)
        for one in ("Connection", "Domain", "Postmaster", "Administrator", "Host name")
    ] == ["done"] * 5
    assert state("Host password") == "to do"
    looked_at(visitor)

    run_mailmax("domain", "add", "other.test", *where)
    run_mailmax("connection", "delete", "127.0.0.1", *where)
    page.reload()
    page.get_by_text("Nobody is postmaster of: other.test").wait_for()
    assert state("Connection") == "to do"
    page.get_by_role("button", name="Add: Postmaster").click()
    dialog = page.get_by_role("dialog", name="New user")
    assert dialog.get_by_label("Name", exact=True).input_value() == "postmaster"
    dialog.get_by_role("button", name="Make a password by chance").click()
    dialog.get_by_role("button", name="Add user").click()
    page.get_by_text("Each domain has somebody").wait_for()
    assert state("Postmaster") == "done"

    visitor.go("/")
    page.get_by_text("Nobody can connect: this system has no connection").wait_for()
    page.get_by_role("link", name="Add a connection").click()
    page.get_by_role("heading", name="Connections", level=1).wait_for()

    visitor.go("/setup")
    page.get_by_role("heading", name="There is nothing here", level=1).wait_for()


def what_is_empty_offers_the_wizard(visitor: Visitor, directory: Path) -> None:
    """See that who signs in where there is no domain comes to the wizard (ADM-7)."""
    page, where = visitor.page, ("--dir", str(directory))
    page.goto("about:blank")
    run_mailmax("config", "set", "default_domain", "", *where)
    for domain in ("other.test", "wizard.test"):
        run_mailmax("domain", "delete", domain, "--with-users", "--yes", *where)

    page.goto(run_mailmax("admin", "link", *where).stdout.strip())

    page.get_by_role("heading", name="Wizard", level=1).wait_for()
    page.get_by_text("There is none yet").wait_for()
    page.get_by_role("button", name="Add: Domain").click()
    page.get_by_role("dialog", name="New domain").wait_for()

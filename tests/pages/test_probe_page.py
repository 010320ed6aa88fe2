"""A test message by page: sent, seen to arrive, and read (ADM-7)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from fix_pages import Visitor
from fix_suite import Account, Suite, run_mailmax
from waiting import wait_for

pytestmark = [pytest.mark.system, pytest.mark.manual("1.4")]

ARRIVED = "As it reads in the mailbox"


def stored(suite: Suite, user: Account, message_id: str) -> str:
    """Return the text of a message by IMAP."""
    with suite.imap(user) as client:
        client.select("INBOX", readonly=True)
        _, (found,) = client.search(None, "HEADER", "Message-ID", f'"{message_id}"')
        return client.fetch(found.decode(), "(BODY.PEEK[TEXT])")[1][0][1].decode()


def test_from_the_overview_to_reading_the_mail_with_the_mouse_alone(
    admin: Visitor, shown: Suite, chief: Account
) -> None:
    page = admin.page
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Wizard").click()
    row = page.get_by_role("listitem").filter(has_text="Test message")
    row.get_by_text("try it").wait_for()
    row.get_by_role("button", name="Send: Test message").click()

    dialog = page.get_by_role("dialog", name="Test message")
    recipient = dialog.get_by_label("To", exact=True)
    wait_for(lambda: recipient.input_value() == chief.address)  # one's own mailbox
    assert admin.violations() == []
    dialog.get_by_role("button", name="Send", exact=True).click()

    dialog.get_by_text(ARRIVED).wait_for()
    dialog.get_by_text(re.compile(r"^after [\d.]+ (ms|sec)$")).wait_for()
    dialog.get_by_text(re.compile(r"^In INBOX, message \d+$")).wait_for()
    status = dialog.get_by_role("status").filter(has_text="was delivered into INBOX")
    status.wait_for(state="attached")
    dialog.get_by_role("button", name="Whole header").click()
    message_id = dialog.get_by_text(re.compile(r"^<test\.\w+@")).inner_text()
    text = dialog.get_by_label("Text").inner_text()
    assert chief.address in text
    assert text.split() == stored(shown, chief, message_id).split()
    assert admin.violations() == []

    dialog.get_by_role("button", name="Send another").click()
    dialog.get_by_text(ARRIVED).wait_for()
    dialog.get_by_text("Close").click()
    row.get_by_text("It arrived, and can be read.").wait_for()

    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("button", name="Send a test message").click()
    dialog.get_by_label("To", exact=True).click()
    chosen = dialog.get_by_role("option").first.inner_text()
    dialog.get_by_role("option").first.click()
    wait_for(lambda: dialog.get_by_label("To", exact=True).input_value() == chosen)
    wait_for(dialog.get_by_role("button", name="Send", exact=True).is_enabled)


def test_an_administrator_sees_why_a_user_does_not_get_it(
    admin: Visitor, shown: Suite, person: Account
) -> None:
    where = ("--dir", str(shown.directory))
    always = ("--user", person.address, "--if", "any", "--do", "discard")
    run_mailmax("rule", "add", "away with it", *always, *where)
    page = admin.page

    page.get_by_role("link", name="Users", exact=True).first.click()
    page.get_by_role("button", name=person.address, exact=True).click()
    page.get_by_role("button", name="Test message").click()
    dialog = page.get_by_role("dialog", name="Test message")

    dialog.get_by_role("heading", name="Discarded: no copy is kept").wait_for()
    dialog.get_by_text("Rule of the user: away with it").wait_for()
    assert admin.violations() == []

    admin.may_be_refused(409)
    run_mailmax("user", "set", person.address, "box_limit_octets=100", *where)
    dialog.get_by_role("button", name="Send another").click()
    dialog.get_by_text("the mailbox is full").wait_for()
    dialog.get_by_text("raise the disk limit").wait_for()


def test_a_user_sends_one_to_oneself_in_german_and_dark(
    visit: Callable[..., Visitor], person: Any
) -> None:
    visitor = visit(locale="de-DE", color_scheme="dark")
    page = visitor.page
    visitor.go("/login")
    page.get_by_label("Adresse").fill(person.address)
    page.get_by_label("Passwort", exact=True).fill(person.password)
    page.get_by_role("button", name="Anmelden").click()

    page.get_by_role("link", name="Testnachricht").click()
    page.get_by_role("button", name="Testnachricht senden").click()
    dialog = page.get_by_role("dialog", name="Testnachricht")

    dialog.get_by_text("So liest sie sich im Postfach").wait_for()
    dialog.get_by_text(re.compile(r"^nach [\d,]+ (ms|Sek\.)$")).wait_for()
    text = dialog.get_by_label("Text").inner_text()
    assert "Sie können sie löschen." in text
    assert visitor.violations() == []

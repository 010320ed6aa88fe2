"""Rules by their pages: made with the keyboard alone, tried on real mail, ordered."""

import json
import uuid

import pytest

from fix_suite import run_mailmax

pytestmark = pytest.mark.manual("8")

SAMPLE = "From: Lottery <win@example.org>\nSubject: You won\n\nmuch\n"


def cli(shown, *words):
    done = run_mailmax("rule", *words, "--json", "--dir", str(shown.directory))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def whose(shown):
    """Give a user's own list, empty behind the test."""
    address = shown.users[0].address
    yield address
    for row in cli(shown, "list", "--user", address)["rows"]:
        cli(shown, "delete", str(row["rule_id"]))


def open_list(admin, address):
    admin.go(f"/filtering/rules?scope=user&name={address}")
    admin.page.get_by_role("heading", name="Rules", level=1).wait_for()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, words):
    """Press Tab until what has the focus says that."""
    told = "e => (e.getAttribute('aria-label') || e.innerText || '').trim()"
    for _ in range(120):
        if page.evaluate(f"({told})(document.activeElement)") == words:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never comes to {words}")


def test_a_rule_is_built_with_the_keyboard_alone(admin, shown, whose):
    """SCREENS 3.3, RUL-4: menus, values and Summary without a pointer."""
    page = admin.page
    admin.go(f"/rules/new?scope=user&name={whose}")
    page.get_by_role("button", name="Save rule").wait_for()
    page.locator("#rule-name").focus()
    page.keyboard.type("lottery")
    tab_to(page, "Add condition")
    press(page, "Enter", "Enter")  # the first: a header
    page.get_by_role("dialog", name="Specific header").wait_for()
    page.keyboard.type("From")
    press(page, "Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    tab_to(page, "any text")
    press(page, "Enter")
    page.get_by_role("dialog", name="Specific header").wait_for()
    page.keyboard.type("lottery")
    press(page, "Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    tab_to(page, "Add action")
    press(page, "Enter", "ArrowDown", "Enter")
    page.locator("[data-summary]").get_by_text("discard it").wait_for()
    tab_to(page, "Add action")
    press(page, "Enter")
    page.get_by_role("menu").wait_for()
    page.keyboard.type("Term")
    press(page, "Enter")
    words = page.locator("[data-summary]")
    words.get_by_text("terminate all other rules").wait_for()
    assert admin.violations() == []
    press(page, "Control+s")

    page.get_by_role("link", name="lottery").wait_for()
    (row,) = cli(shown, "list", "--user", whose)["rows"]
    kept = json.loads(row["definition"])
    assert kept["conditions"] == [
        {
            "kind": "header",
            "name": "From",
            "text": "lottery",
            "whole_word": False,
            "does_not_contain": False,
        }
    ]
    assert [one["kind"] for one in kept["actions"]] == ["discard", "terminate"]


def test_what_is_incomplete_is_named_and_mended_in_the_summary(admin, shown, whose):
    page = admin.page
    admin.go(f"/rules/new?scope=user&name={whose}")
    page.get_by_label("Name of the rule").fill("big")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("menuitem", name="Size of message").click()
    page.get_by_role("dialog", name="Size of message").wait_for()
    press(page, "Escape")
    page.get_by_role("button", name="Add action").click()
    page.get_by_role("menuitem", name="Store").click()
    press(page, "Escape")
    page.get_by_role("button", name="Save rule").click()
    told = page.get_by_text("You have incomplete conditions: Size of message")
    told.first.wait_for()
    assert admin.violations() == []

    summary = page.locator("[data-summary]")
    summary.get_by_role("button", name="a size").focus()
    press(page, "Enter")
    page.get_by_label("Size", exact=True).fill("5")
    press(page, "Enter")
    summary.get_by_text("5,242,880 octets").wait_for()
    page.get_by_role("button", name="Save rule").click()
    page.get_by_role("link", name="big").wait_for()
    (row,) = cli(shown, "list", "--user", whose)["rows"]
    assert json.loads(row["definition"])["conditions"][0]["octets"] == 5 * 1024 * 1024


def test_a_rule_is_tried_on_pasted_and_on_stored_mail(admin, shown, whose):
    """RUL-5: real mail that the user has, and nothing happens to it."""
    mark = uuid.uuid4().hex
    with shown.imap(shown.users[0]) as client:
        client.append("INBOX", None, None, f"Subject: {mark}\r\n\r\nx\r\n".encode())
        client.select("INBOX")
        _, (found,) = client.uid("SEARCH", "SUBJECT", mark)
    page = admin.page
    rule = ("--if", f"header Subject contains {mark}", "--do", "discard")
    number = cli(shown, "add", "marked", "--user", whose, *rule)["item_id"]
    admin.go(f"/rules/{number}?scope=user&name={whose}")

    page.get_by_label("Message", exact=True).fill(SAMPLE)
    page.get_by_role("button", name="Test rule").click()
    page.get_by_text("The rule does not fire").wait_for()
    page.get_by_text("does not hold").wait_for()
    page.get_by_role("radio", name="Stored message").click()
    page.get_by_label("UID", exact=True).fill(found.split()[-1].decode())
    page.get_by_role("button", name="Test rule").click()
    page.get_by_text("The rule fires").wait_for()
    page.get_by_text("Would be done", exact=True).wait_for()
    assert admin.violations() == []
    with shown.imap(shown.users[0]) as client:
        client.select("INBOX")
        assert client.uid("SEARCH", "SUBJECT", mark)[1] == [found]


def test_rules_are_ordered_switched_and_deleted_in_their_list(admin, shown, whose):
    """RUL-1, RUL-4."""
    for name in ("one", "two", "three"):
        cli(shown, "add", name, "--user", whose, "--if", "any", "--do", "store Junk")
    page = admin.page
    open_list(admin, whose)

    def order():
        return page.locator("[data-name]").all_inner_texts()

    page.get_by_role("link", name="three").focus()
    press(page, "Alt+ArrowUp", "Alt+ArrowUp")
    page.get_by_text("three is in place 1").wait_for(state="attached")
    page.get_by_role("button", name="Move one down").click()
    page.get_by_text("one is in place 3").wait_for(state="attached")
    assert order() == ["three", "two", "one"]
    page.get_by_role("switch", name="two acts").click()
    page.get_by_text("Off", exact=True).wait_for()
    assert admin.violations() == []
    page.get_by_role("button", name="Delete three").click()
    page.get_by_role("button", name="Delete rule").click()
    page.get_by_role("link", name="three").wait_for(state="detached")

    rows = cli(shown, "list", "--user", whose)["rows"]
    assert [(row["name"], row["is_enabled"]) for row in rows] == [
        ("two", False),
        ("one", True),
    ]


def test_a_user_has_the_own_rules_and_no_programs(visit, shown, whose):
    """RAD-2, DECISIONS 25; in German."""
    visitor = visit(locale="de-DE")
    page = visitor.page
    visitor.go("/login")
    page.get_by_label("Adresse").fill(whose)
    page.get_by_label("Kennwort", exact=True).fill(shown.users[0].password)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="Meine Regeln").first.click()
    page.get_by_role("link", name="Neue Regel").click()
    page.get_by_role("button", name="Bedingung hinzufügen").click()
    page.get_by_role("menuitem", name="Jede Nachricht").wait_for()
    assert page.get_by_role("menuitem", name="Externe Prüfung").count() == 0
    page.get_by_role("menuitem", name="Jede Nachricht").click()
    page.get_by_text("was es auch ist").wait_for()
    assert visitor.violations() == []

"""Rules by their pages: made with the keyboard alone, tried on real mail, ordered."""

import json
import uuid

import pytest

from fix_suite import run_mailmax
from waiting import wait_for

pytestmark = pytest.mark.manual("8")

SAMPLE = "From: Lottery <win@example.org>\nSubject: You won\n\nmuch\n"
PLACE = "it => [...it.parentElement.querySelectorAll('[data-rule]')].indexOf(it)"
"""Where a rule stands in its list, from 0 on."""


def cli(shown, *words):
    done = run_mailmax("rule", *words, "--json", "--dir", str(shown.directory))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def whose(person):
    """Give a user's own list."""
    return person.address


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


def at_entry(page, name):
    """Wait until an entry of a menu has the focus: the next key is for it."""
    page.get_by_role("menuitem", name=name).and_(page.locator(":focus")).wait_for()


def fill(page, dialog, words):
    """Type into a window's first field, once it has the focus, and be done."""
    window = page.get_by_role("dialog", name=dialog)
    window.locator(":focus").wait_for()
    page.keyboard.type(words)
    press(page, "Enter")
    window.wait_for(state="detached")


def subjects(shown, person, mailbox):
    """Return what the user has in a mailbox."""
    with shown.imap(person) as client:
        if client.select(f'"{mailbox}"', readonly=True)[0] != "OK":
            return []
        _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return [one[1].decode().strip() for one in found if isinstance(one, tuple)]


def test_a_rule_is_built_with_the_keyboard_alone_and_acts(admin, shown, whose, person):
    """SCREENS 3.3, RUL-4: without a pointer; what is saved acts on the next mail."""
    page = admin.page
    admin.go(f"/rules/new?scope=user&name={whose}")
    page.get_by_role("button", name="Save rule").wait_for()
    page.locator("#rule-name").focus()
    page.keyboard.type("lottery")
    tab_to(page, "Add condition")
    press(page, "Enter")
    at_entry(page, "Specific header")  # it is the first
    press(page, "Enter")
    fill(page, "Specific header", "From")
    tab_to(page, "any text")
    press(page, "Enter")
    fill(page, "Specific header", "lottery")
    tab_to(page, "Add action")
    press(page, "Enter")
    at_entry(page, "Store")
    press(page, "Enter")
    fill(page, "Store", "Prizes")
    page.locator("[data-summary]").get_by_text("“Prizes”").wait_for()
    tab_to(page, "Add action")
    press(page, "Enter")
    page.get_by_role("menu").wait_for()
    page.keyboard.type("Term")
    at_entry(page, "Terminate")
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
    assert kept["actions"] == [
        {"kind": "store", "mailbox": "Prizes"},
        {"kind": "terminate"},
    ]
    mark = uuid.uuid4().hex
    for sender in ("lottery@far.test", "bob@far.test"):
        content = f"From: {sender}\r\nSubject: {mark} {sender}\r\n\r\nhi\r\n"
        shown.send(sender, whose, content.encode())
    good, bad = (f"Subject: {mark} {who}@far.test" for who in ("bob", "lottery"))
    wait_for(lambda: good in subjects(shown, person, "INBOX"))
    wait_for(lambda: subjects(shown, person, "Prizes") == [bad])
    assert bad not in subjects(shown, person, "INBOX")


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
    summary.get_by_text("5 MB").wait_for()
    page.get_by_role("button", name="Save rule").click()
    page.get_by_role("link", name="big").wait_for()
    (row,) = cli(shown, "list", "--user", whose)["rows"]
    assert json.loads(row["definition"])["conditions"][0]["octets"] == 5 * 1024 * 1024


def test_a_rule_is_tried_on_pasted_and_on_stored_mail(admin, shown, whose, person):
    """RUL-5: real mail that the user has, and nothing happens to it."""
    mark = uuid.uuid4().hex
    with shown.imap(person) as client:
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
    page.get_by_role("button", name="Stored message").click()
    page.get_by_text("The rule does not fire").wait_for(state="detached")
    page.get_by_label("UID", exact=True).fill(found.split()[-1].decode())
    page.get_by_role("button", name="Test rule").click()
    page.get_by_text("The rule fires", exact=True).wait_for()
    page.get_by_text("Would be done", exact=True).wait_for()
    assert admin.violations() == []
    with shown.imap(person) as client:
        client.select("INBOX")
        assert client.uid("SEARCH", "SUBJECT", mark)[1] == [found]


def drag(page, what, where):
    """Move by hand: let go once the list has made room there."""
    number = what.locator("xpath=ancestor::li").get_attribute("data-rule")
    end = where.locator("xpath=ancestor::li").evaluate(PLACE)
    held = page.locator(f"[data-rule='{number}']").first
    # What still glides to its place from the last time cannot be taken yet.
    wait_for(lambda: held.evaluate("it => !it.animated"))
    what.hover()
    page.mouse.down()

    def is_there():
        where.hover()
        return held.evaluate(PLACE) == end

    wait_for(is_there, 30)
    page.mouse.up()


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
    wait_for(lambda: order() == ["three", "two", "one"])
    grips = page.locator("[data-grip]")
    drag(page, grips.nth(2), grips.nth(0))
    page.get_by_text("one is in place 1").wait_for(state="attached")
    wait_for(lambda: order() == ["one", "three", "two"])
    drag(page, grips.nth(0), grips.nth(2))
    page.get_by_text("one is in place 3").wait_for(state="attached")
    wait_for(lambda: order() == ["three", "two", "one"])
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


def test_each_scope_has_its_list_also_on_domain_and_user(admin, shown, whose):
    """Manual 4.7, 6.4, 7.5: the system's, a domain's, a user's."""
    page = admin.page
    domain = whose.partition("@")[2]
    places = {
        "of the system": ("--system",),
        "of the domain": ("--domain", domain),
        "of the user": ("--user", whose),
    }
    numbers = [
        cli(shown, "add", name, *place, "--if", "any", "--do", "store Junk")["item_id"]
        for name, place in places.items()
    ]

    admin.go("/filtering/rules")
    page.get_by_role("link", name="of the system").wait_for()
    page.get_by_role("button", name="Domain", exact=True).click()
    page.get_by_role("combobox", name="Domain").fill(domain)
    press(page, "Enter")
    page.get_by_role("link", name="of the domain").wait_for()
    page.get_by_role("link", name="of the system").wait_for(state="detached")
    page.get_by_role("button", name="User", exact=True).click()
    page.get_by_label("Address of the user").fill(whose)
    press(page, "Enter")
    page.get_by_role("link", name="of the user").wait_for()

    admin.go(f"/domains/{domain}?tab=rules")
    page.get_by_role("link", name="of the domain").wait_for()
    assert admin.violations() == []
    admin.go(f"/domains/{domain}")
    page.locator("tr[data-index]").filter(has_text=whose.split("@")[0]).dblclick()
    editor = page.get_by_role("dialog", name=whose)
    editor.get_by_role("tab", name="Rules").click()
    editor.get_by_role("link", name="of the user").wait_for()
    assert admin.violations() == []
    for number in numbers:
        cli(shown, "delete", str(number))


def test_the_editor_is_for_everybody_in_both_themes(admin, shown, whose):
    rule = ("--if", "header Subject contains x", "--do", "discard")
    number = cli(shown, "add", "plain", "--user", whose, *rule)["item_id"]
    page = admin.page
    for theme in ("Light", "Dark"):
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("menuitem", name=theme).click()
        for path in ("/filtering/rules", f"/rules/{number}", "/rules/new"):
            admin.go(f"{path}?scope=user&name={whose}")
            page.wait_for_load_state("networkidle")
            assert (path, theme, admin.violations()) == (path, theme, [])


def test_a_user_has_the_own_rules_and_no_programs(visit, shown, whose, person):
    """RAD-2, DECISIONS 25; in German."""
    visitor = visit(locale="de-DE")
    page = visitor.page
    visitor.go("/login")
    page.get_by_label("Adresse").fill(whose)
    page.get_by_label("Passwort", exact=True).fill(person.password)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="Meine Regeln").first.click()
    page.get_by_role("link", name="Neue Regel").click()
    page.get_by_role("button", name="Bedingung hinzufügen").click()
    page.get_by_role("menuitem", name="Jede Nachricht").wait_for()
    assert page.get_by_role("menuitem", name="Externe Prüfung").count() == 0
    page.get_by_role("menuitem", name="Jede Nachricht").click()
    page.get_by_text("was es auch ist").wait_for()
    assert visitor.violations() == []

"""Domains and users by their pages: add, edit, delete, many at once, keys alone."""

import imaplib
import json
import os
import re
import time
from pathlib import Path

import pytest

from fix_suite import Account, run_mailmax
from waiting import wait_for

SHOTS = os.environ.get("MAILMAX_SHOTS", "")


def told(shown, *words):
    return run_mailmax(*words, "--dir", str(shown.directory)).stdout


def shoot(visitor, name):
    if SHOTS:
        visitor.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def for_everybody(visitor, name):
    visitor.page.wait_for_load_state("networkidle")
    shoot(visitor, name)
    assert (name, visitor.violations()) == (name, [])


def named(word):
    """A name that no other test has."""
    return f"{word}-{time.monotonic_ns() % 10**8}"


def kind_of(shown, user):
    return json.loads(told(shown, "user", "show", user.address, "--json"))["kind"]


def add_domain(admin, name):
    admin.go("/domains")
    admin.page.get_by_role("button", name="Add domain").first.click()
    admin.page.get_by_label("Name", exact=True).fill(name)
    admin.page.get_by_role("dialog").get_by_role("button", name="Add domain").click()
    admin.page.get_by_role("heading", name=name, level=1).wait_for()


def add_user(admin, local):
    admin.page.get_by_role("button", name="Add user").first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(local)
    dialog.get_by_role("button", name="Make a password by chance").click()
    dialog.get_by_role("button", name="Add user").click()


def test_a_domain_and_its_user_are_made_and_set(admin, shown):
    domain = f"{named('shop')}.test"
    add_domain(admin, domain)
    for_everybody(admin, "domain-users")
    add_user(admin, "tim")
    editor = admin.page.get_by_role("dialog", name=f"tim@{domain}")
    editor.get_by_label("First name").fill("Tim")
    editor.get_by_text("No limit", exact=True).first.wait_for()
    editor.get_by_text(re.compile(r"As in the system: \d+ MB")).wait_for()
    assert editor.get_by_text("0 bytes").count() == 0
    for_everybody(admin, "user-editor")
    editor.get_by_role("button", name="Save").click()
    admin.page.get_by_text("Saved", exact=True).first.wait_for()

    assert "Tim" in told(shown, "user", "show", f"tim@{domain}")
    admin.page.keyboard.press("Escape")
    editor.wait_for(state="detached")
    admin.page.get_by_role("tab", name="Users 1").wait_for()
    admin.page.get_by_role("tab", name="Mailboxes").click()
    admin.page.get_by_role("textbox", name="Max user boxes").fill("5")
    for_everybody(admin, "domain-mailboxes")
    admin.page.keyboard.press("Control+s")
    admin.page.get_by_text("One change not saved").wait_for(state="detached")
    assert "5" in told(shown, "domain", "show", domain)


def test_names_are_pasted_and_those_that_are_taken_told(admin):
    domain = f"{named('names')}.test"
    add_domain(admin, domain)
    admin.page.get_by_role("tab", name="Aliases").click()
    admin.page.get_by_label("Domain aliases").first.fill(f"www.{domain}, suite.test")
    admin.page.get_by_role("button", name="Add", exact=True).click()

    admin.page.get_by_role("alert").get_by_text("suite.test", exact=True).wait_for()
    admin.page.get_by_role("listitem").get_by_text(f"www.{domain}").wait_for()
    for_everybody(admin, "domain-aliases")


def test_a_domain_goes_when_its_name_is_typed(admin, shown):
    domain = f"{named('gone')}.test"
    add_domain(admin, domain)
    add_user(admin, "tim")
    admin.page.get_by_role("dialog", name=f"tim@{domain}").wait_for()
    admin.page.keyboard.press("Escape")
    admin.page.get_by_role("button", name="Delete", exact=True).first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_text("user with all settings").wait_for()
    act = dialog.get_by_role("button", name="Delete", exact=True)
    assert act.is_disabled()
    dialog.get_by_label(f"Type {domain} to go on").fill(domain)
    for_everybody(admin, "domain-delete")
    act.click()

    admin.page.get_by_role("heading", name="Domains", level=1).wait_for()
    assert domain not in told(shown, "domain", "list")


@pytest.mark.manual("6.1")
def test_a_domain_has_its_directory_from_the_start(admin, shown, tmp_path):
    """DOM-1."""
    admin.may_be_refused(422)
    domain = f"{named('place')}.test"
    admin.go("/domains")
    admin.page.get_by_role("button", name="Add domain").first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(domain)
    directory = dialog.get_by_label("Directory", exact=True)
    directory.fill("not/whole")
    dialog.get_by_role("button", name="Add domain").click()
    dialog.get_by_text("is no whole path").wait_for()
    directory.fill(str(tmp_path / domain))
    dialog.get_by_role("button", name="Add domain").click()
    admin.page.get_by_role("heading", name=domain, level=1).wait_for()

    assert str(tmp_path / domain) in told(shown, "domain", "show", domain)
    told(shown, "domain", "delete", domain)


@pytest.mark.manual("6.6")
def test_files_that_wait_for_a_stopped_housekeeping_are_told_before(admin, shown):
    """DOM-12."""
    domain = f"{named('wait')}.test"
    told(shown, "domain", "add", domain)
    told(shown, "service", "stop", "housekeeping")
    try:
        admin.go(f"/domains/{domain}")
        admin.page.get_by_role("button", name="Delete", exact=True).first.click()
        dialog = admin.page.get_by_role("dialog")
        dialog.get_by_role("radio", name="Archive the mail").click()
        dialog.get_by_text("Housekeeping is stopped").wait_for()
        for_everybody(admin, "delete-waits")
        dialog.get_by_role("radio", name="From the database only").click()
        dialog.get_by_text("Housekeeping is stopped").wait_for(state="detached")
    finally:
        told(shown, "service", "start", "housekeeping")
        told(shown, "domain", "delete", domain)


def test_the_list_of_domains_suspends_and_checks(admin, shown):
    domain = f"{named('halt')}.test"
    add_domain(admin, domain)
    admin.go("/domains")
    for_everybody(admin, "domains")
    admin.page.get_by_label(f"Actions for {domain}").click()
    shoot(admin, "domains-menu")
    admin.page.get_by_role("menuitem", name="Suspend services").click()
    admin.page.get_by_role("checkbox", name="POP3").click()
    admin.page.get_by_role("checkbox", name="Web").click()
    admin.page.get_by_role("button", name="Save").click()
    admin.page.get_by_text("One domain changed").first.wait_for()
    admin.page.get_by_label(f"Select {domain}").click()
    admin.page.get_by_role("button", name="Virus check off for users").click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Virus check off for users").click()
    dialog.wait_for(state="detached")

    found = told(shown, "domain", "show", domain, "--json")
    assert '"pop3"' in found
    assert '"web"' in found
    assert '"virus_check": false' in found


def test_users_are_changed_many_at_once_and_unlocked(admin, shown):
    user = shown.users[0]
    admin.go("/users")
    for_everybody(admin, "users")
    admin.page.get_by_label(f"Select {user.address}").click()
    admin.page.get_by_role("button", name="Disable", exact=True).click()
    admin.page.get_by_text("One user changed").first.wait_for()
    assert kind_of(shown, user) == "disabled"
    admin.page.get_by_label(f"Select {user.address}").click()
    admin.page.get_by_role("button", name="Enable", exact=True).click()
    wait_for(lambda: kind_of(shown, user) == "normal")
    admin.page.get_by_label(f"Actions for {user.address}").click()
    admin.page.get_by_role("menuitem", name="Unlock box").click()

    admin.page.get_by_text("Nobody has the box.").wait_for()
    for_everybody(admin, "unlock")


def test_users_are_found_by_each_of_their_names(admin, shown):
    """Manual 2.4: user name, first and last name have fields of their own."""
    user = shown.users[0]
    local = user.address.partition("@")[0]
    admin.go("/users")
    field = admin.page.get_by_role("searchbox", name="Filter: User name")
    row = admin.page.get_by_role("button", name=user.address, exact=True)

    field.fill(local.upper())
    row.wait_for()
    admin.page.get_by_role("searchbox", name="Filter: Last name").fill("nobody's")

    admin.page.get_by_text("Nothing matches").wait_for()
    admin.page.get_by_role("button", name="Clear filter").click()
    row.wait_for()
    assert field.input_value() == ""
    for_everybody(admin, "users-by-name")


def test_rights_are_given_and_the_system_only_after_its_name_was_typed(admin, shown):
    user = shown.users[0]
    admin.go("/users")
    admin.page.get_by_role("button", name=user.address, exact=True).click()
    editor = admin.page.get_by_role("dialog", name=user.address)
    editor.get_by_role("tab", name="Administration").click()
    editor.get_by_role("radio", name="Some domains").click()
    editor.get_by_role("checkbox", name="suite.test").click()
    for_everybody(admin, "administration")
    editor.get_by_role("button", name="Save").click()
    admin.page.get_by_text("The rights are changed").first.wait_for()
    editor.get_by_role("radio", name="The whole system").click()
    editor.get_by_role("button", name="Save").click()

    sure = admin.page.get_by_role("button", name="Make system administrator")
    sure.wait_for()
    assert sure.is_disabled()
    assert "suite.test" in told(shown, "user", "show", user.address)


def test_a_file_of_users_is_tried_first(admin, shown, tmp_path):
    name = named("csv")
    file = tmp_path / "users.csv"
    lines = ["address,password", f"{name}@suite.test,a-word-of-ours,Ada,L", "nobody"]
    file.write_text("\n".join(lines))
    admin.go("/users")
    admin.page.get_by_role("button", name="Import", exact=True).click()
    admin.page.get_by_label("CSV file").set_input_files(str(file))
    admin.page.get_by_text("One user can be added").wait_for()
    admin.page.get_by_text("Line 3").wait_for()
    assert name not in told(shown, "user", "list")
    for_everybody(admin, "import")
    admin.page.get_by_role("button", name="Import one user").click()
    admin.page.get_by_text("One user added").first.wait_for()

    assert f"{name}@suite.test" in told(shown, "user", "list")


def test_a_domain_and_a_user_by_keys_alone(admin, shown):
    """Each window begins at its first field."""
    keys = admin.page.keyboard
    domain = f"{named('keys')}.test"
    admin.go("/domains")
    admin.page.get_by_role("button", name="Add domain").first.focus()
    keys.press("Enter")
    begun = admin.page.get_by_role("dialog").locator("input:focus")
    begun.wait_for()
    keys.type(domain)
    keys.press("Enter")
    admin.page.get_by_role("heading", name=domain, level=1).wait_for()
    admin.page.get_by_role("button", name="Add user").first.focus()
    keys.press("Enter")
    begun.wait_for()
    keys.type("eva")
    keys.press("Tab")
    keys.type("a-word-of-eva")
    keys.press("Enter")

    admin.page.get_by_role("dialog", name=f"eva@{domain}").wait_for()
    assert f"eva@{domain}" in told(shown, "user", "list")


@pytest.mark.manual("7.1")
def test_a_user_without_a_password_gets_the_first_that_comes(admin, shown):
    """GEN-6: made so by the page, and the password of another taken away."""
    domain = f"{named('blank')}.test"
    add_domain(admin, domain)
    told(shown, "domain", "set", domain, "blank_passwords=fill")
    admin.page.get_by_role("button", name="Add user").first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("ann")
    dialog.get_by_role("checkbox", name="No password").check()
    assert dialog.get_by_label("Password", exact=True).count() == 0
    for_everybody(admin, "new-user")
    dialog.get_by_role("button", name="Add user").click()
    editor = admin.page.get_by_role("dialog", name=f"ann@{domain}")
    editor.wait_for()

    for first in ("the-first-one", "another-one"):
        with shown.imap(Account(f"ann@{domain}", first)) as client:
            client.noop()
        with pytest.raises(imaplib.IMAP4.error):
            shown.imap(Account(f"ann@{domain}", "no-more"))
        editor.get_by_role("button", name="Change password").click()
        change = admin.page.get_by_role("dialog", name="Change password")
        change.get_by_role("checkbox", name="No password").check()
        change.get_by_role("button", name="Save").click()
        change.wait_for(state="detached")


def test_a_spam_trap_is_made_without_a_password(admin, shown):
    """USR-1: nobody logs in there."""
    domain = f"{named('bait')}.test"
    add_domain(admin, domain)
    admin.page.get_by_role("button", name="Add user").first.click()
    dialog = admin.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("bait")
    dialog.get_by_label("Type").select_option("Spam trap")
    dialog.get_by_role("button", name="Add user").click()
    admin.page.get_by_role("dialog", name=f"bait@{domain}").wait_for()

    assert "trap" in told(shown, "user", "list", domain)


def test_what_is_refused_is_told_at_its_field(admin):
    admin.may_be_refused(409, 422)
    admin.go("/domains")
    admin.page.get_by_role("button", name="Add domain").first.click()
    name = admin.page.get_by_label("Name", exact=True)
    name.fill("no domain")
    admin.page.get_by_role("dialog").get_by_role("button", name="Add domain").click()

    admin.page.locator("[aria-invalid=true]").wait_for()
    for_everybody(admin, "domain-refused")


@pytest.mark.usefixtures("admin")
def test_what_the_server_says_is_german_where_the_reader_is(visit, cookies):
    """Its sentences come after the first page, and are there when they are needed."""
    visitor = visit(locale="de-DE", **cookies)
    visitor.may_be_refused(422)
    visitor.go("/domains")
    visitor.page.get_by_role("button", name="Domain anlegen").first.click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("no domain")
    dialog.get_by_role("button", name="Domain anlegen").click()

    dialog.get_by_text("'no domain' ist kein Domainname").wait_for()
    dialog.get_by_text("Buchstaben, Ziffern, Bindestriche und Punkte").wait_for()


def test_who_administers_a_domain_sees_what_is_reserved_and_why(visit, shown, person):
    """DECISIONS 25: shown, not hidden; what is theirs can be changed."""
    told(shown, "user", "admin", person.address, "--domains", "suite.test")
    visitor = visit(viewport={"width": 1280, "height": 900})
    visitor.sign_in(person.address, person.password)
    page = visitor.page
    page.get_by_role("heading", name="Domains", level=1).wait_for()
    visitor.go("/domains/suite.test?tab=general")
    page.get_by_text("it decides where mail goes").first.wait_for()
    page.get_by_text("it names a directory of the server").wait_for()
    form = page.get_by_role("tabpanel")
    assert form.locator("input, select, textarea, [role=switch]").count() == 0
    assert form.get_by_role("button", name="Reset").count() == 0
    for_everybody(visitor, "domain-reserved")

    visitor.go("/domains/suite.test?tab=mailboxes")
    page.get_by_text("it is a limit that was set for the domain").first.wait_for()
    page.get_by_text("it decides who gets in").wait_for()
    page.get_by_text("No limit", exact=True).first.wait_for()
    page.get_by_text(re.compile(r"As in the system: \d+ MB")).wait_for()
    assert page.get_by_text("0 bytes").count() == 0
    for_everybody(visitor, "domain-reserved-boxes")
    page.get_by_role("textbox", name="Catch-all account").fill(person.address)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).first.wait_for()

    assert person.address in told(shown, "domain", "show", "suite.test")
    told(shown, "domain", "set", "suite.test", "catch_all=")


def test_dark_and_narrow_they_are_as_good(visit, chief):
    visitor = visit(color_scheme="dark", viewport={"width": 768, "height": 900})
    visitor.sign_in(chief.address, chief.password)
    visitor.page.get_by_role("heading", name="Overview", level=1).wait_for()
    for path in ("/domains", "/users", "/domains/suite.test?tab=general"):
        visitor.go(path)
        for_everybody(visitor, f"dark-{path.strip('/').replace('/', '-')[:20]}")
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    visitor.go("/users")
    for_everybody(visitor, "phone-users")
    wide = visitor.page.evaluate(
        "document.documentElement.scrollWidth > window.innerWidth"
    )
    assert not wide


def test_ones_own_password_wants_the_one_that_holds(visit, shown, person):
    """An administrator's, too: the dialog asks for it."""
    told(shown, "user", "admin", person.address, "--system", "--yes")
    visitor = visit()
    visitor.may_be_refused(401, 403)
    visitor.sign_in(person.address, person.password)
    page = visitor.page
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    visitor.go("/users")
    page.get_by_label(f"Actions for {person.address}").click()
    page.get_by_role("menuitem", name="Change password").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your current password").fill("a-wrong-one")
    dialog.get_by_label("Password", exact=True).fill("a-new-one-of-mine")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("this is not the password that holds now").wait_for()
    assert visitor.violations() == []

    dialog.get_by_label("Your current password").fill(person.password)
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")

    with shown.imap(Account(person.address, "a-new-one-of-mine")) as client:
        assert client.select()[0] == "OK"


def with_wide_sizes(route):
    """Let what is used have as many figures as there may be."""
    answer = route.fetch()
    told = answer.json()
    for row in told["rows"]:
        row["used_octets"] = 1023
    route.fulfill(response=answer, json=told)


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_lists_of_users_and_domains_are_seen_whole_on_a_narrow_screen(
    visit, cookies, locale
):
    """Nothing is to be scrolled sideways, and no heading or number is cut."""
    visitor = visit(locale=locale, viewport={"width": 1280, "height": 720}, **cookies)
    page = visitor.page
    page.route(re.compile(r"/api/v1/(users|domains)\?"), with_wide_sizes)
    for path in ("/users", "/domains"):
        visitor.go(path)
        page.get_by_role("cell", name=re.compile("1[,.]023")).first.wait_for()
        page.locator("main tbody tr[data-index]").first.wait_for()

        table = page.locator("main table")
        assert table.evaluate(
            "(it) => it.parentElement.scrollWidth <= it.parentElement.clientWidth"
        )
        assert (
            table.evaluate(
                """(it) => [...it.querySelectorAll('th *, td.text-right')]
                  .filter((one) => one.scrollWidth > one.clientWidth + 1)
                  .filter((one) => one.clientWidth > 1)
                  .map((one) => one.innerText)"""
            )
            == []
        )

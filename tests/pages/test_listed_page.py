"""Who is connected, what is wrong with what is set, and the cluster, by page."""

import json
import re

import pytest

from fix_suite import run_mailmax

SECRET = "its-host-password"


def test_who_is_connected_is_shown(shown, admin, person):
    """HUB-3: by user and address, while they are."""
    page = admin.page
    with shown.imap(person) as client:
        client.select("INBOX")
        admin.go("/connected")
        page.get_by_role("cell", name=person.address).wait_for()
        row = page.get_by_role("row", name=re.compile(re.escape(person.address)))
        assert "IMAP" in row.inner_text()
        assert "127.0.0.1" in row.inner_text()
        for way in ("ascending", "descending"):
            page.get_by_role("button", name="User", exact=True).click()
            page.locator(f'th[aria-sort="{way}"]').wait_for()
        search = page.get_by_role("searchbox")
        search.fill("nobody has this")
        page.get_by_text("Nothing matches").wait_for()
        search.fill(person.address.upper())
        row.wait_for()
        assert admin.violations() == []


@pytest.mark.manual("12")
def test_what_is_wrong_with_what_is_set_is_shown(admin, bare_name, visit, cookies):
    """ADM-6: as `mailmax config check` says it, with a cure."""
    admin.go("/check")

    row = admin.page.get_by_role("row").filter(has_text=f"{bare_name} has no domain")
    row.get_by_text("give the full name: mailmax config set hostname").wait_for()
    assert admin.violations() == []

    german = visit(locale="de-DE", **cookies)
    german.go("/check")
    row = german.page.get_by_role("row").filter(has_text=f"{bare_name} hat keine")
    row.get_by_text("Geben Sie den ganzen Namen an: mailmax config set").wait_for()


@pytest.fixture
def bare_name(shown):
    """Have the computer called by a name that others may refuse; taken back."""
    where = ("--dir", str(shown.directory))
    told = run_mailmax("config", "get", "hostname", "--json", *where).stdout
    before = json.loads(told)["hostname"]
    run_mailmax("config", "set", "hostname", "bare", *where)
    yield "bare"
    run_mailmax("config", "set", "hostname", before, *where)


@pytest.mark.manual("2.3.2")
def test_members_of_the_cluster_are_added_changed_and_taken_out(shown, admin):
    """CLU-1: with the keyboard and the mouse; what is lost is asked for by name."""
    page = admin.page
    admin.go("/systems")
    page.get_by_role("button", name="Add member").click()
    dialog = page.get_by_role("dialog")
    for label, value in (
        ("Name", "gamma"),
        ("Host name or IP address", "127.0.0.1"),
        ("Port", "9"),
        ("SMTP", "127.0.0.1:25"),
        ("Host password", SECRET),
    ):
        dialog.get_by_label(label, exact=True).fill(value)
    assert admin.violations() == []
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")

    member = page.locator('[data-member="gamma"]')
    member.wait_for()
    assert admin.violations() == []
    member.get_by_role("button", name="Member gamma").click()
    dialog.get_by_label("SMTP", exact=True).fill("mx.gamma.test")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    where = ("--dir", str(shown.directory))
    listed = run_mailmax("cluster", "list", *where).stdout
    assert "mx.gamma.test" in listed

    member.get_by_role("button", name="Take gamma out").click()
    sure = dialog.get_by_role("button", name="Take out")
    assert sure.is_disabled()
    dialog.get_by_label(re.compile("^Type")).fill("gamma")
    sure.click()
    member.wait_for(state="detached")
    assert "gamma" not in run_mailmax("cluster", "list", *where).stdout
    assert SECRET not in page.content()

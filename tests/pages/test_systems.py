"""The connection tree: a second system, administered through the first (ADM-1)."""

import re

import pytest

from fix_ports import free_port
from fix_suite import run_mailmax
from waiting import wait_for


def told(suite, *words):
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def for_everybody(visitor, name):
    visitor.page.wait_for_load_state("networkidle")
    assert (name, visitor.violations()) == (name, [])


def choose(page, entry):
    page.get_by_role("button", name="Add to the connections").click()
    page.get_by_role("menuitem", name=entry).click()


def go_to(page, name):
    rail = page.get_by_role("navigation", name="Navigation")
    rail.get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def test_a_second_system_is_added_administered_missed_and_removed(  # noqa: PLR0915 - one start of a suite
    admin, shown, make_suite
):
    port = free_port()
    beta = make_suite(users=1, domain="beta.test", hub_listen=f"127.0.0.1:{port}")
    admin.may_be_refused(503)
    page = admin.page
    tree = page.get_by_role("tree", name="Connection Manager")
    tree.get_by_role("treeitem").first.wait_for()
    assert tree.get_by_role("treeitem").count() == 1

    choose(page, "New group")
    page.get_by_label("Group name").fill("South")
    page.keyboard.press("Enter")
    tree.get_by_role("treeitem", name=re.compile("South")).wait_for()

    choose(page, "Add system")
    dialog = page.get_by_role("dialog", name="Add system")
    dialog.get_by_label("Registration name").fill("Beta & Co")
    dialog.get_by_label("Host name or IP address").fill("127.0.0.1")
    dialog.get_by_label("Port").fill(str(port))
    dialog.get_by_label("Host password", exact=True).fill("wrong-password")
    dialog.get_by_role("button", name="Test").click()
    dialog.get_by_text("does not take the host password").wait_for()
    dialog.get_by_label("Host password", exact=True).fill("a-host-password")
    dialog.get_by_role("button", name="Test").click()
    dialog.get_by_text(
        re.compile("answers: MailMax .* one domain, one user")
    ).wait_for()
    dialog.get_by_label("Group", exact=True).select_option("South")
    for_everybody(admin, "dialog")
    dialog.get_by_role("button", name="Save").click()

    item = tree.get_by_role("treeitem", name=re.compile("Beta & Co"))
    item.wait_for()
    go_to(page, "Domains")
    page.get_by_text("suite.test", exact=True).first.wait_for()
    tree.locator('[tabindex="0"]').focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/s/Beta%20%26%20Co/domains")
    page.get_by_text("beta.test", exact=True).first.wait_for()
    assert page.title() == "Domains · Beta & Co · MailMax"
    wait_for(lambda: page.get_by_text("suite.test", exact=True).count() == 0)
    assert page.get_by_role("link", name="API keys").count() == 0
    for_everybody(admin, "domains there")

    go_to(page, "Users")
    page.reload()
    page.get_by_role("button", name="Add user").first.click()
    made = page.get_by_role("dialog")
    made.get_by_label("Name", exact=True).fill("eve")
    made.get_by_label("Domain", exact=True).fill("beta.test")
    page.keyboard.press("Tab")
    made.get_by_role("button", name="Make a password by chance").click()
    made.get_by_role("button", name="Add user").click()
    page.get_by_role("dialog", name="eve@beta.test").wait_for()
    page.keyboard.press("Escape")
    assert "eve@beta.test" in told(beta, "user", "list")
    assert "eve@beta.test" not in told(shown, "user", "list")

    beta.stop()
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitem", name="Dark").click()
    go_to(page, "Domains")
    page.get_by_text(
        re.compile("Beta & Co does not answer at 127.0.0.1")
    ).first.wait_for()
    for_everybody(admin, "away")
    tree.get_by_role("treeitem").first.click()
    page.wait_for_url("**/admin/domains")
    page.get_by_text("suite.test", exact=True).first.wait_for()
    item.and_(page.get_by_title(re.compile("does not answer"))).wait_for()

    admin.go("/systems")
    page.get_by_text("Not reachable").first.wait_for()
    for_everybody(admin, "manager")
    page.get_by_role("button", name="Remove group South").click()
    warning = page.get_by_role("dialog", name="Remove the group South?")
    warning.get_by_text("saved connection, with its password").wait_for()
    for_everybody(admin, "warning")
    warning.get_by_role("button", name="Remove connection").click()
    item.wait_for(state="detached")
    page.get_by_role("heading", name="No other systems").wait_for()
    assert told(shown, "system", "list") == ""


@pytest.fixture
def delta(shown):
    """Give a saved connection, and a group that it is not in; gone behind the test."""
    told(shown, "system", "group", "add", "East")
    told(shown, "system", "add", "delta", "127.0.0.1:9", "--password", "not-this-one")
    yield "delta"
    told(shown, "system", "delete", "delta")
    told(shown, "system", "group", "delete", "East")


def test_a_connection_is_drawn_into_a_group_and_out_of_it(admin, shown, delta):
    """ADM-1: by the mouse; its dialog has the group for those who use keys."""
    admin.may_be_refused(503)
    admin.go("/activity")
    tree = admin.page.get_by_role("tree", name="Connection Manager")
    item = tree.get_by_role("treeitem", name=re.compile(delta))
    inside = tree.locator('[aria-level="2"]', has_text=delta)
    outside = tree.locator('[aria-level="1"]', has_text=delta)
    outside.wait_for()

    item.drag_to(tree.get_by_role("treeitem", name=re.compile("East")))
    inside.wait_for()
    assert "East" in told(shown, "system", "list")
    item.drag_to(tree.get_by_role("treeitem").first)
    outside.wait_for()

    assert "East" not in told(shown, "system", "list")

"""Connections, IP control, bans and security, as a person uses them."""

import re
import uuid

import pytest

from fix_suite import run_mailmax
from hub_asking import ask_hub
from mailmax.hub.contract.access import ChangeFilter, ListFilters
from waiting import wait_for

PAGES = (
    "/connections",
    "/filtering/ip-control",
    "/filtering/bans",
    "/system/block-lists",
    "/security/administrators",
    "/security/sign-in",
    "/security/keys",
    "/security/audit",
)


def cli(shown, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(shown.directory)).stdout


def test_every_page_is_for_everybody_in_both_themes(admin):
    for theme in ("Light", "Dark"):
        admin.page.get_by_role("button", name="Theme").click()
        admin.page.get_by_role("menuitem", name=theme).click()
        for path in PAGES:
            admin.go(path)
            admin.page.wait_for_load_state("networkidle")
            assert (path, theme, admin.violations()) == (path, theme, [])


def test_a_filter_is_added_hidden_moved_by_keys_and_removed(admin, shown):
    """CON-1, IPF-1; what another changed meanwhile is not lost unseen."""
    admin.may_be_refused(412)
    page = admin.page
    admin.go("/filtering/ip-control")
    for pattern, kind in (("10.0.0.0/8", "Banned"), ("10.1.2.*", "Trusted")):
        page.get_by_role("button", name="Add filter").click()
        page.get_by_label("Addresses", exact=True).fill(pattern)
        page.get_by_role("radio", name=kind).click()
        page.get_by_text(
            "Matches 16,777,216 addresses"
            if "/" in pattern
            else "Matches 256 addresses"
        ).wait_for()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name=f"Edit {pattern}").wait_for()
    page.get_by_text("Row 2 can never match, row 1 covers it").wait_for()

    page.get_by_label("Address to test").fill("10.1.2.3")
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_text("Row 1 of the system matches: 10.0.0.0/8.").wait_for()

    page.get_by_role("button", name="Edit 10.1.2.*").click()
    page.get_by_label("Comment").fill("mine")
    here = shown.directory
    [_, second] = ask_hub(here, ListFilters()).rows
    ask_hub(here, ChangeFilter(second.rule_id, comment="theirs"))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Another has changed this filter meanwhile").wait_for()
    assert admin.violations() == []
    page.get_by_role("button", name="Save").click()
    page.get_by_role("cell", name="mine", exact=True).wait_for()

    page.locator('tr[data-index="1"]').focus()
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_text("can never match").first.wait_for(state="detached")
    told = cli(shown, "filter", "list")
    assert told.index("10.1.2.*") < told.index("10.0.0.0/8")

    for pattern in ("10.1.2.*", "10.0.0.0/8"):
        page.get_by_role("button", name=f"Remove {pattern}").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        page.get_by_role("button", name=f"Edit {pattern}").wait_for(state="detached")
    page.get_by_text("No filters yet").wait_for()


def test_nobody_shuts_themselves_out_by_the_list(admin, shown):
    """CON-1: what is refused is told where it was asked, and the list stays."""
    admin.may_be_refused(409)
    page, us = admin.page, "127.0.0.1-9"
    cli(shown, "filter", "add", us, "permitted")
    cli(shown, "filter", "add", "127.0.0.1", "banned")
    why = page.get_by_text("you come from 127.0.0.1, and would be shut out")
    try:
        admin.go("/filtering/ip-control")
        page.get_by_role("button", name=f"Remove {us}").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        page.get_by_role("dialog").filter(has=why).wait_for()
        assert admin.violations() == []
        page.keyboard.press("Escape")

        page.get_by_role("button", name=f"Move {us} down").click()
        why.first.wait_for()

        page.get_by_role("button", name=f"Edit {us}").click()
        page.get_by_role("dialog").get_by_role("radio", name="Banned").click()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("dialog").filter(has=why).wait_for()
        page.keyboard.press("Escape")
        told = cli(shown, "filter", "list")
        assert told.index(us) < told.index("banned")
    finally:
        for row in ask_hub(shown.directory, ListFilters()).rows:
            cli(shown, "filter", "remove", str(row.rule_id))


def test_an_own_domain_is_banned_with_a_warning(admin, shown, chief):
    """BAN-1: and what is imported is banned too."""
    page = admin.page
    own = chief.address.partition("@")[2]
    admin.go("/filtering/bans")
    page.get_by_role("button", name="Ban", exact=True).click()
    page.get_by_label("Sender", exact=True).fill(own)
    page.get_by_role("dialog").get_by_role("button", name="Ban").click()
    page.get_by_text("this is a domain here").first.wait_for()
    page.get_by_role("button", name="Import").click()
    page.get_by_label("Senders").fill(
        "# a list\nbad.test\neve@far.test, spam\nbad.test\n"
    )
    page.get_by_text("2 senders").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    page.get_by_text("eve@far.test").first.wait_for()

    for value in (own, "bad.test", "eve@far.test"):
        assert value in cli(shown, "ban", "list")
        cli(shown, "ban", "remove", value)


def test_an_address_is_tried_with_the_block_lists(admin, shown):
    """ORL-1: by the SMTPMax that runs; nobody answers at port 9."""
    admin.may_be_refused(422)
    page, entry = admin.page, "list.test@127.0.0.1:9"
    cli(shown, "config", "set", "dnsbl_zones", entry)
    try:
        admin.go("/system/block-lists")
        page.get_by_label("Address to test").fill("nonsense")
        page.get_by_role("button", name="Test", exact=True).click()
        page.get_by_text("'nonsense' is no address").wait_for()

        page.get_by_label("Address to test").fill("203.0.113.9")
        page.get_by_role("button", name="Test", exact=True).click()
        answer = page.get_by_role("listitem").filter(has_text=entry)
        answer.get_by_text("No answer").wait_for()
        page.get_by_text("The lists are off: no client").wait_for()
        assert admin.violations() == []
    finally:
        cli(shown, "config", "set", "dnsbl_zones", "")


@pytest.mark.manual("2.5")
def test_connections_are_sorted_added_with_every_service_and_deleted(admin, shown):
    """ADM-3, CNX-2: from the list and the menu of a row."""
    page = admin.page
    admin.go("/connections")
    page.get_by_role("row").filter(has_text="127.0.0.1").get_by_text("Open").wait_for()
    page.get_by_role("button", name="Add connection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("IP address").fill("127.0.0.9")
    dialog.get_by_label("Display name").fill("aaa.suite.test")
    assert dialog.get_by_role("checkbox", checked=True).count() == 7
    dialog.get_by_role("button", name="Add connection").click()
    dialog.wait_for(state="detached")
    try:
        row = page.get_by_role("row").filter(has_text="aaa.suite.test")
        page.get_by_role("heading", name="Services of 127.0.0.9").wait_for()
        services = page.get_by_role("table", name="Services")
        services.get_by_role("link", name="IMAPS (TLS)").wait_for()
        services.get_by_role("button", name="Port").click()
        services.get_by_role("row").nth(1).get_by_text("SMTP", exact=True).wait_for()
        for way, first in (("ascending", "127.0.0.1"), ("descending", "127.0.0.9")):
            page.get_by_role("button", name="Display name").click()
            page.locator(f'th[aria-sort="{way}"]').first.wait_for()
            page.locator('tr[aria-rowindex="2"]').filter(has_text=first).wait_for()
        assert admin.violations() == []

        row.click(button="right")
        page.get_by_role("menuitem", name="Add service").click()
        dialog.get_by_label("Port", exact=True).fill("0")
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        row.focus()
        page.keyboard.press("Delete")
        dialog.get_by_role("textbox").fill("127.0.0.9")
        dialog.get_by_role("button", name="Delete").click()
        row.wait_for(state="detached")
    finally:
        told = cli(shown, "connection", "list")
        if "127.0.0.9" in told:
            cli(shown, "connection", "delete", "127.0.0.9")


def test_a_service_is_closed_and_opened_live(admin):
    """CNX-2."""
    page = admin.page
    admin.go("/connections")
    page.get_by_role("link", name="POP3", exact=True).first.click()
    switch = page.get_by_role("switch", name="POP3 at port").first
    switch.click()
    page.get_by_text("Closed", exact=True).first.wait_for()
    switch.click()
    page.get_by_text("Closed", exact=True).first.wait_for(state="detached")


def test_a_key_is_shown_once(admin):
    page = admin.page
    admin.go("/security/keys")
    page.get_by_role("button", name="Make key").click()
    page.get_by_label("Name", exact=True).fill("backup")
    page.get_by_role("checkbox", name="Read domains").click()
    page.get_by_role("checkbox", name="Change queue").click()
    page.get_by_role("dialog").get_by_role("button", name="Make key").click()
    page.get_by_text("mmx_").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    page.get_by_role("dialog").wait_for(state="detached")

    key = page.get_by_role("row").filter(has_text="backup")
    key.get_by_text("domains:read").wait_for()
    key.get_by_text("queue:write").wait_for()
    assert page.get_by_text("mmx_").count() == 0


def test_a_user_has_the_own_account_and_nothing_else(visit, shown, person):
    """ADM-9: forwarding is set by the user."""
    user = person
    visitor = visit()
    visitor.sign_in(user.address, user.password)
    page = visitor.page
    page.get_by_role("heading", name="Password", level=1).wait_for()
    links = page.get_by_role("navigation", name="Navigation").get_by_role("link")
    links.filter(has_text="Test message").wait_for()
    assert [one.strip() for one in links.all_inner_texts()][:7] == [
        "Password", "Forwarding", "Auto-reply", "My rules", "Aliases",
        "Name and limits", "Test message",
    ]  # fmt: skip
    for name in ("Forwarding", "Auto-reply", "My rules", "Aliases", "Name and limits"):
        links.filter(has_text=name).click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        page.wait_for_load_state("networkidle")
        assert (name, visitor.violations()) == (name, [])
    limit = page.locator("#box_limit_octets")
    limit.get_by_text("it is a limit that was set for the account").wait_for()
    assert limit.locator("input").count() == 0
    page.get_by_label("First name").fill("Tim")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).first.wait_for()
    visitor.go("/filtering/bans")
    page.get_by_role("heading", name="There is nothing here", level=1).wait_for()
    assert page.get_by_role("heading", name="Bans").count() == 0


def test_the_audit_log_says_in_words_what_was_done(admin, shown):
    """In the reader's language; the kind of request stands with the details."""
    page = admin.page
    word = f"seen-{uuid.uuid4().hex[:8]}.test"
    cli(shown, "ban", "add", word)
    cli(shown, "ban", "remove", word)

    admin.go("/security/audit")
    page.get_by_label("What", exact=True).select_option(label="Remove ban")
    other = page.get_by_role("row").filter(has_text="Add ban")
    other.first.wait_for(state="detached")
    row = page.get_by_role("row", name=re.compile(word))
    row.get_by_text("Remove ban").wait_for()
    assert page.get_by_text("Add ban").count() == 1  # among those to choose from
    assert admin.violations() == []
    row.dblclick()
    entry = page.get_by_role("dialog", name="Remove ban")
    entry.get_by_text("RemoveBan", exact=True).wait_for()
    assert admin.violations() == []


def test_the_audit_log_says_which_mail_was_meant(admin, shown):
    page = admin.page
    sender = f"seen-{uuid.uuid4().hex[:8]}.test"
    cli(shown, "queue", "hold", "--sender", sender, "--older-than", "2h")

    admin.go("/security/audit")
    row = page.get_by_role("row", name=re.compile(f"from:{sender} older:2h"))

    row.wait_for()
    assert admin.violations() == []


def test_sessions_and_their_browsers_are_seen_whole_on_a_narrow_screen(admin):
    page = admin.page
    page.set_viewport_size({"width": 1280, "height": 720})
    admin.go("/security/sign-in")
    page.get_by_role("table", name="Sessions").get_by_text(
        re.compile(r"^Chrome \d+, Linux$")
    ).first.wait_for()

    cut = page.evaluate(
        """() => [...document.querySelectorAll('main table :is(th, td, th *, td *)')]
          .filter((it) => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 1)
          .map((it) => it.innerText)"""
    )
    assert cut == []
    assert page.evaluate(
        """() => [...document.querySelectorAll('main table')].every((it) =>
          it.parentElement.scrollWidth <= it.parentElement.clientWidth)"""
    )


def test_where_one_is_and_what_can_be_done_is_in_sight_on_a_narrow_screen(admin):
    """The rail shows its entry; actions of a row stay where the table is scrolled."""
    seen = """(it) => { const { left, top, right, bottom } = it.getBoundingClientRect()
      const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      return it.contains(there) }"""
    page = admin.page
    page.set_viewport_size({"width": 1280, "height": 720})

    admin.go("/check")
    here = page.get_by_role("link", name="Check of settings")
    here.wait_for()
    wait_for(lambda: here.evaluate(seen))
    admin.go("/users")
    menu = page.get_by_role("button", name=re.compile("^Actions for ")).first
    menu.wait_for()
    wait_for(lambda: menu.evaluate(seen))

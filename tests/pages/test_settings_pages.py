"""Settings are changed by their pages, act, and go back."""

import json
import time

import pytest

from fix_suite import run_mailmax
from waiting import wait_for


def kept(shown, key):
    return run_mailmax("config", "get", key, "--dir", str(shown.directory)).stdout


def test_a_setting_is_changed_and_reset(admin, shown):
    admin.go("/system/smtp")
    trigger = admin.page.get_by_role("textbox", name="Tarpitting: trigger")
    trigger.fill("17")
    admin.page.get_by_text("One change not saved").wait_for()
    admin.page.keyboard.press("Control+s")
    admin.page.get_by_text("Saved", exact=True).first.wait_for()
    assert "17" in kept(shown, "tarpit_recipients")

    admin.page.get_by_role("button", name="Reset Tarpitting: trigger to 10").click()
    line = admin.page.locator("#tarpit_recipients")
    line.get_by_text("Back to 10", exact=True).wait_for()
    admin.page.get_by_role("button", name="Save").click()
    admin.page.get_by_text("One change not saved").wait_for(state="detached")
    line.get_by_text("Built-in", exact=True).wait_for()
    assert "10" in kept(shown, "tarpit_recipients")


def test_what_is_refused_is_told_at_its_field(admin):
    admin.may_be_refused(422)
    admin.go("/system/smtp")
    trigger = admin.page.get_by_role("textbox", name="Tarpitting: trigger")
    trigger.fill("-5")
    admin.page.keyboard.press("Control+s")

    admin.page.locator("#setting-tarpit_recipients-error").wait_for()
    assert trigger.get_attribute("aria-invalid") == "true"
    assert "setting-tarpit_recipients-error" in trigger.get_attribute(
        "aria-describedby"
    )
    admin.page.get_by_role("button", name="Discard").click()
    wait_for(lambda: trigger.input_value() == "10")


@pytest.mark.manual("4.3.1")
def test_content_is_logged_for_a_while_that_is_chosen(admin, shown):
    """LOG-2: asked for once more; it ends by itself, or at once."""
    where = ("--dir", str(shown.directory))
    admin.go("/system/logs")
    line = admin.page.locator("#smtp_log_content_until")
    choice = line.get_by_role("combobox")
    try:
        choice.select_option("For an hour")
        line.get_by_text("private mail").last.wait_for()
        admin.page.keyboard.press("Control+s")
        sure = admin.page.get_by_role("dialog")
        sure.get_by_text("the full content of every message").wait_for()
        sure.get_by_role("button", name="Save").click()
        admin.page.get_by_text("Saved", exact=True).first.wait_for()
        until = json.loads(run_mailmax("config", "get", *where, "--json").stdout)[
            "smtp_log_content_until"
        ]
        assert 3000 < until - time.time() <= 3600
        wait_for(lambda: choice.input_value() == "kept")

        choice.select_option("off")
        admin.page.keyboard.press("Control+s")
        admin.page.get_by_text("One change not saved").wait_for(state="detached")
        assert "0" in kept(shown, "smtp_log_content_until")
    finally:
        run_mailmax("config", "set", "smtp_log_content_until", "0", *where)


@pytest.mark.manual("4.4")
def test_the_queue_directory_is_shown_where_the_manual_has_it(admin, shown):
    """QUE-1: with the way to where it is set."""
    admin.go("/system/queue")
    admin.page.get_by_text(str(shown.directory / "queue"), exact=True).wait_for()
    admin.page.get_by_role("main").get_by_role("link", name="Local settings").click()
    admin.page.get_by_role("heading", name="Local settings", level=1).wait_for()

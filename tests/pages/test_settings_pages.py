"""Settings are changed by their pages, act, and go back."""

from fix_suite import run_mailmax


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
    admin.page.get_by_role("button", name="Save").click()
    admin.page.get_by_text("One change not saved").wait_for(state="detached")
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
    assert trigger.input_value() == "10"

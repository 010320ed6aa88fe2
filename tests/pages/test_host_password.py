"""Set host password: refused at its field; set, and all come back (HUB-4)."""

from fix_suite import run_mailmax


def opened(admin):
    admin.go("/system/general")
    admin.page.get_by_role("button", name="Host password").click()
    return admin.page.get_by_role("dialog", name="Set host password")


def test_what_is_wrong_is_told_at_its_field(admin):
    dialog = opened(admin)
    new = dialog.get_by_label("New host password")
    new.fill("two words")
    dialog.get_by_label("Again").fill("other")
    dialog.get_by_text("Weak: can be guessed").wait_for()

    admin.page.keyboard.press("Enter")

    dialog.get_by_text("It contains a space").wait_for()
    dialog.get_by_text("The two are not the same").wait_for()
    assert new.get_attribute("aria-invalid") == "true"
    assert admin.violations() == []


def test_a_new_one_is_set_and_all_services_come_back(admin, shown):
    admin.may_be_refused(503)  # the service that answers the browser joins again, too
    dialog = opened(admin)
    dialog.get_by_role("button", name="Make one up").click()
    dialog.get_by_text("Strong", exact=True).wait_for()

    dialog.get_by_role("button", name="Set host password").click()

    dialog.get_by_text("The host password is set.", exact=True).wait_for()
    lines = dialog.get_by_role("listitem").all_inner_texts()
    assert any("smtpmax@" in line for line in lines)
    assert any("webadmin@" in line for line in lines)
    assert all("has joined again" in line for line in lines)
    assert admin.violations() == []
    status = run_mailmax("status", "--dir", str(shown.directory))
    assert "webadmin" in status.stdout

"""Local settings and the database are seen; how a value is changed is said (LOC-1)."""

from waiting import wait_for


def test_directories_are_shown_with_their_room_and_the_exact_lines(admin, shown):
    admin.go("/system/local")
    table = admin.page.get_by_role("region", name="Table of directories")
    row = table.get_by_role("row", name="Mailboxes")
    row.get_by_text(str(shown.directory / "mail"), exact=True).wait_for()
    assert "of" in row.get_by_role("cell").nth(1).inner_text()
    row.get_by_text("Built-in").wait_for()
    assert admin.violations() == []

    how = row.get_by_role("button", name="How to change: Mailboxes")
    how.focus()
    admin.page.keyboard.press("Enter")
    dialog = admin.page.get_by_role("dialog", name="Mailboxes")
    dialog.get_by_label("New value").fill("/srv/large/mail")

    lines = dialog.get_by_label("Lines for").inner_text()
    assert lines == '[directories]\nmail = "/srv/large/mail"'
    commands = dialog.get_by_label("Commands").inner_text().splitlines()
    assert commands[0] == "systemctl stop mailmax"
    assert commands[1] == f"mv {shown.directory / 'mail'} /srv/large/mail"
    assert admin.violations() == []
    admin.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    wait_for(lambda: how.evaluate("button => button === document.activeElement"))


def test_what_is_wrong_with_a_computer_is_said_with_its_cure(
    admin, shown, visit, cookies
):
    queue = shown.directory / "queue"
    mode = queue.stat().st_mode
    queue.chmod(0o777)
    try:
        admin.go("/system/local")
        card = admin.page.locator("#local-findings")
        card.get_by_text("directories.queue", exact=True).wait_for()
        card.get_by_text(f"chmod go-w {queue}").wait_for()
        assert admin.violations() == []

        german = visit(locale="de-DE", **cookies)
        german.go("/system/local")
        card = german.page.locator("#local-findings")
        card.get_by_text(f"Andere dürfen in {queue} schreiben").wait_for()
        card.get_by_text(f"chmod go-w {queue}", exact=True).wait_for()
    finally:
        queue.chmod(mode)


def test_what_the_file_says_by_now_is_marked(admin, shown):
    file = shown.directory / "mailmax.toml"
    before = file.read_text()
    file.write_text(f'{before}\n[programs]\nread = ["/opt/scanner"]\n')
    try:
        admin.go("/system/local")
        admin.page.get_by_text("From the next start: /opt/scanner").wait_for()
        file.write_text("mial = 1\n")
        admin.go("/system/local")
        admin.page.get_by_role("alert").filter(has_text="mial").wait_for()
    finally:
        file.write_text(before)


def test_the_database_is_shown_with_the_command_that_copies_it(admin, shown):
    admin.go("/system/database")
    admin.page.get_by_text("SQLite", exact=True).wait_for()
    place = str(shown.directory / "data" / "mailmax.db")
    admin.page.get_by_text(place, exact=True).wait_for()
    assert place in admin.page.get_by_label("Command", exact=True).inner_text()
    assert admin.violations() == []

    admin.page.get_by_role("button", name="Measure again").click()
    admin.page.get_by_text("the newest").wait_for()

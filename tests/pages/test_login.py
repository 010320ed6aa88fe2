"""Signing in, in a real browser."""

from fix_suite import run_mailmax


def test_a_wrong_password_is_told_and_nothing_is_open(visit, chief):
    visitor = visit()
    visitor.may_be_refused(401)
    visitor.sign_in(chief.address, "not-the-password")

    alert = visitor.page.get_by_role("alert")
    alert.wait_for()

    assert "wrong" in alert.inner_text()
    visitor.go("/system/smtp")
    assert visitor.page.url.endswith("/admin/login?next=/system/smtp")


def test_who_signs_in_comes_to_the_page_that_they_wanted(visit, chief):
    visitor = visit()
    visitor.go("/system/smtp")
    visitor.page.get_by_label("Address").fill(chief.address)
    visitor.page.get_by_label("Password", exact=True).fill(chief.password)
    visitor.page.keyboard.press("Enter")

    visitor.page.get_by_role("heading", name="SMTP", level=1).wait_for()


def test_the_page_is_for_everybody(visit):
    for scheme in ("light", "dark"):
        visitor = visit(color_scheme=scheme)
        visitor.go("/login")
        assert visitor.violations() == []


def test_a_german_browser_is_spoken_to_in_german(visit):
    visitor = visit(locale="de-DE")
    visitor.go("/login")

    assert visitor.page.locator("html").get_attribute("lang") == "de"
    assert visitor.page.get_by_role("button", name="Anmelden").is_visible()


def test_a_link_signs_in_once(visit, shown):
    made = run_mailmax("admin", "link", "--dir", str(shown.directory))
    visitor = visit()

    visitor.page.goto(made.stdout.strip())

    visitor.page.get_by_role("heading", name="Overview", level=1).wait_for()
    assert "#" not in visitor.page.url
    other = visit()
    other.may_be_refused(401)
    other.page.goto(made.stdout.strip())
    other.page.get_by_role("alert").wait_for()
    assert "mailmax admin link" in other.page.get_by_role("alert").inner_text()
    assert other.page.url.endswith("/admin/login")
    assert other.violations() == []


def test_a_link_works_in_the_tab_that_shows_the_page_already(visit, shown):
    made = run_mailmax("admin", "link", "--dir", str(shown.directory))
    visitor = visit()
    visitor.go("/login")

    visitor.page.evaluate("url => { location.href = url }", made.stdout.strip())

    visitor.page.get_by_role("heading", name="Overview", level=1).wait_for()

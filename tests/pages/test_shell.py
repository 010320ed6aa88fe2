"""The frame of every page: navigation, palette, themes, small screens."""


def test_every_entry_of_the_navigation_opens_and_is_for_everybody(admin):
    links = admin.page.get_by_role("navigation", name="Navigation").get_by_role("link")
    for place in range(links.count()):
        name = links.nth(place).locator("span").first.inner_text()
        links.nth(place).click()
        admin.page.locator("h1", has_text=name).first.wait_for()
        admin.page.wait_for_load_state("networkidle")
        assert (name, admin.violations()) == (name, [])


def test_dark_pages_are_for_everybody_too(admin):
    admin.page.get_by_role("button", name="Theme").click()
    admin.page.get_by_role("menuitem", name="Dark").click()

    assert admin.page.locator("html").get_attribute("data-theme") == "dark"
    for path in ("/", "/system/general", "/about", "/nothing"):
        admin.go(path)
        admin.page.wait_for_load_state("networkidle")
        assert (path, admin.violations()) == (path, [])


def test_the_palette_finds_a_setting_by_keys_alone(admin):
    admin.page.keyboard.press("Control+k")
    admin.page.get_by_role("combobox", name="Search").wait_for()
    admin.page.keyboard.type("tarpitting trigger")
    admin.page.get_by_role("option", name="Tarpitting: trigger").wait_for()
    admin.page.keyboard.press("Enter")

    admin.page.wait_for_url("**/system/smtp#tarpit_recipients")
    admin.page.locator("#setting-tarpit_recipients:focus").wait_for()


def test_on_a_phone_the_navigation_comes_when_it_is_called(admin):
    admin.page.set_viewport_size({"width": 390, "height": 800})
    admin.page.get_by_role("button", name="Open navigation").click()
    rail = admin.page.get_by_role("navigation", name="Navigation")
    rail.get_by_role("link", name="Queue").first.click()

    admin.page.get_by_role("heading", name="Queue", level=1).wait_for()
    wide = admin.page.evaluate(
        "document.documentElement.scrollWidth > window.innerWidth"
    )
    assert not wide


def test_signing_out_leaves_nothing_open(admin):
    admin.page.get_by_role("button", name="Account of").click()
    admin.page.get_by_role("menuitem", name="Sign out").click()
    admin.page.get_by_label("Address").wait_for()

    admin.go("/system/general")
    assert "/login" in admin.page.url

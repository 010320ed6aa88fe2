"""The frame of every page: navigation, palette, themes, small screens, words."""

import re
from pathlib import Path

LOCALES = Path(__file__).parents[2] / "web" / "src" / "locales" / "en"
_FILES = "|".join(path.stem for path in LOCALES.glob("*.json"))
_NAMES = r"(?:test|example)\b"
KEY = re.compile(rf"\b(?:{_FILES})\.(?!{_NAMES})[a-z]\w*\b(?!\.{_NAMES})")

# What headings, buttons, labels and entries say, from the first moment on.
WATCH = """
window.said = new Set();
new MutationObserver(() => {
  const telling = 'h1,h2,h3,button,label,a,th,[aria-label]';
  for (const one of document.querySelectorAll(telling)) {
    window.said.add(one.textContent);
    window.said.add(one.getAttribute('aria-label') ?? '');
  }
  window.said.add(document.title);
}).observe(document, {
  subtree: true, childList: true, characterData: true, attributes: true,
});
"""


def keys_said(visitor):
    """Return what looked like the key of a word, and how much was looked at."""
    said = visitor.page.evaluate("[...window.said]")
    return [one for one in said if KEY.search(one)], len(said)


def test_every_entry_of_the_navigation_opens_and_is_for_everybody(admin):
    links = admin.page.get_by_role("navigation", name="Navigation").get_by_role("link")
    for place in range(links.count()):
        name = links.nth(place).locator("span").first.inner_text()
        links.nth(place).click()
        admin.page.locator("h1", has_text=name).first.wait_for()
        admin.page.wait_for_load_state("networkidle")
        assert (name, admin.violations()) == (name, [])


def test_every_entry_of_ones_own_account_is_for_everybody(visit, person):
    """RAD-2: what an ordinary user sees, all of it."""
    visitor = visit()
    visitor.sign_in(person.address, person.password)
    rail = visitor.page.get_by_role("navigation", name="Navigation")
    rail.get_by_role("link").first.wait_for()
    names = [name.strip() for name in rail.get_by_role("link").all_inner_texts()]

    for name in names:
        rail.get_by_role("link", name=name, exact=True).click()
        visitor.page.locator("h1", has_text=name).wait_for()
        visitor.page.wait_for_load_state("networkidle")
        assert (name, visitor.violations()) == (name, [])

    assert {"Password", "Forwarding", "API keys", "My rules"} <= set(names)


# Turns the theme as a click does, and looks in the same moment whether all text has
# the colour of the new one: null, or the first that is still on its way.
TURN = """
name => {
  const one = [...document.querySelectorAll('[role=menuitem]')].find(
    item => item.textContent.includes(name));
  one.click();
  const late = document.getAnimations().find(
    found => /color|background|border|fill/.test(found.transitionProperty ?? ''));
  return late ? late.effect.target.outerHTML.slice(0, 200) : null;
}
"""


def test_a_theme_is_whole_in_the_moment_of_its_choice(visit, person):
    """WCAG 1.4.3 holds with motion and without it: no text is between two colours."""
    for motion in ("reduce", "no-preference"):
        visitor = visit(reduced_motion=motion)
        visitor.sign_in(person.address, person.password)
        page = visitor.page
        page.get_by_role("heading", name="Password", level=1).wait_for()
        for theme in ("Dark", "Light"):
            page.get_by_role("button", name="Theme").click()
            page.get_by_role("menuitem", name=theme).wait_for()
            assert page.evaluate(TURN, theme) is None, (motion, theme)
            wanted = theme.lower()
            assert page.locator("html").get_attribute("data-theme") == wanted
            page.get_by_role("menu").wait_for(state="detached")  # it fades away
            assert visitor.violations() == [], (motion, theme)


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
    search = admin.page.get_by_role("combobox", name="Search")
    search.and_(admin.page.locator(":focus")).wait_for()
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


def test_what_looks_like_a_key_is_seen():
    assert KEY.search("queue.title")
    assert KEY.search("1 system.smtp.checks")
    assert not KEY.search("mail.example")
    assert not KEY.search("Rules. users")


def test_no_page_shows_a_key_in_german_not_for_a_moment(visit, chief):
    visitor = visit(locale="de-DE")
    visitor.page.add_init_script(WATCH)
    visitor.go("/login")
    visitor.page.get_by_label("Adresse").fill(chief.address)
    visitor.page.get_by_label("Passwort", exact=True).fill(chief.password)
    visitor.page.get_by_role("button", name="Anmelden").click()
    visitor.page.get_by_role("heading", name="Übersicht", level=1).wait_for()

    links = visitor.page.get_by_role("navigation", name="Navigation").get_by_role(
        "link"
    )
    assert links.count() > 15
    for place in range(links.count()):
        name = links.nth(place).locator("span").first.inner_text()
        links.nth(place).click()
        visitor.page.locator("h1", has_text=name).first.wait_for()
        visitor.page.wait_for_load_state("networkidle")
    keys, looked_at = keys_said(visitor)
    assert (keys, looked_at > 300) == ([], True)


def test_a_language_chosen_later_holds_on_pages_seen_and_unseen(admin):
    admin.page.evaluate(WATCH)
    admin.page.get_by_role("link", name="Queue").first.click()
    admin.page.get_by_role("heading", name="Queue", level=1).wait_for()
    admin.page.get_by_role("button", name="Account of").click()
    admin.page.get_by_role("menuitem", name="Deutsch").click()

    admin.page.get_by_role("heading", name="Warteschlange", level=1).wait_for()
    admin.page.get_by_role("link", name="Regeln").click()
    admin.page.get_by_role("heading", name="Regeln", level=1).wait_for()
    admin.page.get_by_role("link", name="Übersicht").click()
    admin.page.get_by_role("heading", name="Übersicht", level=1).wait_for()
    keys, looked_at = keys_said(admin)
    assert (keys, looked_at > 50) == ([], True)


def test_help_is_of_the_page_that_is_open_and_tells_the_keys(admin):
    for path, title in (("/queue", "Queue"), ("/system/dns", "DNS")):
        admin.go(path)
        admin.page.get_by_role("heading", name=title, level=1).wait_for()
        admin.page.keyboard.press("?")
        told = admin.page.get_by_role("dialog", name="Help")
        told.get_by_role("heading", name=title, exact=True).wait_for()
        told.get_by_role("heading", name="In lists").wait_for()
        assert (path, admin.violations()) == (path, [])
        admin.page.keyboard.press("Escape")
        told.wait_for(state="detached")


def test_a_tab_goes_on_after_an_update(admin):
    """The files of its pages are gone: it takes the new ones."""
    page = admin.page
    admin.may_be_refused(404)
    entry = "document.querySelector('script[type=module][src]')"
    files = "**/assets/Bans-*.js"
    page.evaluate(f"{entry}.setAttribute('src', '/admin/assets/before.js')")
    page.route(files, lambda route: route.fulfill(status=404))
    page.on(
        "request",
        lambda one: page.unroute(files) if one.is_navigation_request() else None,
    )

    page.get_by_role("link", name="Bans", exact=True).click()

    page.get_by_role("heading", name="Bans", level=1).wait_for()
    assert "before" not in page.evaluate(f"{entry}.src")

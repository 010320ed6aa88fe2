"""Words of strangers on every page: shown as text, run by none (TRUST I5).

Theory:
    Whoever may write something that an administrator looks at writes an element that
    would run a script. The browser tells of what the policy of the pages stops as an
    error, and an error fails the test.
"""

import json
import socket

from fix_suite import run_mailmax
from hub_asking import ask_hub
from mailmax.hub.contract.access import AddBan, AddFilter
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.rules import AddRule, RuleOwner
from mailmax.hub.contract.users import ChangeUser
from mailmax.hub.contract.web import AddApiKey, ApiKeyAdded

EVIL = "<img src=x onerror=ran=1>"
RULE = {
    "name": EVIL,
    "conditions": [{"kind": "header", "name": "Subject", "text": EVIL}],
    "actions": [{"kind": "discard"}],
}
RAN = "() => window.ran || document.querySelector('img[src=x]') !== null"


def hello(shown) -> None:
    """Greet SMTPMax as nobody would."""
    with socket.create_connection(("127.0.0.1", shown.port("smtp")), 30) as sock:
        sock.recv(500)
        sock.sendall(f"EHLO {EVIL}\r\nQUIT\r\n".encode())
        while sock.recv(500):
            pass


def seen(visitor, where: str, *texts: str) -> None:
    """Open a page and see words on it, as they were written."""
    if where:
        visitor.go(where)
    for text in texts:
        visitor.page.get_by_text(text).first.wait_for()
    assert not visitor.page.evaluate(RAN), where


def test_what_anybody_writes_is_text_on_every_page(visit, shown, chief, person):
    """TRUST I5: names, remarks, rules, browsers, greetings, refusals."""
    where = ("--dir", str(shown.directory))
    answers = {}
    words = {"first_name": EVIL, "last_name": EVIL, "reply_subject": EVIL}
    for request in (
        ChangeUser(person.address, words),
        AddFilter("198.51.100.7", "permitted", comment=EVIL),
        AddBan("hostile.test", comment=EVIL),
        AddApiKey(EVIL, ("domains:read",), chief.address),
        AddRule(RuleOwner("user", person.address), json.dumps(RULE)),
    ):
        answers[type(request)] = answer = ask_hub(shown.directory, request)
        assert isinstance(answer, Changed | ApiKeyAdded), answer
    visitor = visit(user_agent=EVIL)
    visitor.may_be_refused(409, 422)
    visitor.sign_in(chief.address, chief.password)
    page = visitor.page
    page.get_by_role("heading", name="Overview", level=1).wait_for()

    name = person.address.partition("@")[0]
    seen(visitor, f"/users?q={name}", EVIL)
    seen(visitor, f"/filtering/rules?scope=user&name={person.address}", EVIL)
    seen(visitor, "/filtering/ip-control", EVIL)
    seen(visitor, "/filtering/bans", EVIL)
    seen(visitor, "/security/sign-in", EVIL)
    seen(visitor, "/security/keys", EVIL)
    seen(visitor, "/security/audit", EVIL)
    visitor.go("/domains")
    page.get_by_role("button", name="Add domain").first.click()
    page.get_by_label("Name", exact=True).fill(EVIL)
    page.get_by_role("dialog").get_by_role("button", name="Add domain").click()
    page.locator("[aria-invalid=true]").wait_for()
    seen(visitor, "", EVIL)
    visitor.go("/spy")
    page.get_by_role("button", name="New trace").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Service").select_option(label="SMTPMax")
    dialog.get_by_label("Commands sent").click()
    dialog.get_by_role("button", name="Start").click()
    page.get_by_text("Live", exact=True).wait_for()
    hello(shown)
    seen(visitor, "", f"EHLO {EVIL}")

    run_mailmax("filter", "remove", str(answers[AddFilter].item_id), *where)
    run_mailmax("ban", "remove", "hostile.test", *where)

"""Test messages on the running suite: they go the way of mail, and are read back."""

import asyncio
import email.policy  # noqa: TID251 - the oracle
import imaplib
import json
from typing import Any

import pytest

from commands import type_mailmax
from fix_forwarding import forward, set_user
from fix_suite import Account, Suite, run_mailmax
from fix_web import Browser
from mailmax.cli.exits import Exit

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("1.4"),
]


def signed_in(suite: Suite, user: Account) -> Browser:
    browser = Browser(suite.port("http"))
    told = asyncio.run(browser.sign_in(user.address, user.password))
    assert told.status == 201, told.octets
    return browser


def ask(browser: Browser, way: str, body: Any = None) -> Any:
    return asyncio.run(browser.ask(way, body))


def place(user: Account) -> str:
    return f"/users/{user.address}/test-messages"


def sent(browser: Browser, user: Account, language: str = "en") -> dict[str, Any]:
    told = ask(browser, f"POST {place(user)}", {"language": language})
    assert told.status == 201, told.octets
    assert told.headers["location"].endswith(f"/test-messages/{told.json['id']}")
    return told.json


def seen(browser: Browser, user: Account, one: dict[str, Any]) -> dict[str, Any]:
    told = ask(browser, f"GET {place(user)}/{one['id']}?wait_ms=8000")
    assert told.status == 200, told.octets
    return told.json


def stored(client: imaplib.IMAP4, mailbox: str, uid: int) -> bytes:
    client.select(f'"{mailbox}"', readonly=True)
    return client.uid("FETCH", str(uid), "(BODY.PEEK[])")[1][0][1]


def tried(suite: Suite, user: Account, *words: str) -> Any:
    where = ("--dir", str(suite.directory))
    return type_mailmax("user", "test-message", user.address, *words, *where)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_user_sends_one_to_oneself_and_reads_it(
    suite: Suite, tim: Account, language: str
) -> None:
    """ADM-7: what the page shows is what lies in the mailbox."""
    browser = signed_in(suite, tim)

    one = sent(browser, tim, language)
    told = seen(browser, tim, one)

    assert (told["state"], told["mailbox"]) == ("delivered", "INBOX"), told
    assert 0 < told["took_ms"] < 8000
    with suite.imap(tim) as client:
        octets = stored(client, "INBOX", told["uid"])
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert mail["Message-ID"] == one["message_id"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language
    shown = told["message"]
    assert shown["size_octets"] == len(octets)
    assert [(one["name"], one["value"]) for one in shown["header"]] == [
        (name, str(value)) for name, value in mail.raw_items()
    ]
    assert shown["text"].splitlines() == mail.get_content().splitlines()
    assert (shown["is_html"], shown["is_cut"], shown["files"]) == (False, False, [])


def test_others_neither_send_nor_read(suite: Suite, tim: Account, anna: Account):
    """TRUST I2."""
    mine, other = signed_in(suite, tim), signed_in(suite, anna)
    one = sent(mine, tim)
    assert seen(mine, tim, one)["state"] == "delivered"

    for browser, way, body in (
        (other, f"POST {place(tim)}", {}),
        (other, f"GET {place(tim)}/{one['id']}", None),
        (other, f"GET {place(anna)}/{one['id']}", None),
        (mine, f"GET {place(tim)}/{'0' * 32}", None),
        (Browser(suite.port("http")), f"GET {place(tim)}/{one['id']}", None),
    ):
        told = ask(browser, way, body)
        assert told.status in {401, 404}, (way, told.octets)


def test_it_is_found_where_it_was_moved_and_missed_when_it_is_gone(
    suite: Suite, tim: Account
) -> None:
    browser = signed_in(suite, tim)
    one = sent(browser, tim)
    uid = seen(browser, tim, one)["uid"]

    with suite.imap(tim) as client:
        client.create("Kept")
        client.select("INBOX")
        client.uid("MOVE", str(uid), "Kept")
        moved = seen(browser, tim, one)
        client.select("Kept")
        client.uid("STORE", str(moved["uid"]), "+FLAGS", r"(\Deleted)")
        client.expunge()
    gone = seen(browser, tim, one)

    assert (moved["state"], moved["mailbox"]) == ("delivered", "Kept")
    assert (gone["state"], gone["message"]) == ("removed", None)
    assert gone["took_ms"] == moved["took_ms"]


def test_a_full_box_refuses_it(suite: Suite, tim: Account) -> None:
    set_user(suite, tim, box_limit_octets="100")

    told = ask(signed_in(suite, tim), f"POST {place(tim)}", {})
    typed = tried(suite, tim)

    assert (told.status, told.json["detail"]) == (409, "the mailbox is full")
    assert typed.returncode == Exit.CONFLICT
    assert "the mailbox is full; raise the disk limit" in typed.stderr


def test_rules_and_forwards_are_told_where_no_copy_is_kept(
    suite: Suite, tim: Account, anna: Account
) -> None:
    where = ("--json", "--dir", str(suite.directory))
    add = ("rule", "add", "no tests", "--user", tim.address)
    when = ("--if", "header Auto-Submitted contains auto-generated")
    made = json.loads(run_mailmax(*add, *when, "--do", "store Tests", *where).stdout)
    stored_by_rule = json.loads(tried(suite, tim, "--json").stdout)
    run_mailmax("rule", "delete", str(made["item_id"]), *where)
    run_mailmax(*add, *when, "--do", "discard", *where)
    discarded = tried(suite, tim)
    forward(suite, anna, tim.address, keeps=False)
    forwarded = tried(suite, anna)

    assert stored_by_rule["state"] == "delivered"
    assert stored_by_rule["mailbox"] == "Tests"
    assert discarded.returncode == Exit.NOT_FOUND
    assert "discarded, by the rule 'no tests' (user)" in discarded.stdout
    assert forwarded.returncode == Exit.NOT_FOUND
    assert f"it is forwarded, to {tim.address}" in forwarded.stdout


def test_the_command_waits_and_says_where_it_lies(suite: Suite, tim: Account) -> None:
    done = tried(suite, tim, "--language", "de")

    assert done.returncode == Exit.DONE, done.stderr
    assert "delivered after" in done.stdout
    assert "INBOX, UID 1" in done.stdout
    assert b"=?utf-8" not in suite.wait_for(tim, "Testnachricht")

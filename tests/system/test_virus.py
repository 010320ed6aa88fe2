"""Virus protection of the whole suite: real mail, the real clamd, read by IMAP."""

import contextlib
import json
import smtplib
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from fix_clamd import EICAR, NAME, Clamd, with_attachment
from fix_suite import DOMAIN, Account, MakeSuite, Suite, run_mailmax
from hub_asking import ask_hub
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.quarantine import (
    ListQuarantine,
    QuarantineView,
    SteerQuarantine,
)
from mailmax.hub.contract.settings import SetSetting
from mailmax.settings.system import virus
from waiting import wait_for

pytestmark = pytest.mark.system

STRANGER = "127.0.0.2"


class Node:
    """A suite that looks for viruses, and somebody at the command line."""

    def __init__(self, suite: Suite, clamd: Clamd) -> None:
        self.suite = suite
        self.clamd = clamd
        self.tim, self.ann, self.joe, self.eve = suite.users[:4]
        self.changed: set[str] = set()
        """Settings that were seen to act."""

    def type(self, *words: str) -> str:
        return run_mailmax(*words, "--dir", str(self.suite.directory)).stdout

    def ask(self, *words: str):
        return json.loads(self.type(*words, "--json"))

    def say(self, request: Any) -> Any:
        return ask_hub(self.suite.directory, request)

    def set(self, key: str, value: object) -> None:
        assert isinstance(self.say(SetSetting(key, str(value))), Changed)
        self.changed |= {key}

    def kept(self) -> list[QuarantineView]:
        return list(self.say(ListQuarantine()).rows)

    def wait_kept(self, mark: str) -> QuarantineView:
        """Return the line of a message in quarantine, by its sender."""
        found: list[QuarantineView] = []

        def is_there() -> bool:
            found[:] = [one for one in self.kept() if mark in one.reverse_path]
            return bool(found)

        wait_for(is_there)
        return found[0]

    def give(
        self,
        content: bytes,
        *recipients: Account,
        source: str = STRANGER,
        sender: str = "bob@far.test",
    ) -> tuple[int, bytes]:
        """Hand in a message at port 25."""
        port = self.suite.port("smtp")
        with smtplib.SMTP(
            "127.0.0.1", port, timeout=30, source_address=(source, 0)
        ) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            for one in recipients or (self.tim,):
                assert smtp.rcpt(one.address)[0] == 250
            return smtp.data(content)

    def submit(self, who: Account, content: bytes, *recipients: str) -> None:
        port = self.suite.port("submission")
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as smtp:
            smtp.login(who.address, who.password)
            smtp.sendmail(who.address, recipients, content)

    def mails(self, who: Account) -> int:
        with self.suite.imap(who) as client:
            _, (count,) = client.select("INBOX", readonly=True)
            return int(count)


@pytest.fixture(scope="module")
def _node(_suites: MakeSuite, clamd: Clamd) -> Iterator[Node]:
    found = Node(_suites(users=4, trust_loopback=False), clamd)
    found.type("filter", "add", "127.0.0.1", "trusted")
    yield found
    clamd.stop()
    clamd.start()


@pytest.fixture
def node(_node: Node) -> Iterator[Node]:
    """Give the suite with its check on; settings and quarantine are as new."""
    _node.set("clamd_address", _node.clamd.address)
    _node.set("virus_check", "on")
    yield _node
    changed, _node.changed = _node.changed, set()
    for key in changed:
        _node.say(SetSetting(key, ""))
    kept = tuple(one.item_id for one in _node.kept())
    if kept:
        _node.say(SteerQuarantine("delete", kept, "test"))


def marked() -> tuple[str, bytes, bytes]:
    """Return a sender, a clean and an infected message with a mark of their own."""
    mark = uuid.uuid4().hex
    text = mark.encode()
    return f"{mark}@far.test", b"Subject: c\r\n\r\n" + text, with_attachment(text=text)


def test_the_check_keeps_viruses_out_and_lets_the_rest_in(node: Node) -> None:
    sender, clean, evil = marked()

    code, words = node.give(evil, sender=sender)
    assert (code, NAME.encode() in words) == (554, True)
    assert node.give(clean, sender=sender)[0] == 250

    assert b"Subject: c" in node.suite.wait_for(node.tim, sender.partition("@")[0])
    assert node.kept() == []
    said = node.type("status")
    assert "virus checker: clamd, 4 users with the check" in said


def test_infected_mail_of_users_is_kept_shown_and_released(node: Node) -> None:
    mark, _, evil = marked()
    evil = evil.replace(b"bob@far.test", mark.encode())
    before = node.mails(node.ann)

    node.submit(node.tim, evil, node.ann.address)

    row = node.wait_kept(node.tim.address)
    assert row.item_id in node.type("quarantine", "list")
    assert row.words == NAME
    assert row.recipients == (node.ann.address,)
    assert node.mails(node.ann) == before
    assert NAME in node.type("quarantine", "show", row.item_id)
    assert (
        evil
        in node.type("quarantine", "show", row.item_id, "--raw")
        .replace("\n", "\r\n")
        .replace("\r\r", "\r")
        .encode()
    )

    assert "1 message" in node.type("quarantine", "release", row.item_id)
    assert node.kept() == []
    got = node.suite.wait_for(node.ann, mark)
    assert got.endswith(evil)


def test_quarantine_is_deleted_by_hand(node: Node) -> None:
    _, _, evil = marked()
    node.submit(node.eve, evil, node.ann.address, node.joe.address)
    row = node.wait_kept(node.eve.address)

    said = node.type("quarantine", "delete", row.item_id)

    assert "1 message thrown away" in said
    assert node.kept() == []


def test_domains_and_users_have_their_switches(node: Node) -> None:
    _, _, evil = marked()
    node.type("user", "set", node.joe.address, "virus_check=off")
    assert node.give(evil, node.joe)[0] == 250
    assert node.ask("status")["checked_users"] == 3

    assert "4 users" in node.type("virus", "disable", "--domain", DOMAIN)
    assert node.give(evil)[0] == 250
    assert node.ask("status")["checked_users"] == 0

    node.type("virus", "enable", "--all")
    assert node.give(evil, node.joe)[0] == 554
    assert node.ask("status")["checked_users"] == 4


def test_each_setting_acts_without_a_restart(node: Node) -> None:
    """Of the page `settings.system.virus`; no service begins anew."""
    before = {one["role"]: one["pid"] for one in node.ask("status")["services"]}

    what_a_program_says(node)
    what_is_looked_at(node)
    what_cannot_be_looked_at(node)
    actions(node)
    limits_of_the_quarantine(node)

    after = {one["role"]: one["pid"] for one in node.ask("status")["services"]}
    assert after == before
    assert node.changed == {field.key for field in virus.FIELDS} - set(ELSEWHERE)


ELSEWHERE = {"quarantine_days"}
"""Days go by in tests/unit/store/test_quarantine.py."""


def what_a_program_says(node: Node) -> None:
    """In a mail of users: of strangers' it is refused."""
    finds = '/bin/sh -c "grep -l evil %d/* | xargs -r rm"'
    node.set("external_command", finds)
    node.set("external_check", "on")
    evil = with_attachment(body=b"evil")
    fine = with_attachment(body=b"fine")
    assert node.give(fine)[0] == 250
    assert node.give(evil)[0] == 554
    node.submit(node.joe, evil, node.ann.address)
    assert "external check" in node.wait_kept(node.joe.address).words

    node.set("external_infected", "discard")
    count = len(node.kept())
    node.submit(node.joe, evil, node.ann.address)
    node.submit(
        node.joe, with_attachment(body=b"x", text=b"discarded"), node.ann.address
    )
    node.suite.wait_for(node.ann, "discarded")
    assert len(node.kept()) == count

    node.set("external_timeout_s", 1)
    node.set("external_command", "/bin/sh -c 'sleep 60' %d")
    assert node.give(fine)[0] == 451
    node.set("external_when_failing", "pass")
    assert node.give(fine)[0] == 250
    node.set("external_check", "off")


def what_is_looked_at(node: Node) -> None:
    sender, clean, evil = marked()
    node.set("virus_check", "off")
    assert node.give(evil, sender=sender)[0] == 250
    node.set("virus_check", "on")
    assert node.give(evil)[0] == 554

    node.set("clamd_address", "/nobody/is/there")
    assert node.give(clean)[0] == 451
    node.set("virus_when_down", "pass")
    sender, clean, _ = marked()
    assert node.give(clean + sender.encode(), sender=sender)[0] == 250
    got = node.suite.wait_for(node.tim, sender)
    assert b"X-MailMax-Virus: not checked, the scanner failed" in got
    node.set("clamd_address", node.clamd.address)

    picture = with_attachment(body=b"GIF89a" + EICAR).replace(b"eicar.com", b"e.gif")
    node.set("virus_files", "executables")
    assert node.give(picture)[0] == 250
    node.set("virus_files", "all")
    assert node.give(picture)[0] == 554


def what_cannot_be_looked_at(node: Node) -> None:
    _, clean, _ = marked()
    node.set("virus_unscanned", "refuse")
    node.set("virus_size_octets", "64k")
    assert node.give(clean + b"x\r\n" * 30_000)[0] == 554
    node.set("virus_size_octets", "1M")
    assert node.give(clean + b"x\r\n" * 30_000)[0] == 250

    nested = b"Content-Type: message/rfc822\r\n\r\n" * 3 + clean
    node.set("virus_depth", 2)
    assert node.give(nested)[0] == 554
    node.set("virus_depth", 20)
    assert node.give(nested)[0] == 250

    node.set("virus_when_down", "defer")
    node.set("virus_timeout_s", 1)
    with stopped(node.clamd):
        began = time.monotonic()
        assert node.give(clean)[0] == 451
        assert 0.9 < time.monotonic() - began < 10
    node.set("virus_timeout_s", 60)


@contextlib.contextmanager
def stopped(clamd: Clamd) -> Iterator[None]:
    """Let clamd stand still."""
    clamd.pause()
    try:
        yield
    finally:
        clamd.go_on()


def actions(node: Node) -> None:
    node.set("virus_strangers", "accept")
    sender, _, evil = marked()
    assert node.give(evil, node.ann, sender=sender)[0] == 250
    node.wait_kept(sender)

    node.set("virus_alert_to", node.joe.address)
    node.set("virus_notify_recipient", "on")
    sender, _, evil = marked()
    assert node.give(evil, node.ann, sender=sender)[0] == 250
    assert b"Virus found" in node.suite.wait_for(node.joe, sender)
    assert b"mail for you" in node.suite.wait_for(node.ann, sender)

    node.set("virus_quarantine_to", node.eve.address)
    node.set("virus_quarantine_in", "on")
    node.set("virus_quarantine_out", "on")
    node.set("virus_notify_sender", "on")
    sender, _, evil = marked()
    assert node.give(evil, node.ann, sender=sender)[0] == 250
    assert EICAR_TEXT in node.suite.wait_for(node.eve, sender.partition("@")[0])
    sender, _, evil = marked()
    node.submit(node.tim, evil, node.ann.address)
    assert EICAR_TEXT in node.suite.wait_for(node.eve, sender.partition("@")[0])
    node.suite.wait_for(node.tim, "A virus was found in mail from you")

    node.set("virus_disinfect", "on")
    sender, _, evil = marked()
    assert node.give(evil, node.ann, sender=sender)[0] == 250
    got = node.suite.wait_for(node.ann, sender.partition("@")[0])
    assert b"X-MailMax-Virus: cleaned, " + NAME.encode() in got
    assert EICAR_TEXT not in got


EICAR_TEXT = b"WDVPIVAl"
"""As it begins in base64."""


def limits_of_the_quarantine(node: Node) -> None:
    for key in ("virus_quarantine_in", "virus_quarantine_out", "virus_disinfect"):
        node.set(key, "off")
    lines = (b"z" * 70 + b"\r\n") * 9_000
    senders = []
    for _ in range(2):
        sender, _, evil = marked()
        senders.append(sender)
        assert node.give(evil + lines, node.ann, sender=sender)[0] == 250
        node.wait_kept(sender)

    node.set("quarantine_octets", "1M")

    wait_for(lambda: senders[0] not in {one.reverse_path for one in node.kept()})
    assert senders[1] in {one.reverse_path for one in node.kept()}
    node.set("quarantine_messages", "1")
    sender, _, evil = marked()
    assert node.give(evil, node.ann, sender=sender)[0] == 250
    node.wait_kept(sender)
    wait_for(lambda: [one.reverse_path for one in node.kept()] == [sender])

"""Names as strangers spell them: one meaning in SMTP, POP3, IMAP and the database.

TRUST B3, B4 and F2 need the whole suite: what is asked of the database is asked by
way of the services.
"""

import base64
import contextlib
import imaplib
import itertools
import poplib
import smtplib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fix_suite import Account, Suite, run_mailmax

pytestmark = pytest.mark.system

IDN = "xn--bcher-kva.test"
NAMES = [
    "a_b@suite.test", "axb@suite.test", "a%b@suite.test", "50%off@suite.test",
    "o'neil@suite.test", "=?x?b?axb?=@suite.test", "other.test@suite.test",
    "suite.test@other.test", f"eve@{IDN}",
]  # fmt: skip


@pytest.fixture(scope="module")
def named(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Account]:
    """Give users with strange names; each has one message, which says whose it is."""
    users = {name: Account(name, f"pass-word-{n}") for n, name in enumerate(NAMES)}
    lines = [f"{user.address},{user.password},," for user in users.values()]
    file: Path = tmp_path_factory.mktemp("names") / "users.csv"
    file.write_text("\n".join(lines) + "\n")
    for words in (
        ("domain", "add", "other.test"), ("domain", "add", "bücher.test"),
        ("user", "import", str(file)),
    ):  # fmt: skip
        run_mailmax(*words, "--dir", str(suite.directory))
    for user in users.values():
        text = f"Subject: for {user.address} alone\r\n\r\n".encode()
        suite.send("ada@far.test", user.address, text)
    end = time.monotonic() + 60
    for user in users.values():
        while not by_imap(suite, user.address, user.password):
            assert time.monotonic() < end, suite.last_words()
            time.sleep(0.05)
    return users


def by_pop(suite: Suite, name: str, password: str) -> bytes:
    """Return what is in the maildrop; nothing where the login was refused."""
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    try:
        client.user(name)
        client.pass_(password)
        found = [b"\r\n".join(client.retr(n + 1)[1]) for n in range(client.stat()[0])]
        client.quit()
    except poplib.error_proto:
        return b""
    finally:
        client.close()
    return b"\r\n".join(found)


def by_imap(suite: Suite, name: str, password: str) -> bytes:
    """Return the same of the mailbox."""
    client = imaplib.IMAP4("127.0.0.1", suite.port("imap"), timeout=20)
    try:
        client.authenticate("PLAIN", lambda _: f"\0{name}\0{password}".encode())
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[])")
    except imaplib.IMAP4.error:
        return b""
    finally:
        client.shutdown()
    return b"\r\n".join(part[1] for part in data if isinstance(part, tuple))


def by_smtp(suite: Suite, name: str, password: str) -> bytes:
    """Return as whom one may send, in the same words."""
    said = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as client:
        client.ehlo()
        if client.docmd("AUTH", f"PLAIN {said}")[0] != 235:
            return b""
        may = []
        for one in NAMES:
            if client.docmd("MAIL", f"FROM:<{one}>")[0] == 250:
                may.append(f"for {one} alone".encode())
            client.rset()
    return b"\r\n".join(may)


SERVICES: list[Callable[[Suite, str, str], bytes]] = [by_pop, by_imap, by_smtp]


def owners(suite: Suite, name: str, password: str) -> list[set[str]]:
    """Return whose mail is seen by POP3 and IMAP, and as whom SMTP lets one send."""
    return [
        {one for one in NAMES if f"for {one} alone".encode() in found}
        for found in (service(suite, name, password) for service in SERVICES)
    ]


@pytest.mark.parametrize(
    ("user", "spelt"),
    [
        ("a_b@suite.test", ["a_b", "A_B@SUITE.TEST", "a_b%suite.test",
                            "a_b/suite.test", "suite.test/a_b",
                            '"a_b"@suite.test', '"a\\_b"@suite.test']),
        ("a%b@suite.test", ["a%b", "a%b@suite.test", "A%B%suite.test"]),
        ("50%off@suite.test", ["50%off", "suite.test/50%off"]),
        ("o'neil@suite.test", ["o'neil", "O'Neil%suite.test"]),
        ("=?x?b?axb?=@suite.test", ["=?x?b?axb?="]),
        ("other.test@suite.test", ["other.test", "other.test@suite.test"]),
        ("suite.test@other.test", ["suite.test%other.test"]),
        (f"eve@{IDN}", ["eve@bücher.test", f"EVE@{IDN.upper()}", "eve%bücher.test",
                        "bücher.test/eve"]),
    ],
)  # fmt: skip
def test_f2_every_form_of_a_name_is_one_account(
    suite: Suite, named: dict[str, Account], user: str, spelt: list[str]
) -> None:
    for name in (user, *spelt):
        assert owners(suite, name, named[user].password) == [{user}] * 3, name


STRANGE = [
    "a_b' --", "axb'/**/OR/**/'1'='1", "' OR ''='", "x' UNION SELECT 1,2,3 --", "%",
    "_", "a__", "a%", "%axb", "axb\\", "axb@%", "%@suite.test", "a_b@suite_test",
    "axb@suite.test' --", "axb;DROP TABLE users", "%s%n", "{0.__class__}", "${axb}",
    "axb@suite.test@other.test", "axb@[127.0.0.1]", "axb@suite.test.", "axb+x",
    '"axb@suite.test', 'axb"@suite.test', '"axb', "=?utf-8?q?axb?=",
    "axb%%suite.test", "axb@SUİTE.test",
    "ax\u212bb", "axb\u2028", "/axb", "axb/", "suite.test/axb/x",
]  # fmt: skip


def test_b3_f2_no_other_name_is_anybody(
    suite: Suite, named: dict[str, Account]
) -> None:
    """Wildcards, quotes, what could be code; a name with two meanings has none."""
    password = named["axb@suite.test"].password
    for name, service in zip(STRANGE, itertools.cycle(SERVICES), strict=False):
        assert service(suite, name, password) == b"", name
    for user in ("other.test@suite.test", "suite.test@other.test"):
        found = owners(suite, "suite.test/other.test", named[user].password)
        assert found == [set()] * 3, user
    for name in ("a_b", "a%b", "=?x?b?axb?=", "o'neil"):
        assert not by_pop(suite, name, password)


def test_b3_b4_mail_reaches_the_very_name(
    suite: Suite, named: dict[str, Account]
) -> None:
    """The fixture's mail is where it should be, and no name is a pattern."""
    for name, user in named.items():
        assert owners(suite, name, user.password)[:2] == [{name}] * 2
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as client:
        client.ehlo()
        client.docmd("MAIL", "FROM:<> SMTPUTF8")
        for name in ("%", "_", "a__", "a%25b", "o''neil", "axb' --"):
            assert client.docmd("RCPT", f"TO:<{name}@suite.test>")[0] in (501, 550)
            assert client.docmd("RCPT", f'TO:<"{name}"@suite.test>')[0] == 550
        client.command_encoding = "utf-8"
        assert client.docmd("RCPT", "TO:<eve@bücher.test>")[0] == 250
        assert client.docmd("RCPT", "TO:<eve@BÜCHER.test>")[0] == 501
        client.rset()
        for line in ("a'; DROP TABLE q;--", "#x", "@x", "suite.test"):
            assert client.docmd("ETRN", line)[0] in (459, 501)


def test_a4_what_came_in_is_read_octet_by_octet(suite: Suite, tim: Account) -> None:
    """By SMTP or APPEND in, by IMAP and POP3 out."""
    lines = b"Subject: octets\r\n\r\nFrom me\r\n.\r\n..\r\n" + bytes(
        octet for octet in range(256) if octet not in b"\r\n"
    )
    smuggled = b"\r\nMAIL FROM:<evil@far.test>\r\nDATA\r\nFrom you\r\n"
    bare = lines.replace(b"\0", b"") + b"\n.\n\r.\r\n\n" + smuggled
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as client:
        client.ehlo()
        client.mail("ada@far.test")
        client.rcpt(tim.address)
        client.send(b"BDAT %d LAST\r\n" % len(lines + smuggled) + lines + smuggled)
        assert client.getreply()[0] == 250
    suite.wait_for(tim, "octets")
    with suite.imap(tim) as client:
        client.literal = bare
        assert client._simple_command("APPEND", "INBOX")[0] == "OK"
        client.select("INBOX")
        _, data = client.fetch("1:*", "(BODY.PEEK[])")
        by_smtp, by_append = [part[1] for part in data if isinstance(part, tuple)]
    assert by_smtp.endswith(b"\r\n" + lines + smuggled)
    assert by_append == bare

    with contextlib.closing(poplib.POP3("127.0.0.1", suite.port("pop3"))) as pop:
        pop.user(tim.address)
        pop.pass_(tim.password)
        for number, expected in enumerate((by_smtp, by_append), 1):
            pop._putcmd(f"RETR {number}")
            assert pop.file.readline() == b"+OK %d octets\r\n" % len(expected)
            octets = b""
            while (line := pop.file.readline()) != b".\r\n":
                octets += line.removeprefix(b".")
            assert octets == expected
        pop.quit()

"""Who watches SMTPMax, POPMax or IMAPMax sees what the manual lists, and no secret.

LOG-2, SPY-2; manual 4.3.1, 4.5.2, 4.5.4, 9.2; TRUST N2.
"""

import base64
import contextlib
import smtplib
import socket

import pytest

from fix_pop import client as pop_client
from fix_pop import dialogue as pop_dialogue
from mailmax.hub.porter import let_in
from mailmax.imapmax.settings import watched_by_nobody as watching_imap
from mailmax.observe.events.catalogue import describe
from mailmax.observe.events.kinds import Kind
from mailmax.observe.events.sessions import CommandHeard, ReplySaid
from mailmax.policy.access import BANNED
from mailmax.popmax.room import watched_by_nobody as watching_pop
from mailmax.smtpmax.room import watched_by_nobody as watching_smtp
from waiting import wait_for

PEER = "127.0.0.1"
MAIL = b"Subject: one\r\n\r\nprivate words\r\n"


class Spy:
    """Takes events of some kinds."""

    def __init__(self, watching) -> None:
        self.watching = watching
        self.events = []

    def want(self, room, *kinds):
        """Begin to watch, on the room's loop; return what ends it."""

        async def begin():
            return self.watching.trace.subscribe(kinds, self.events.append)

        return room.run(begin())

    def names(self):
        return [type(event).__name__ for event in self.events]

    def lines(self):
        return [describe(event).removeprefix(f"{PEER} ") for event in self.events]

    def until(self, name):
        wait_for(lambda: name in self.names())


@pytest.fixture
def smtp_spy():
    return Spy(watching_smtp())


@pytest.fixture
def pop_spy():
    return Spy(watching_pop())


@pytest.fixture
def imap_spy():
    return Spy(watching_imap())


def said_to(port, octets):
    """Send everything at once, read to the end."""
    with socket.create_connection((PEER, port), timeout=10) as sock:
        sock.sendall(octets)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


# SMTP


@pytest.fixture
def smtp(make_smtp, smtp_spy):
    return make_smtp(watching=smtp_spy.watching)


@contextlib.contextmanager
def smtp_client(room, door="smtp"):
    found = smtplib.SMTP(PEER, room.ports[door], "client.test", timeout=10)
    try:
        yield found
    finally:
        found.close()


def test_smtp_connections_include_logins(smtp, smtp_spy):
    """Manual 4.3.1."""
    smtp_spy.want(smtp, Kind.CONNECTIONS)

    with smtp_client(smtp, "submission") as one:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            one.login("tim", "wrong-word")
        one.login("tim", "secret")
        one.quit()
    smtp_spy.until("ClientLeft")

    assert smtp_spy.lines()[0] == "connected (submission)"
    assert "logged in as tim@demo.test (AUTH)" in smtp_spy.lines()
    assert any("failed to log in as tim" in line for line in smtp_spy.lines())
    assert smtp_spy.lines()[-1] == "gone"
    assert {event.who.service for event in smtp_spy.events} == {"smtpmax"}
    assert len({event.who.session for event in smtp_spy.events}) == 1
    assert smtp_spy.events[-1].who.user == "tim@demo.test"
    assert smtp_spy.events[-1].who.peer == PEER


def test_smtp_logins_are_not_connections(smtp, smtp_spy):
    smtp_spy.want(smtp, Kind.LOGINS)

    with smtp_client(smtp, "submission") as one:
        one.login("tim", "secret")
        one.quit()
    smtp_spy.until("LoggedIn")

    assert smtp_spy.names() == ["LoggedIn"]


def test_a_whole_smtp_conversation_without_the_content(smtp, smtp_spy):
    smtp_spy.want(smtp, Kind.CONVERSATION)

    with smtp_client(smtp) as one:
        one.ehlo("client.test")
        one.sendmail("bob@far.test", ["tim@demo.test"], MAIL)
        one.docmd("NOSUCH words of it")
        one.quit()
    wait_for(lambda: any("Good-bye" in line for line in smtp_spy.lines()))

    talk = [(line[0], line[2:].split(" ")[0].upper()) for line in smtp_spy.lines()]
    assert talk[:2] == [("<", "220"), (">", "EHLO")]
    assert {code for side, code in talk if side == "<"} >= {"354", "221", "500"}
    assert [word for side, word in talk if side == ">"] == [
        "EHLO", "MAIL", "RCPT", "DATA", "NOSUCH", "QUIT"
    ]  # fmt: skip
    assert "> NOSUCH ****" in smtp_spy.lines()
    assert "private" not in repr(smtp_spy.events)


def test_smtp_valid_commands_are_those_that_could_be_understood(smtp, smtp_spy):
    smtp_spy.want(smtp, Kind.VALID_COMMANDS)

    said_to(
        smtp.ports["smtp"],
        b"EHLO a.test\r\nMAIL FROM:<no bracket\r\nRCPT TO:<tim@demo.test>\r\n"
        b"MAIL FROM:<a@far.test>\r\nWHAT\r\nRCPT TO:<nobody@demo.test>\r\nQUIT\r\n",
    )
    wait_for(lambda: "> QUIT" in smtp_spy.lines())

    assert smtp_spy.lines() == [
        "> EHLO a.test",
        "> MAIL FROM:<a@far.test>",
        "> RCPT TO:<nobody@demo.test>",
        "> QUIT",
    ]


def test_smtp_errors_are_what_was_refused_and_once(smtp, smtp_spy):
    """An event of several kinds that are asked for comes once."""
    smtp_spy.want(smtp, Kind.ERRORS, Kind.REPLIES, Kind.CONVERSATION)

    said_to(smtp.ports["smtp"], b"EHLO a.test\r\nWHAT\r\nQUIT\r\n")
    wait_for(lambda: any("221" in line for line in smtp_spy.lines()))

    refused = [one for one in smtp_spy.events if Kind.ERRORS in one.kinds]
    assert [describe(one)[: len("127.0.0.1 < 500")] for one in refused] == [
        "127.0.0.1 < 500"
    ]


def test_smtp_mail_received_and_how_long_it_took(smtp, smtp_spy):
    smtp_spy.want(smtp, Kind.MAIL, Kind.INTERNAL)

    with smtp_client(smtp) as one:
        one.sendmail("bob@far.test", ["tim@demo.test", "ann@demo.test"], MAIL)
    smtp_spy.until("MailReceived")
    wait_for(lambda: any("stored in" in line for line in smtp_spy.lines()))

    [mail] = [one for one in smtp_spy.events if Kind.MAIL in one.kinds]
    assert mail.sender == "bob@far.test"
    assert mail.recipients == "<tim@demo.test> <ann@demo.test>"
    assert mail.octets == len(MAIL)


def test_smtp_content_only_for_who_asks_for_it(smtp, smtp_spy):
    """TRUST N3; no list of spying has it."""
    everything_else = set(Kind) - {Kind.CONTENT}
    leave = smtp_spy.want(smtp, *everything_else)
    with smtp_client(smtp) as one:
        one.sendmail("bob@far.test", ["tim@demo.test"], MAIL)
    smtp_spy.until("ClientLeft")
    assert "private" not in repr(smtp_spy.events)
    assert "ContentHeard" not in smtp_spy.names()

    leave()
    smtp_spy.want(smtp, Kind.CONTENT)
    with smtp_client(smtp) as one:
        one.sendmail("bob@far.test", ["tim@demo.test"], MAIL)
    smtp_spy.until("ContentHeard")

    heard = [one for one in smtp_spy.events if type(one).__name__ == "ContentHeard"]
    assert b"".join(one.content for one in heard) == MAIL


def test_content_that_comes_though_it_was_refused_is_not_shown(smtp, smtp_spy):
    smtp_spy.want(smtp, *(set(Kind) - {Kind.CONTENT}))

    said_to(
        smtp.ports["smtp"],
        b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nDATA\r\nprivate words\r\n.\r\nQUIT\r\n",
    )
    smtp_spy.until("ClientLeft")

    assert any(line.startswith("> DATA") for line in smtp_spy.lines())
    assert "private" not in repr(smtp_spy.events)


def test_smtp_clients_that_are_banned(make_smtp, smtp_spy):
    smtp = make_smtp(watching=smtp_spy.watching, meet=lambda _visitor: BANNED)
    smtp_spy.want(smtp, Kind.BANNED)

    with socket.create_connection((PEER, smtp.ports["smtp"]), timeout=10):
        smtp_spy.until("ClientKeptOut")

    assert smtp_spy.names() == ["ClientKeptOut"]


def test_sessions_that_are_open_are_watched_as_soon_as_somebody_wants(smtp, smtp_spy):
    with smtp_client(smtp, "submission") as one:
        one.login("tim", "secret")
        leave = smtp_spy.want(smtp, Kind.COMMANDS)
        one.noop()
        wait_for(lambda: smtp_spy.lines() == ["> noop"])
        assert smtp_spy.events[0].who.user == "tim@demo.test"
        leave()
        one.noop()
        one.quit()

    assert smtp_spy.lines() == ["> noop"]


# POP3


@pytest.fixture
def pop(make_pop, pop_spy):
    return make_pop(watching=pop_spy.watching)


def test_pop_in_every_way_it_can_be_watched(pop, pop_spy):
    """Manual 4.5.2, 9.2.4."""
    pop_spy.want(pop, *Kind)
    pop.fill(b"Subject: a\r\n\r\nprivate\r\n", b"Subject: b\r\n\r\nprivate\r\n")

    with pop_client(pop) as pop3:
        pop3.user("tim")
        pop3.pass_("open sesame")
        pop3.retr(1)
        pop3.dele(2)
        pop3.quit()
    pop_spy.until("ClientLeft")

    lines = pop_spy.lines()
    assert lines[0] == "connected (pop3)"
    assert "> USER tim" in lines
    assert "> PASS ****" in lines
    assert "logged in as tim@example.com (PASS)" in lines
    sent = len(b"Subject: a\r\n\r\nprivate\r\n")
    assert f"127.0.0.1: message 1 sent to tim@example.com ({sent} octets)" in lines
    assert (
        f"127.0.0.1: tim@example.com fetched 1 messages ({sent} octets), removed 1,"
        " left 1"
    ) in lines
    assert "private" not in repr(pop_spy.events)
    assert pop_spy.names().count("MaildropClosed") == 1


def test_pop_outgoing_text_is_what_we_say(pop, pop_spy):
    pop_spy.want(pop, Kind.REPLIES)

    pop_dialogue(pop, b"USER tim\r\nPASS open sesame\r\nSTAT\r\nNO\r\nQUIT\r\n")
    wait_for(lambda: pop_spy.lines()[-1:] == ["< +OK Good-bye"])

    assert pop_spy.lines()[1:] == [
        "< +OK Password?",
        "< +OK 0 messages (0 octets)",
        "< +OK 0 0",
        "< -ERR Unknown command",
        "< +OK Good-bye",
    ]


# IMAP


@pytest.fixture
def watched_imap(make_imap, imap_spy):
    return make_imap(watching=imap_spy.watching)


def test_imap_in_every_way_it_can_be_watched(watched_imap, imap_spy):
    """Manual 4.5.4, 9.2.1."""
    imap_spy.want(watched_imap, *Kind)
    watched_imap.deliver(b"Subject: private title\r\n\r\nprivate\r\n")

    with watched_imap.client() as one:
        one.select("INBOX")
        one.fetch("1", "(ENVELOPE BODY[])")
        one.append("INBOX", "", "", b"Subject: private\r\n\r\nprivate\r\n")
        one.search(None, "ALL")
        with contextlib.suppress(Exception):
            one._simple_command("NOOP", "too much")
        one.logout()
    imap_spy.until("ClientLeft")

    lines = imap_spy.lines()
    commands = [one for one in imap_spy.events if isinstance(one, CommandHeard)]
    words = [one.line.split(" ")[1] for one in commands]
    assert words == ["CAPABILITY", "LOGIN", "SELECT", "FETCH", "APPEND", "SEARCH",
                     "NOOP", "LOGOUT"]  # fmt: skip
    assert [one.is_valid for one in commands] == [True] * 6 + [False, True]
    assert any(line.endswith(" LOGIN ****") for line in lines)
    assert any("message from tim@example.com into INBOX" in line for line in lines)
    assert any("1 messages sent to tim@example.com" in line for line in lines)
    assert any("Fetch took" in line for line in lines)
    replies = [one.line for one in imap_spy.events if isinstance(one, ReplySaid)]
    assert "* 1 EXISTS" in replies
    assert "* BYE Logging out" in replies
    assert "private" not in repr(imap_spy.events)
    assert "sesame" not in repr(imap_spy.events)


def test_imap_flags_and_names_are_shown(watched_imap, imap_spy):
    watched_imap.deliver(b"Subject: x\r\n\r\n")
    imap_spy.want(watched_imap, Kind.CONVERSATION)

    with watched_imap.client() as one:
        one.select("INBOX")
        one.store("1", "+FLAGS", "\\Flagged")
        one.list()
        one.logout()
    wait_for(lambda: any("BYE" in line for line in imap_spy.lines()))

    replies = [one.line for one in imap_spy.events if isinstance(one, ReplySaid)]
    assert any(" FETCH " in line and "Flagged" in line for line in replies)
    assert any(line.startswith("* LIST ") and "INBOX" in line for line in replies)


def test_imap_content_that_comes_though_it_was_refused_is_not_shown(
    watched_imap, imap_spy
):
    imap_spy.want(watched_imap, *Kind)

    with watched_imap.line() as line:
        line.ask(b"APPEND NoSuch {7}")
        line.send(b"private words\r\n")
        line.ask(b"LOGOUT")
    imap_spy.until("ClientLeft")

    assert any("APPEND NoSuch" in line for line in imap_spy.lines())
    assert "private" not in repr(imap_spy.events)


# Secrets (TRUST N2)


def b64(text: bytes) -> bytes:
    return base64.b64encode(text)


def smtp_ways(word: bytes) -> list[bytes]:
    plain = b64(b"\0tim\0" + word)
    return [
        b"AUTH PLAIN " + plain,
        b"AUTH PLAIN\r\n" + plain,
        b"AUTH LOGIN\r\n" + b64(b"tim") + b"\r\n" + b64(word),
        b"AUTH LOGIN " + b64(b"tim") + b"\r\n" + b64(word),
        b"AUTH " + plain,
        b"AUTH CRAM-MD5\r\n" + plain,
        b"AUTH NOSUCH " + plain,
        b"auth plain   " + plain + b"\r\n" + word,
        b"PASS " + word,
        b"LOGIN tim " + word,
        b"NOOP\r\n" + word,
        b"NOOP\r\nAUTH\tPLAIN\t" + plain,
    ]


def pop_ways(word: bytes) -> list[bytes]:
    plain = b64(b"\0tim\0" + word)
    return [
        b"USER tim\r\nPASS " + word,
        b"pass " + word,
        b"USER tim " + word,
        b"APOP tim " + word,
        b"APOP " + word,
        b"AUTH PLAIN " + plain,
        b"AUTH PLAIN\r\n" + plain,
        b"AUTH LOGIN\r\n" + b64(b"tim") + b"\r\n" + b64(word),
        b"AUTH " + plain,
        b"LOGIN tim " + word,
        b"USER tim\r\n" + word,
        b"CAPA\r\nPASS\t" + word,
    ]


def imap_ways(word: bytes) -> list[bytes]:
    plain = b64(b"\0tim\0" + word)
    size = len(word)
    return [
        b"a LOGIN tim " + word,
        b'a login "tim" "' + word + b'"',
        b"a LOGIN {3+}\r\ntim {%d+}\r\n" % size + word,
        b"a LOGIN {3}\r\ntim {%d}\r\n" % size + word,
        b"a AUTHENTICATE PLAIN " + plain,
        b"a AUTHENTICATE PLAIN\r\n" + plain,
        b"a AUTHENTICATE LOGIN\r\n" + b64(b"tim") + b"\r\n" + b64(word),
        b"a AUTHENTICATE NOSUCH " + plain + b"\r\n" + plain,
        b"a AUTHENTICATE " + plain,
        b"LOGIN tim " + word,
        b"LOGIN list@example.com " + word,
        b"a NOOP\r\nLOGIN search " + word,
    ]


def is_in(word: bytes, told: str) -> bool:
    """Tell whether a secret is there, as it is or encoded."""
    spelt = (word, b64(b"\0tim\0" + word), b64(word))
    return any(one.decode() in told for one in spelt)


@pytest.mark.parametrize("number", range(12))
def test_no_secret_is_told_of_smtp(make_smtp, smtp_spy, number):
    for room in (
        make_smtp(watching=smtp_spy.watching),
        make_smtp(watching=smtp_spy.watching, meet=let_in),
    ):
        smtp_spy.want(room, *Kind)
        word = b"Canary%dWord" % number
        door = room.ports["submission"]
        said_to(door, b"EHLO a\r\n" + smtp_ways(word)[number] + b"\r\nQUIT\r\n")
        smtp_spy.until("ClientLeft")

    assert "CommandHeard" in smtp_spy.names()
    assert not is_in(word, repr(smtp_spy.events))


@pytest.mark.parametrize("number", range(12))
def test_no_secret_is_told_of_pop(make_pop, pop_spy, number):
    for room in (
        make_pop(watching=pop_spy.watching, offer_apop=lambda: True),
        make_pop(watching=pop_spy.watching, meet=let_in),
    ):
        pop_spy.want(room, *Kind)
        word = b"Canary%dWord" % number
        pop_dialogue(room, pop_ways(word)[number] + b"\r\nQUIT\r\n")
        pop_spy.until("ClientLeft")

    assert "CommandHeard" in pop_spy.names()
    assert not is_in(word, repr(pop_spy.events))


@pytest.mark.parametrize("number", range(12))
def test_no_secret_is_told_of_imap(make_imap, imap_spy, number):
    for room in (
        make_imap(watching=imap_spy.watching),
        make_imap(watching=imap_spy.watching, meet=let_in),
    ):
        imap_spy.want(room, *Kind)
        word = b"Canary%dWord" % number
        said_to(room.port, imap_ways(word)[number] + b"\r\nb LOGOUT\r\n")
        imap_spy.until("ClientLeft")

    assert "CommandHeard" in imap_spy.names()
    assert not is_in(word, repr(imap_spy.events))


def test_a_name_with_line_ends_and_controls_makes_one_line(pop, pop_spy):
    """TRUST N1."""
    pop_spy.want(pop, *Kind)

    pop_dialogue(pop, b"USER a\x1b[2J\xe2\x80\xa8\xff\rb\r\nPASS x\r\nQUIT\r\n")
    pop_spy.until("ClientLeft")

    assert all(line.isprintable() for line in pop_spy.lines())

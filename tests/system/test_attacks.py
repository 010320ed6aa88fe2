"""Strangers, and people of this computer, against the whole suite.

Loopback is not trusted here: everybody is a stranger (TRUST B6, G7, G9, L2, N1, N2).
"""

import base64
import contextlib
import imaplib
import itertools
import json
import os
import poplib
import secrets
import smtplib
import socket
import stat
import struct
import time
from collections.abc import Iterator

import pytest

from fix_sink import Sink
from fix_suite import ROLES, Account, MakeSuite, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PROBES = [
    "<x@far.test>", "<x%far.test@suite.test>", "<x%far.test@[127.0.0.1]>",
    '<"x@far.test">', '<"x%far.test">', "<x@far.test@suite.test>",
    '<"x@far.test"@suite.test>', "<x@far.test@[127.0.0.1]>",
    '<"x@far.test"@[127.0.0.1]>', "<@suite.test:x@far.test>",
    "<@[127.0.0.1]:x@far.test>", "<far.test!x>", "<far.test!x@suite.test>",
    "<far.test!x@[127.0.0.1]>", "<x@[127.0.0.1]>", "<u00@suite.test@far.test>",
    '<"u00@suite.test"@far.test>', "<@suite.test,@b.test:x@far.test>",
    # Beyond the eighteen
    "x@far.test", "<x@sub.suite.test>", "<x%far.test@mail.suite.test>",
    "<postmaster@far.test>", "<u00@suite.test.far.test>", '<"x%far.test"@suite.test>',
    "<x%far.test%suite.test>", '<@suite.test:"x@far.test"@suite.test>',
]  # fmt: skip
SENDERS = [
    "<>", "<a@far.test>", "<u00@suite.test>", "<nobody@suite.test>", "<a@localhost>",
    "<a>", "<a@[127.0.0.1]>",
]  # fmt: skip


@pytest.fixture(scope="module")
def exposed(_suites: MakeSuite) -> Iterator[Suite]:
    suite = _suites(trust_loopback=False)
    yield suite
    suite.stop()


def command(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def imaps(suite: Suite, user: Account) -> imaplib.IMAP4_SSL:
    port = suite.port("imaps")
    client = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=suite.tls(), timeout=20)
    client.login(user.address, user.password)
    return client


def test_none_of_the_classic_probes_relays(exposed: Suite, sink: Sink) -> None:
    """TRUST B6, 6.5: not by the answer, in no queue, in no mailbox, at no server."""
    accepted = []
    for number, (sender, probe) in enumerate(itertools.product(SENDERS, PROBES)):
        with smtplib.SMTP(
            "127.0.0.1", exposed.port("smtp"), source_address=("127.0.0.2", 0)
        ) as smtp:
            smtp.ehlo()
            begun = smtp.docmd("MAIL", f"FROM:{sender}")[0] < 400
            named = smtp.docmd("RCPT", f"TO:{probe}")[0] < 400
            mail = b"Subject: probe%d\r\n\r\n" % number
            smtp.send(b"BDAT %d LAST\r\n" % len(mail) + mail)
            sent = smtp.getreply()[0] < 400
            assert begun is (sender != "<a>")
            if named or sent:
                accepted.append((sender, probe))
    assert accepted == []

    user = exposed.users[4]
    with smtplib.SMTP_SSL(
        "127.0.0.1", exposed.port("submissions"), context=exposed.tls(), timeout=20
    ) as smtp:
        smtp.login(user.address, user.password)
        smtp.sendmail(user.address, ["x@far.test"], b"Subject: not a probe\r\n\r\n")
    assert sink.wait_for(b"not a probe").recipients == ["x@far.test"]
    assert [mail for mail in sink.messages if b"Subject: probe" in mail.content] == []
    end = time.monotonic() + 60
    while queued := json.loads(command(exposed, "queue", "list", "--json"))["rows"]:
        assert [row["recipient"] for row in queued] == ["x@far.test"]
        assert time.monotonic() < end, "what was sent is still in the queue"
    for number in (0, 4):
        with imaps(exposed, exposed.users[number]) as client:
            client.select("INBOX", readonly=True)
            assert client.search(None, "SUBJECT", "probe") == ("OK", [b""])


def test_no_password_is_taken_in_the_clear(exposed: Suite) -> None:
    user = exposed.users[0]
    with smtplib.SMTP("127.0.0.1", exposed.port("submission")) as smtp:
        smtp.ehlo()
        assert "auth" not in smtp.esmtp_features
        assert smtp.docmd("AUTH", "PLAIN AHgAeA==")[0] == 538
    with imaplib.IMAP4("127.0.0.1", exposed.port("imap")) as imap:
        assert "LOGINDISABLED" in imap.capabilities
        with pytest.raises(imap.error, match="PRIVACYREQUIRED"):
            imap.login(user.address, user.password)
    pop = poplib.POP3("127.0.0.1", exposed.port("pop3"), timeout=20)
    with pytest.raises(poplib.error_proto):
        pop.user(user.address)
    pop.close()


def test_the_postmaster_of_a_new_node_gets_mail(exposed: Suite) -> None:
    with smtplib.SMTP("127.0.0.1", exposed.port("smtp")) as smtp:
        smtp.ehlo()
        smtp.mail("a@far.test")

        assert smtp.docmd("RCPT", "TO:<Postmaster>")[0] == 250
        assert smtp.rcpt("postmaster@suite.test")[0] == 250


def test_what_clients_say_as_a_password_is_written_nowhere(exposed: Suite) -> None:
    """TRUST N2, and N1 for the names beside them."""
    said: list[str] = []
    places = itertools.count(10)

    def canary() -> bytes:
        said.append(f"canary{secrets.token_hex(8)}")
        return said[-1].encode()

    def plain(name: str) -> bytes:
        return base64.b64encode(f"\0{name}\0".encode() + canary())

    def say(port: str, *lines: bytes) -> None:
        # Each from elsewhere: wrong logins from one place are answered ever later.
        source = (f"127.0.{next(places)}.1", 0)
        raw = socket.create_connection(("127.0.0.1", exposed.port(port)), 20, source)
        with exposed.tls().wrap_socket(raw) as sock:
            for line in (b"", *lines):
                if line:
                    sock.sendall(line + b"\r\n")
                sock.recv(4096)

    say("submissions", b"EHLO x", b"AUTH PLAIN " + plain("n1\x1b[2J"))
    say("submissions", b"EHLO x", b"AUTH PLAIN " + plain("n2") + b"!")
    say("imaps", b"a LOGIN n3 " + canary())
    say("imaps", b'a LOGIN n4 "' + canary() + b'\0"')
    say("imaps", b"a AUTHENTICATE PLAIN " + plain("n5\r\n2026 forged"))
    say("pop3s", b"USER n6\xe2\x80\xa8forged", b"PASS " + canary())
    say("pop3s", b"PASS " + canary())
    say("pop3s", b"AUTH PLAIN " + plain("n7"))

    files = [exposed.directory / "serve.out", *exposed.directory.glob("logs/*")]
    written = b"".join(path.read_bytes() for path in files)
    for secret in said:
        assert secret.encode() not in written
        assert base64.b64encode(secret.encode()).rstrip(b"=")[:-1] not in written
    assert b"\x1b" not in written
    assert b"forged" not in written


def test_nobody_else_may_look_in_and_rubbish_harms_nothing(exposed: Suite) -> None:
    """TRUST L1, L2: sockets of ours between processes, and all that is kept."""
    before = {role: exposed.role_pid(role) for role in ROLES}
    sockets = []
    for path in exposed.directory.rglob("*"):
        mode = path.lstat().st_mode
        if path.name == "serve.out":  # the test's own
            continue
        assert not mode & 0o007, path
        if stat.S_ISSOCK(mode):
            sockets.append(path)
    assert len(sockets) >= 4

    rubbish = [
        b"", b"\xff" * 100, struct.pack(">I", 2**31) + b"x", b"\0" * 200,
        struct.pack(">I", 100) + b"\x91", os.urandom(5000),
    ]  # fmt: skip
    for path in sockets:
        for octets in rubbish:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(0.3)
                with contextlib.suppress(OSError):
                    sock.connect(str(path))
                    sock.sendall(octets)
                    sock.recv(100)

    user = exposed.users[5]
    exposed.send("eve@far.test", user.address, b"Subject: after all\r\n\r\nx\r\n")
    with imaps(exposed, user) as client:
        end = time.monotonic() + 60
        while client.select("INBOX", readonly=True)[1] == [b"0"]:
            assert time.monotonic() < end, exposed.last_words()
            time.sleep(0.05)
    assert {role: exposed.role_pid(role) for role in ROLES} == before


@pytest.mark.parametrize(
    ("number", "verb", "option"),
    [
        (1, "disable", ()),
        (2, "delete", ()),
        (3, "password", ("--password", "another-1")),
    ],
)
def test_who_may_no_longer_be_here_goes(
    exposed: Suite, number: int, verb: str, option: tuple[str, ...]
) -> None:
    """TRUST G9: sessions end, nothing is let in any more."""
    user = exposed.users[number]
    reading = imaps(exposed, user)
    reading.select("INBOX")
    pop = poplib.POP3_SSL(
        "127.0.0.1", exposed.port("pop3s"), context=exposed.tls(), timeout=20
    )
    pop.user(user.address)
    pop.pass_(user.password)
    sending = smtplib.SMTP_SSL(
        "127.0.0.1", exposed.port("submissions"), context=exposed.tls(), timeout=20
    )
    sending.login(user.address, user.password)

    directory = ("--dir", str(exposed.directory))
    run_mailmax("user", verb, user.address, *option, *directory)

    with pytest.raises((reading.abort, OSError)):
        reading.noop()
    with pytest.raises((poplib.error_proto, OSError, EOFError)):
        pop.stat()
    with pytest.raises((smtplib.SMTPException, OSError)):
        sending.sendmail(user.address, ["x@far.test"], b"Subject: x\r\n\r\n")
    with pytest.raises(imaplib.IMAP4.error):
        imaps(exposed, user)
    with smtplib.SMTP("127.0.0.1", exposed.port("smtp")) as smtp:
        smtp.ehlo()
        smtp.mail("a@far.test")
        assert smtp.rcpt(user.address)[0] == (250 if verb == "password" else 550)
    pop.close()
    sending.close()
    reading.shutdown()

"""Every global setting acts on the running services, without a restart (HUB-8).

Theory:
    One case a setting: change it as the command does, then see it act from outside, at
    once: the hub has answered when every service acts by it (DESIGN 2). A setting
    without a case fails.
"""

import base64
import contextlib
import json
import os
import poplib
import re
import signal
import smtplib
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import log_cases
import setting_cases
from fix_battered import pids
from fix_dns import DnsServer
from fix_sink import Sink
from fix_suite import DOMAIN, Account, MakeSuite, Suite, run_mailmax, type_mailmax
from hub_asking import ask_hub
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.settings import GetSettings, SetSetting
from mailmax.settings.system import SYSTEM_SETTINGS, virus
from waiting import wait_for

pytestmark = pytest.mark.system

HOURS = 3600.0
PUT_OFF = 3
"""Messages that are tried again in `retry_connections`."""


class Operator:
    """Types commands, and looks at the services from outside."""

    def __init__(self, suite: Suite, sink: Sink) -> None:
        self.suite = suite
        self.sink = sink
        self.tim, self.ann, self.joe = suite.users[:3]
        self._as_it_was: dict[str, str] = {}

    def type(self, *words: str) -> str:
        return run_mailmax(*words, "--dir", str(self.suite.directory)).stdout

    def ask(self, *words: str):
        return json.loads(self.type(*words, "--json"))

    def set(self, key: str, value: object) -> None:
        """Change a setting; every service must act by it when that returns."""
        if key not in self._as_it_was:
            (row,) = self._say(GetSettings(key)).rows
            typed = "" if row.is_default else self.type("config", "get", key).strip()
            self._as_it_was[key] = typed
        answer = self._say(SetSetting(key, str(value)))
        if isinstance(answer, Denied):
            pytest.fail(f"{answer.field}: {answer.reason}; {answer.cure}")

    def restore(self) -> None:
        for key, value in reversed(self._as_it_was.items()):
            self._say(SetSetting(key, value))

    def _say(self, request: Any) -> Any:
        return ask_hub(self.suite.directory, request)

    def smart_host(self, sink: Sink) -> None:
        self.set("smart_host", f"127.0.0.1:{sink.port}")

    def until(self, true: Callable[[], bool]) -> None:
        wait_for(true)

    # Looking

    def first_line(self, service: str) -> str:
        """Return what a service greets with."""
        address = ("127.0.0.1", self.suite.port(service))
        with socket.create_connection(address, timeout=10) as sock:
            return sock.makefile("rb").readline().decode().strip()

    def submit(self, *recipients: str, mark: str = "mark") -> None:
        """Hand in a message of tim's."""
        with self.smtp("submission") as smtp:
            smtp.login(self.tim.address, self.tim.password)
            content = f"Subject: {mark}\r\n\r\nbody\r\n".encode()
            smtp.sendmail(self.tim.address, recipients, content)

    def smtp(self, service: str, source: str = "127.0.0.1") -> smtplib.SMTP:
        port = self.suite.port(service)
        return smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=(source, 0))

    def waiting(self, recipient: str) -> dict:
        """Return the line of the queue about a recipient that was tried."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for row in self.ask("queue", "list")["rows"]:
                if row["recipient"] == recipient and row["tries"]:
                    return row
            time.sleep(0.1)
        pytest.fail(f"{recipient} does not wait; {self.suite.last_words()}")


def somebody() -> str:
    """Return an address elsewhere that no other test has."""
    return f"x@{uuid.uuid4().hex}.test"


@contextlib.contextmanager
def another_sink() -> Iterator[Sink]:
    sink = Sink()
    try:
        yield sink
    finally:
        sink.gate.set()
        sink.close()


def due_s(row: dict) -> float:
    return row["next_try_at"] - time.time()


# The cases, in the order of the declarations


def system_name(operator: Operator) -> None:
    operator.set("system_name", "north 1")

    assert operator.type("status").startswith("north 1: DataMax ")
    assert operator.ask("status")["system_name"] == "north 1"


def hostname(operator: Operator) -> None:
    operator.set("offer_apop", "on")
    operator.set("hostname", "new.name.test")

    for service in ("smtp", "submission", "pop3", "imap"):
        assert "new.name.test" in operator.first_line(service)
    assert re.search(r"<\S+@new\.name\.test>", operator.first_line("pop3"))
    with operator.smtp("smtp") as smtp:
        assert smtp.ehlo()[1].startswith(b"new.name.test\n")
    with lmtp(operator.suite) as greeting:
        assert greeting.startswith("220 new.name.test ")
    inside, outside = uuid.uuid4().hex, uuid.uuid4().hex
    operator.submit(operator.ann.address, mark=inside)
    assert b"by new.name.test " in operator.suite.wait_for(operator.ann, inside)
    with another_sink() as sink:
        operator.smart_host(sink)
        operator.submit(somebody(), mark=outside)
        sink.wait_for(outside.encode())
        assert set(sink.greetings) == {"new.name.test"}
        sink.refusal = b"550 5.1.1 nobody\r\n"
        operator.submit(somebody(), mark=(returned := uuid.uuid4().hex))
        report = operator.suite.wait_for(operator.tim, returned)
    assert b"From: Mail Delivery System <mailer-daemon@new.name.test>" in report
    assert re.search(rb"\nMessage-ID: <\S+@new\.name\.test>", report)


@contextlib.contextmanager
def lmtp(suite: Suite) -> Iterator[str]:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(suite.directory / "run" / "lmtp.sock"))
        yield sock.makefile("rb").readline().decode()


def default_domain(operator: Operator) -> None:
    suite = operator.suite
    operator.type("domain", "add", "second.test")
    operator.type("user", "add", "zoe@second.test", "--password", "zoes")
    bare = Account("zoe", "zoes")
    with pytest.raises(suite.imap_error):
        suite.imap(bare).shutdown()

    operator.set("default_domain", "second.test")

    suite.imap(bare).shutdown()
    pop = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    pop.user("zoe")
    pop.pass_("zoes")
    pop.quit()
    with operator.smtp("submission") as smtp:
        smtp.login("zoe", "zoes")
        smtp.mail("zoe@second.test")
    operator.type("user", "add", "postmaster@second.test", "--password", "p")
    with operator.smtp("smtp") as smtp:
        mark = uuid.uuid4().hex
        smtp.sendmail("a@b.test", ["postmaster"], f"Subject: {mark}\r\n\r\n")
    suite.wait_for(Account("postmaster", "p"), mark)


def postmaster(operator: Operator) -> None:
    operator.set("postmaster", operator.joe.address)

    mark = uuid.uuid4().hex
    with operator.smtp("smtp") as smtp:
        smtp.sendmail("a@b.test", [f"postmaster@{DOMAIN}"], f"Subject: {mark}\r\n\r\n")
    operator.suite.wait_for(operator.joe, mark)


def datamax_timeout_s(operator: Operator) -> None:
    suite = operator.suite

    def since() -> dict[str, float]:
        told = type_mailmax("status", "--json", "--dir", str(suite.directory)).stdout
        return {one["role"]: one["since"] for one in json.loads(told)["services"]}

    services = since()
    operator.set("datamax_timeout_s", 5)

    silent = suite.role_pid("housekeeping")
    os.kill(silent, signal.SIGSTOP)
    try:
        wait_for(lambda: "housekeeping" not in since())
    finally:
        os.kill(silent, signal.SIGCONT)
    del services["housekeeping"]
    assert services.items() <= since().items(), "who beats as before is dropped, too"
    hub = suite.role_pid("datamax")
    os.kill(hub, signal.SIGSTOP)
    try:
        assert rcpt(operator) == 250
        wait_for(lambda: rcpt(operator) == 451)
    finally:
        os.kill(hub, signal.SIGCONT)
    wait_for(lambda: rcpt(operator) == 250)
    suite.wait_ready()


def rcpt(operator: Operator) -> int:
    """Return how port 25 answers to a recipient."""
    with operator.smtp("smtp") as smtp:
        smtp.ehlo()
        code, _ = smtp.mail("a@b.test")
        return smtp.rcpt(operator.ann.address)[0] if code == 250 else code


def offer_apop(operator: Operator) -> None:
    assert "<" not in operator.first_line("pop3")

    operator.set("offer_apop", "on")

    assert "<" in operator.first_line("pop3")


def apop_required(operator: Operator) -> None:
    everybody = [row["address"] for row in operator.ask("user", "list")["rows"]]
    for address in everybody:
        operator.type("user", "apop", address, "--secret", "apop-secret")

    operator.set("apop_required", "on")

    pop = poplib.POP3("127.0.0.1", operator.suite.port("pop3"), timeout=20)
    with pytest.raises(poplib.error_proto, match="use APOP"):
        pop.user(operator.tim.address)
    pop.apop(operator.tim.address, "apop-secret")
    pop.quit()
    operator.set("apop_required", "off")
    for address in everybody:
        operator.type("user", "apop", address, "--remove")


def vrfy(operator: Operator) -> None:
    with contextlib.closing(operator.smtp("smtp")) as smtp:
        assert smtp.verify(operator.ann.address)[0] == 252

        operator.set("vrfy", "on")

        assert smtp.verify(operator.ann.address)[0] == 250
        assert smtp.verify(f"guess@{DOMAIN}")[0] == 550


def smart_host_on(operator: Operator) -> None:
    operator.set("smart_host_on", "off")
    address = somebody()
    operator.submit(address, mark=(alone := uuid.uuid4().hex))
    assert operator.waiting(address)["state"] == "retry"  # nobody knows that name

    operator.set("smart_host_on", "on")
    operator.submit(somebody(), mark=(mark := uuid.uuid4().hex))

    operator.sink.wait_for(mark.encode())
    assert not any(alone.encode() in one.content for one in operator.sink.messages)


def smart_host(operator: Operator) -> None:
    with another_sink() as sink:
        operator.smart_host(sink)
        operator.submit(somebody(), mark=(mark := uuid.uuid4().hex))
        sink.wait_for(mark.encode())


def smart_host_tls(operator: Operator) -> None:
    operator.set("smart_host_tls", "required")

    operator.submit(address := somebody())

    words = "the smart host does not offer STARTTLS"
    assert operator.waiting(address)["last_reply"] == words


def smart_host_user(operator: Operator) -> None:
    operator.set("smart_host_user", "tim")

    operator.submit(address := somebody())

    words = "the smart host offers no login that we know"
    assert operator.waiting(address)["last_reply"] == words


def smart_host_password(operator: Operator) -> None:
    with another_sink() as sink:
        sink.offers_login = True
        operator.smart_host(sink)
        operator.set("smart_host_user", "tim")
        operator.set("smart_host_password", "geheim")

        operator.submit(somebody(), mark=(mark := uuid.uuid4().hex))

        sink.wait_for(mark.encode())
        assert base64.b64decode(sink.logins[-1]) == b"\0tim\0geheim"


def moved(operator: Operator, key: str, service: str, port: int) -> None:
    """A new default port: open there, closed where it was."""
    operator.set(key, port)
    place = ("127.0.0.1", operator.suite.base + port)
    with socket.create_connection(place, timeout=10) as sock:
        assert b"mail." in sock.recv(500)
    with pytest.raises(ConnectionRefusedError):
        operator.first_line(service)


def smtp_port(operator: Operator) -> None:
    moved(operator, "smtp_port", "smtp", 26)


def pop_port(operator: Operator) -> None:
    moved(operator, "pop_port", "pop3", 111)


def imap_port(operator: Operator) -> None:
    moved(operator, "imap_port", "imap", 144)


def crowded(operator: Operator, key: str, service: str, refusal: str) -> None:
    """One client is enough; the second hears so."""
    operator.set(key, 1)
    place = ("127.0.0.1", operator.suite.port(service))
    with contextlib.ExitStack() as stack:

        def is_in() -> bool:
            sock = socket.create_connection(place, timeout=10)
            return b"mail." in stack.enter_context(sock).recv(500)

        wait_for(is_in)  # once those of before have been seen to leave
        assert operator.first_line(service).startswith(refusal)
        operator.set(key, 2)
        wait_for(lambda: "mail." in operator.first_line(service))


def smtp_connections(operator: Operator) -> None:
    crowded(operator, "smtp_connections", "smtp", "421 4.7.0")


def pop_connections(operator: Operator) -> None:
    crowded(operator, "pop_connections", "pop3", "-ERR")


def imap_connections(operator: Operator) -> None:
    crowded(operator, "imap_connections", "imap", "* BYE [LIMIT]")


def message_limit_octets(operator: Operator) -> None:
    operator.set("message_limit_octets", "70000")

    with operator.smtp("smtp") as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == "70000"
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            smtp.sendmail("a@b.test", [operator.ann.address], b"x\r\n" * 30_000)
    assert refused.value.smtp_code == 552


def smtp_timeout_minutes(operator: Operator) -> None:
    floor(operator, "smtp_timeout_minutes", 5)


def pop_timeout_s(operator: Operator) -> None:
    floor(operator, "pop_timeout_s", 600)


def imap_timeout_s(operator: Operator) -> None:
    floor(operator, "imap_timeout_s", 1800)


def floor(operator: Operator, key: str, lowest: int) -> None:
    """Time-outs are too long to wait for here: the rooms' own tests see them act."""
    operator.set(key, lowest + 1)
    with pytest.raises(pytest.fail.Exception, match=str(lowest)):
        operator.set(key, lowest - 1)
    assert operator.type("config", "get", key).strip() == str(lowest + 1)


def session_messages(operator: Operator) -> None:
    operator.set("session_messages", 1)

    assert [code for code, _ in two_mails(operator)] == [250, 421]


def session_octets(operator: Operator) -> None:
    operator.set("session_octets", 1500)

    assert [code for code, _ in two_mails(operator)] == [250, 452]


def two_mails(operator: Operator) -> Iterator[tuple[int, bytes]]:
    """Hand in two messages of 1,000 octets over one connection."""
    with contextlib.closing(operator.smtp("smtp")) as smtp:
        smtp.ehlo()
        for _ in range(2):
            answer = smtp.mail("a@b.test")
            if answer[0] == 250:
                smtp.rcpt(operator.ann.address)
                answer = smtp.data(b"x" * 998 + b"\r\n")
            yield answer


@contextlib.contextmanager
def asking(operator: Operator) -> Iterator[DnsServer]:
    """Give the name server that the suite asks."""
    server = DnsServer()
    try:
        host, port = server.address
        operator.set("name_servers", f"{host}:{port}")
        yield server
    finally:
        server.close()


def sent_from(operator: Operator, source: str, sender: str = "a@b.test") -> int:
    """Return how port 25 answers to a recipient here."""
    with contextlib.closing(operator.smtp("smtp", source)) as smtp:
        smtp.ehlo()
        code, _ = smtp.mail(sender)
        return smtp.rcpt(operator.ann.address)[0] if code == 250 else code


def dnsbl_on(operator: Operator) -> None:
    with asking(operator) as server:
        server.block_list("list.test", "127.0.7.20")
        operator.set("dnsbl_zones", "list.test")
        assert sent_from(operator, "127.0.7.20") == 250

        operator.set("dnsbl_on", "on")

        assert sent_from(operator, "127.0.7.20") == 550
        assert sent_from(operator, "127.0.7.21") == 250
        wait_for(lambda: list_state(operator, "list.test") == "used")

        server.everything["parked.test"] = "127.0.0.2"
        operator.set("dnsbl_zones", "list.test, parked.test")
        assert sent_from(operator, "127.0.7.23") == 250
        wait_for(lambda: list_state(operator, "parked.test") == "disabled")
        alarm = r"\nblock list parked\.test is disabled since .*: it lists 127\.0\.0\.1"
        assert re.search(alarm, operator.type("status"))


def list_state(operator: Operator, entry: str) -> str:
    """Return how a block list is, as the command says at once."""
    rows = operator.ask("dnsbl", "list")["rows"]
    return next(row["state"] for row in rows if row["entry"] == entry)


def dnsbl_zones(operator: Operator) -> None:
    with asking(operator) as server, contextlib.closing(DnsServer()) as own:
        own.block_list("own.test", "127.0.7.22")
        host, port = own.address
        operator.set("dnsbl_on", "on")
        assert sent_from(operator, "127.0.7.22") == 250

        operator.set("dnsbl_zones", f"other.test, own.test@{host}:{port}")

        assert sent_from(operator, "127.0.7.22") == 550
        assert server.questions("other.test")


def reverse_dns_needed(operator: Operator) -> None:
    with asking(operator) as server:
        server.put("23.7.0.127.in-addr.arpa", "PTR", "far.test.")
        assert sent_from(operator, "127.0.7.24") == 250

        operator.set("reverse_dns_needed", "on")

        assert sent_from(operator, "127.0.7.23") == 250
        assert sent_from(operator, "127.0.7.24") == 550


def sender_domain_needed(operator: Operator) -> None:
    with asking(operator) as server:
        server.put("good.test", "MX", "10 mx.good.test.")
        assert sent_from(operator, "127.0.7.25", "a@bad.test") == 250

        operator.set("sender_domain_needed", "on")

        assert sent_from(operator, "127.0.7.25", "a@good.test") == 250
        assert sent_from(operator, "127.0.7.25", "a@bad.test") == 550


def smtp_dns_timeout_s(operator: Operator) -> None:
    with asking(operator) as server:
        server.trouble["silent.test"] = "silence"
        operator.set("sender_domain_needed", "on")

        operator.set("smtp_dns_timeout_s", 1)

        begin = time.monotonic()
        assert sent_from(operator, "127.0.7.26", "a@silent.test") == 451
        assert time.monotonic() - begin < 4.5  # usually five seconds are waited


def pop_before_smtp_minutes(operator: Operator) -> None:
    """The hub's own tests see a window close; here it opens, for its user alone."""
    operator.set("sending_authentication", "pop_before_smtp")
    operator.set("pop_before_smtp_minutes", 1)
    tim = operator.tim
    assert relays(operator, tim.address) == 530

    pop = poplib.POP3("127.0.0.1", operator.suite.port("pop3"), timeout=20)
    pop.stls(ssl._create_unverified_context())
    pop.user(tim.address)
    pop.pass_(tim.password)
    pop.quit()

    wait_for(lambda: relays(operator, tim.address) == 250)
    assert relays(operator, operator.ann.address) == 530
    assert relays(operator, tim.address, source="127.0.7.7") == 530


def relays(operator: Operator, sender: str, source: str = "127.0.0.1") -> int:
    """Return how port 25 answers to a recipient elsewhere."""
    with contextlib.closing(operator.smtp("smtp", source)) as smtp:
        smtp.ehlo()
        smtp.mail(sender)
        return smtp.rcpt(somebody())[0]


def tarpit_on(operator: Operator) -> None:
    assert guesses(operator, 12)[-2:] == [550, 550]

    operator.set("tarpit_on", "on")

    assert guesses(operator, 12)[-1] == 421
    assert operator.first_line("smtp").startswith("421 4.7.0 ")
    assert operator.first_line("submission").startswith("220 ")
    wait_for(
        lambda: (
            "127.0.0.1"
            in [row["address"] for row in operator.ask("tarpit", "list")["rows"]]
        )
    )
    operator.type("tarpit", "pardon", "127.0.0.1")
    assert operator.first_line("smtp").startswith("220 ")


def tarpit_recipients(operator: Operator) -> None:
    operator.set("tarpit_on", "on")
    operator.set("tarpit_recipients", 2)

    assert guesses(operator, 2, "127.0.7.1") == [550, 421]


def tarpit_minutes(operator: Operator) -> None:
    operator.set("tarpit_on", "on")
    operator.set("tarpit_recipients", 1)
    operator.set("tarpit_minutes", 600)
    guesses(operator, 1, "127.0.7.2")

    def left() -> list[float]:
        rows = operator.ask("tarpit", "list")["rows"]
        return [row["left_s"] for row in rows if row["address"] == "127.0.7.2"]

    wait_for(lambda: bool(left()))
    assert 9.9 * HOURS < left()[0] <= 10 * HOURS


def guesses(operator: Operator, times: int, source: str = "127.0.0.1") -> list[int]:
    """Try names that nobody has, until the session ends; return the answers."""
    codes: list[int] = []
    with contextlib.closing(operator.smtp("smtp", source)) as smtp:
        smtp.ehlo()
        smtp.mail("a@b.test")
        while len(codes) < times and codes[-1:] != [421]:
            codes.append(smtp.rcpt(f"{uuid.uuid4().hex}@{DOMAIN}")[0])
    return codes


def outbound_connections(operator: Operator) -> None:
    with another_sink() as sink:
        sink.gate.clear()
        operator.smart_host(sink)
        operator.set("outbound_connections", 1)
        for _ in range(3):
            operator.submit(somebody())
        wait_for(lambda: sink.talking == 1)
        time.sleep(0.5)
        assert sink.talking == 1

        operator.set("outbound_connections", 3)

        wait_for(lambda: sink.talking == 3)
        sink.gate.set()
        wait_for(lambda: len(sink.messages) == 3)


def retry_connections(operator: Operator) -> None:
    with another_sink() as sink:
        sink.refusal = b"451 4.2.0 later\r\n"
        operator.smart_host(sink)
        operator.set("retry_connections", 1)
        addresses = [somebody() for _ in range(PUT_OFF)]
        for address in addresses:
            operator.submit(address)
        entries = [operator.waiting(address)["entry_id"] for address in addresses]
        sink.gate.clear()
        sink.refusal = b""
        operator.type("queue", "retry", *entries)
        wait_for(lambda: sink.talking == 1)
        time.sleep(0.5)
        assert sink.talking == 1

        operator.set("retry_connections", PUT_OFF)

        wait_for(lambda: sink.talking == PUT_OFF)
        sink.gate.set()
        wait_for(lambda: len(sink.messages) >= PUT_OFF)


@contextlib.contextmanager
def silence(kind: socket.SocketKind) -> Iterator[str]:
    """Have something that takes calls, or questions, and never says a word."""
    with socket.socket(socket.AF_INET, kind) as deaf:
        deaf.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            deaf.listen()
        yield f"127.0.0.1:{deaf.getsockname()[1]}"


def waits_for(operator: Operator, text: str) -> bool:
    rows = operator.ask("queue", "list")["rows"]
    return any(row["state"] == "retry" and text in row["last_reply"] for row in rows)


def queue_dns_timeout_s(operator: Operator) -> None:
    with silence(socket.SOCK_DGRAM) as server:
        operator.set("queue_dns_timeout_s", 1)
        operator.set("name_servers", server)
        operator.set("smart_host_on", "off")
        operator.submit(f"{uuid.uuid4().hex}@nobody-answers.test")

        wait_for(lambda: waits_for(operator, "no name server answered"), 14)


def smtp_timeout_s(operator: Operator) -> None:
    with silence(socket.SOCK_STREAM) as host:
        operator.set("smtp_timeout_s", 10)
        operator.set("smart_host", host)
        operator.submit(somebody())

        wait_for(lambda: waits_for(operator, "no answer to greeting in time"))


@contextlib.contextmanager
def refusing(operator: Operator) -> Iterator[None]:
    with another_sink() as sink:
        sink.refusal = b"451 4.2.0 later\r\n"
        operator.smart_host(sink)
        yield


def retry_minutes(operator: Operator) -> None:
    with refusing(operator):
        operator.set("retry_minutes", 600)
        operator.submit(address := somebody())
        assert 8.5 * HOURS < due_s(operator.waiting(address)) < 11.5 * HOURS


def retries(operator: Operator) -> None:
    with refusing(operator):
        operator.set("retries", 0)
        operator.submit(address := somebody())
        assert operator.waiting(address)["state"] == "soft"


def resend_hours(operator: Operator) -> None:
    with refusing(operator):
        operator.set("retries", 0)
        operator.set("resend_hours", 48)
        operator.submit(address := somebody())
        assert 40 * HOURS < due_s(operator.waiting(address)) < 56 * HOURS


def permanent_errors(operator: Operator) -> None:
    with another_sink() as sink:
        sink.refusal = b"550 5.1.1 nobody\r\n"
        operator.smart_host(sink)
        operator.set("permanent_errors", "retry")
        operator.submit(address := somebody())
        assert operator.waiting(address)["state"] == "soft"


def dead_mail_octets(operator: Operator) -> None:
    with another_sink() as sink:
        sink.refusal = b"550 5.1.1 nobody\r\n"
        operator.smart_host(sink)
        operator.set("dead_mail_octets", 0)
        operator.submit(gone := somebody(), mark=(first := uuid.uuid4().hex))
        operator.suite.wait_for(operator.tim, first)
        operator.set("dead_mail_octets", "1M")
        operator.submit(kept := somebody())

        wait_for(lambda: dead_mail(operator, kept))
    assert not dead_mail(operator, gone)


def dead_mail(operator: Operator, recipient: str) -> list[dict]:
    return operator.ask("queue", "dead", "list", "--recipient", recipient)["rows"]


def max_hops(operator: Operator) -> None:
    through_three = b"Received: from a by b; x\r\n" * 3 + b"Subject: x\r\n\r\nx\r\n"
    send = operator.suite.send
    send("eve@elsewhere.test", operator.ann.address, through_three)

    operator.set("max_hops", 2)

    with pytest.raises(smtplib.SMTPDataError, match=r"5\.4\.6"):
        send("eve@elsewhere.test", operator.ann.address, through_three)


def longest_hold_hours(operator: Operator) -> None:
    def offered() -> str:
        with operator.smtp("submission") as smtp:
            smtp.login(operator.tim.address, operator.tim.password)
            smtp.ehlo()
            return smtp.esmtp_features.get("futurerelease", "")

    operator.set("longest_hold_hours", 2)
    assert offered().startswith("7200 ")

    operator.set("longest_hold_hours", 0)
    assert offered() == ""


def program_timeout_s(operator: Operator) -> None:
    operator.set("program_timeout_s", 1)
    command = '/bin/sh -c \\"sleep 60; rm %M\\"'
    words = ("--user", operator.joe.address, "--if", f'program "{command}"')
    rule = operator.ask("rule", "add", "slow", *words, "--do", "discard")["item_id"]
    try:
        operator.submit(operator.joe.address)
        wait_for(lambda: waits_for(operator, "gave no answer (hung)"), 45)
    finally:
        operator.type("rule", "delete", str(rule))
        operator.type("queue", "delete", "--recipient", operator.joe.address, "--yes")


def bounce_copies(operator: Operator) -> None:
    operator.set("postmaster", operator.ann.address)
    with another_sink() as sink:
        sink.refusal = b"550 5.1.1 nobody\r\n"
        operator.smart_host(sink)
        operator.submit(somebody(), mark=(before := uuid.uuid4().hex))
        operator.suite.wait_for(operator.tim, before)

        operator.set("bounce_copies", "on")

        operator.submit(somebody(), mark=(mark := uuid.uuid4().hex))
        copy = operator.suite.wait_for(operator.ann, mark)
    assert b"Subject: Postmaster: undelivered mail" in copy
    with operator.suite.imap(operator.ann) as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "TEXT", before)[1] == [b""]


def resends(operator: Operator) -> None:
    with refusing(operator):
        operator.set("retries", 0)
        operator.set("resends", 0)
        operator.submit(address := somebody(), mark=(mark := uuid.uuid4().hex))
        report = operator.suite.wait_for(operator.tim, mark)
    assert f"Final-Recipient: rfc822; {address}".encode() in report


def name_servers(operator: Operator) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        operator.set("smart_host_on", "off")
        operator.set("name_servers", f"127.0.0.1:{server.getsockname()[1]}")
        operator.submit(address := somebody())
        question = server.recv(1000)
    label = address.partition("@")[2].partition(".")[0].encode()
    assert label in question.lower()


CASES: dict[str, Callable[[Operator], None]] = {
    case.__name__: case
    for case in (
        system_name,
        hostname,
        default_domain,
        postmaster,
        datamax_timeout_s,
        setting_cases.housekeeping,
        setting_cases.housekeeping_days,
        setting_cases.housekeeping_hour,
        setting_cases.housekeeping_spares_flagged,
        setting_cases.housekeeping_way,
        setting_cases.password_keeping,
        setting_cases.blank_passwords,
        setting_cases.over_limit_notice,
        setting_cases.over_limit_threshold,
        offer_apop,
        setting_cases.delete_grace_days,
        smart_host_on,
        smart_host,
        smart_host_tls,
        smart_host_user,
        smart_host_password,
        smtp_port,
        smtp_connections,
        setting_cases.sending_authentication,
        setting_cases.smtp_auth,
        setting_cases.local_sender_needed,
        setting_cases.trap_ban_days,
        vrfy,
        dnsbl_on,
        dnsbl_zones,
        reverse_dns_needed,
        sender_domain_needed,
        smtp_dns_timeout_s,
        smtp_timeout_minutes,
        session_octets,
        session_messages,
        message_limit_octets,
        pop_before_smtp_minutes,
        tarpit_on,
        tarpit_recipients,
        tarpit_minutes,
        outbound_connections,
        retry_connections,
        queue_dns_timeout_s,
        smtp_timeout_s,
        retry_minutes,
        retries,
        resend_hours,
        resends,
        permanent_errors,
        dead_mail_octets,
        max_hops,
        longest_hold_hours,
        program_timeout_s,
        bounce_copies,
        pop_port,
        pop_connections,
        imap_port,
        imap_connections,
        apop_required,
        pop_timeout_s,
        imap_timeout_s,
        name_servers,
        *log_cases.CASES,
    )
}


NEEDS_DAYS = {"dead_mail_days", "etrn_days", "audit_days"}
"""Days go by in the rooms: see test_dead_mail.py, test_queuemax_held.py and
test_web_actors.py."""

NEEDS_STRANGERS = {"connections_per_address", "remote_administration"}
"""One does not count trusted clients, as all are here: see test_connections.py; the
other is about other computers: see test_remote_administration.py."""

NEEDS_A_SCANNER = {field.key for field in virus.FIELDS}
"""See test_virus.py."""

WARY = frozenset(
    {
        "dnsbl_on",
        "dnsbl_zones",
        "reverse_dns_needed",
        "sender_domain_needed",
        "smtp_dns_timeout_s",
        "pop_before_smtp_minutes",
        "tarpit_on",
        "tarpit_recipients",
        "tarpit_minutes",
    }
)
"""Cases for which loopback must not be trusted."""


@pytest.fixture(scope="module")
def wary_suite(_suites: MakeSuite) -> Suite:
    """Give one that trusts nobody."""
    return _suites(users=4, trust_loopback=False)


@pytest.fixture(scope="module")
def own_suite(_suites: MakeSuite) -> Suite:
    """Give a suite whose settings nobody else minds."""
    return _suites(users=4)


@pytest.fixture
def operator(request: pytest.FixtureRequest, sink: Sink) -> Iterator[Operator]:
    """Give somebody at the command line; settings are put back."""
    key = request.node.callspec.params["key"]
    name = "wary_suite" if key in WARY else "own_suite"
    found = Operator(request.getfixturevalue(name), sink)
    yield found
    found.restore()


def test_every_setting_has_a_case() -> None:
    elsewhere = NEEDS_STRANGERS | NEEDS_DAYS | NEEDS_A_SCANNER
    assert set(CASES) | elsewhere == set(SYSTEM_SETTINGS)


@pytest.mark.parametrize("key", CASES)
def test_a_setting_acts_without_a_restart(operator: Operator, key: str) -> None:
    before = pids(operator.suite)

    CASES[key](operator)

    assert pids(operator.suite) == before

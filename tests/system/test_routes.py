"""Where mail goes: relay to host, ETRN, a smart host with login and proved TLS.

Exchangers that the DNS names may not be loopback, so backup domains are shown in
`test_backup.py`, `tests/rooms/test_queuemax_routes.py` and `test_trust_routes.py`.
"""

import asyncio
import base64
import json
import smtplib
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_outbound import OFFERS
from fix_sink import Sink
from fix_suite import MakeSuite, Suite, run_mailmax
from fix_tls import LoopbackTls
from waiting import until, wait_for

pytestmark = pytest.mark.system

PASSWORD = "geheim-4711"


@pytest.fixture(scope="module")
def own_suite(_suites: MakeSuite, loopback_tls: LoopbackTls) -> Iterator[Suite]:
    """Give a suite that trusts the authority of the tests."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as trusted:
        trusted.write(loopback_tls.certificate.read_bytes())
        trusted.flush()
        Path(trusted.name).chmod(0o644)  # the roles may run as another user
        yield _suites(users=2, launcher=("env", f"SSL_CERT_FILE={trusted.name}"))


@pytest.fixture
def host() -> Iterator[Sink]:
    """Give the server of a relay or ETRN domain."""
    sink = Sink()
    yield sink
    sink.close()


def typed(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def mark() -> str:
    return f"mark{uuid.uuid4().hex}"


def states(suite: Suite, recipient: str) -> list[str]:
    rows = json.loads(typed(suite, "queue", "list", "--json"))["rows"]
    return [row["state"] for row in rows if row["recipient"] == recipient]


def add(suite: Suite, name: str, **values: object) -> None:
    pairs = [f"--set={key}={value}" for key, value in values.items()]
    typed(suite, "domain", "add", name, *pairs)


def test_a_relay_domain_s_mail_goes_to_its_server(
    own_suite: Suite, sink: Sink, host: Sink
) -> None:
    """DOM-1: the smart host, which is on, sees nothing of it."""
    add(
        own_suite,
        "relay.test",
        kind="relay",
        delivery_address=f"127.0.0.1:{host.port}",
    )
    text = mark()

    own_suite.send("me@far.test", "joe@relay.test", f"Subject: {text}\r\n\r\n".encode())

    assert host.wait_for(text.encode()).recipients == ["joe@relay.test"]
    assert not [one for one in sink.messages if text.encode() in one.content]


def test_a_relay_domain_s_server_is_asked_who_is_there(
    own_suite: Suite, host: Sink
) -> None:
    """DECISIONS 19: live; who cannot be asked refuses nobody."""
    address = f"127.0.0.1:{host.port}"
    add(
        own_suite,
        "asked.test",
        kind="relay",
        delivery_address=address,
        recipient_check="on",
    )
    host.refused["nobody@asked.test"] = b"550 5.1.1 nobody\r\n"
    port = own_suite.port("smtp")
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.ehlo("asker.test")
        smtp.mail("me@far.test")

        assert smtp.rcpt("nobody@asked.test") == (550, b"5.1.1 No such user here")
        assert smtp.rcpt("joe@asked.test")[0] == 250
        typed(own_suite, "domain", "set", "asked.test", "recipient_check=off")
        assert smtp.rcpt("nobody@asked.test")[0] == 250
        typed(own_suite, "domain", "set", "asked.test", "recipient_check=on")
        assert smtp.rcpt("nobody@asked.test")[0] == 550
        host.close()
        assert smtp.rcpt("ann@asked.test")[0] == 250
    assert not host.messages


def test_etrn_mail_leaves_when_it_is_asked_for_and_to_its_server_alone(
    own_suite: Suite, sink: Sink, host: Sink
) -> None:
    """DOM-10: a refusal of its server holds it again; nothing comes to who asks."""
    address = f"127.0.0.1:{host.port}"
    add(own_suite, "etrn.test", kind="etrn", delivery_address=address)
    text = mark().encode()
    own_suite.send("me@far.test", "joe@etrn.test", b"Subject: %s\r\n\r\n" % text)
    wait_for(lambda: states(own_suite, "joe@etrn.test") == ["held"])
    later = mark().encode()
    tim = own_suite.users[0]
    with smtplib.SMTP("127.0.0.1", own_suite.port("submission"), timeout=20) as smtp:
        smtp.login(tim.address, tim.password)
        content = b"Subject: %s\r\n\r\n" % later
        smtp.sendmail(tim.address, ["joe@away.test"], content)
    sink.wait_for(later)  # what came behind it has left
    assert (host.messages, host.greetings) == ([], [])
    etrn_directory = own_suite.directory / "etrn"
    wait_for(lambda: list(etrn_directory.glob("body.*")), 20)  # LOC-1

    host.refusal = b"451 4.2.0 later\r\n"
    assert etrn(own_suite) // 10 == 25
    wait_for(lambda: host.greetings)
    wait_for(lambda: states(own_suite, "joe@etrn.test") == ["held"])
    host.refusal = b""
    time.sleep(1.5)  # who asks again in haste is told to wait
    wait_for(lambda: etrn(own_suite) // 10 == 25, 20)

    assert host.wait_for(text, 20).recipients == ["joe@etrn.test"]
    assert not [one for one in sink.messages if text in one.content]
    wait_for(lambda: not states(own_suite, "joe@etrn.test"))


def etrn(suite: Suite) -> int:
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as smtp:
        smtp.ehlo("asker.test")
        return smtp.docmd("ETRN", "etrn.test")[0]


def submit(suite: Suite, recipient: str) -> None:
    tim = suite.users[0]
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as smtp:
        smtp.starttls(context=suite.tls())
        smtp.login(tim.address, tim.password)
        smtp.sendmail(tim.address, [recipient], b"Subject: hi\r\n\r\n")


async def test_a_smart_host_with_a_login_over_tls_that_is_proved(
    own_suite: Suite, remote, loopback_tls: LoopbackTls
) -> None:
    """GEN-8: live; and the password is in no list, log or file."""

    def answers(verb: str, _: str) -> str | None:
        return "235 2.7.0 welcome" if verb == "AUTH" else None

    server = await remote(answers, (*OFFERS, "AUTH PLAIN LOGIN"), loopback_tls.server)
    before = typed(own_suite, "config", "get", "smart_host").strip()
    for key, value in {
        "smart_host": f"127.0.0.1:{server.port}",
        "smart_host_tls": "required",
        "smart_host_user": "tim",
        "smart_host_password": PASSWORD,
    }.items():
        await asyncio.to_thread(typed, own_suite, "config", "set", key, value)

    await asyncio.to_thread(submit, own_suite, "joe@other.test")
    await until(lambda: server.taken, 30)

    assert server.taken[0].encrypted
    [said] = [one for one in server.commands if one.startswith("AUTH")]
    assert base64.b64decode(said.split(" ")[2]) == f"\0tim\0{PASSWORD}".encode()
    shown = await asyncio.to_thread(typed, own_suite, "config", "get", "--json")
    assert json.loads(shown)["smart_host_password"] == "********"
    files = [path for path in own_suite.directory.rglob("*") if path.is_file()]
    assert not [one for one in files if PASSWORD.encode() in one.read_bytes()]
    for key, value in {
        "smart_host": before,
        "smart_host_tls": "",
        "smart_host_user": "",
        "smart_host_password": "",
    }.items():
        await asyncio.to_thread(typed, own_suite, "config", "set", key, value)

"""Real clients hand mail to the running suite: swaks, curl, msmtp, mutt, smtplib."""

import smtplib
import socket
import uuid
from pathlib import Path

import pytest

from fix_sink import Sink
from fix_suite import Account, Suite, run_client

pytestmark = pytest.mark.system


@pytest.fixture
def mark() -> str:
    """Give a word that is in this test's mail only."""
    return f"mark{uuid.uuid4().hex}"


def swaks(suite: Suite, home: Path, *arguments: str) -> str:
    return run_client("swaks", "--silent", "1", *arguments, home=home)


def test_swaks_delivers_from_outside(suite, tim, mark, tmp_path) -> None:
    server = f"127.0.0.1:{suite.port('smtp')}"

    swaks(
        suite, tmp_path, "--server", server, "--from", "eve@elsewhere.test",
        "--to", tim.address, "--header", f"Subject: {mark}",
    )  # fmt: skip

    assert b"eve@elsewhere.test" in suite.wait_for(tim, mark)


@pytest.mark.parametrize(
    ("service", "how"), [("submission", "--tls"), ("submissions", "--tls-on-connect")]
)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_submits_with_a_password(
    suite, tim, anna, mark, tmp_path, service, how, mechanism
) -> None:
    swaks(
        suite, tmp_path, "--server", f"127.0.0.1:{suite.port(service)}", how,
        "--auth", mechanism, "--auth-user", tim.address,
        "--auth-password", tim.password, "--from", tim.address, "--to", anna.address,
        "--body", f"hello {mark}",
    )  # fmt: skip

    received = suite.wait_for(anna, mark)
    assert b"with ESMTPSA" in received


def test_swaks_with_a_wrong_password_is_refused(suite, tim, tmp_path) -> None:
    said = run_client(
        "swaks", "--server", f"127.0.0.1:{suite.port('submission')}", "--tls",
        "--auth", "PLAIN", "--auth-user", tim.address, "--auth-password", "wrong",
        "--from", tim.address, "--to", tim.address, home=tmp_path, status=28,
    )  # fmt: skip

    assert "535 5.7.8" in said


def test_swaks_hands_over_by_lmtp(suite, tim, anna, mark, tmp_path) -> None:
    said = run_client(
        "swaks", "--protocol", "LMTP",
        "--socket", str(suite.directory / "run" / "lmtp.sock"),
        "--from", "eve@elsewhere.test", "--to", f"{tim.address},{anna.address}",
        "--body", mark, home=tmp_path,
    )  # fmt: skip

    assert said.count("<-  250 2.") >= 3
    for user in (tim, anna):
        suite.wait_for(user, mark)


def test_swaks_cannot_relay(suite, tmp_path) -> None:
    """Nobody from outside sends through us to elsewhere; our users do."""
    said = run_client(
        "swaks", "--server", f"127.0.0.1:{suite.port('smtp')}",
        "--from", "eve@elsewhere.test", "--to", "x@faraway.test", home=tmp_path,
        status=24,
    )  # fmt: skip

    assert "550 5.7" in said or "554 5.7" in said


def test_outbound_mail_leaves_through_the_smart_host(
    suite: Suite, sink: Sink, tim: Account, mark: str, tmp_path: Path
) -> None:
    swaks(
        suite, tmp_path, "--server", f"127.0.0.1:{suite.port('submission')}", "--tls",
        "--auth", "PLAIN", "--auth-user", tim.address,
        "--auth-password", tim.password, "--from", tim.address,
        "--to", "far@faraway.test", "--body", mark,
    )  # fmt: skip

    arrived = sink.wait_for(mark.encode())
    assert arrived.reverse_path == tim.address
    assert arrived.recipients == ["far@faraway.test"]
    assert arrived.content.startswith(b"Received: ")


@pytest.mark.parametrize("service", ["smtp", "submission", "submissions"])
def test_curl_sends(suite, tim, anna, mark, tmp_path, service) -> None:
    message = tmp_path / "message"
    message.write_bytes(
        f"From: <{tim.address}>\r\nSubject: {mark}\r\n\r\n.dot\r\n..\r\n".encode()
    )
    scheme = "smtps" if service == "submissions" else "smtp"
    secure = ["--ssl-reqd"] if service == "submission" else []

    run_client(
        "curl", "-sS", "-k", *secure, f"{scheme}://127.0.0.1:{suite.port(service)}",
        "--user", f"{tim.address}:{tim.password}",
        "--mail-from", tim.address, "--mail-rcpt", anna.address,
        "--upload-file", str(message), home=tmp_path,
    )  # fmt: skip

    assert suite.wait_for(anna, mark).endswith(b"\r\n\r\n.dot\r\n..\r\n")


@pytest.mark.parametrize("service", ["submission", "submissions"])
def test_msmtp_sends(suite, tim, anna, mark, tmp_path, service) -> None:
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost 127.0.0.1\nport {suite.port(service)}\n"
        f"tls on\ntls_starttls {'on' if service == 'submission' else 'off'}\n"
        "tls_certcheck off\n"
        f'auth plain\nuser {tim.address}\npassword "{tim.password}"\n'
        f"from {tim.address}\n"
    )
    config.chmod(0o600)

    run_client(
        "msmtp", "-C", str(config), anna.address,
        stdin=f"To: {anna.address}\nSubject: {mark}\n\nover msmtp\n", home=tmp_path,
    )  # fmt: skip

    assert b"over msmtp" in suite.wait_for(anna, mark)


def test_mutt_sends_an_attachment(suite, tim, anna, mark, tmp_path) -> None:
    attachment = tmp_path / "picture.bin"
    attachment.write_bytes(bytes(range(256)) * 40)
    config = tmp_path / "muttrc"
    login = f"{tim.address.replace('@', '%40')}@127.0.0.1:{suite.port('submissions')}"
    config.write_text(
        f'set from = "{tim.address}"\nset smtp_url = "smtps://{login}/"\n'
        f'set smtp_pass = "{tim.password}"\nset ssl_verify_host = no\n'
        f'set certificate_file = "{suite.certificate}"\nset copy = no\n'
    )

    run_client(
        "mutt", "-F", str(config), "-s", mark, "-a", str(attachment), "--",
        anna.address, stdin="see attachment\n", home=tmp_path,
    )  # fmt: skip

    received = suite.wait_for(anna, mark)
    assert b'filename="picture.bin"' in received
    assert received.count(b"--") >= 4


def test_smtplib_with_starttls(suite: Suite, tim, anna, mark) -> None:
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as smtp:
        smtp.starttls(context=suite.tls())
        smtp.login(tim.address, tim.password)
        refused = smtp.sendmail(
            tim.address,
            [anna.address, f"nobody-{mark}@suite.test"],
            f"From: <{tim.address}>\r\nSubject: {mark}\r\n\r\nhi\r\n".encode(),
        )

    assert refused.keys() == {f"nobody-{mark}@suite.test"}
    suite.wait_for(anna, mark)


def test_several_messages_in_one_connection_keep_their_order(
    suite: Suite, tim: Account, mark: str
) -> None:
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as smtp:
        for number in range(20):
            text = f"Subject: {mark} number {number}\r\n\r\n{number}\r\n"
            smtp.sendmail("eve@elsewhere.test", [tim.address], text)

    suite.wait_for(tim, f"{mark} number 19")
    with suite.imap(tim) as client:
        client.select("INBOX")
        _, data = client.fetch("1:*", "(BODY.PEEK[TEXT])")
    assert [int(part[1]) for part in data if isinstance(part, tuple)] == [*range(20)]


def test_large_mail_arrives_as_it_was(suite: Suite, tim: Account, mark: str) -> None:
    """Above 256 KiB a body is streamed beside the journal (DESIGN 3.3)."""
    lines = b"".join(b"%08d " % n * 8 + b"\r\n" for n in range(120_000))
    content = b"Subject: %s\r\n\r\n" % mark.encode() + lines
    suite.send("eve@elsewhere.test", tim.address, content)

    assert suite.wait_for(tim, mark, 20).endswith(content)


def test_a_pipelined_session_in_one_segment(suite: Suite, tim, mark) -> None:
    script = (
        f"EHLO me.test\r\nMAIL FROM:<eve@elsewhere.test>\r\nRCPT TO:<{tim.address}>\r\n"
        f"DATA\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", suite.port("smtp")), 20) as sock:
        lines = sock.makefile("rb")
        lines.readline()
        sock.sendall(script)
        while not lines.readline().startswith(b"354"):
            pass
        sock.sendall(f"Subject: {mark}\r\n\r\nx\r\n.\r\nQUIT\r\n".encode())
        assert lines.readline().startswith(b"250 2.")
        assert lines.readline().startswith(b"221 2.")

    suite.wait_for(tim, mark)

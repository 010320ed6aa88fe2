"""Real clients fetch mail by POP3: curl, fetchmail, getmail, mutt, poplib."""

import poplib
from pathlib import Path

import pytest

from fix_suite import Account, Suite, run_client
from fix_terminal import run_in_terminal

pytestmark = pytest.mark.system

BODY = b"\r\n.\r\n..two dots\r\nend\r\n"


@pytest.fixture
def three(suite: Suite, tim: Account) -> Account:
    """Give a user with three messages in INBOX."""
    for number in (1, 2, 3):
        suite.send(
            "eve@elsewhere.test",
            tim.address,
            b"From: <eve@elsewhere.test>\r\nSubject: number %d\r\n" % number + BODY,
        )
    suite.wait_for(tim, "number 3")
    return tim


def left(suite: Suite, user: Account) -> list[bytes]:
    """Return the subjects in a user's INBOX, as IMAP sees them."""
    with suite.imap(user) as client:
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return [part[1].strip() for part in data if isinstance(part, tuple)]


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_curl_lists_retrieves_and_deletes(suite, three, tmp_path, service) -> None:
    base = f"{service}://127.0.0.1:{suite.port(service)}/"
    login = ["-sS", "-k", "--user", f"{three.address}:{three.password}"]
    if service == "pop3":
        login.append("--ssl-reqd")

    listing = run_client("curl", *login, base, home=tmp_path)
    second = run_client("curl", *login, base + "2", home=tmp_path)
    run_client("curl", *login, "-I", "-X", "DELE 1", base, home=tmp_path)

    assert [line.split()[0] for line in listing.splitlines() if line] == ["1", "2", "3"]
    assert "Subject: number 2" in second
    assert second.encode().replace(b"\r\n", b"\n").endswith(BODY.replace(b"\r", b""))
    assert left(suite, three) == [b"Subject: number 2", b"Subject: number 3"]


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
@pytest.mark.parametrize("keep", [True, False])
def test_fetchmail_fetches_once(suite, three, tmp_path, protocol, keep) -> None:
    config = tmp_path / "fetchmailrc"
    fetched = tmp_path / "fetched"
    config.write_text(
        f"poll 127.0.0.1 service {suite.port(protocol)} protocol {protocol}"
        f"{' uidl' if protocol == 'pop3' else ''}\n"
        f'  user "{three.address}" password "{three.password}"\n'
        f"  {'keep' if keep else 'nokeep'} sslproto ''\n"
        f'  mda "cat >> {fetched}"\n'
    )
    config.chmod(0o600)
    fetchmail = ["fetchmail", "-f", str(config), "-i", str(tmp_path / "ids"),
                 "--pidfile", str(tmp_path / "pid"), "--nosyslog"]  # fmt: skip

    run_client(*fetchmail, home=tmp_path)
    run_client(*fetchmail, home=tmp_path, status=1)  # 1: no mail for you

    text = fetched.read_text()
    assert [text.count(f"Subject: number {n}") for n in (1, 2, 3)] == [1, 1, 1]
    assert len(left(suite, three)) == (3 if keep else 0)


ONCE_AWAITED = "until grep -q '^State:.S' /proc/$PPID/status; do sleep 0.01; done"
"""getmail waits for ever for a program that ends before it has begun to wait."""


@pytest.mark.parametrize("kind", ["SimplePOP3", "SimplePOP3SSL", "SimpleIMAP"])
@pytest.mark.parametrize("delete", [True, False])
def test_getmail_fetches_once(suite, three, tmp_path, kind, delete) -> None:
    fetched = tmp_path / "fetched"
    service = {"SimplePOP3": "pop3", "SimplePOP3SSL": "pop3s", "SimpleIMAP": "imap"}
    (tmp_path / "getmailrc").write_text(
        f"[retriever]\ntype = {kind}Retriever\nserver = 127.0.0.1\n"
        f"port = {suite.port(service[kind])}\nusername = {three.address}\n"
        f"password = {three.password}\n"
        "[destination]\ntype = MDA_external\npath = /bin/sh\n"
        f"arguments = ('-c', \"cat >> {fetched}; {ONCE_AWAITED}\")\n"
        "allow_root_commands = true\n"
        f"[options]\nread_all = false\ndelete = {str(delete).lower()}\n"
    )
    getmail = ["getmail", "--getmaildir", str(tmp_path), "--rcfile", "getmailrc"]

    run_client(*getmail, home=tmp_path)
    run_client(*getmail, home=tmp_path)

    text = fetched.read_text()
    assert [text.count(f"Subject: number {n}") for n in (1, 2, 3)] == [1, 1, 1]
    assert len(left(suite, three)) == (0 if delete else 3)


def test_mutt_reads_a_maildrop(suite, three, tmp_path: Path) -> None:
    config = tmp_path / "muttrc"
    config.write_text(
        f'set folder = "{tmp_path}"\nset pop_pass = "{three.password}"\n'
        "set ssl_starttls = no\n"
        "set ssl_force_tls = no\nset confirmappend = no\nset delete = yes\n"
        "set pop_delete = no\nset quit = yes\n"
        f"push '<tag-pattern>~A<enter><tag-prefix><copy-message>{tmp_path}/box<enter>"
        "y<enter><exit><enter>'\n"
    )
    address = three.address.replace("@", "%40")

    run_in_terminal(
        ["mutt", "-F", str(config), "-f",
         f"pop://{address}@127.0.0.1:{suite.port('pop3')}/"],
        home=tmp_path,
        until=lambda: (tmp_path / "box").exists()
        and (tmp_path / "box").read_text().count("Subject: number") == 3,
    )  # fmt: skip


def test_two_sessions_and_imap_beside(suite: Suite, three: Account) -> None:
    def connect() -> poplib.POP3:
        found = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
        found.user(three.address)
        return found

    first = connect()
    first.pass_(three.password)
    second = connect()
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        second.pass_(three.password)
    second.close()
    with suite.imap(three) as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", r"(\Deleted)")
        client.expunge()
        assert len(left(suite, three)) == 2

    assert first.stat()[0] == 3
    assert first.retr(3)[1][1:] != []
    first.dele(1)
    first.quit()

    assert left(suite, three) == [b"Subject: number 3"]


def test_stls_with_the_standard_library(suite: Suite, three: Account) -> None:
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    client.stls(suite.tls())
    client.user(three.address)
    client.pass_(three.password)
    _, lines, octets = client.retr(2)

    assert b"\r\n".join(lines).endswith(BODY.rstrip(b"\r\n"))
    assert client.list(2) == b"+OK 2 %d" % octets
    client.quit()

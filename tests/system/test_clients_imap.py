"""Real clients work in mailboxes by IMAP: curl, mbsync, mutt, imaplib."""

import imaplib
import mailbox
import threading
import time
from pathlib import Path

import pytest

from fix_suite import Account, Suite, run_client
from fix_terminal import run_in_terminal

pytestmark = pytest.mark.system


@pytest.fixture
def three(suite: Suite, tim: Account) -> Account:
    """Give a user with three messages in INBOX."""
    for number in (1, 2, 3):
        suite.send(
            "eve@elsewhere.test",
            tim.address,
            b"From: <eve@elsewhere.test>\r\nSubject: number %d\r\n"
            b"Message-ID: <%d@elsewhere.test>\r\n\r\ntext\r\n" % (number, number),
        )
    suite.wait_for(tim, "number 3")
    return tim


def flags(suite: Suite, user: Account, folder: str = "INBOX") -> list[set[bytes]]:
    """Return the flags of each message, as another client sees them."""
    with suite.imap(user) as client:
        client.select(folder, readonly=True)
        _, data = client.fetch("1:*", "(FLAGS)")
    return [
        set(imaplib.ParseFlags(line)) - {rb"\Recent"}
        for line in data
        if line is not None
    ]


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_curl_reads_flags_and_appends(suite, three, tmp_path, service) -> None:
    base = f"{service}://127.0.0.1:{suite.port(service)}/"
    login = ["-sS", "-k", "--user", f"{three.address}:{three.password}"]
    if service == "imap":
        login.append("--ssl-reqd")
    draft = tmp_path / "draft"
    draft.write_bytes(b"Subject: a draft\r\n\r\nlater\r\n")

    second = run_client("curl", *login, base + "INBOX;MAILINDEX=2", home=tmp_path)
    run_client(
        "curl",
        *login,
        base + "INBOX",
        "-X",
        r"STORE 1 +FLAGS (\Flagged)",
        home=tmp_path,
    )
    run_client("curl", *login, base + "Drafts", "-T", str(draft), home=tmp_path)
    folders = run_client("curl", *login, base, home=tmp_path)
    found = run_client("curl", *login, base + "INBOX?SUBJECT%20three", home=tmp_path)

    assert "Subject: number 2" in second
    assert flags(suite, three)[0] == {rb"\Flagged"}
    assert len(flags(suite, three, "Drafts")) == 1
    assert "Drafts" in folders
    assert found.split() == ["*", "SEARCH"]


def test_mbsync_both_ways(suite: Suite, three: Account, tmp_path: Path) -> None:
    """Pull three; read one, delete one, add one on this side; push."""
    local = tmp_path / "mail"
    local.mkdir()
    config = tmp_path / "mbsyncrc"
    config.write_text(
        "IMAPAccount far\nHost localhost\n"
        f"Port {suite.port('imaps')}\nUser {three.address}\n"
        f'Pass "{three.password}"\nSSLType IMAPS\n'
        f"CertificateFile {suite.certificate}\n\n"
        "IMAPStore far\nAccount far\n\n"
        f"MaildirStore near\nPath {local}/\nInbox {local}/INBOX\n"
        "SubFolders Verbatim\n\n"
        "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\n"
        "SyncState *\n"
    )
    sync = ["mbsync", "-c", str(config), "all"]
    run_client(*sync, home=tmp_path)
    inbox = mailbox.Maildir(local / "INBOX")
    by_subject = {message["Subject"]: key for key, message in inbox.items()}
    assert sorted(by_subject) == ["number 1", "number 2", "number 3"]

    read = inbox[by_subject["number 1"]]
    read.set_subdir("cur")
    read.add_flag("S")
    inbox[by_subject["number 1"]] = read
    inbox.remove(by_subject["number 2"])
    inbox.add(b"Subject: made here\n\nlocal\n")
    run_client(*sync, home=tmp_path)
    run_client(*sync, home=tmp_path)

    with suite.imap(three) as client:
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    seen = {
        part[1].strip(): rb"\Seen" in imaplib.ParseFlags(part[0])
        for part in data
        if isinstance(part, tuple)
    }
    assert seen == {
        b"Subject: number 1": True,
        b"Subject: number 3": False,
        b"Subject: made here": False,
    }


def test_mutt_reads_flags_saves_and_deletes(suite, three, tmp_path) -> None:
    config = tmp_path / "muttrc"
    address = three.address.replace("@", "%40")
    url = f"imaps://{address}@127.0.0.1:{suite.port('imaps')}/"
    config.write_text(
        f'set imap_pass = "{three.password}"\nset folder = "{url}"\n'
        f'set ssl_verify_host = no\nset certificate_file = "{suite.certificate}"\n'
        "set confirmappend = no\nset confirmcreate = no\nset delete = yes\n"
        "set quit = yes\nset mark_old = no\nset wait_key = no\n"
        # Flag the first; save (copy and delete) the second to Archive; purge.
        "push '<first-entry><flag-message><first-entry><next-entry>"
        "<save-message>=Archive<enter><sync-mailbox>'\n"
    )

    def is_done() -> bool:
        return len(flags(suite, three)) == 2

    run_in_terminal(
        ["mutt", "-F", str(config), "-f", f"{url}INBOX"], home=tmp_path, until=is_done
    )

    assert rb"\Flagged" in flags(suite, three)[0]
    with suite.imap(three) as client:
        client.select("Archive", readonly=True)
        _, data = client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert data[0][1].strip() == b"Subject: number 2"


def test_imaplib_goes_through_a_mailbox(suite: Suite, three: Account) -> None:
    client = imaplib.IMAP4("127.0.0.1", suite.port("imap"), timeout=20)
    client.starttls(suite.tls())
    client.login(three.address, three.password)
    assert client.select("INBOX") == ("OK", [b"3"])

    assert client.search(None, "SUBJECT", '"number 2"') == ("OK", [b"2"])
    assert client.uid("SEARCH", "UNSEEN")[1] == [b"1 2 3"]
    client.fetch("1", "(BODY[])")
    assert client.search(None, "SEEN") == ("OK", [b"1"])
    client.store("2", "+FLAGS", r"(\Answered $Forwarded)")
    assert client.search(None, "KEYWORD", "$Forwarded") == ("OK", [b"2"])

    assert client.create("work/done")[0] == "OK"
    assert client.copy("1", "work/done")[0] == "OK"
    assert client._simple_command("MOVE", "3", "work/done")[0] == "OK"
    assert client.response("EXPUNGE") == ("EXPUNGE", [b"3"])
    assert (
        client.append("work/done", r"(\Seen)", None, b"Subject: appended\r\n\r\nx\r\n")[
            0
        ]
        == "OK"
    )
    client.store("1", "+FLAGS", r"(\Deleted)")
    assert client.expunge()[1] == [b"1"]
    assert client.rename("work", "play")[0] == "OK"
    assert client.select("play/done") == ("OK", [b"3"])
    _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert [part[1].strip() for part in data if isinstance(part, tuple)] == [
        b"Subject: number 1", b"Subject: number 3", b"Subject: appended",
    ]  # fmt: skip
    client.unselect()
    assert client.delete("play/done")[0] == "OK"
    assert client.logout()[0] == "BYE"


@pytest.mark.timed
def test_idle_hears_of_new_mail_at_once(suite: Suite, tim: Account) -> None:
    with suite.imap(tim) as client:
        client.select("INBOX")
        client.send(b"a1 IDLE\r\n")
        assert client.readline().startswith(b"+")

        begin = time.monotonic()
        suite.send("eve@elsewhere.test", tim.address, b"Subject: ping\r\n\r\nx\r\n")
        assert client.readline() == b"* 1 EXISTS\r\n"
        assert time.monotonic() - begin < 2.0

        client.send(b"DONE\r\n")
        while not (line := client.readline()).startswith(b"a1 "):
            assert line.startswith(b"* ")
        assert line.startswith(b"a1 OK")


def test_two_clients_see_each_other(suite: Suite, three: Account) -> None:
    with suite.imap(three) as one, suite.imap(three) as two:
        one.select("INBOX")
        two.select("INBOX")
        one.store("3", "+FLAGS", r"(\Flagged)")
        one.store("1", "+FLAGS", r"(\Deleted)")
        one.expunge()
        two.noop()

        assert two.response("EXPUNGE")[1] == [b"1"]
        assert two.search(None, "FLAGGED") == ("OK", [b"2"])


def test_many_clients_at_once(suite: Suite, three: Account) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with suite.imap(three) as client:
                client.select("INBOX")
                for _ in range(20):
                    _, data = client.fetch("1:3", "(FLAGS UID RFC822.SIZE ENVELOPE)")
                    assert len(data) == 3
        except BaseException as problem:  # noqa: BLE001 - shown by the main thread
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []

"""A mailbox that another version of MailMax wrote: its user is told, others go on."""

from pathlib import Path

from fix_imap import USERS, MakeImap, new_message
from mailmax.store.mailboxes.segments.store import SegmentStore

TOLD = b"log.1.1 was made by another version of MailMax (form 1, this one reads 2)"


def test_a_client_is_told_and_nothing_is_lost(
    make_imap: MakeImap, tmp_path: Path
) -> None:
    with_mail = SegmentStore(tmp_path, role="former")
    for name, user_id in USERS.items():
        account = with_mail.account(user_id, f"example.com/{name}")
        account.open("INBOX").append([new_message(b"Subject: x\r\n\r\ny")])
    with_mail.close()
    path = tmp_path / "example.com/tim/log.1.1"
    ours = path.read_bytes()
    path.write_bytes(ours[:4] + b"\x01\x00" + ours[6:])
    theirs = path.read_bytes()
    imap = make_imap(store=SegmentStore(tmp_path, role="imapmax"))

    with imap.line() as line:
        answers = [
            line.ask(b"SELECT INBOX")[-1],
            line.ask(b"STATUS INBOX (MESSAGES)")[-1],
            line.ask(b"APPEND INBOX {1+}\r\nx")[-1],
        ]
        assert line.ask(b"SELECT Sent")[-1].startswith(b"OK")
    others = [name for name in USERS if name != "tim"]
    with imap.client(others[0]) as client:
        assert client.select("INBOX") == ("OK", [b"1"])

    assert all(answer.startswith(b"NO") and TOLD in answer for answer in answers)
    assert theirs == path.read_bytes()
    path.write_bytes(ours)
    with imap.client() as client:
        assert client.select("INBOX") == ("OK", [b"1"])

"""Automatic answers on the running suite (USR-6)."""

import email.policy  # noqa: TID251 - the oracle
import uuid
from pathlib import Path

import pytest

from fix_forwarding import add_user, settle
from fix_sink import Sink, Sunk
from fix_suite import Account, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("7.3"),
]


@pytest.fixture
def away(suite: Suite, tim: Account, tmp_path: Path) -> Account:
    """Give a user who answers by himself."""
    text = tmp_path / "away.txt"
    text.write_text("Ich bin im März zurück.\n.\nTim\n")
    here = ("--dir", str(suite.directory))
    run_mailmax("user", "reply", tim.address, str(text), *here)
    values = ("reply_name=Tim Robinson", "reply_subject=Urlaub bis März")
    run_mailmax("user", "set", tim.address, *values, *here)
    return tim


def mail(user: Account, mark: str, *lines: str) -> bytes:
    head = [f"To: <{user.address}>", f"Subject: {mark}", f"Message-ID: <{mark}@x>"]
    return "\r\n".join([*head, *lines, "", "body", ""]).encode()


def answers_to(sink: Sink, address: str) -> list[Sunk]:
    return [one for one in list(sink.messages) if address in one.recipients]


def somebody() -> str:
    return f"x@{uuid.uuid4().hex}.test"


def test_a_sender_is_answered_once_also_after_a_restart(
    suite: Suite, sink: Sink, away: Account
) -> None:
    mark, sender = uuid.uuid4().hex, somebody()
    suite.send(sender, away.address, mail(away, mark))
    answer = sink.wait_for(f"In-Reply-To: <{mark}@x>".encode())
    suite.wait_back("filer", suite.kill("filer"))

    for _ in range(3):
        again = uuid.uuid4().hex
        suite.send(sender, away.address, mail(away, again))
        suite.wait_for(away, again)

    settle(suite, sink, sender.partition("@")[2])
    assert len(answers_to(sink, sender)) == 1
    assert answer.reverse_path == ""
    assert answer.recipients == [sender]
    read = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert read["From"] == f"Tim Robinson <{away.address}>"
    assert read["To"] == sender
    assert read["Subject"] == "Urlaub bis März"
    assert read["Auto-Submitted"] == "auto-replied"
    text = read.get_content().replace("\r\n", "\n")
    assert text == "Ich bin im März zurück.\n.\nTim\n"


def test_lists_and_other_automatic_mail_are_not_answered(
    suite: Suite, sink: Sink, away: Account
) -> None:
    for line in ("List-Id: <x.y>", "Auto-Submitted: auto-generated"):
        mark, sender = uuid.uuid4().hex, somebody()
        suite.send(sender, away.address, mail(away, mark, line))
        suite.wait_for(away, mark)
        settle(suite, sink, sender.partition("@")[2])
        assert answers_to(sink, sender) == []


def test_two_who_answer_each_other_are_silent_after_one_answer(
    suite: Suite, away: Account, anna: Account
) -> None:
    run_mailmax(
        *("user", "set", anna.address, "reply_on=on", "reply_text=Me too."),
        *("--dir", str(suite.directory)),
    )
    mark = uuid.uuid4().hex

    suite.send(anna.address, away.address, mail(away, mark))

    suite.wait_for(anna, mark)
    bystander = add_user(suite, f"{uuid.uuid4().hex}@suite.test")
    behind = uuid.uuid4().hex
    suite.send(bystander.address, away.address, mail(away, behind))
    suite.wait_for(bystander, behind)
    for user, count in ((anna, 1), (away, 1)):
        with suite.imap(user) as client:
            client.select("INBOX", readonly=True)
            _, (found,) = client.search(None, "TEXT", f'"{mark}"')
            assert len(found.split()) == count


def test_who_answers_no_more_keeps_the_text(
    suite: Suite, sink: Sink, away: Account
) -> None:
    here = ("--dir", str(suite.directory))
    run_mailmax("user", "reply", away.address, "--off", *here)
    mark, sender = uuid.uuid4().hex, somebody()
    suite.send(sender, away.address, mail(away, mark))
    suite.wait_for(away, mark)
    settle(suite, sink, sender.partition("@")[2])
    assert answers_to(sink, sender) == []

    run_mailmax("user", "reply", away.address, *here)
    suite.send(sender, away.address, mail(away, again := uuid.uuid4().hex))

    sink.wait_for(f"In-Reply-To: <{again}@x>".encode())


def test_a_flood_with_forged_senders_gets_few_answers(
    suite: Suite, sink: Sink, away: Account
) -> None:
    """A joe-job: the victims hear little (TRUST K4), the mail is all there."""
    domain = f"{uuid.uuid4().hex}.test"
    mark = uuid.uuid4().hex
    for number in range(60):
        suite.send(f"v{number}@{domain}", away.address, mail(away, f"{mark}{number}."))
    suite.wait_for(away, f"{mark}59.")

    settle(suite, sink, domain)

    told = [one for one in list(sink.messages) if domain in "".join(one.recipients)]
    assert 0 < len(told) <= 30

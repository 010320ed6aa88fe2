"""Rules on the running suite, read by IMAP (RUL-1 to RUL-5, DOM-9, USR-8)."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fix_forwarding import add_domain, add_user, sent_to, settle_here, somewhere
from fix_sink import Sink
from fix_suite import Account, Suite, run_mailmax

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("8"),
]

Rule = Callable[..., int]
PATIENCE_S = 60.0
WITH_FILE = """MIME-Version: 1.0\r
Subject: {mark}\r
Content-Type: multipart/mixed; boundary="=x"\r
\r
--=x\r
\r
see there\r
--=x\r
Content-Type: application/octet-stream\r
Content-Disposition: attachment; filename="run.exe"\r
\r
octets-of-a-program\r
--=x--\r
"""


@pytest.fixture
def rule(suite: Suite) -> Iterator[Rule]:
    """Give what adds a rule; all are taken away behind the test."""
    added: list[int] = []

    def add(*whose: str, when: str = "any", do: tuple[str, ...]) -> int:
        actions = [word for one in do for word in ("--do", one)]
        done = mailmax(suite, "add", "a rule", *whose, "--if", when, *actions)
        added.append(json.loads(done)["item_id"])
        return added[-1]

    yield add
    for number in added:
        mailmax(suite, "delete", str(number))


def mailmax(suite: Suite, *words: str) -> str:
    done = run_mailmax("rule", *words, "--json", "--dir", str(suite.directory))
    assert done.returncode == 0, done.stderr
    return done.stdout


def mail(mark: str, to: Account, *lines: str) -> bytes:
    head = [f"To: <{to.address}>", *lines, f"Subject: {mark}", "", "body", ""]
    return "\r\n".join(head).encode()


def found(suite: Suite, user: Account, mark: str, mailbox: str = "INBOX") -> int:
    with suite.imap(user) as client:
        kind, _ = client.select(f'"{mailbox}"', readonly=True)
        if kind != "OK":
            return 0
        _, (numbers,) = client.search(None, "SUBJECT", f'"{mark}"')
        return len(numbers.split())


def wait_in(
    suite: Suite, user: Account, mark: str, mailbox: str, many: int = 1
) -> None:
    end = time.monotonic() + PATIENCE_S
    while (there := found(suite, user, mark, mailbox)) < many:
        assert time.monotonic() < end, f"{there} in {mailbox}; {suite.last_words()}"
        time.sleep(0.05)
    assert there == many


@pytest.mark.manual("4.7")
def test_the_system_comes_first_then_the_domain_then_the_user(
    suite: Suite, rule: Rule
) -> None:
    """RUL-1, DOM-9, USR-8; a rule that stops ends the others of every level."""
    mark, stops = uuid.uuid4().hex, uuid.uuid4().hex
    domain = add_domain(suite)
    user = add_user(suite, f"tim@{domain}")
    when = f"header Subject contains {mark[:16]}"
    rule("--user", user.address, do=("store User",))
    rule("--domain", domain, when=f"header X-Mark contains {stops}",
         do=("store Domain", "stop"))  # fmt: skip
    rule("--system", when=when, do=("store System",))

    suite.send("eve@far.test", user.address, mail(mark, user))
    suite.send("eve@far.test", user.address, mail(stops, user, f"X-Mark: {stops}"))

    wait_in(suite, user, mark, "System")
    wait_in(suite, user, mark, "User")
    wait_in(suite, user, stops, "Domain")
    assert found(suite, user, stops, "User") == 0
    assert found(suite, user, mark) == found(suite, user, stops) == 0


def test_a_mailbox_is_made_and_a_change_acts_at_once(
    suite: Suite, rule: Rule, tim: Account
) -> None:
    first, second, third = (uuid.uuid4().hex for _ in range(3))
    number = rule("--user", tim.address, do=('store "Offers/This year"',))

    suite.send("eve@far.test", tim.address, mail(first, tim))
    wait_in(suite, tim, first, "Offers/This year")
    mailmax(suite, "change", str(number), "--do", "store Other")
    suite.send("eve@far.test", tim.address, mail(second, tim))
    wait_in(suite, tim, second, "Other")
    mailmax(suite, "disable", str(number))
    suite.send("eve@far.test", tim.address, mail(third, tim))
    suite.wait_for(tim, third)

    with suite.imap(tim) as client:
        _, lines = client.list()
    assert any(b'"Offers/This year"' in line for line in lines)
    end = time.monotonic() + PATIENCE_S
    while (row := shown(suite, number))["hits"] < 2:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert (row["hits"], row["is_enabled"]) == (2, False)
    assert abs(row["last_hit_at"] - time.time()) < 120


def shown(suite: Suite, number: int) -> dict[str, object]:
    return json.loads(mailmax(suite, "show", str(number)))


def test_copies_are_forwarded_and_what_is_discarded_stays_nowhere(
    suite: Suite, sink: Sink, rule: Rule, tim: Account, anna: Account
) -> None:
    mark, far = uuid.uuid4().hex, somewhere()
    when = f"header Subject contains {mark}"
    there = (f"forward {far} {anna.address}", "discard")
    rule("--user", tim.address, when=when, do=there)
    back = (f"forward {tim.address}", "store Copies")
    rule("--user", anna.address, when=when, do=back)

    suite.send("eve@far.test", tim.address, mail(mark, tim))

    wait_in(suite, anna, mark, "Copies")
    sunk = sink.wait_for(mark.encode())
    assert (sunk.recipients, sunk.reverse_path) == ([far], "eve@far.test")
    settle_here(suite, anna)
    assert found(suite, tim, mark) == found(suite, anna, mark) == 0
    assert len(sent_to(sink, far)) == 1


def test_attached_files_go_and_a_note_comes(
    suite: Suite, rule: Rule, tim: Account
) -> None:
    mark = uuid.uuid4().hex
    actions = ("discard attachments", "store Bare", 'note "It was a program."')
    rule("--user", tim.address, when="attachment type exe", do=actions)

    suite.send("eve@far.test", tim.address, WITH_FILE.format(mark=mark).encode())

    wait_in(suite, tim, mark, "Bare")
    assert b"It was a program." in suite.wait_for(tim, "It was a program")
    with suite.imap(tim) as client:
        client.select("Bare", readonly=True)
        _, parts = client.fetch("1", "(BODYSTRUCTURE BODY.PEEK[])")
    octets = parts[0][1]
    assert b"octets-of-a-program" not in octets
    assert b"see there" in octets
    assert b"run.exe" in octets


def test_a_sender_is_answered_once(
    suite: Suite, sink: Sink, rule: Rule, tim: Account
) -> None:
    mark, sender = uuid.uuid4().hex, somewhere()
    rule("--user", tim.address, do=(f'respond "{mark}" subject "No thanks"',))

    for _ in range(3):
        suite.send(sender, tim.address, mail("hello", tim))

    answer = sink.wait_for(mark.encode())
    assert (answer.reverse_path, answer.recipients) == ("", [sender])
    assert b"\r\nSubject: No thanks\r\n" in answer.content
    settle_here(suite, tim)
    assert len(sent_to(sink, sender)) == 1


def test_a_rule_is_tried_and_nothing_is_done(
    suite: Suite, rule: Rule, tim: Account, tmp_path: Path
) -> None:
    """RUL-5: one that is kept and one that is not; a file and a stored message."""
    mark = uuid.uuid4().hex
    suite.send("eve@far.test", tim.address, mail(mark, tim))
    suite.wait_for(tim, mark)
    number = rule("--user", tim.address, when=f"body contains {mark}", do=("discard",))
    (tmp_path / "sample.eml").write_bytes(f"Subject: x\r\n\r\n{mark}\r\n".encode())
    with suite.imap(tim) as client:
        client.select("INBOX", readonly=True)
        _, (uids,) = client.uid("SEARCH", "SUBJECT", f'"{mark}"')
    stored = ("--user", tim.address, "--uid", uids.decode())
    file = ("--message", str(tmp_path / "sample.eml"))

    kept = json.loads(mailmax(suite, "test", str(number), *file))
    other = json.loads(mailmax(suite, "test", str(number), *stored))
    draft = json.loads(mailmax(
        suite, "test", "--if", f"header Subject contains {mark}", "--if", "size > 1M",
        "--do", "store Junk", *stored,
    ))  # fmt: skip

    assert (kept["fires"], [one["held"] for one in kept["conditions"]]) == (
        True,
        [True],
    )
    assert kept["actions"] == ["discard it"]
    assert not other["fires"]
    assert [one["held"] for one in draft["conditions"]] == [True, False]
    assert found(suite, tim, mark) == 1
    assert shown(suite, number)["hits"] == 0


def test_a_filer_that_is_killed_repeats_and_loses_nothing(
    suite: Suite, sink: Sink, rule: Rule, tim: Account, anna: Account
) -> None:
    mark, far, many = uuid.uuid4().hex, somewhere(), 30
    rule("--user", tim.address, do=("store Kept", f"forward {far} {anna.address}"))

    for number in range(many):
        suite.send("eve@far.test", tim.address, mail(f"{mark} {number}", tim))
        if number % 10 == 5:
            suite.wait_back("filer", suite.kill("filer"), 30)

    wait_in(suite, tim, mark, "Kept", many)
    wait_in(suite, anna, mark, "INBOX", many)
    sink.wait_for(f"{mark} {many - 1}".encode())
    end = time.monotonic() + PATIENCE_S
    while len(sent_to(sink, far)) < many:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert found(suite, tim, mark) == 0
    numbers = {one.split(mark.encode() + b" ")[1][:2] for one in sent_to(sink, far)}
    assert len(numbers) == many

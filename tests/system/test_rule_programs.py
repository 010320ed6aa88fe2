"""Programs of rules on the running suite, read by IMAP (manual 8.1.8, 8.2.6)."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fix_suite import Account, MakeSuite, Suite, run_mailmax
from waiting import wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.manual("8.1.8"),
]

PATIENCE_S = 60.0
OTHERS_END_S = 90.0
"""Programs that hang are ended after a minute; another test may have begun some."""
FINDS = '/bin/sh -c "grep -rl evil %F | xargs -r rm"'
SLOWLY = '/bin/sh -c "sleep 3; grep -l evil %M | xargs -r rm"'
HANGS = '/bin/sh -c "sleep 600; rm %M"'
WITH_FILE = """MIME-Version: 1.0\r
Subject: {mark}\r
Content-Type: multipart/mixed; boundary="=x"\r
\r
--=x\r
\r
see there\r
--=x\r
Content-Disposition: attachment; filename="a.txt"\r
\r
{words}\r
--=x--\r
"""

Rule = Callable[..., int]


@pytest.fixture(scope="module")
def node(_suites: MakeSuite) -> Suite:
    """Give a suite of our own: some of its processes are killed."""
    return _suites(users=2)


@pytest.fixture
def rule(node: Suite) -> Iterator[Rule]:
    """Give what adds a rule; all are taken away behind the test."""
    added: list[int] = []

    def add(*whose: str, when: tuple[str, ...], do: tuple[str, ...]) -> int:
        asked = [word for one in when for word in ("--if", one)]
        actions = [word for one in do for word in ("--do", one)]
        done = ask(node, "rule", "add", "a rule", *whose, *asked, *actions)
        added.append(done["item_id"])
        return added[-1]

    yield add
    for number in added:
        ask(node, "rule", "delete", str(number))


def ask(node: Suite, *words: str) -> Any:
    done = run_mailmax(*words, "--json", "--dir", str(node.directory))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def program(command: str, more: str = "") -> str:
    quoted = command.replace('"', '\\"')
    return f'program "{quoted}"{more}'


def subject(mark: str) -> str:
    return f"header Subject contains {mark}"


def mail(mark: str, words: str = "body") -> bytes:
    return f"Subject: {mark}\r\n\r\n{words}\r\n".encode()


def count(node: Suite, user: Account, mark: str, mailbox: str) -> int:
    with node.imap(user) as client:
        kind, _ = client.select(f'"{mailbox}"', readonly=True)
        if kind != "OK":
            return 0
        _, (numbers,) = client.search(None, "SUBJECT", f'"{mark}"')
        return len(numbers.split())


def wait_in(node: Suite, user: Account, mark: str, mailbox: str, many: int = 1) -> None:
    end = time.monotonic() + PATIENCE_S
    while (there := count(node, user, mark, mailbox)) < many:
        assert time.monotonic() < end, f"{there} in {mailbox}; {node.last_words()}"
        time.sleep(0.1)
    assert there == many


def runs(node: Suite) -> int:
    """Count the programs that run now."""
    return len(list((node.directory / "working" / "queuemax").glob("*/scratch")))


@pytest.mark.parametrize("whose", ["--system", "--domain", "--user"])
def test_a_test_that_removes_a_file_stores_the_mail_elsewhere(
    node: Suite, rule: Rule, whose: str
) -> None:
    tim = node.users[0]
    bad, good = uuid.uuid4().hex, uuid.uuid4().hex
    name = {"--domain": tim.address.partition("@")[2], "--user": tim.address}
    rule(whose, *filter(None, [name.get(whose)]), when=(program(FINDS),),
         do=("store Found",))  # fmt: skip

    for mark, words in ((bad, "evil words"), (good, "good words")):
        content = WITH_FILE.format(mark=mark, words=words).encode()
        node.send("eve@far.test", tim.address, content)

    wait_in(node, tim, bad, "Found")
    wait_in(node, tim, good, "INBOX")
    assert count(node, tim, bad, "INBOX") == count(node, tim, good, "Found") == 0
    wait_for(lambda: runs(node) == 0, OTHERS_END_S)


def test_what_fails_counts_as_its_rule_says(node: Suite, rule: Rule) -> None:
    tim, mark = node.users[0], uuid.uuid4().hex
    crashes = '/bin/sh -c "rm %M; exit 126"'
    rule("--user", tim.address, when=(program(crashes, " failing true"),),
         do=("store Doubtful",))  # fmt: skip

    node.send("eve@far.test", tim.address, mail(mark))

    wait_in(node, tim, mark, "Doubtful")


@pytest.mark.manual("8.2.6")
def test_one_that_is_merely_run_changes_nothing_and_is_tried_again_when_it_fails(
    node: Suite, rule: Rule
) -> None:
    tim, mark = node.users[0], uuid.uuid4().hex
    command = '/bin/sh -c "rm %M; exit 126"'.replace('"', '\\"')
    rule("--user", tim.address, when=(subject(mark),),
         do=(f'run "{command}"', "store Run"))  # fmt: skip

    node.send("eve@far.test", tim.address, mail(mark))

    wait_in(node, tim, mark, "Run")
    wait_for(lambda: "gave no answer" in json.dumps(waiting(node)), PATIENCE_S)
    ask(node, "queue", "delete", "--recipient", tim.address, "--yes")
    assert count(node, tim, mark, "INBOX") == 0


def waiting(node: Suite) -> Any:
    return ask(node, "queue", "list")


@pytest.mark.parametrize("role", ["queuemax", "filer"])
def test_a_kill_while_a_program_runs_loses_nothing(
    node: Suite, rule: Rule, role: str
) -> None:
    tim, bad, good = node.users[0], uuid.uuid4().hex, uuid.uuid4().hex
    rule("--system", when=(program(SLOWLY),), do=("store Slow",))

    node.send("eve@far.test", tim.address, mail(bad, "evil"))
    node.send("eve@far.test", tim.address, mail(good))
    wait_for(lambda: runs(node) > 0, PATIENCE_S)
    dead = node.kill(role)
    node.wait_back(role, dead, PATIENCE_S)

    wait_in(node, tim, bad, "Slow")
    wait_in(node, tim, good, "INBOX")
    wait_for(lambda: runs(node) == 0, OTHERS_END_S)
    assert count(node, tim, bad, "Slow") == count(node, tim, good, "INBOX") == 1
    assert count(node, tim, bad, "INBOX") == 0


def test_twenty_that_wait_for_a_hanging_program_hold_up_nobody(
    node: Suite, rule: Rule
) -> None:
    tim, eve = node.users[:2]
    hang, quick, judged = (uuid.uuid4().hex for _ in range(3))
    rule("--user", tim.address, when=(subject(hang), program(HANGS)),
         do=("store Slow",))  # fmt: skip
    rule("--user", eve.address, when=(program(FINDS),), do=("store Found",))
    for _ in range(20):
        node.send("eve@far.test", tim.address, mail(hang))
    wait_for(lambda: runs(node) >= 3, PATIENCE_S)

    begin = time.monotonic()
    node.send("eve@far.test", tim.address, mail(quick))
    node.send("eve@far.test", eve.address,
              WITH_FILE.format(mark=judged, words="evil").encode())  # fmt: skip
    wait_in(node, tim, quick, "INBOX")
    wait_in(node, eve, judged, "Found")

    assert time.monotonic() - begin < 50, "they waited for the program to be ended"
    assert count(node, tim, hang, "INBOX") == count(node, tim, hang, "Slow") == 0
    assert len(waiting(node)["rows"]) >= 20
    ask(node, "queue", "delete", "--recipient", tim.address, "--yes")


def test_a_rule_is_tried_with_its_program_only_when_asked(
    node: Suite, tmp_path: Any
) -> None:
    """RUL-5: it is said what the program would be given."""
    message = tmp_path / "message.eml"
    message.write_bytes(WITH_FILE.format(mark="x", words="evil").encode())
    words = ("rule", "test", "--message", str(message), "--if", program(FINDS),
             "--do", "discard")  # fmt: skip

    told = ask(node, *words)
    tried = ask(node, *words, "--run-programs")

    assert told["fires"] is False
    assert "it would get a.txt" in told["conditions"][0]["why"]
    assert tried["fires"] is True
    assert tried["conditions"][0]["why"] == "the program removed a file"

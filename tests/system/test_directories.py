"""Every directory of a node elsewhere than usual (LOC-1), on real mail."""

import pytest

from fix_suite import MakeSuite, Suite, run_mailmax
from waiting import wait_for

NAMES = (
    "run", "journal", "mail", "queue", "working", "etrn", "logs", "logs_smtp",
    "logs_queue", "logs_pop", "logs_imap", "data", "tls", "secrets",
    "quarantine", "virus",
)  # fmt: skip


@pytest.fixture
def elsewhere(make_suite: MakeSuite, suite: Suite) -> Suite:
    """A suite with no directory in its node directory."""
    place = suite.directory.parent / "elsewhere"
    return make_suite(directories={name: str(place / f"its-{name}") for name in NAMES})


def test_mail_goes_in_and_out_with_every_directory_elsewhere(elsewhere: Suite):
    place = elsewhere.directory.parent / "elsewhere"
    tim, anna = elsewhere.users[:2]
    where = ("--dir", str(elsewhere.directory))
    for name in ("smtp", "imap"):
        run_mailmax("config", "set", f"{name}_log_rate", "unlimited", *where)

    elsewhere.send("x@else.test", tim.address, b"Subject: far\r\n\r\naway\r\n")
    elsewhere.wait_for(tim, "far")
    elsewhere.send(anna.address, tim.address, b"Subject: big\r\n\r\n" + b"x" * 400_000)
    elsewhere.wait_for(tim, "big")

    left = {path.name for path in elsewhere.directory.iterdir()}
    assert left == {"mailmax.toml", "serve.out"}
    assert (place / "its-journal" / "smtpmax.0").is_dir()
    assert (place / "its-run" / "filer.sock").is_socket()
    assert (place / "its-run" / "lmtp.sock").is_socket()
    assert (place / "its-run" / "datamax.sock").is_socket()
    assert any((place / "its-mail").rglob("mail.*"))
    assert any((place / "its-queue").iterdir())
    assert (place / "its-logs" / "filer.log").is_file()
    assert (place / "its-data" / "mailmax.db").is_file()
    for name in ("smtp", "imap"):
        log = place / f"its-logs_{name}" / f"{name}-events.log"
        wait_for(lambda log=log: log.exists() and " client-" in log.read_text())
    assert str(place / "its-logs_imap") in run_mailmax("log", "list", *where).stdout


def test_a_directory_moved_in_the_file_is_made_at_the_next_start(
    make_suite: MakeSuite,
):
    suite = make_suite()
    suite.stop()
    file = suite.directory / "mailmax.toml"
    moved = suite.directory.parent / "other-disk" / "logs"
    file.write_text(f'{file.read_text()}\n[directories]\nlogs = "{moved}"\n')

    suite.start()

    assert suite.logs == moved
    assert "filer serves" in (moved / "filer.log").read_text()

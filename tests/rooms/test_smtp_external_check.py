"""The external virus check: a program that removes files (manual 4.10)."""

import base64
import io
import smtplib
import zipfile
from pathlib import Path

import pytest

from fix_clamd import NAME, Clamd, with_attachment
from fix_smtp import MakeSmtp, SmtpRoom, user
from mailmax.base.virus import Finding, finding_of
from mailmax.hub.contract.rows import UNCHECKED
from mailmax.net.children.runner import Programs
from mailmax.policy.access import PERMITTED

CLEAN = b"Subject: one\r\n\r\nhello\r\n"
FINE = with_attachment(body=b"fine")
EVIL = with_attachment(body=b"evil")
LATER = (451, b"4.3.0 It cannot be looked at for viruses now, try again later")
FINDS = '/bin/sh -c "grep -l evil %d/* | xargs -r rm"'


@pytest.fixture
def room(make_smtp: MakeSmtp, tmp_path: Path) -> SmtpRoom:
    """Give an SMTPMax that trusts nobody, with a program that finds ``evil``."""
    programs = Programs(tmp_path / "working")
    found = make_smtp(programs=programs, meet=lambda _visitor: PERMITTED)
    found.hub.set("external_check", True)
    found.hub.set("external_command", FINDS)
    return found


def send(room: SmtpRoom, content: bytes, *recipients: str) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", room.port, timeout=30) as one:
        one.ehlo()
        one.mail("bob@far.test")
        for address in recipients or ("tim@demo.test",):
            one.rcpt(address)
        return one.data(content)


def finding(room: SmtpRoom) -> Finding | None:
    [(record, _)] = room.mails()
    return finding_of(record.envelope.facts)


def test_a_removed_file_is_a_virus(room: SmtpRoom) -> None:
    assert send(room, FINE)[0] == 250
    assert finding(room) == Finding("clean")

    code, words = send(room, EVIL)
    assert (code, b"external check: eicar.com" in words) == (554, True)

    room.hub.set("virus_strangers", "accept")
    assert send(room, EVIL)[0] == 250
    found = finding(room)
    assert found is not None
    assert found.is_external
    assert found.verdict == "infected"


def test_it_is_for_all_mail(room: SmtpRoom) -> None:
    room.hub.update(users=(user(7, "tim", flags=UNCHECKED),))
    assert send(room, EVIL)[0] == 554


def test_mail_without_files_starts_no_program(room: SmtpRoom) -> None:
    room.hub.set("external_command", "/bin/sh -c 'exit 127' %d")
    assert send(room, CLEAN)[0] == 250


def test_file_names_of_strangers_are_no_words_of_a_command(room, tmp_path) -> None:
    mark = tmp_path / "ran"
    name = b"x; touch %b; $(touch %b) .exe" % ((str(mark).encode(),) * 2)
    assert send(room, EVIL.replace(b"eicar.com", name))[0] == 554
    assert not mark.exists()


@pytest.mark.parametrize(
    "line",
    [
        "/bin/sh -c 'rm -f *; kill -9 $$' %d",  # files are gone, but it crashed
        "/bin/sh -c 'rm -f *; exit 127' %d",
        "/nobody/is/there %d",
        "/bin/sh -c 'sleep 30' %d",
        "/bin/sh -c 'exit 2' %d",  # it says that it could not
    ],
)
def test_a_program_that_fails_has_found_nothing(room: SmtpRoom, line: str) -> None:
    """Neither a virus nor none (TRUST J4)."""
    room.hub.set("external_timeout_s", 1)
    room.hub.set("external_command", line)
    assert send(room, FINE) == LATER
    assert room.mails() == []

    room.hub.set("external_when_failing", "pass")
    room.hub.set("virus_unscanned", "refuse")
    assert send(room, FINE)[0] == 250
    found = finding(room)
    assert found is not None
    assert found.verdict == "failed"


def test_clamd_looks_after_it(room: SmtpRoom, clamd: Clamd) -> None:
    room.hub.set("virus_check", True)
    room.hub.set("clamd_address", clamd.address)
    assert NAME.encode() in send(room, with_attachment())[1]
    assert b"external check" in send(room, EVIL)[1]
    assert send(room, FINE)[0] == 250
    assert finding(room) == Finding("clean")

    room.hub.set("external_command", "/nobody/is/there %d")
    room.hub.set("external_when_failing", "pass")
    assert NAME.encode() in send(room, with_attachment())[1]


def test_off_it_does_nothing(room: SmtpRoom) -> None:
    room.hub.set("external_check", False)
    assert send(room, EVIL)[0] == 250
    assert finding(room) is None


def test_a_removed_file_counts_whatever_the_program_says_at_its_end(
    room: SmtpRoom,
) -> None:
    """Scanners say by their status that they have found something."""
    room.hub.set("external_command", "/bin/sh -c 'rm %d/*; exit 3'")
    assert send(room, EVIL)[0] == 554


def many_parts(number: int) -> bytes:
    part = b"--b\r\nContent-Type: application/x\r\n\r\nx\r\n"
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * number
        + b"--b--\r\n"
    )


LOCKED = FINE.replace(
    base64.encodebytes(b"fine").strip(),
    base64.encodebytes(b"PK\x03\x04\x14\0\x01\0" + b"x" * 20).strip(),
)
SEALED = (
    b"MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime;"
    b" smime-type=enveloped-data; name=smime.p7m\r\n\r\nx\r\n"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (many_parts(1_100), "more parts"),
        (LOCKED, "encrypted archive"),
        (SEALED, "it is encrypted"),
    ],
)
def test_what_the_program_cannot_see_is_not_clean(
    room: SmtpRoom, content: bytes, words: str
) -> None:
    """Endless parts, pieces, what is locked: said, and not passed over (TRUST J5)."""
    assert send(room, content)[0] == 250
    found = finding(room)
    assert found is not None
    assert found.verdict == "unscanned"
    assert words in found.words

    room.hub.set("virus_unscanned", "refuse")
    assert send(room, content)[0] == 554


def test_a_signature_hides_nothing(room: SmtpRoom) -> None:
    signed = SEALED.replace(b"enveloped-data", b"signed-data")
    assert send(room, signed)[0] == 250
    assert finding(room) == Finding("clean")


def test_archives_are_not_opened_here(room: SmtpRoom, tmp_path: Path) -> None:
    """Whatever is in them is one file under a name of ours (TRUST J6)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../../../tmp/x", "out")
        archive.writestr("/etc/cron.d/x", "out")
    only_one = '/bin/sh -c "test -f %d/000001.* -a ! -e %d/000002* && rm %d/*"'
    room.hub.set("external_command", only_one)
    assert send(room, with_attachment(body=made.getvalue()))[0] == 554

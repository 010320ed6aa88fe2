"""Whether virus checks can work, asked of clamd and of the program's file."""

import time
from pathlib import Path

from fix_clamd import Clamd, SaysClamd
from mailmax.cli.scanners import look
from mailmax.net.clamd import signatures_at


def found(**values: object) -> list[tuple[str, str]]:
    return [(one.check, one.reason) for one in look(values.get)]


def says_version(fake: SaysClamd, days: float) -> None:
    day = time.strftime(
        "%a %b %e %H:%M:%S %Y", time.localtime(time.time() - days * 86_400)
    )

    def behave(sock) -> None:
        assert sock.recv(100) == b"zVERSION\0"
        sock.sendall(f"ClamAV 1.0.7/27500/{day}\0".encode())

    fake.behave = behave


def test_nothing_is_said_of_what_is_off() -> None:
    assert found(clamd_address="/nobody/is/there") == []


def test_clamd_that_is_away_is_said(tmp_path: Path) -> None:
    [(check, why)] = found(virus_check=True, clamd_address=str(tmp_path / "sock"))
    assert check == "clamd"
    assert "does not answer" in why


def test_the_real_clamd_answers(clamd: Clamd) -> None:
    assert found(virus_check=True, clamd_address=clamd.address) == []


def test_old_signatures_are_said(fake_clamd: SaysClamd) -> None:
    says_version(fake_clamd, 6)
    assert found(virus_check=True, clamd_address=fake_clamd.address) == []

    says_version(fake_clamd, 30.5)
    [(_, why)] = found(virus_check=True, clamd_address=fake_clamd.address)
    assert "30 days old" in why


def test_a_program_that_cannot_run_is_said(tmp_path: Path) -> None:
    line = f"{tmp_path}/scan %d"
    [(check, _)] = found(external_check=True, external_command=line)
    assert check == "external_program"
    assert found(external_check=True, external_command="/bin/true %d") == []


def test_a_version_without_signatures_has_no_day() -> None:
    assert signatures_at("ClamAV 1.0.7") == 0

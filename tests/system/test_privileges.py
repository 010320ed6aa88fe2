"""Only the supervisor keeps root (TRUST L4); where the services' files belong to whom.

Everything is asked of the kernel, in /proc/<pid>/status of each process.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fix_suite import ROLES, Account, MakeSuite, Suite
from mailmax.cli import service_user
from mailmax.cli.service_user import USUAL

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has privileges to give up"
)

_IDENTITIES = 4
"""Real, effective, saved, file system."""


@pytest.fixture
def service(suite: Suite) -> pwd.struct_passwd:
    """The user that the services of the suite became."""
    if bad := service_user.check(USUAL, [suite.directory]):
        pytest.skip(str(bad))
    return pwd.getpwnam(USUAL)


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)


def setup_by_answers(
    root: Path, *more: str, tmp_path: Path
) -> subprocess.CompletedProcess[str]:
    answers = tmp_path / "answers.toml"
    answers.write_text("\n".join(('domain = "priv.test"', *more)) + "\n")
    command = ("setup", "--dir", str(root), "--answers", str(answers))
    return subprocess.run(
        [sys.executable, "-m", "mailmax", *command],
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_role_has_its_own_name_in_the_list_of_processes(suite: Suite):
    for role in ROLES:
        assert role == Path(f"/proc/{suite.role_pid(role)}/comm").read_text().strip()


def test_each_role_is_the_service_user_and_can_become_nobody_else(
    suite: Suite, service: pwd.struct_passwd
):
    for role in ROLES:
        status = status_of(suite.role_pid(role))

        assert [str(service.pw_uid)] * _IDENTITIES == status["Uid"].split(), role
        assert [str(service.pw_gid)] * _IDENTITIES == status["Gid"].split(), role
        assert status["Groups"].split() == [], role
        for capabilities in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(status[capabilities], 16) == 0, (role, capabilities)
        assert status["NoNewPrivs"].strip() == "1", role


def test_the_services_own_what_they_write_and_not_what_root_reads(
    suite: Suite, service: pwd.struct_passwd
):
    for name in ("journal", "mail", "queue", "logs", "data", "secrets", "run"):
        status = (suite.directory / name).stat()
        assert service.pw_uid == status.st_uid, name
        assert stat.S_IMODE(status.st_mode) == 0o700, name
    assert service.pw_uid == (suite.directory / "run" / "lmtp.sock").stat().st_uid
    settings = (suite.directory / "mailmax.toml").stat()
    assert settings.st_uid == 0
    assert stat.S_IMODE(settings.st_mode) == 0o640


def test_a_role_that_stays_root_has_no_capability(make_suite: MakeSuite):
    suite = make_suite(run_as="root")
    sender = Account("somebody@else.test", "")

    suite.send(sender.address, suite.users[0].address, b"Subject: kept\r\n\r\nbody\r\n")

    assert b"kept" in suite.wait_for(suite.users[0], "kept")
    for role in ROLES:
        status = status_of(suite.role_pid(role))
        assert int(status["CapEff"], 16) == 0, role
        assert int(status["CapBnd"], 16) == 0, role
        assert status["NoNewPrivs"].strip() == "1", role


def test_below_a_private_directory_the_services_stay_and_setup_says_why(
    tmp_path: Path,
):
    tmp_path.chmod(0o700)

    done = setup_by_answers(tmp_path / "D", tmp_path=tmp_path)

    assert done.returncode == 0, done.stderr
    assert re.search(r"Note: the services stay root.*may not enter", done.stdout)
    assert "run_as" not in (tmp_path / "D" / "mailmax.toml").read_text()


def test_a_named_user_who_cannot_reach_the_directory_is_refused(tmp_path: Path):
    tmp_path.chmod(0o700)

    done = setup_by_answers(tmp_path / "D", 'run_as = "nobody"', tmp_path=tmp_path)

    assert done.returncode == 2
    assert "run_as: nobody may not enter" in done.stderr
    assert "chmod o+x" in done.stderr
    assert not (tmp_path / "D").exists()


def test_a_named_user_who_is_not_there_is_refused(tmp_path: Path):
    done = setup_by_answers(
        tmp_path / "D", 'run_as = "no-such-user"', tmp_path=tmp_path
    )

    assert done.returncode == 2
    assert "there is no user 'no-such-user'" in done.stderr
    assert "useradd --system" in done.stderr


@pytest.mark.usefixtures("service")
def test_a_private_directory_that_is_there_already_is_opened_by_its_owner_only(
    tmp_path: Path,
):
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        done = setup_by_answers(root, tmp_path=tmp_path)

        assert done.returncode == 2
        assert f"may not enter {root}; chmod o+x {root}" in done.stderr
        assert (root.stat().st_gid, root.stat().st_mode & 0o777) == (0, 0o700)

        root.chmod(0o711)
        done = setup_by_answers(root, tmp_path=tmp_path)

        assert done.returncode == 0, done.stderr
        assert "Note" not in done.stdout
        assert (root.stat().st_gid, root.stat().st_mode & 0o777) == (0, 0o711)
    finally:
        shutil.rmtree(root)

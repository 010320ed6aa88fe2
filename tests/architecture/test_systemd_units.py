"""The systemd units are sound: as systemd itself judges them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mailmax.bootstrap.sockets import SERVICES_OF
from mailmax.cli.exits import Exit
from mailmax.cli.main import ROLES
from mailmax.settings.local import STANDARD_PORTS

UNITS = Path(__file__).parents[2] / "packaging/systemd"
PROGRAM = "/opt/mailmax/.venv/bin/mailmax"
EXPOSURE = {"mailmax.service": "35", "mailmax@smtpmax.service": "20"}
"""Highest exposure, in tenths, that `systemd-analyze security` may find."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that is there."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(text)
    template = (tmp_path / "mailmax@.service").read_text()
    for role in ROLES:
        (tmp_path / f"mailmax@{role}.service").write_text(template)
    return tmp_path


def analyze(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{cwd}:"},
    )


@needs_systemd
def test_systemd_finds_nothing_wrong_with_them(units: Path):
    names = sorted(
        f"./{unit.name}" for unit in units.iterdir() if "@." not in unit.name
    )

    done = analyze("verify", "--man=no", *names, cwd=units)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("unit", ["mailmax.service", "mailmax@.service"])
def test_what_is_only_in_use_is_tried_again(unit: str):
    found = re.search(
        r"^RestartPreventExitStatus=(.*)$", (UNITS / unit).read_text(), re.MULTILINE
    )

    assert found is not None
    assert set(map(int, found[1].split())) == {Exit.USAGE, Exit.DENIED, Exit.CONFIG}


@needs_systemd
@pytest.mark.parametrize("unit", sorted(EXPOSURE))
def test_they_are_hardened(units: Path, unit: str):
    done = analyze(
        "security", "--offline=true", f"--threshold={EXPOSURE[unit]}", f"./{unit}",
        cwd=units,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-300:]


def test_every_service_has_a_socket_with_its_name_and_port():
    role_of = {name: role for role, names in SERVICES_OF.items() for name in names}

    for name, role in role_of.items():
        text = (UNITS / f"mailmax-{name}.socket").read_text()
        place = STANDARD_PORTS.get(name, "/var/lib/mailmax/run/lmtp.sock")
        assert f"FileDescriptorName={name}\n" in text
        assert f"Service=mailmax@{role}.service\n" in text
        assert f"ListenStream={place}\n" in text


def test_the_target_wants_every_role_and_every_socket():
    wanted = set(re.findall(r"mailmax[@-]\S+", (UNITS / "mailmax.target").read_text()))

    services = {f"mailmax@{role}.service" for role in ROLES}
    sockets = {unit.name for unit in UNITS.glob("*.socket")}
    assert services | sockets <= wanted

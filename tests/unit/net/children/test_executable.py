"""A program is started only if nobody else can have changed it (TRUST J2)."""

import os
from pathlib import Path

import pytest

from mailmax.net.children.executable import check, take
from mailmax.policy.programs import CHECKER, Program
from mailmax.settings.field import BadValue

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "above" / "beside" / "program"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def looked_at(path: Path) -> BadValue | None:
    return check("program", Program((str(path),)))


def reason(path: Path) -> str:
    bad = looked_at(path)
    assert bad is not None
    assert bad.field == "program"
    assert bad.cure
    return bad.reason


def test_a_program_of_ones_own_may_be_started(program: Path):
    assert looked_at(program) is None
    assert looked_at(Path("/bin/sh")) is None


@pytest.mark.parametrize("mode", [0o775, 0o757])
@pytest.mark.parametrize("place", ["above/beside/program", "above/beside", "above"])
def test_others_may_write_nothing_on_the_way(
    program: Path, tmp_path: Path, mode: int, place: str
):
    (tmp_path / place).chmod(mode)

    assert reason(program).startswith("others may write ")
    assert reason(program).endswith(str(tmp_path / place))


def test_a_directory_like_tmp_may_lie_on_the_way_but_not_hold_it(program: Path):
    program.parent.parent.chmod(0o1777)
    assert looked_at(program) is None

    program.parent.chmod(0o1777)
    assert "others may write in" in reason(program)


@needs_root
@pytest.mark.parametrize("place", ["above/beside/program", "above/beside", "above"])
def test_nothing_on_the_way_belongs_to_somebody_else(
    program: Path, tmp_path: Path, place: str
):
    os.chown(tmp_path / place, 65_534, 65_534)

    assert reason(program) == f"{tmp_path / place} belongs to somebody else"


def test_links_are_followed_and_looked_at(program: Path, tmp_path: Path):
    open_place = tmp_path / "open"
    open_place.mkdir()
    (tmp_path / "first").symlink_to("open/second")
    (open_place / "second").symlink_to(program)
    assert looked_at(tmp_path / "first") is None

    open_place.chmod(0o777)

    assert reason(tmp_path / "first") == f"others may write in {open_place}"


def test_a_link_to_itself_ends(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    assert "symbolic links" in reason(tmp_path / "a")


def test_a_line_is_taken_only_if_its_program_may_be_started(program: Path):
    line = f"{program} -x %d"
    assert take("program", line, CHECKER) == Program((str(program), "-x", "%d"))
    assert isinstance(take("program", f"{line} %M", CHECKER), BadValue)

    program.chmod(0o757)

    refused = take("program", line, CHECKER)
    assert isinstance(refused, BadValue)
    assert refused.cure == f"chmod go-w {program}, or use another program"


def test_what_is_no_program_is_told(program: Path, tmp_path: Path):
    assert "No such file" in reason(tmp_path / "none")
    assert "is no file" in reason(program.parent)
    assert "Not a directory" in reason(program / "x")

    program.chmod(0o644)
    assert "execute" in reason(program)

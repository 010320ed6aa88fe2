"""What the services refuse to start in, and what is made for them (TRUST L1)."""

import os
from pathlib import Path

import pytest

from mailmax.bootstrap.directories import directories_of, prepare
from mailmax.settings.field import BadSettings
from mailmax.settings.local import LocalFile, LocalSettings, resolve_local


@pytest.fixture
def local(tmp_path: Path) -> LocalSettings:
    root = tmp_path / "D"
    root.mkdir(mode=0o700)
    return resolve_local(LocalFile(), root)


def refusal(local: LocalSettings) -> BadSettings:
    with pytest.raises(BadSettings) as refused:
        prepare(local)
    return refused.value


def test_what_is_missing_is_made_for_the_services_only(local: LocalSettings):
    prepare(local)

    for path in directories_of(local.paths).values():
        assert path.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_uid == os.geteuid()


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_directory_in_which_others_may_write_is_refused(
    local: LocalSettings, mode: int
):
    prepare(local)
    local.paths.journal.chmod(mode)

    bad = refusal(local).bad

    assert bad.field == "directories.journal"
    assert "others may write" in bad.reason
    assert bad.cure == f"chmod go-w {local.paths.journal}"


def test_a_file_in_the_place_of_a_directory_is_refused(local: LocalSettings):
    local.paths.queue.write_text("")

    bad = refusal(local).bad

    assert bad.field == "directories.queue"
    assert "is no directory" in bad.reason


def test_a_directory_that_cannot_be_made_is_named(local: LocalSettings):
    local.paths.root.joinpath("mail").symlink_to("nowhere/at/all")

    bad = refusal(local).bad

    assert bad.field == "directories.mail"
    assert "cannot be made" in bad.reason


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_directory_of_somebody_else_is_refused(local: LocalSettings):
    prepare(local)
    os.chown(local.paths.logs, 65_534, 65_534)

    bad = refusal(local).bad

    assert bad.field == "directories.logs"
    assert "does not belong to root" in bad.reason
    assert bad.cure.startswith("chown -R root")


def test_all_else_starts_while_the_etrn_directory_is_away(local: LocalSettings):
    """LOC-1: its disk is not mounted, or does not answer."""
    local.paths.root.joinpath("etrn").symlink_to("nowhere/at/all")

    prepare(local)

    assert local.paths.queue.is_dir()


def test_an_etrn_directory_in_which_others_may_write_is_refused(local: LocalSettings):
    prepare(local)
    local.paths.etrn.chmod(0o770)

    assert refusal(local).bad.field == "directories.etrn"

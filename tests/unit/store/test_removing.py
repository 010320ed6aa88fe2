"""Directories of who is gone: put away, removed; nothing else ever (TRUST L5, L6)."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.store.descent import Unsafe
from mailmax.store.removing import Removing, check_place

HOME = "demo.test/ab/tim~7"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "mail"
    for home in (HOME, "demo.test/cd/eve~8", "other.test/ef/joe~9"):
        (made / home).mkdir(parents=True)
        (made / home / "log.1.1").write_bytes(b"x" * 10)
        (made / home / "mail.1").write_bytes(b"x" * 90)
    return made


def tree(root: Path) -> set[str]:
    return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}


def names(directory: Path) -> list[str]:
    return sorted(one.name for one in directory.iterdir())


OTHERS = {
    "demo.test/cd/eve~8/log.1.1",
    "demo.test/cd/eve~8/mail.1",
    "other.test/ef/joe~9/log.1.1",
    "other.test/ef/joe~9/mail.1",
}


def test_a_home_is_put_away_under_the_date(root: Path):
    where = Removing(root).archive(check_place("user", HOME), "2026-05-01")

    assert where == ".archive/demo.test/2026-05-01.tim~7"
    assert tree(root) - OTHERS == {f"{where}/log.1.1", f"{where}/mail.1"}


def test_a_name_that_is_taken_gets_a_suffix(root: Path):
    place = check_place("domain", "demo.test")
    removing = Removing(root)
    first = removing.archive(place, "2026-05-01")
    (root / HOME).mkdir(parents=True)

    second = removing.archive(place, "2026-05-01")

    assert first == ".archive/2026-05-01.demo.test"
    assert second == ".archive/2026-05-01.demo.test-2"
    assert removing.archive(place, "2026-05-01") == ""


def test_what_is_removed_is_trash_at_once_and_deleted_piece_by_piece(root: Path):
    removing = Removing(root)
    assert list(removing.measure(check_place("user", HOME))) in ([10, 90], [90, 10])

    assert removing.to_trash(check_place("user", HOME), 3)
    assert not (root / HOME).exists()
    deleting = removing.empty_trash(check_place("user", HOME), 3)
    next(deleting)
    deleting.close()  # as if it was killed in the middle
    assert names(root / ".trash/3") in (["log.1.1"], ["mail.1"])

    assert len(list(Removing(root).empty_trash(check_place("user", HOME), 3))) == 1
    assert list(Removing(root).empty_trash(check_place("user", HOME), 3)) == []
    assert not removing.to_trash(check_place("user", HOME), 3)
    assert tree(root) == OTHERS
    assert names(root / ".trash") == []


@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("domain", ""),
        ("domain", "/"),
        ("domain", "."),
        ("domain", ".."),
        ("domain", "../mail"),
        ("domain", ".trash"),
        ("domain", "demo.test/"),
        ("domain", "demo.test/ab"),
        ("domain", "demo\0test"),
        ("user", "demo.test"),
        ("user", "demo.test/ab"),
        ("user", "demo.test/ab/tim"),
        ("user", "demo.test/ab/tim~x"),
        ("user", "demo.test/../tim~7"),
        ("user", "demo.test/ab/../tim~7"),
        ("user", "demo.test/ab/tim~7/"),
        ("user", "/demo.test/ab/tim"),
        ("user", "/ab/tim~7"),
        ("domain", "/srv/../etc"),
        ("domain", "/srv//etc"),
        ("user", ".archive/ab/tim~7"),
        ("folder", "demo.test"),
    ],
)
def test_only_places_of_mail_are_taken(what: str, place: str):
    with pytest.raises(Unsafe):
        check_place(what, place)


@pytest.mark.parametrize("link", ["demo.test", "demo.test/ab", HOME])
def test_no_way_leads_through_a_link(root: Path, tmp_path: Path, link: str):
    aside = tmp_path / "precious"
    (root / link).rename(aside)
    (root / link).symlink_to(aside)
    before = tree(tmp_path)
    removing = Removing(root)
    place = check_place("user", HOME)

    with pytest.raises(Unsafe):
        removing.to_trash(place, 1)
    with pytest.raises(Unsafe):
        removing.archive(place, "2026-05-01")
    with pytest.raises(Unsafe):
        list(removing.measure(place))

    assert tree(tmp_path) == before


def test_links_inside_are_removed_not_followed(root: Path, tmp_path: Path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"x")
    (root / HOME / "out").symlink_to(precious)
    (root / HOME / "hard").hardlink_to(precious / "file")
    removing = Removing(root)

    removing.to_trash(check_place("user", HOME), 1)
    list(removing.empty_trash(check_place("user", HOME), 1))

    assert (precious / "file").read_bytes() == b"x"
    assert tree(root) == OTHERS


@pytest.mark.parametrize("name", [".trash", ".archive"])
def test_a_trash_or_archive_that_is_a_link_takes_nothing(
    root: Path, tmp_path: Path, name: str
):
    (tmp_path / "elsewhere").mkdir()
    (root / name).symlink_to(tmp_path / "elsewhere")
    place = check_place("user", HOME)

    removing = Removing(root)
    verbs = {".trash": removing.to_trash, ".archive": removing.archive}

    with pytest.raises(Unsafe):
        verbs[name](place, 1)

    assert (root / HOME).is_dir()
    assert names(tmp_path / "elsewhere") == []


def test_a_directory_swapped_for_a_link_in_the_trash_is_not_followed(
    root: Path, tmp_path: Path
):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"x")
    removing = Removing(root)
    removing.to_trash(check_place("user", HOME), 1)
    (root / ".trash/1").rename(tmp_path / "was")
    (root / ".trash/1").symlink_to(precious)

    with pytest.raises(Unsafe):
        list(removing.empty_trash(check_place("user", HOME), 1))

    assert (precious / "file").exists()


def test_who_is_writing_is_waited_for(root: Path):
    fd = os.open(root / HOME, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    removing = Removing(root)

    with pytest.raises(TemporaryFailure):
        removing.to_trash(check_place("user", HOME), 1)

    assert (root / HOME).is_dir()
    os.close(fd)
    assert removing.to_trash(check_place("user", HOME), 1)


def test_another_file_system_inside_is_never_entered(root: Path, tmp_path: Path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"x")
    (root / HOME / "mounted").mkdir()
    script = (
        "mount --bind {0} {1}/{2}/mounted && exec {3} -c '"
        "from pathlib import Path; from mailmax.store.removing import *\n"
        'r = Removing(Path("{1}")); p = check_place("user", "demo.test/ab/tim~7")\n'
        "r.to_trash(p, 1)\n"
        "try: list(r.empty_trash(p, 1))\n"
        "except Unsafe as e: print(e)'"
    )
    python = Path(__file__).parents[3] / ".venv/bin/python"
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c",
         script.format(precious, root, HOME, python)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")

    assert "mounted" in done.stdout, done.stderr
    assert (precious / "file").exists()

"""A domain's mail is brought into another directory: whole, wherever it is cut."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.segments.directory import MARK
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.moving import CannotMove, Moving

HOMES = ("ab/tim~7", "ab/tom~8", "cd/eve~9")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "mail"
    for home in HOMES:
        directory = made / "demo.test" / home
        directory.mkdir(parents=True)
        directory.chmod(0o700)
        (directory / "mail.0001").write_bytes(home.encode() * 1000)
        (directory / "log.1.1").write_bytes(home.encode())
    return made


@pytest.fixture(params=["same", "other"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A directory on the same file system, and one on another."""
    if request.param == "same":
        yield tmp_path / "disk"
        return
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system")
    place = Path(tempfile.mkdtemp(dir=shm))
    yield place / "disk"
    shutil.rmtree(place)


def content(directory: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(directory)): one.read_bytes()
        for one in directory.rglob("*")
        if one.is_file() and one.name != MARK
    }


@pytest.fixture
def moving(root: Path, target: Path) -> Moving:
    made = Moving(root, [root])
    made.prepare(str(target), "demo.test", 1000)
    return made


def test_everything_is_there_and_only_for_us(root: Path, target: Path, moving: Moving):
    before = content(root / "demo.test")

    list(moving.bring("demo.test", str(target)))

    assert content(target) == before
    assert target.stat().st_mode & 0o777 == 0o700
    assert (target / "ab/tim~7").stat().st_mode & 0o077 == 0
    list(moving.bring(str(target), "demo.test~2"))
    assert content(root / "demo.test~2") == before


@pytest.mark.parametrize("cut", range(7))
def test_cut_anywhere_it_goes_on(root: Path, target: Path, moving: Moving, cut: int):
    before = content(root / "demo.test")
    bringing = moving.bring("demo.test", str(target))
    for _ in range(cut):
        next(bringing, None)
    bringing.close()

    list(Moving(root, []).bring("demo.test", str(target)))

    assert content(target) == before


@pytest.mark.parametrize("cut", range(7))
def test_cut_anywhere_it_can_be_undone(
    root: Path, target: Path, moving: Moving, cut: int
):
    before = content(root / "demo.test")
    bringing = moving.bring("demo.test", str(target))
    for _ in range(cut):
        next(bringing, None)
    bringing.close()

    list(moving.undo("demo.test", str(target)))

    assert content(root / "demo.test") == before
    assert not content(target)


def test_who_is_writing_is_not_moved(root: Path, target: Path, moving: Moving):
    fd = os.open(root / "demo.test/ab/tim~7", os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(fd, fcntl.LOCK_EX)

    with pytest.raises(TemporaryFailure, match="writing"):
        list(moving.bring("demo.test", str(target)))

    os.close(fd)


def make_link(path: Path) -> None:
    path.symlink_to(path.parent)


def make_open(path: Path) -> None:
    path.mkdir()
    path.chmod(0o750)


def make_full(path: Path) -> None:
    path.mkdir(0o700)
    (path / "file").touch()


def make_other(path: Path) -> None:
    path.mkdir(0o700)
    (path / MARK).write_bytes(b"other.test")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "lie in each other|no directory"),
        (make_open, "others may use"),
        (make_full, "not empty"),
        (make_other, "another domain"),
        (Path.touch, "no directory"),
    ],
)
def test_only_a_directory_of_its_own_will_do(root: Path, tmp_path: Path, make, words):
    target = tmp_path / "disk"
    make(target)

    with pytest.raises(CannotMove, match=words):
        Moving(root, [root]).prepare(str(target), "demo.test", 0)


@pytest.mark.parametrize("place", ["mail", "mail/sub", ".", "journal/x"])
def test_no_directory_of_the_node_will_do(root: Path, tmp_path: Path, place: str):
    taken = [root, tmp_path / "journal"]
    taken[1].mkdir()

    with pytest.raises(CannotMove, match="lie in each other"):
        Moving(root, taken).prepare(str(tmp_path / place), "demo.test", 0)


def test_what_has_lost_its_mark_is_not_used(root: Path, target: Path, moving: Moving):
    (target / MARK).unlink()

    with pytest.raises(CannotMove, match="mark"):
        list(moving.bring("demo.test", str(target)))

    assert len(content(root / "demo.test")) == 6


def test_mailboxes_elsewhere_and_a_disk_that_is_not_there(tmp_path: Path):
    disk = tmp_path / "disk"
    (tmp_path / "mail").mkdir()
    Moving(tmp_path / "mail", []).prepare(str(disk), "demo.test", 0)
    store = SegmentStore(tmp_path / "mail", role="test")
    account = store.account(UserId(7), f"{disk}/ab/tim~7")
    assert account.open("INBOX").uid_next == 1
    store.checkpoint()
    assert (disk / "ab/tim~7").is_dir()

    disk.rename(tmp_path / "unplugged")
    disk.mkdir()
    with pytest.raises(Failure, match="is not there"):
        store.account(UserId(8), f"{disk}/cd/eve~8")
    store.checkpoint()

    assert list(disk.iterdir()) == []
    store.close()


def test_who_holds_a_moved_home_cannot_write_there_any_more(tmp_path: Path):
    store = SegmentStore(tmp_path / "mail", role="test")
    home = "demo.test/ab/tim~7"
    account = store.account(UserId(7), home)
    inbox = account.open("INBOX")
    account.create("kept")
    (tmp_path / "mail" / home).rename(tmp_path / "away")

    with pytest.raises(Failure):
        account.create("lost")
    with pytest.raises(Failure):
        inbox.store([1], "+", 1)

    store.close()

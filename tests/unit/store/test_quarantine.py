"""The quarantine on disk: kept durably, listed by age, and swept."""

from pathlib import Path

import pytest

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.store import disk
from mailmax.store.quarantine import UNCAPPED, Caps, Quarantine

DAY_MS = 86_400_000
NOW_MS = 1_700_000_000_000
WHY = "infected", "Evil"


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "not" / "there")


def keep(
    quarantine: Quarantine,
    number: int,
    at_ms: int = NOW_MS,
    size: int = 10,
    caps: Caps = UNCAPPED,
):
    envelope = Envelope("a@b.test", (Recipient("c@d.test", 7),), at_ms)
    origin = Origin(b"j" * 16, number)
    return quarantine.keep(origin, envelope, b"x" * size, WHY, caps)


def test_nothing_is_in_one_that_is_not_there(quarantine: Quarantine) -> None:
    assert quarantine.ids() == ()
    assert quarantine.page("", 10) == ([], "")
    assert quarantine.sweep(NOW_MS, Caps(0, 0)) == 0


def test_what_is_kept_is_found_whole(quarantine: Quarantine) -> None:
    item_id = keep(quarantine, 1)

    found = quarantine.find(item_id)
    assert found is not None
    assert (found.verdict, found.words, found.size) == ("infected", "Evil", 10)
    assert found.envelope.recipients == (Recipient("c@d.test", 7),)
    assert found.origin == Origin(b"j" * 16, 1)
    assert quarantine.read(item_id) == b"x" * 10
    assert {path.stat().st_mode & 0o077 for path in quarantine.directory.iterdir()} == {
        0
    }


def test_a_replay_keeps_it_once(quarantine: Quarantine) -> None:
    assert keep(quarantine, 1) == keep(quarantine, 1)
    assert len(quarantine.ids()) == 1


def test_pages_go_by_age(quarantine: Quarantine) -> None:
    made = [keep(quarantine, n, NOW_MS + n * 1000) for n in (3, 1, 2)]

    first, after = quarantine.page("", 2)
    rest, end = quarantine.page(after, 2)

    assert [one.item_id for one in [*first, *rest]] == [made[1], made[2], made[0]]
    assert end == ""


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", "x", "1" * 13 + "-" + "g" * 12]
)
def test_ids_are_no_paths(quarantine: Quarantine, name: str) -> None:
    keep(quarantine, 1)
    assert quarantine.find(name) is None
    assert quarantine.delete(name) is False
    assert len(quarantine.ids()) == 1


def test_deleting(quarantine: Quarantine) -> None:
    item_id = keep(quarantine, 1)
    assert quarantine.delete(item_id) is True
    assert quarantine.delete(item_id) is False
    assert list(quarantine.directory.iterdir()) == []
    with pytest.raises(TemporaryFailure):
        quarantine.read(item_id)


def test_what_is_too_old_goes(quarantine: Quarantine) -> None:
    old = keep(quarantine, 1, NOW_MS - 31 * DAY_MS)
    young = keep(quarantine, 2, NOW_MS - 29 * DAY_MS)
    stray = quarantine.directory / f"{NOW_MS - 40 * DAY_MS:013d}-{'a' * 12}.eml"
    stray.write_bytes(b"never whole")

    assert quarantine.sweep(NOW_MS - 30 * DAY_MS, UNCAPPED) == 1

    assert quarantine.ids() == [young]
    assert quarantine.find(old) is None
    assert not stray.exists()


def test_the_oldest_go_when_there_is_too_much(quarantine: Quarantine) -> None:
    made = [keep(quarantine, n, NOW_MS + n, size=100) for n in range(5)]

    assert quarantine.sweep(None, Caps(250, 99)) == 3

    assert quarantine.ids() == made[3:]


def test_a_sweep_leaves_the_lock_now_and_then(
    quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailmax.store.quarantine.SWEPT_AT_ONCE", 2)
    made = [keep(quarantine, n, NOW_MS + n, size=100) for n in range(6)]

    assert quarantine.sweep(NOW_MS + 1, Caps(250, 99)) == 2
    assert quarantine.ids() == made[2:]
    assert quarantine.sweep(NOW_MS + 3, Caps(250, 99)) == 2
    assert quarantine.sweep(NOW_MS + 3, Caps(250, 99)) == 0
    assert quarantine.ids() == made[4:]


def test_what_others_took_away_is_not_counted(quarantine: Quarantine) -> None:
    gone, left = keep(quarantine, 1, size=90), keep(quarantine, 2, NOW_MS + 1, size=90)
    for path in quarantine.directory.glob(f"{gone}.*"):
        path.unlink()
    assert quarantine.sweep(None, Caps(100, 99)) == 0
    assert quarantine.ids() == [left]


def test_a_damaged_entry_hides_no_other(quarantine: Quarantine) -> None:
    bad, good = keep(quarantine, 1), keep(quarantine, 2, NOW_MS + 1)
    (quarantine.directory / f"{bad}.json").write_text("{")

    rows, _ = quarantine.page("", 10)

    assert [one.item_id for one in rows] == [good]
    assert quarantine.delete(bad) is True


@pytest.mark.parametrize("caps", [Caps(250, 99), Caps(10**9, 2)])
def test_limits_hold_at_every_moment(quarantine: Quarantine, caps: Caps) -> None:
    made = [keep(quarantine, 9, NOW_MS, 100)]  # of a time without limits
    made.append(keep(quarantine, 8, NOW_MS + 1, 100))
    again = Quarantine(quarantine.directory)  # after a restart
    for n in range(2, 6):
        made.append(keep(again, n, NOW_MS + n, 100, caps))
        assert again.ids() == made[-2:]
    assert keep(again, 5, NOW_MS + 5, 100, caps) == made[-1]  # a replay
    assert again.ids() == made[-2:]


def test_what_is_larger_than_all_may_be_is_refused(quarantine: Quarantine) -> None:
    made = keep(quarantine, 1, size=100)
    with pytest.raises(StorageFull):
        keep(quarantine, 2, NOW_MS + 1, 300, Caps(250, 99))
    assert quarantine.ids() == [made]


def test_a_late_message_is_kept_however_old_it_is(quarantine: Quarantine) -> None:
    """It waited for the quarantine: the younger ones go first all the same."""
    keep(quarantine, 1, NOW_MS)
    late = keep(quarantine, 2, NOW_MS - 1000, caps=Caps(10**9, 1))
    assert quarantine.ids() == [late]


def test_many_are_synced_at_once(quarantine: Quarantine, monkeypatch) -> None:
    made = [keep(quarantine, n) for n in range(70)]
    quarantine.delete(made[3])
    synced, directories = [], []
    monkeypatch.setattr(
        disk, "fdatasync_each", lambda fds: synced.append(len(fds)) or []
    )
    monkeypatch.setattr(disk, "fsync", directories.append)

    quarantine.sync(made)

    assert synced == [126, 12]
    assert len(directories) == 1


def test_a_sync_that_fails_is_said(quarantine: Quarantine, monkeypatch) -> None:
    made = keep(quarantine, 1)
    monkeypatch.setattr(
        disk, "fdatasync_each", lambda fds: [OSError(5, "I/O") for _ in fds]
    )
    with pytest.raises(TemporaryFailure):
        quarantine.sync([made])


def test_what_a_crash_left_half_written_goes(quarantine: Quarantine) -> None:
    made = keep(quarantine, 1)
    (quarantine.directory / f".{made}.eml.new").write_bytes(b"half")
    quarantine.sweep(None, UNCAPPED)
    assert {one.name for one in quarantine.directory.iterdir()} == {
        f"{made}.eml",
        f"{made}.json",
    }


def test_a_piece_is_read_alone(quarantine: Quarantine) -> None:
    made = keep(quarantine, 1, size=10)
    assert quarantine.read(made, 8, 5) == b"xx"

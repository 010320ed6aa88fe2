"""The file of what was done lately: bounded, torn, cut, replaced."""

import errno
import itertools
from contextlib import suppress
from pathlib import Path

import pytest

from fix_faults import SimulatedDisk
from mailmax.base.envelope import Origin
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Deed
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments import deeds
from mailmax.store.mailboxes.segments.store import SegmentStore

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
WEEK = 7 * 86_400


def deed(number: int, what: str = "", **more) -> Deed:
    name = (what or f"answer {number}").encode()
    return Deed(name, 1_700_000_000 + number, WEEK, Origin(b"j" * 16, number), **more)


@pytest.fixture
def store(tmp_path):
    made = SegmentStore(tmp_path / "mail")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "mail" / HOME / "deeds"


def test_it_is_remembered_by_the_next_process(store, tmp_path):
    store.once(TIM, HOME, deed(1, "x"))
    store.checkpoint()

    other = SegmentStore(tmp_path / "mail", role="other")

    assert not other.once(TIM, HOME, deed(2, "x"))
    other.close()


def test_ten_thousand_names_leave_a_short_file_with_the_newest_of_them(store, file):
    for number in range(10_000):
        assert store.once(TIM, HOME, deed(number))
        if number == 10:
            store.once(TIM, HOME, deed(number, "full", until_rearmed=True))

    record = file.stat().st_size // (deeds.MOST_RECORDS + 1)
    assert record < 100
    for number in range(10_000 - deeds.KEPT_RECORDS, 10_000):
        assert not store.once(TIM, HOME, deed(10_001, f"answer {number}"))
    assert not store.once(TIM, HOME, deed(10_002, "full", until_rearmed=True))
    assert store.once(TIM, HOME, deed(10_003, "answer 0")), "forgotten"


@pytest.mark.parametrize("cut", [1, 30, 55])
def test_a_torn_record_is_no_record_and_those_behind_it_count(store, file, cut):
    store.once(TIM, HOME, deed(1))
    store.once(TIM, HOME, deed(2))
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - cut)

    assert store.once(TIM, HOME, deed(3, "answer 2"))
    assert not store.once(TIM, HOME, deed(4, "answer 1"))
    assert not store.once(TIM, HOME, deed(4, "answer 2"))


def test_rubbish_in_the_middle_is_passed_over(store, file):
    for number in range(3):
        store.once(TIM, HOME, deed(number))
    octets = bytearray(file.read_bytes())
    octets[70] ^= 1
    file.write_bytes(octets)

    said = [store.once(TIM, HOME, deed(9, f"answer {number}")) for number in range(3)]

    assert said == [False, True, False]


def test_a_home_that_is_no_directory_is_trouble_of_one_user(store, file):
    file.parent.parent.mkdir(parents=True)
    file.parent.write_bytes(b"")

    with pytest.raises(TemporaryFailure):
        store.once(TIM, HOME, deed(1))

    assert store.once(UserId(8), "example.test/b2/eve~8", deed(1))


def cut_after(root: Path, call: int) -> tuple[SimulatedDisk, list[int]]:
    """Do eight durable deeds until the power goes; return those that were told."""
    machine = SimulatedDisk(root)
    told: list[int] = []
    with machine.installed():
        machine.cut_at(call)
        with machine.until_cut():
            store = SegmentStore(root / "mail", background=False)
            told.extend(
                number
                for number in range(8)
                if store.once(TIM, HOME, deed(number, until_rearmed=True))
            )
        machine.cut_now()
    return machine, told


@pytest.mark.parametrize("torn", [None, 1, 2])
def test_wherever_power_is_cut_a_durable_deed_that_was_told_is_known(
    tmp_path, monkeypatch, torn
):
    monkeypatch.setattr(deeds, "MOST_RECORDS", 4)
    monkeypatch.setattr(deeds, "KEPT_RECORDS", 2)
    for call in itertools.count(1):
        machine, told = cut_after(tmp_path / f"{call}", call)
        left = machine.survivors(tmp_path / f"{call}-left", torn=torn)
        machine.close()
        again = SegmentStore(left / "mail", background=False)
        for number in told:
            later = deed(100 + number, f"answer {number}", until_rearmed=True)
            assert not again.once(TIM, HOME, later), (call, number)
        again.close()
        if len(told) == 8:
            break
    assert call > 30


@pytest.mark.parametrize("until_rearmed", [False, True])
def test_what_the_process_before_could_merely_read_is_written_again(
    tmp_path, until_rearmed
):
    """TRUST D2: its sync failed, and it ended; the next one recovers."""
    one = deed(1, "x", until_rearmed=until_rearmed)
    machine = SimulatedDisk(tmp_path / "live")
    with machine.installed():
        store = SegmentStore(machine.root, background=False)
        store.once(TIM, HOME, deed(0, "other"))
        store.checkpoint()
        machine.fail_at(machine.calls + 2, errno.EIO)
        with suppress(TemporaryFailure):
            store.once(TIM, HOME, one)
        with pytest.raises(Distrusted):
            store.checkpoint()

        again = SegmentStore(machine.root, background=False)
        assert again.once(TIM, HOME, one)
        if not until_rearmed:
            again.checkpoint()

    left = SegmentStore(machine.survivors(tmp_path / "left"), background=False)
    assert not left.once(TIM, HOME, deed(2, "x", until_rearmed=until_rearmed))
    machine.close()

"""What waits for a disk that may never answer, and gives up."""

import threading
import time
from collections.abc import Iterator

import pytest

from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.net.hand import Hand
from waiting import wait_for

AWAY = "the disk does not answer"
PATIENCE_S = 0.5


@pytest.fixture
def hand() -> Hand:
    return Hand("the disk", PATIENCE_S)


class Sick:
    """A disk that hangs until it is healed."""

    def __init__(self) -> None:
        self.is_back = threading.Event()
        self.did: list[str] = []

    def write(self) -> str:
        self.is_back.wait()
        self.did.append("written")
        return "here"

    def remove(self, what: str) -> None:
        self.did.append(f"{what} no more")


@pytest.fixture
def disk() -> Iterator[Sick]:
    found = Sick()
    yield found
    found.is_back.set()


def test_what_is_done_in_time_is_returned_and_raised(hand: Hand) -> None:
    def full() -> None:
        raise StorageFull("no room")

    assert hand.do(lambda: 7) == 7
    with pytest.raises(StorageFull, match="no room"):
        hand.do(full)
    assert hand.trouble == ""


def test_who_waits_gives_up_and_the_next_does_not_even_wait(
    hand: Hand, disk: Sick
) -> None:
    before = threading.active_count()
    with pytest.raises(TemporaryFailure, match=AWAY):
        hand.do(disk.write)

    begin = time.monotonic()
    for _ in range(100):
        with pytest.raises(TemporaryFailure, match=AWAY):
            hand.do(lambda: 7)
    assert time.monotonic() - begin < 10 * PATIENCE_S, "each waited like the first"
    assert threading.active_count() <= before + 1
    assert hand.trouble == AWAY


def test_what_was_given_up_is_taken_back_before_anything_else(
    hand: Hand, disk: Sick
) -> None:
    changes: list[str] = []
    hand.on_change = lambda: changes.append(hand.trouble)
    with pytest.raises(TemporaryFailure):
        hand.do(disk.write, disk.remove)

    disk.is_back.set()
    wait_for(lambda: not hand.trouble)

    assert disk.did == ["written", "here no more"]
    assert hand.do(disk.write, disk.remove) == "here"
    assert disk.did == ["written", "here no more", "written"]
    assert changes == [AWAY, ""]


def test_what_waits_behind_one_that_hangs_is_never_begun(disk: Sick) -> None:
    hand = Hand("the disk", 0.2)
    failed = []

    def ask(work: object) -> None:
        try:
            hand.do(work)  # type: ignore[arg-type]
        except TemporaryFailure as failure:
            failed.append(failure.text)

    threads = [
        threading.Thread(target=ask, args=(work,))
        for work in (disk.write, lambda: disk.did.append("late"))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    disk.is_back.set()
    wait_for(lambda: not hand.trouble)
    hand.do(lambda: None)

    assert failed == [AWAY, AWAY]
    assert disk.did == ["written"]


def test_the_thread_is_there_while_it_is_needed(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailmax.net.hand.IDLE_S", 0.05)
    for _ in range(2):
        thread = hand.do(threading.current_thread)
        assert thread is not threading.current_thread()
        wait_for(lambda thread=thread: not thread.is_alive())


def test_where_no_thread_can_be_had_it_is_tried_again(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises(TemporaryFailure, match="can't start new thread"):
            hand.do(lambda: 7)

    assert hand.do(lambda: 7) == 7
    assert hand.trouble == ""

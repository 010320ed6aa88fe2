"""A callback that holds up the loop is counted, and logged with its place (M14)."""

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest

from mailmax.observe.stalls import StallDetector


@pytest.fixture
async def detector() -> Iterator[StallDetector]:
    found = StallDetector()
    found.start()
    yield found
    found.stop()


def stand_still(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_stall_is_counted_and_its_place_is_logged(detector, caplog) -> None:
    await asyncio.sleep(0.01)

    with caplog.at_level(logging.WARNING, "mailmax.stall"):
        stand_still(0.5)
        await asyncio.sleep(0.15)

    assert detector.count == 1
    assert detector.worst_s > 0.3
    assert "stand_still (test_stalls.py:" in caplog.text


async def test_a_loop_that_turns_has_no_stalls(detector, caplog) -> None:
    for _ in range(20):
        stand_still(0.01)
        await asyncio.sleep(0)

    assert detector.count == 0
    assert caplog.text == ""


async def test_time_the_kernel_gave_to_others_is_none_of_ours(detector) -> None:
    detector._waited_s = 0.0
    detector._due = time.monotonic() - 0.5

    detector._timer.cancel()
    detector._processor_wait_s = lambda: 0.45
    detector._beat()

    assert detector.count == 0

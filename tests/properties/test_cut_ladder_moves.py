"""Clients move mail that was lazily delivered, also while no filer is there (D7, D2).

What was answered OK to a MOVE is there, although the checkpoint of the filer fails
before or behind it, and the power goes before the next filer recovers, or after.
"""

import errno
import os

import pytest

from fix_broken_builds import DELIVERED, SOUND
from fix_ladder_cuts import Ladder, moving

EVERY = int(os.environ.get("MAILMAX_LADDER_EVERY", "48"))
STEP = max(1, EVERY // 6)

pytestmark = pytest.mark.timeout(300 + 1_200 // STEP)


@pytest.fixture
def ladder(tmp_path):
    return Ladder(tmp_path, tell=moving)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_was_moved_survives_a_failure_and_a_cut_behind_it(ladder, code):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.fail(number, code, times=1 + number // STEP % 3)

    assert ladder.trouble == []


def test_what_was_moved_survives_a_cut_at_any_call(ladder):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.cut(number, torn=range(1), again=number // STEP % 3 == 0)

    assert ladder.trouble == []


def test_what_was_moved_survives_a_failed_checkpoint(tmp_path):
    assert trouble_of(Ladder(tmp_path, build=SOUND, tell=moving)) == []


def test_a_copy_that_relies_on_the_next_checkpoint_is_caught(tmp_path):
    assert trouble_of(Ladder(tmp_path, build=DELIVERED, tell=moving))


def trouble_of(ladder):
    """Let each checkpoint of the filer fail, once and more often."""
    for number, call in enumerate(ladder.calls(), 1):
        if "syncfs mail" in call:
            for times in (1, 2, 3):
                ladder.fail(number, errno.EIO, times)
    return ladder.trouble

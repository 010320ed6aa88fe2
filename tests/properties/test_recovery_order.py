"""The filer recovers: nothing passes what it makes again before that is handed on (D6).

What a record leads to (a forward, an answer, a notice, a report) is planned when it is
read, committed to ``filer.0`` before anything of its batch is filed, and only then may
a checkpoint pass the record: in the first life as in the one that recovers.
"""

import errno
import os

import pytest

from fix_broken_builds import EARLY
from fix_ladder_cuts import Ladder, recovering

EVERY = int(os.environ.get("MAILMAX_LADDER_EVERY", "48"))
STEP = max(1, EVERY // 6)
RECOVERY = 130
"""Calls within which a node has started and recovered."""

pytestmark = pytest.mark.timeout(300 + 1_200 // STEP)


def test_what_is_recovered_survives_an_error_and_a_cut_behind_it(tmp_path):
    """An EIO at any call, the story goes on, then the power goes."""
    ladder = Ladder(tmp_path, tell=recovering)

    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.fail(number, errno.EIO, times=1 + number // STEP % 3)

    assert ladder.trouble == []


def test_what_is_recovered_survives_a_cut_of_its_recovery(tmp_path):
    assert trouble_of(Ladder(tmp_path, tell=recovering), STEP) == []


def test_a_checkpoint_that_passes_what_is_being_recovered_is_caught(tmp_path):
    assert trouble_of(Ladder(tmp_path, build=EARLY, tell=recovering), 1)


def trouble_of(ladder, step):
    """Cut where the first hand-over is written, and again in the recovery of that."""
    calls = ladder.calls()
    taken = next(n for n, call in enumerate(calls) if "smtpmax.0" in call and n > 40)
    first = next(
        n
        for n, call in enumerate(calls, 1)
        if "pwritev journal/filer.0" in call and n > taken
    )
    for second in range(1, RECOVERY, step):
        ladder.cut_twice(first, second)
        if ladder.trouble:
            break
    return ladder.trouble

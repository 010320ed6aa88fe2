"""Programs of rules and the cut ladder: the way through the queue and back (TRUST C1).

Each message is filed once, where its rule says behind the answer, wherever power goes
or a call fails; a program may be run again.
"""

import errno
import os

import pytest

from fix_ladder_cuts import Ladder, asking

EVERY = int(os.environ.get("MAILMAX_LADDER_EVERY", "48"))
STEP = EVERY

pytestmark = pytest.mark.timeout(300 + 6_000 // STEP)


@pytest.fixture
def ladder(tmp_path):
    return Ladder(tmp_path, tell=asking)


def test_what_waits_for_a_program_survives_a_cut_at_any_call(ladder):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.cut(number, torn=range(1), again=number // STEP % 3 == 0)

    assert ladder.trouble == []


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_waits_for_a_program_survives_a_failure_and_a_cut_behind_it(ladder, code):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.fail(number, code, times=1 + number // STEP % 3)

    assert ladder.trouble == []

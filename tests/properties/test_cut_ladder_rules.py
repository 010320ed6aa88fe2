"""Rules and the cut ladder: what they sort, change, send on and write (TRUST C1, C2).

Each message is filed once where the rule says, without its file, each copy is sent on
and each note written once, wherever the power goes or a call fails.
"""

import errno
import os

import pytest

from fix_ladder_cuts import Ladder, ruled

EVERY = int(os.environ.get("MAILMAX_LADDER_EVERY", "48"))
STEP = max(1, EVERY // 2)

pytestmark = pytest.mark.timeout(300 + 1_200 // STEP)


@pytest.fixture
def ladder(tmp_path):
    return Ladder(tmp_path, tell=ruled)


def test_what_rules_made_survives_a_cut_at_any_call(ladder):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.cut(number, torn=range(1), again=number // STEP % 3 == 0)

    assert ladder.trouble == []


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_rules_made_survives_a_failure_and_a_cut_behind_it(ladder, code):
    for number in range(STEP, len(ladder.calls()) + 1, STEP):
        ladder.fail(number, code, times=1 + number // STEP % 3)

    assert ladder.trouble == []

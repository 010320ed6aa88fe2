"""One ladder of cuts from the 250 to the mailbox and the remote server (TRUST C1, C2).

Every step that touches a message is in the story: receive into the journal, file,
hand over, the filer's checkpoint, take over, deliver, record, keep, recycle. Power
goes, or all processes are killed, at the k-th call, or that call fails; what starts
afterwards must bring everything to its end, and may itself be cut. The book judges.

TRUST M5 and M6: each call of the story fails once, with ENOSPC and with EIO.

Builds that are broken at one step must be caught: a rig that finds nothing wrong with
them proves nothing.
"""

import errno
import os
import random
import sys

import pytest

from fix_broken_builds import BELIEVING, BUILDS
from fix_ladder_cuts import Ladder

EVERY = int(os.environ.get("MAILMAX_LADDER_EVERY", "48"))
"""The story is cut at each so many-th call; `make trust` says 1."""
TORN = int(os.environ.get("MAILMAX_LADDER_TORN", "1"))
"""Torn disks looked at for each cut."""
ONE_DISK: tuple[str, ...] = ()
TWO_DISKS = ("mail",)
"""Mailboxes on a file system of their own."""
TRIES = 60
"""Cuts within which a broken build must be caught."""

pytestmark = pytest.mark.timeout(300 + 36_000 // EVERY)


@pytest.mark.parametrize("disks", [ONE_DISK, TWO_DISKS])
def test_what_was_promised_survives_a_cut_at_any_call(tmp_path, capsys, disks):
    ladder = Ladder(tmp_path, disks)

    for call in range(1 + len(disks), len(ladder.calls()) + 1, EVERY):
        ladder.cut(call, torn=range(TORN), again=EVERY == 1 or call % 3 == 0)

    with capsys.disabled():
        sys.stdout.write(f" [{ladder}]")
    assert ladder.trouble == []


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_was_promised_survives_a_failure_of_any_call(tmp_path, capsys, code):
    """TRUST D2, C6: nothing refused comes, and it goes on by itself afterwards."""
    ladder = Ladder(tmp_path)

    for call in range(1, len(ladder.calls()) + 1, EVERY):
        ladder.fail(call, code, times=1 + call % 3)

    with capsys.disabled():
        sys.stdout.write(f" [{errno.errorcode[code]}: {ladder}]")
    assert ladder.trouble == []


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_a_broken_build_is_caught(tmp_path, build):
    ladder = Ladder(tmp_path, TWO_DISKS if build.two_disks else ONE_DISK, build)

    for call in calls_to_try(ladder, build):
        if ladder.trouble:
            return
        ladder.cut(call, torn=())

    pytest.fail(f"{TRIES} cuts did not show what is broken")


@pytest.mark.parametrize("build", BELIEVING, ids=lambda build: build.name)
def test_a_build_that_believes_a_disk_that_failed_is_caught(tmp_path, build):
    ladder = Ladder(tmp_path, build=build)

    for call in calls_to_try(ladder, build):
        if ladder.trouble:
            return
        ladder.fail(call, errno.EIO, times=1)

    pytest.fail(f"{TRIES} failures did not show what is broken")


def calls_to_try(ladder, build):
    """Give calls in a mixed order, those first that are near to what is broken."""
    log = ladder.calls()
    calls = list(range(1, len(log) + 1))
    random.Random(7).shuffle(calls)
    calls.sort(key=lambda call: build.near not in log[call - 1])
    return calls[:TRIES]

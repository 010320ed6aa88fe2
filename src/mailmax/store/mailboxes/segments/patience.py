"""Waiting for a lock where waiting is allowed."""

import time
from collections.abc import Callable
from typing import TypeVar

from mailmax.base.errors import TemporaryFailure
from mailmax.store.mailboxes.port import Locked

LOCK_S = 2.0
"""How long a change that may block waits for the lock."""

Done = TypeVar("Done")


def patiently(work: Callable[[], Done]) -> Done:
    """Do what may block, however busy the lock is just now.

    Raises:
        Locked: It was busy all the time.
    """
    end = time.monotonic() + LOCK_S
    while True:
        try:
            return work()
        except Locked:
            if time.monotonic() > end:
                raise
        time.sleep(0.002)


def patiently_read(work: Callable[[], Done]) -> Done:
    """Do what reading needs the lock for, now and then.

    Raises:
        TemporaryFailure: It was busy all the time.
    """
    try:
        return patiently(work)
    except Locked as busy:
        raise TemporaryFailure("this mailbox cannot be read just now") from busy

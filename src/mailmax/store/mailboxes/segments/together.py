"""Waiting for several files at once: the file system makes one commit of them.

Rules:
    The locks of all files are held meanwhile (`syncs`), taken in the order of their
    paths: two that sync some of the same files never wait for each other in a circle.
    Each file answers for itself. Where the syncs do not answer at all (it should not
    happen) every file is suspect: its error may have been told to nobody.
"""

import errno
import os
from collections.abc import Callable, Sequence
from functools import partial

from mailmax.store import disk
from mailmax.store.mailboxes.segments.syncs import Claim, Syncs

Wanted = tuple[Syncs, str]
"""A file, and who knows what of it is durable."""


def sync_each(
    files: Sequence[Wanted], *, at_once: bool = True
) -> list[Exception | None]:
    """Make all that was written to these files durable; blocks.

    Args:
        files: Each as often as it is asked for.
        at_once: All together; else one after the other, in this order.

    Returns:
        For each what went wrong.
    """
    if not at_once:
        return [_outcome(partial(syncs.sync, [path])) for syncs, path in files]
    outcomes: dict[str, Exception | None] = {}
    claims: list[Claim] = []
    try:
        for path, syncs in sorted({path: syncs for syncs, path in files}.items()):
            try:
                claim = syncs.claim(path)
            except Exception as error:  # noqa: BLE001 - each answers for itself
                outcomes[path] = error
            else:
                claims += [] if claim is None else [claim]
        for claim, wrong in zip(claims, _synced(claims), strict=True):
            outcomes[claim.path] = _outcome(partial(claim.settle, wrong))
    finally:
        for claim in claims:
            claim.release()
    return [outcomes.get(path) for _, path in files]


def _synced(claims: Sequence[Claim]) -> Sequence[OSError | None]:
    try:
        return disk.fdatasync_each([claim.file.fd for claim in claims])
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing is durable
        unknown = OSError(errno.EIO, os.strerror(errno.EIO))
        unknown.__cause__ = error
        return [unknown] * len(claims)


def _outcome(work: Callable[[], None]) -> Exception | None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - each answers for itself
        return error
    return None

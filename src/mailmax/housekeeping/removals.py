"""Putting away or removing one directory of who is gone, file by file.

Rules:
    What was begun is found again by its names (`store.removing`), so the note at the
    hub is closed last.

Manual: 6.6, 7.7.
"""

from collections.abc import Generator
from datetime import datetime

from mailmax.hub.contract.housekeeping import RemovalWork
from mailmax.store.removing import Removing, check_place


def measure(removing: Removing, work: RemovalWork) -> Generator[int, None, None]:
    """Yield the octets of each file, and touch nothing; blocks.

    Raises:
        Failure: It is no place to be touched, or the disk refuses.
    """
    yield from removing.measure(check_place(work.what, work.place, work.name))


def put_away(removing: Removing, work: RemovalWork, asked: datetime) -> str:
    """Rename a directory into the archive; return in words what became of it; blocks.

    Args:
        removing: Of this node.
        work: Which.
        asked: When it was deleted, by the server's clock.

    Raises:
        Failure: It is no place to be touched, it is in use, or the disk refuses.
    """
    place = check_place(work.what, work.place, work.name)
    where = removing.archive(place, f"{asked:%Y-%m-%d}")
    return f"put away in {where}" if where else "there was no mail, or it is put away"


def remove(removing: Removing, work: RemovalWork) -> Generator[int, None, None]:
    """Delete a directory; yield the octets of each file after it is gone; blocks.

    Raises:
        Failure: It is no place to be touched, it is in use, or the disk refuses.
    """
    place = check_place(work.what, work.place, work.name)
    yield from removing.empty_trash(place, work.removal_id)  # of a run that was cut
    if removing.to_trash(place, work.removal_id):
        yield from removing.empty_trash(place, work.removal_id)

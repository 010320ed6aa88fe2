"""What Housekeeping is to do with the files of users and domains that are gone.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 6.6, 7.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from mailmax.store.accounts.schema import removals
from mailmax.store.accounts.units import AnyRow


@dataclass(frozen=True, slots=True)
class Files:
    """Whose files, and where."""

    what: str
    """``user`` or ``domain``."""
    name: str
    """Address or domain that was deleted."""
    place: str
    """Its directory, below the mail root or absolute."""


def ask_removal(
    tx: Connection, files: Files, way: str, now: float, due_at: float
) -> int:
    """Note files that are to be archived or removed; return the number of the note.

    Args:
        tx: The open transaction.
        files: Whose.
        way: ``archive`` or ``remove``.
        now: Unix time.
        due_at: Not before.
    """
    adding = insert(removals).values(
        what=files.what,
        name=files.name,
        place=files.place,
        way=way,
        asked_at=now,
        due_at=due_at,
        note="",
    )
    return int(tx.scalar(adding.returning(removals.c.id)) or 0)


def open_removals(tx: Connection, due_at: float, limit: int) -> Sequence[AnyRow]:
    """Return what is due and not done, the oldest first."""
    return tx.execute(
        select(removals)
        .where(removals.c.done_at.is_(None), removals.c.due_at <= due_at)
        .order_by(removals.c.id)
        .limit(limit)
    ).all()


def note_removal(
    tx: Connection, removal_id: int, note: str, done_at: float | None
) -> None:
    """Keep what became of one."""
    tx.execute(
        update(removals)
        .where(removals.c.id == removal_id)
        .values(note=note, done_at=done_at)
    )

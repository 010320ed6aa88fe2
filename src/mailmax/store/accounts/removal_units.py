"""What Housekeeping is to do with the files of users and domains that are gone.

Rules:
    As in `units`: the open transaction first, plain rows back.

Manual: 6.6, 7.7.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, or_, select, update

from mailmax.store.accounts.schema import removals, users
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


def shown_place(place: str) -> str:
    """Return a directory as people find it."""
    return place if place.startswith("/") else f"{place}, below the mail directory"


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


def note_left(tx: Connection, files: Files, now: float) -> None:
    """Note files that stay where they are: nothing is to be done with them."""
    number = ask_removal(tx, files, "database", now, now)
    note_removal(tx, number, "", now)


def was_used(tx: Connection, place: str) -> bool:
    """Tell whether a domain that was deleted had its mail in a place."""
    found = select(removals.c.id).where(
        removals.c.what == "domain", removals.c.place == place
    )
    return tx.execute(found.limit(1)).first() is not None


def removal_by_id(tx: Connection, removal_id: int) -> AnyRow | None:
    """Return one note."""
    return tx.execute(select(removals).where(removals.c.id == removal_id)).first()


def open_move(tx: Connection, name: str) -> AnyRow | None:
    """Return the note by which a domain's mail is to be moved, if there is one."""
    return tx.execute(
        select(removals).where(
            removals.c.way == "move",
            removals.c.name == name,
            removals.c.done_at.is_(None),
        )
    ).first()


def count_removals(tx: Connection) -> int:
    """Return how many notes there are, done or not."""
    return tx.scalar(select(func.count()).select_from(removals)) or 0


def move_places(tx: Connection, old: str, moved: Callable[[str], str]) -> None:
    """Let notes on users' directories in a place that was moved name the new one."""
    below = removals.c.place.startswith(f"{old}/", autoescape=True)
    wanted = select(removals.c.id, removals.c.place).where(
        removals.c.what == "user", removals.c.done_at.is_(None), below
    )
    for row in tx.execute(wanted).all():
        tx.execute(
            update(removals)
            .where(removals.c.id == row.id)
            .values(place=moved(row.place))
        )


def who_lives_in(tx: Connection, place: str) -> str | None:
    """Return the address of a user whose mail is in a place; None: nobody's is."""
    below = users.c.home.startswith(f"{place}/", autoescape=True)
    return tx.scalar(
        select(users.c.address).where(or_(users.c.home == place, below)).limit(1)
    )


def open_removals(
    tx: Connection, due_at: float, limit: int, after: int = 0
) -> Sequence[AnyRow]:
    """Return what is due and not done, the oldest first, after a number."""
    return tx.execute(
        select(removals)
        .where(
            removals.c.done_at.is_(None),
            removals.c.due_at <= due_at,
            removals.c.id > after,
        )
        .order_by(removals.c.id)
        .limit(limit)
    ).all()


def waiting_removals(
    tx: Connection, now: float, limit: int, after: int = 0
) -> Sequence[AnyRow]:
    """Return what is not due yet, the oldest first, after a number."""
    return tx.execute(
        select(removals)
        .where(
            removals.c.done_at.is_(None),
            removals.c.due_at > now,
            removals.c.id > after,
        )
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

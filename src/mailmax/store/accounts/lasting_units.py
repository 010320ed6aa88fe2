"""What must not begin anew with the hub: blocks, windows, tries, as units of work ask.

Rules:
    As in `units`: the open transaction first, plain rows back.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from mailmax.store.accounts.putting import put_rows
from mailmax.store.accounts.schema import lasting
from mailmax.store.accounts.units import AnyRow

Key = tuple[str, str]
"""What it is, and its name."""


def all_lasting(tx: Connection) -> Sequence[AnyRow]:
    """Return every row, the oldest first."""
    return tx.execute(select(lasting).order_by(lasting.c.moment)).all()


def keep_lasting(
    tx: Connection,
    kept: Mapping[Key, tuple[float, float]],
    gone: Iterable[Key],
    bounds: Mapping[str, tuple[float, int]],
    jump_s: float = 0.0,
) -> None:
    """Keep rows and let others go.

    Args:
        tx: The open transaction.
        kept: Amount and moment, by key.
        gone: Rows that hold no more.
        bounds: By what they are, before which moment rows are over, and how many of
            the newest stay.
        jump_s: How far the clock jumped by which rows were written before: they move
            with it, first of all.
    """
    if jump_s:
        tx.execute(update(lasting).values(moment=lasting.c.moment + jump_s))
    rows = [
        {"what": what, "name": name, "amount": amount, "moment": moment}
        for (what, name), (amount, moment) in kept.items()
    ]
    put_rows(tx, lasting, rows)
    if each := [{"its_kind": what, "its_name": name} for what, name in gone]:
        tx.execute(
            delete(lasting)
            .where(lasting.c.what == bindparam("its_kind"))
            .where(lasting.c.name == bindparam("its_name")),
            each,
        )
    for what, (moment, most) in bounds.items():
        mine = lasting.c.what == what
        tx.execute(delete(lasting).where(mine, lasting.c.moment < moment))
        newest = select(lasting.c.moment).where(mine).order_by(lasting.c.moment.desc())
        last_over = tx.scalar(newest.offset(most).limit(1))
        if last_over is not None:
            tx.execute(delete(lasting).where(mine, lasting.c.moment <= last_over))

"""How often a row of a list has acted, and when for the last time: rules, bans."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, Table, bindparam, update


def add_hits(
    tx: Connection, table: Table, rows: Sequence[tuple[int, int, float]]
) -> None:
    """Count for rows that are there; of others nothing is said.

    Args:
        tx: The open transaction.
        table: Has ``id``, ``hits`` and ``last_hit_at``.
        rows: Number, how often more, and when for the last time (Unix time).
    """
    if not rows:
        return
    when: BindParameter[float] = bindparam("at")
    counting = update(table).where(table.c.id == bindparam("number"))
    tx.execute(
        counting.values(hits=table.c.hits + bindparam("more")),
        [{"number": number, "more": more} for number, more, _ in rows],
    )
    tx.execute(
        counting.where(table.c.last_hit_at < when).values(last_hit_at=when),
        [{"number": number, "at": at} for number, _, at in rows],
    )

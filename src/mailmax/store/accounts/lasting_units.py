"""What must not begin anew with the hub: blocks, windows, tries, as units of work ask.

Rules:
    As in `units`: the open transaction first, plain rows back.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailmax.store.accounts.schema import lasting, users
from mailmax.store.accounts.units import AnyRow

Key = tuple[str, str]
"""What it is, and its name."""

_PIECE = 500


def all_lasting(tx: Connection) -> Sequence[AnyRow]:
    """Return every row, the oldest first."""
    return tx.execute(select(lasting).order_by(lasting.c.moment)).all()


def keep_lasting(
    tx: Connection,
    kept: Mapping[Key, tuple[float, float]],
    gone: Iterable[Key],
    over: Mapping[str, float],
) -> None:
    """Keep rows and let others go.

    Args:
        tx: The open transaction.
        kept: Amount and moment, by key.
        gone: Rows that hold no more.
        over: By what they are, before which moment rows are over.
    """
    if kept:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(lasting)
        new = {key: statement.excluded[key] for key in ("amount", "moment")}
        tx.execute(
            statement.on_conflict_do_update(index_elements=["what", "name"], set_=new),
            [
                {"what": what, "name": name, "amount": amount, "moment": moment}
                for (what, name), (amount, moment) in kept.items()
            ],
        )
    if each := [{"its_kind": what, "its_name": name} for what, name in gone]:
        tx.execute(
            delete(lasting)
            .where(lasting.c.what == bindparam("its_kind"))
            .where(lasting.c.name == bindparam("its_name")),
            each,
        )
    for what, moment in over.items():
        old = (lasting.c.what == what) & (lasting.c.moment < moment)
        tx.execute(delete(lasting).where(old))


def versions_of(tx: Connection, user_ids: Sequence[int]) -> dict[int, int]:
    """Return the credential versions of those among some users who may log in."""
    found: dict[int, int] = {}
    for begin in range(0, len(user_ids), _PIECE):
        piece = users.c.id.in_(user_ids[begin : begin + _PIECE])
        wanted = select(users.c.id, users.c.credential_version).where(piece)
        for row in tx.execute(wanted.where(users.c.kind == "normal")):
            found[row.id] = row.credential_version
    return found

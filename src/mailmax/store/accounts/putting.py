"""Writing rows whether they are there already or not, in the words of both engines."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put_rows(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows; one whose primary key is there already replaces what was there.

    Args:
        tx: The open transaction.
        table: Where to.
        rows: Every column of each.
    """
    if not rows:
        return
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    new = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    key = [column.name for column in table.primary_key]
    tx.execute(
        statement.on_conflict_do_update(index_elements=key, set_=new), list(rows)
    )

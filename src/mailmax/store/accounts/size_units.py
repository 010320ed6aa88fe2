"""How large the accounts database is, and what is in it.

Rules:
    Every function takes the open transaction first and only looks.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from mailmax.store.accounts import schema

COUNTED = {
    "domains": schema.domains,
    "domain_aliases": schema.domain_aliases,
    "users": schema.users,
    "aliases": schema.aliases,
    "forwards": schema.forwards,
    "rules": schema.rules,
    "connections": schema.bindings,
    "services": schema.listeners,
    "filters": schema.access_rules,
    "bans": schema.bans,
    "settings": schema.settings,
    "sessions": schema.web_sessions,
    "keys": schema.api_keys,
    "audit": schema.audit,
}
"""By what a row is; the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a database."""

    version: str
    octets: int
    migration: str
    counts: dict[str, int]


def look(tx: Connection) -> None:
    """Look at the smallest thing there is: how long that takes is worth knowing."""
    tx.scalar(select(schema.about.c.product))


def measure(tx: Connection) -> Size:
    """Count everything."""
    is_sqlite = tx.dialect.name == "sqlite"
    version = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    octets = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    migration = f"SELECT version_num FROM {schema.VERSION_TABLE}"  # noqa: S608 - a constant
    return Size(
        str(tx.scalar(text(version))),
        int(tx.scalar(text(octets)) or 0),
        str(tx.scalar(text(migration))),
        {
            kind: tx.scalar(select(func.count()).select_from(table)) or 0
            for kind, table in COUNTED.items()
        },
    )

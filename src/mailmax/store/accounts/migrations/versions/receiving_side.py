"""Kinds and settings of domains and users, bindings, access rules, bans, removals.

Rules:
    Columns are added and dropped in place: SQLite's other way, a new table under the
    old name, would forget which numbers were given before.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "receiving_side"
down_revision = "first_tables"

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Change the two tables that there were, and make the others."""
    _change_domains()
    _change_users()
    _make_tables_of_domains_and_users()
    _make_tables_of_bindings()
    _make_tables_of_chores()


def _change_domains() -> None:
    for column in (
        sa.Column("kind", sa.String(10), nullable=False, server_default="normal"),
        sa.Column("mail_root", sa.String(1024), nullable=False, server_default=""),
        sa.Column("catch_all_id", _Number, sa.ForeignKey("users.id")),
        sa.Column("monitor_id", _Number, sa.ForeignKey("users.id")),
        sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
    ):
        op.add_column("domains", column, inline_references=True)


def _change_users() -> None:
    for column in (
        sa.Column("kind", sa.String(10), nullable=False, server_default="normal"),
        sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
        sa.Column("last_login_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    ):
        op.add_column("users", column)
    _keep_limits()
    for name in ("enabled", "box_limit_octets", "message_limit_octets"):
        op.drop_column("users", name)


def _keep_limits() -> None:
    """Carry what was in columns into the JSON of each user."""
    users = sa.table(
        "users",
        sa.column("id", sa.Integer),
        sa.column("enabled", sa.Boolean),
        sa.column("box_limit_octets", sa.BigInteger),
        sa.column("message_limit_octets", sa.BigInteger),
        sa.column("kind", sa.String),
        sa.column("settings", sa.Text),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(users)).all():
        kept = {
            key: limit
            for key, limit in (
                ("box_limit_octets", row.box_limit_octets),
                ("message_limit_octets", row.message_limit_octets),
            )
            if limit
        }
        if kept or not row.enabled:
            connection.execute(
                sa.update(users)
                .where(users.c.id == row.id)
                .values(
                    kind="normal" if row.enabled else "disabled",
                    settings=json.dumps(kept),
                )
            )


def _make_tables_of_domains_and_users() -> None:
    op.create_table(
        "domain_aliases",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("domain_id", _Number, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_domain_aliases"),
        _refers("domain_aliases", "domain_id", "domains"),
    )
    op.create_index("ix_domain_aliases_domain_id", "domain_aliases", ["domain_id"])
    op.create_table(
        "forwards",
        sa.Column("user_id", _Number, nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "address", name="pk_forwards"),
        _refers("forwards", "user_id", "users"),
    )
    op.create_index("ix_forwards_address", "forwards", ["address"])
    op.create_table(
        "administered",
        sa.Column("user_id", _Number, nullable=False),
        sa.Column("domain_id", _Number, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "domain_id", name="pk_administered"),
        _refers("administered", "user_id", "users"),
        _refers("administered", "domain_id", "domains"),
    )


def _make_tables_of_bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bindings"),
        sa.UniqueConstraint("address", name="uq_bindings_address"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "listeners",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("binding_id", _Number, nullable=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("low_water", sa.Integer, nullable=False),
        sa.Column("high_water", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listeners"),
        _refers("listeners", "binding_id", "bindings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_listeners_binding_id", "listeners", ["binding_id"])
    op.create_table(
        "access_rules",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("binding_id", _Number),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("pattern", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("flags", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_rules"),
        _refers("access_rules", "binding_id", "bindings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_rules_binding_id", "access_rules", ["binding_id"])
    op.create_table(
        "bans",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("binding_id", _Number),
        sa.Column("value", sa.String(320), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_bans"),
        _refers("bans", "binding_id", "bindings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bans_binding_id", "bans", ["binding_id"])
    op.create_index("ix_bans_value", "bans", ["value"])


def _make_tables_of_chores() -> None:
    op.create_table(
        "sent_today",
        sa.Column("user_id", _Number, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("octets", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_sent_today"),
        _refers("sent_today", "user_id", "users"),
    )
    op.create_table(
        "removals",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("name", sa.String(320), nullable=False),
        sa.Column("place", sa.String(1024), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("asked_at", sa.Double, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("done_at", sa.Double),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_removals"),
        sqlite_autoincrement=True,
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}"
    )

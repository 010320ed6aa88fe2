"""Saved connections to other systems and their groups; who acts from another system."""

import sqlalchemy as sa
from alembic import op

revision = "systems"
down_revision = "user_lines"

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the column of the audit log."""
    op.create_table(
        "system_groups",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_system_groups"),
        sa.UniqueConstraint("name", name="uq_system_groups_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "systems",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.Column("group_id", _Number),
        sa.PrimaryKeyConstraint("id", name="pk_systems"),
        sa.UniqueConstraint("name", name="uq_systems_name"),
        sa.UniqueConstraint("address", name="uq_systems_address"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["system_groups.id"], name="fk_systems_group_id_system_groups"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_systems_group_id", "systems", ["group_id"])
    op.add_column(
        "audit", sa.Column("system", sa.String(255), nullable=False, server_default="")
    )

"""The other members of the cluster."""

import sqlalchemy as sa
from alembic import op

revision = "cluster"
down_revision = "administrators"

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cluster_members",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("datamax_address", sa.String(300), nullable=False),
        sa.Column("smtp_address", sa.String(300), nullable=False),
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cluster_members"),
        sa.UniqueConstraint("name", name="uq_cluster_members_name"),
        sqlite_autoincrement=True,
    )

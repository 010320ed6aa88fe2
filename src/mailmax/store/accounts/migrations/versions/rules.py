"""Rules of the system, of domains, of users."""

import sqlalchemy as sa
from alembic import op

revision = "rules"
down_revision = "cluster"

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rules",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("domain_id", _Number),
        sa.Column("user_id", _Number),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("hits", sa.BigInteger, nullable=False),
        sa.Column("last_hit_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["domains.id"], name="fk_rules_domain_id_domains"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_rules_user_id_users"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rules_domain_id", "rules", ["domain_id"])
    op.create_index("ix_rules_user_id", "rules", ["user_id"])

"""What must not begin anew with the hub: blocks, windows, tries."""

import sqlalchemy as sa
from alembic import op

revision = "lasting"
down_revision = "receiving_side"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lasting",
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("moment", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("what", "name", name="pk_lasting"),
    )
    op.create_index("ix_lasting_what_moment", "lasting", ["what", "moment"])

"""System administrators, beside those of single domains."""

import sqlalchemy as sa
from alembic import op

revision = "administrators"
down_revision = "lasting"


def upgrade() -> None:
    """Add the column; nobody is one."""
    op.add_column(
        "users",
        sa.Column(
            "is_system_administrator",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
        ),
    )

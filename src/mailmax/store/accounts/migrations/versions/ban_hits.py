"""How often bans have refused somebody, and when last."""

import sqlalchemy as sa
from alembic import op

revision = "ban_hits"
down_revision = "systems"


def upgrade() -> None:
    """Add the columns; nothing has been counted."""
    for name, kind in (("hits", sa.BigInteger), ("last_hit_at", sa.Double)):
        op.add_column("bans", sa.Column(name, kind, nullable=False, server_default="0"))

"""Domains, users, credentials, aliases, settings."""

import time

import sqlalchemy as sa
from alembic import op

revision = "first_tables"
down_revision = None

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    about = op.create_table(
        "mailmax_about",
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("product", name="pk_mailmax_about"),
    )
    op.bulk_insert(about, [{"product": "mailmax accounts", "made_at": time.time()}])
    op.create_table(
        "domains",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domains"),
        sa.UniqueConstraint("name", name="uq_domains_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", _Number, autoincrement=True, nullable=False),
        sa.Column("domain_id", _Number, nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("home", sa.String(1024), nullable=False),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("box_limit_octets", sa.BigInteger, nullable=False),
        sa.Column("message_limit_octets", sa.BigInteger, nullable=False),
        sa.Column("credential_version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("address", name="uq_users_address"),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["domains.id"], name="fk_users_domain_id_domains"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_users_domain_id", "users", ["domain_id"])
    op.create_table(
        "credentials",
        sa.Column("user_id", _Number, autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("needs_wrapping", sa.Boolean, nullable=False),
        sa.Column("scram_salt", sa.LargeBinary),
        sa.Column("scram_rounds", sa.Integer),
        sa.Column("scram_stored_key", sa.LargeBinary),
        sa.Column("scram_server_key", sa.LargeBinary),
        sa.Column("apop_secret", sa.LargeBinary),
        sa.PrimaryKeyConstraint("user_id", name="pk_credentials"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_credentials_user_id_users"
        ),
    )
    op.create_index("ix_credentials_needs_wrapping", "credentials", ["needs_wrapping"])
    op.create_table(
        "aliases",
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("domain_id", _Number, nullable=False),
        sa.Column("user_id", _Number, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_aliases"),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["domains.id"], name="fk_aliases_domain_id_domains"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_aliases_user_id_users"
        ),
    )
    op.create_index("ix_aliases_domain_id", "aliases", ["domain_id"])
    op.create_index("ix_aliases_user_id", "aliases", ["user_id"])
    op.create_table(
        "settings",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )

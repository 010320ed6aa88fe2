"""The tables of the accounts database, as SQLAlchemy Core knows them.

Rules:
    Numbers of domains and users are never given twice, not even after a delete
    (AUTOINCREMENT, sequences): homes and journals name users by them for ever.
    Every change of this file needs a migration in `migrations.versions` and its name
    in `HEAD`; a test compares the two.

Manual: 6.1, 7.1, 7.6.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "first_tables"
"""The newest migration."""

PRODUCT = "mailmax accounts"
"""What `mailmax_about` says in a database of ours."""

VERSION_TABLE = "mailmax_schema"
"""Where Alembic keeps which migration was the last."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Number = BigInteger().with_variant(Integer, "sqlite")

about = Table(
    "mailmax_about",
    metadata,
    Column("product", String(40), primary_key=True),
    Column("made_at", Double, nullable=False),
)

domains = Table(
    "domains",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("made_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("domain_id", _Number, ForeignKey("domains.id"), nullable=False, index=True),
    Column("address", String(320), nullable=False, unique=True),
    Column("home", String(1024), nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("box_limit_octets", BigInteger, nullable=False),
    Column("message_limit_octets", BigInteger, nullable=False),
    Column("credential_version", Integer, nullable=False),
    Column("made_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

credentials = Table(
    "credentials",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("needs_wrapping", Boolean, nullable=False, index=True),
    Column("scram_salt", LargeBinary),
    Column("scram_rounds", Integer),
    Column("scram_stored_key", LargeBinary),
    Column("scram_server_key", LargeBinary),
    Column("apop_secret", LargeBinary),
)

aliases = Table(
    "aliases",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("domain_id", _Number, ForeignKey("domains.id"), nullable=False, index=True),
    Column("user_id", _Number, ForeignKey("users.id"), nullable=False, index=True),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

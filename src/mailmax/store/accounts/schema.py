"""The tables of the accounts database, as SQLAlchemy Core knows them.

Rules:
    Numbers of domains and users are never given twice, not even after a delete
    (AUTOINCREMENT, sequences): homes and journals name users by them for ever.
    Every change of this file needs a migration in `migrations.versions` and its name
    in `HEAD`; a test compares the two.

    Settings of a domain, a user, a binding are one JSON object of what is set there
    itself (`settings.domain`, `.user`, `.binding`); what other rows point to, or what
    is looked for, is a column.

Manual: 2.3.2, 4.8, 4.9, 5, 6, 7.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

HEAD = "ban_hits"
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
    Column("kind", String(10), nullable=False, server_default="normal"),
    Column("mail_root", String(1024), nullable=False, server_default=""),
    Column("catch_all_id", _Number, ForeignKey("users.id", use_alter=True)),
    Column("monitor_id", _Number, ForeignKey("users.id", use_alter=True)),
    Column("settings", Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)

domain_aliases = Table(
    "domain_aliases",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("domain_id", _Number, ForeignKey("domains.id"), nullable=False, index=True),
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
    Column("kind", String(10), nullable=False, server_default="normal"),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("credential_version", Integer, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("last_login_at", Double, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("is_system_administrator", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

_Folded = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared octet by octet, the same in both engines."""

# What is looked for on every line comes first: a look at all of them is shorter so.
user_lines = Table(
    "user_lines",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("domain_id", _Number, nullable=False),
    Column("used_octets", BigInteger, nullable=False, server_default="-1"),
    Column("box_limit_octets", BigInteger, nullable=False),
    Column("kind", _Folded, nullable=False),
    Column("administrator", Integer, nullable=False),
    Column("search", _Folded, nullable=False),
    Column("used_at", Double, nullable=False, server_default="0"),
    Column("used_messages", BigInteger, nullable=False, server_default="0"),
    Column("last_login_at", Double, nullable=False),
    Column("address", _Folded, nullable=False),
    Column("first_name", _Folded, nullable=False),
    Column("last_name", _Folded, nullable=False),
    Column("forward", _Folded, nullable=False),
    Index("ix_user_lines_domain_id", "domain_id", "used_octets"),
    Index("ix_user_lines_address", "address", "user_id"),
    Index("ix_user_lines_kind", "kind", "user_id"),
    Index("ix_user_lines_first_name", "first_name", "user_id"),
    Index("ix_user_lines_last_name", "last_name", "user_id"),
    Index("ix_user_lines_box_limit_octets", "box_limit_octets", "user_id"),
    Index("ix_user_lines_forward", "forward", "user_id"),
    Index("ix_user_lines_used_octets", "used_octets", "user_id"),
    Index("ix_user_lines_last_login_at", "last_login_at", "user_id"),
    Index("ix_user_lines_administrator", "administrator", "user_id"),
)

forwards = Table(
    "forwards",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("address", String(320), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)

administered = Table(
    "administered",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("domain_id", _Number, ForeignKey("domains.id"), primary_key=True),
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

bindings = Table(
    "bindings",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("address", String(45), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    sqlite_autoincrement=True,
)

listeners = Table(
    "listeners",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column(
        "binding_id", _Number, ForeignKey("bindings.id"), nullable=False, index=True
    ),
    Column("service", String(20), nullable=False),
    Column("port", Integer, nullable=False),
    Column("low_water", Integer, nullable=False),
    Column("high_water", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

access_rules = Table(
    "access_rules",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("binding_id", _Number, ForeignKey("bindings.id"), index=True),
    Column("position", Integer, nullable=False),
    Column("pattern", String(100), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("flags", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    sqlite_autoincrement=True,
)

rules = Table(
    "rules",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("domain_id", _Number, ForeignKey("domains.id"), index=True),
    Column("user_id", _Number, ForeignKey("users.id"), index=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("definition", Text, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("last_hit_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

bans = Table(
    "bans",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("binding_id", _Number, ForeignKey("bindings.id"), index=True),
    Column("value", String(320), nullable=False, index=True),
    Column("comment", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("hits", BigInteger, nullable=False),
    Column("last_hit_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

sent_today = Table(
    "sent_today",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("octets", BigInteger, nullable=False),
)

lasting = Table(
    "lasting",
    metadata,
    Column("what", String(10), primary_key=True),
    Column("name", String(400), primary_key=True),
    Column("amount", Double, nullable=False),
    Column("moment", Double, nullable=False),
    Index("ix_lasting_what_moment", "what", "moment"),
)

removals = Table(
    "removals",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("what", String(10), nullable=False),
    Column("name", String(320), nullable=False),
    Column("place", String(1024), nullable=False),
    Column("way", String(10), nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("done_at", Double),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)

cluster_members = Table(
    "cluster_members",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("datamax_address", String(300), nullable=False),
    Column("smtp_address", String(300), nullable=False),
    Column("password", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

system_groups = Table(
    "system_groups",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

systems = Table(
    "systems",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("address", String(300), nullable=False, unique=True),
    Column("password", LargeBinary, nullable=False),
    Column("group_id", _Number, ForeignKey("system_groups.id"), index=True),
    sqlite_autoincrement=True,
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", _Number, ForeignKey("users.id"), index=True),
    Column("credential_version", Integer, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("peer", String(45), nullable=False),
    Column("user_agent", Text, nullable=False),
    sqlite_autoincrement=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", _Number, ForeignKey("users.id"), index=True),
    Column("credential_version", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("ends_at", Double, nullable=False),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("is_confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
)

preferences = Table(
    "preferences",
    metadata,
    Column("owner_id", _Number, primary_key=True, autoincrement=False),
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("actor_kind", String(20), nullable=False),
    Column("actor", String(320), nullable=False, index=True),
    Column("key_name", String(100), nullable=False),
    Column("peer", String(255), nullable=False),
    Column("request", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("result", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("system", String(255), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

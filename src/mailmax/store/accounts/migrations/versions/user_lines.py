"""A line of the long list for every user, ready to be searched and sorted."""

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "user_lines"
down_revision = "web"

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_PIECE = 2_000
_SORTED = (
    "address",
    "kind",
    "first_name",
    "last_name",
    "box_limit_octets",
    "forward",
    "used_octets",
    "last_login_at",
    "administrator",
)


def upgrade() -> None:
    """Make the table, and the lines of those who are here."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    lines = op.create_table(
        "user_lines",
        sa.Column("user_id", _Number, nullable=False),
        sa.Column("domain_id", _Number, nullable=False),
        sa.Column("used_octets", sa.BigInteger, nullable=False, server_default="-1"),
        sa.Column("box_limit_octets", sa.BigInteger, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("administrator", sa.Integer, nullable=False),
        sa.Column("search", text, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("used_messages", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("last_login_at", sa.Double, nullable=False),
        sa.Column("address", text, nullable=False),
        sa.Column("first_name", text, nullable=False),
        sa.Column("last_name", text, nullable=False),
        sa.Column("forward", text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_lines"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_lines_user_id_users"
        ),
    )
    _fill(lines)
    op.create_index(
        "ix_user_lines_domain_id", "user_lines", ["domain_id", "used_octets"]
    )
    for column in _SORTED:
        op.create_index(f"ix_user_lines_{column}", "user_lines", [column, "user_id"])


def _fill(lines: sa.Table) -> None:
    tx = op.get_bind()
    users = tx.execute(
        sa.text(
            "SELECT u.id, u.domain_id, u.address, u.first_name, u.last_name, u.kind, "
            "u.settings, u.last_login_at, u.is_system_administrator, "
            "d.settings AS domain_settings, "
            "(SELECT count(*) FROM administered a WHERE a.user_id = u.id) AS given, "
            "(SELECT f.address FROM forwards f WHERE f.user_id = u.id "
            "ORDER BY f.position LIMIT 1) AS forward "
            "FROM users u JOIN domains d ON d.id = u.domain_id"
        )
    )
    for rows in users.partitions(_PIECE):
        tx.execute(sa.insert(lines), [_line(row) for row in rows])


def _line(row: Any) -> dict[str, Any]:
    own, of_domain = json.loads(row.settings), json.loads(row.domain_settings)
    limit = own.get("box_limit_octets", of_domain.get("box_limit_octets", 0))
    return {
        "user_id": row.id,
        "domain_id": row.domain_id,
        "search": _fold(f"{row.address}\n{row.first_name} {row.last_name}"),
        "address": _fold(row.address),
        "first_name": _fold(row.first_name),
        "last_name": _fold(row.last_name),
        "kind": row.kind,
        "box_limit_octets": limit,
        "forward": _fold(row.forward or "") if own.get("forwarding_on") else "",
        "last_login_at": row.last_login_at,
        "administrator": 2 if row.is_system_administrator else min(row.given, 1),
    }


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()

"""How the accounts database grows; Alembic runs these by themselves at the start."""

"""Lists are sorted by the declared order of enums, and by code point.

The indexes for these orders are created after the migration, see `env.py`.

Revision ID: 0017
Revises: 0021
"""

from alembic import op

revision = "0017"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        indexes = "SELECT name FROM sqlite_schema WHERE type = 'index'"
    else:
        indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    for name in connection.exec_driver_sql(indexes).scalars().all():
        if name.startswith("ix_") and name.endswith("_sorted"):
            connection.exec_driver_sql(f'DROP INDEX "{name}"')

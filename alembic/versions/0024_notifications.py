"""Notifies PostgreSQL's listeners of commits, for subscriptions.

Revision ID: 0024
Revises: 0022
"""

from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

# PostgreSQL sends equal notifications of a transaction once, at its commit.
FUNCTION = """
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('jobbot_change_log', '');
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER notify_change AFTER INSERT ON change_log FOR EACH STATEMENT EXECUTE FUNCTION notify_change()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        op.execute(TRIGGER)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS notify_change ON change_log")
        op.execute("DROP FUNCTION IF EXISTS notify_change()")

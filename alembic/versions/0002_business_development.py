"""The tables that JobBot planned: companies, opportunities and outreach campaigns.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from jobbot_gql.upkeep import jobbot_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    jobbot_tables.metadata.create_all(op.get_bind(), tables=jobbot_tables.PLANNED, checkfirst=False)


def downgrade() -> None:
    jobbot_tables.metadata.drop_all(op.get_bind(), tables=jobbot_tables.PLANNED, checkfirst=False)

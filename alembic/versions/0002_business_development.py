"""The tables that JobBot planned: companies, opportunities and outreach campaigns.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from jobbot_gql.db import seed

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seed.metadata.create_all(op.get_bind(), tables=seed.PLANNED, checkfirst=False)


def downgrade() -> None:
    seed.metadata.drop_all(op.get_bind(), tables=seed.PLANNED, checkfirst=False)
